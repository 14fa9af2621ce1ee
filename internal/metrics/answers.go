package metrics

import (
	"cmp"
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/result"
)

// topAccuracy is the metric that takes the k most likely classes for a decision.
func topAccuracy(k int) Definition {
	return Definition{
		Name: fmt.Sprintf("top_%d_accuracy", k), Better: result.Higher, Task: Classification, Unit: "share of rows", Min: 0, Max: 1,
		Formula: fmt.Sprintf("share of rows whose label is among the %d classes with the highest scores; of classes with one score the last in order comes first", k),
		Source:  "scikit-learn 1.2, top_k_accuracy_score", proportion: true,
		prepare: meanOf(fmt.Sprintf("top_%d_accuracy", k), func(w *whole) ([]float64, error) { return w.inTop(k) }),
	}
}

// inTop says with 1 and 0 whether the label is among the k highest scores.
func (w *whole) inTop(k int) ([]float64, error) {
	if err := w.labelled(); err != nil {
		return nil, err
	}
	c := w.classes()
	if scored := c.scored(); k >= scored {
		return nil, w.set.ErrorOf("", fmt.Sprintf("%d classes have scores, so that the label is always among the first %d", scored, k),
			"write a column score_<class> for each class, and take a smaller number")
	}
	labels := w.labels(c)
	above := make([]int, len(labels))
	for class, column := range c.score {
		if err := w.finite(column, "score", "score_"+c.names[class]); err != nil {
			return nil, err
		}
		for row, score := range column {
			label := labels[row]
			if c.score[label] == nil {
				return nil, w.noScores(row, c.names[label])
			}
			if own := c.score[label][row]; score > own || score == own && class > int(label) {
				above[row]++
			}
		}
	}
	out := make([]float64, len(labels))
	for row, count := range above {
		out[row] = indicator(count < k)
	}
	return out, nil
}

// noScores is a label to which the model could not give a score.
func (w *whole) noScores(row int, class string) error {
	return w.set.ErrorAt(row, "score_"+class, fmt.Sprintf("class %s has no column of scores", input.Quote(class)), "write a column score_<class> for each class")
}

// gradeMetric is the mean of the scores: of answers that were graded, which need
// no label.
func gradeMetric() Definition {
	return Definition{
		Name: "score", Better: result.Higher, Task: Graded, Unit: "the score's unit", Min: math.Inf(-1), Max: math.Inf(1),
		Formula: "mean of the column of scores; no labels are needed", Source: "the evaluation's own grades",
		EitherWay: true, prepare: meanOf("score", grades),
	}
}

func grades(w *whole) ([]float64, error) {
	column := cmp.Or(w.set.Columns.Score, "score")
	if w.set.Score == nil {
		return nil, w.set.ErrorOf(column, fmt.Sprintf("there is no column %s", input.Quote(column)), "write each answer's grade, or name its column as `score:`")
	}
	return w.set.Score, w.finite(w.set.Score, "score", column)
}

// valueMetric is the mean of a column of values that the evaluation computed itself.
func valueMetric(name string, at int) Definition {
	return Definition{
		Name: name, Better: result.Higher, Task: Graded, Unit: "the column's unit", Min: math.Inf(-1), Max: math.Inf(1),
		Formula: "mean of the column of this name", Source: "the evaluation's own values", EitherWay: true,
		prepare: meanOf("value "+name, func(w *whole) ([]float64, error) {
			if at >= len(w.set.Value) || w.set.Value[at] == nil {
				return nil, w.set.ErrorOf(name, fmt.Sprintf("there is no column %s", input.Quote(name)), "write it, or take it out of the metrics")
			}
			return w.set.Value[at], w.finite(w.set.Value[at], "value", name)
		}),
	}
}
