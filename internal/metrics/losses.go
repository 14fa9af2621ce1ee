package metrics

import (
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// epsilon is the least probability that the logarithm is taken of.
const epsilon = 0x1p-52

// logLoss takes the negative logarithm of the probability that the model gave to
// what was right, clipped as scikit-learn clips it.
func logLoss(w *whole) ([]float64, error) {
	if w.manyClasses() {
		return w.classLoss(func(right, total, _ float64) float64 { return -math.Log(right / total) }, epsilon)
	}
	return w.binaryLoss(func(one bool, score float64) float64 {
		score = min(max(score, epsilon), 1-epsilon)
		if !one {
			score = 1 - score
		}
		return -math.Log(score)
	})
}

// brier takes the squared error of the probability, for several classes summed
// over all of them.
func brier(w *whole) ([]float64, error) {
	if w.manyClasses() {
		// Σ (p − 1{right})² is Σ p² − 2p + 1, p being the one of the right class.
		return w.classLoss(func(right, _, squares float64) float64 { return max(squares-2*right+1, 0) }, 0)
	}
	return w.binaryLoss(func(one bool, score float64) float64 {
		off := score - indicator(one)
		return float64(off * off)
	})
}

func (w *whole) binaryLoss(loss func(one bool, score float64) float64) ([]float64, error) {
	ones, err := w.ones()
	if err != nil {
		return nil, err
	}
	scores, err := w.probabilities()
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(scores))
	for row, score := range scores {
		out[row] = loss(ones[row], score)
	}
	return out, nil
}

// manyClasses says whether the model gave each of several classes a probability,
// and labels are not just 0 and 1.
func (w *whole) manyClasses() bool {
	scored := w.classes().scored()
	return scored > 2 || scored > 0 && !w.binary()
}

// classLoss computes a loss of the probability of the right class, the sum of
// all probabilities and the sum of their squares. Probabilities are clipped to
// least and 1 − least.
func (w *whole) classLoss(loss func(right, total, squares float64) float64, least float64) ([]float64, error) {
	c, labels, err := w.classProbabilities()
	if err != nil {
		return nil, err
	}
	right, total, squares := make([]float64, len(labels)), make([]float64, len(labels)), make([]float64, len(labels))
	for class, column := range c.score {
		for row, p := range column {
			p = min(max(p, least), 1-least)
			total[row] += p
			squares[row] += float64(p * p)
			if int(labels[row]) == class {
				right[row] = p
			}
		}
	}
	for row := range right {
		right[row] = loss(right[row], total[row], squares[row])
	}
	return right, nil
}

// classProbabilities checks that every label has a probability and that those
// of a row sum to 1, but for rounding to two digits.
func (w *whole) classProbabilities() (*classes, []int32, error) {
	if err := w.labelled(); err != nil {
		return nil, nil, err
	}
	c := w.classes()
	labels := w.labels(c)
	total := make([]float64, len(labels))
	for class, column := range c.score {
		name := "score_" + c.names[class]
		for row, p := range column {
			if !(p >= 0 && p <= 1) {
				return nil, nil, w.set.ErrorAt(row, name, fmt.Sprintf("score %v of class %s is no probability", p, input.Quote(c.names[class])), "write probabilities in [0, 1] in the columns score_<class>")
			}
			total[row] += p
		}
	}
	for row, sum := range total {
		if c.score[labels[row]] == nil {
			return nil, nil, w.noScores(row, c.names[labels[row]])
		}
		if math.Abs(sum-1) > 0.01*float64(max(c.scored(), 2)) {
			return nil, nil, w.set.ErrorAt(row, "", fmt.Sprintf("the scores of the classes sum to %v, not to 1", sum), "write a probability for each class, in columns score_<class>")
		}
	}
	return c, labels, nil
}

// errors computes a loss of label and prediction.
func (w *whole) errors(loss func(label, score float64) float64) ([]float64, error) {
	labels, err := w.numbers()
	if err != nil {
		return nil, err
	}
	scores, err := w.scores()
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(scores))
	for row, score := range scores {
		out[row] = loss(labels[row], score)
	}
	return out, nil
}

// squares are squared errors.
func squares(w *whole) ([]float64, error) {
	return w.errors(func(label, score float64) float64 { return float64((score - label) * (score - label)) })
}

// absolute are absolute errors.
func absolute(w *whole) ([]float64, error) {
	return w.errors(func(label, score float64) float64 { return math.Abs(score - label) })
}

// relative are absolute errors over the label. A label of 0 has none; where
// scikit-learn divides by 2⁻⁵² instead, one such row would be all of the metric.
func relative(w *whole) ([]float64, error) {
	labels, err := w.numbers()
	if err != nil {
		return nil, err
	}
	for row, label := range labels {
		if label == 0 {
			return nil, w.set.ErrorAt(row, w.set.Columns.Label, "label is 0, of which no error is a share", "use mae, or leave rows with label 0 out of the evaluation data")
		}
	}
	return w.errors(func(label, score float64) float64 { return math.Abs(score-label) / math.Abs(label) })
}

func prepareRMSE(s *sample) (statistic, error) {
	m, err := s.mean("squares", squares)
	if err != nil {
		return nil, err
	}
	m.root = true
	return m, nil
}
