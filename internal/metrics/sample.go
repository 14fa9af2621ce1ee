package metrics

import (
	"sync"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// sample is the rows of one model on which metrics are computed: all, or some. A
// place is where a row stands in it. Its methods may be called by several
// goroutines at once; what they return is shared, so nobody writes to it.
type sample struct {
	set *predictions.Set
	// rows are the set's by place; nil if every row stands at its own place.
	rows []int32
	// weight is by place; nil if all rows count alike.
	weight []float64
	whole  *whole

	ranking  func() (*ranking, error)
	decision func() (*decided, error)
	weighed  func() error
}

// statistic is a metric of one model on a sample, ready to be computed many times.
type statistic interface {
	// value is the metric if the row at each place occurred so many times, in
	// addition to its weight; nil stands for once each. It is NaN where undefined.
	value(times []float64) float64
	// influence returns by place the derivative ψ of the metric: with the weights
	// w, value(times) is about value(nil) + Σ times·w·ψ / Σ times·w, and the mean
	// of ψ by w is 0.
	influence() []float64
	// effects returns what each place shows of the model: two models that have the
	// same effect at a place cannot be told apart there.
	effects() []float64
}

// newSample takes all rows of a set. weight is by row; nil if all count alike.
func newSample(set *predictions.Set, weight []float64) *sample {
	return newWhole(set, weight).sample(nil)
}

// part takes some places of a sample, in this order; nil takes all rows of the
// set. What was computed for the whole set is shared: a part costs no more than
// its own rows.
func (s *sample) part(places []int32) *sample {
	if s.rows == nil {
		return s.whole.sample(places)
	}
	return s.whole.sample(take(s.rows, places))
}

// sample takes the given rows, all if they are nil.
func (w *whole) sample(rows []int32) *sample {
	s := &sample{set: w.set, rows: rows, weight: take(w.weight, rows), whole: w}
	s.ranking = sync.OnceValues(s.rank)
	s.decision = sync.OnceValues(s.decide)
	s.weighed = sync.OnceValue(s.checkWeight)
	return s
}

// take returns what a column has in the rows, by place; the column itself if
// rows is nil.
func take[T any](column []T, rows []int32) []T {
	if rows == nil || column == nil {
		return column
	}
	out := make([]T, len(rows))
	for place, row := range rows {
		out[place] = column[row]
	}
	return out
}

// row returns the set's row at a place.
func (s *sample) row(place int) int {
	if s.rows == nil {
		return place
	}
	return int(s.rows[place])
}

func (s *sample) len() int {
	if s.rows == nil {
		return s.set.Len()
	}
	return len(s.rows)
}

// checkWeight refuses a sample in which no row counts.
func (s *sample) checkWeight() error {
	if err := s.whole.weighed(); err != nil {
		return err
	}
	if s.weight != nil && sum(s.weight) == 0 {
		return s.set.ErrorOf(s.set.Columns.Weight, "all rows have the weight 0", "give rows that count a weight above 0")
	}
	return nil
}

// total is the sum of the weights.
func (s *sample) total() float64 {
	if s.weight == nil {
		return float64(s.len())
	}
	return sum(s.weight)
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// at returns a value of a column in which nil stands for ones.
func at(column []float64, place int) float64 {
	if column == nil {
		return 1
	}
	return column[place]
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
