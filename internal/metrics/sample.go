package metrics

import (
	"fmt"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// sample is the rows of one model on which a metric is computed: all, or a
// slice. A place is where a row stands in it.
type sample struct {
	set  *predictions.Set
	rows []int32 // by place
}

// newSample takes the given rows of a set, or all if they are nil.
func newSample(set *predictions.Set, rows []int32) *sample {
	if rows == nil {
		rows = make([]int32, set.Len())
		for i := range rows {
			rows[i] = int32(i)
		}
	}
	return &sample{set, rows}
}

// statistic is a metric of one model on a sample, ready to be computed many times.
type statistic interface {
	// value is the metric if the row at each place occurred so many times; nil
	// stands for once each. It is NaN where undefined.
	value(times []float64) float64
	// influence returns by place the derivative of the metric: value(times) is
	// about value(nil) + Σ times·influence / Σ times. Its weighted mean is 0.
	influence() []float64
	// effects returns what each place shows of the model: two models with the
	// same effects cannot be told apart by this metric.
	effects() []float64
}

func (s *sample) len() int { return len(s.rows) }

// label returns the label at a place as text.
func (s *sample) label(place int) string { return s.set.LabelAt(int(s.rows[place])) }

// mean computes a value at every place.
func (s *sample) mean(value func(place int) (float64, error)) (*mean, error) {
	m := &mean{values: make([]float64, s.len())}
	for place := range m.values {
		var err error
		if m.values[place], err = value(place); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// binaryLabel reads a label as 0 or 1.
func (s *sample) binaryLabel(place int) (bool, error) {
	switch s.label(place) {
	case "1":
		return true, nil
	case "0":
		return false, nil
	}
	return false, s.errorAt(place, s.set.Columns.Label, fmt.Sprintf("label is neither 0 nor 1 (%s)", input.Quote(s.label(place))),
		"write 1 for the class that the score is for and 0 for the other; for other classes name the column of decisions as `prediction:` and use accuracy")
}

// number reads a label as a number.
func (s *sample) number(place int) (float64, error) {
	if s.set.LabelNumber == nil {
		return 0, s.errorAt(place, s.set.Columns.Label, fmt.Sprintf("label is not a finite number (%s)", input.Quote(s.label(place))), "rmse is for regression")
	}
	return s.set.LabelNumber[s.rows[place]], nil
}

// score returns the model's score.
func (s *sample) score(place int) (float64, error) {
	if s.set.Score == nil {
		column := s.set.Columns.Score
		return 0, s.set.ErrorOf(column, fmt.Sprintf("there is no column %s", input.Quote(column)), "write the model's scores, or use accuracy alone")
	}
	return s.set.Score[s.rows[place]], nil
}

// probability returns a score that can be the probability of label 1.
func (s *sample) probability(place int) (float64, error) {
	score, err := s.score(place)
	if err != nil {
		return 0, err
	}
	if score < 0 || score > 1 {
		return 0, s.errorAt(place, s.set.Columns.Score, fmt.Sprintf("score %v is no probability", score),
			"write probabilities in [0, 1]; roc_auc alone takes any score, and accuracy takes decisions in a column named as `prediction:`")
	}
	return score, nil
}

func (s *sample) errorAt(place int, column, msg, hint string) error {
	return s.set.ErrorAt(int(s.rows[place]), column, msg, hint)
}
