package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

const (
	// classesHint says how labels are written for metrics of the score.
	classesHint = "write 1 for the class that the score is for and 0 for the other; for more classes name the column of decisions as `prediction:`, or write a column score_<class> for each class"
	// probabilityHint says which metrics take what is no probability.
	probabilityHint = "write probabilities in [0, 1]; roc_auc and pr_auc take any score, and decisions come from a column named as `prediction:` or from the score that is named as `threshold:`"
	// numbersHint says which metrics take what is no number.
	numbersHint = "this metric is for regression; for classes use accuracy, f1_macro or log_loss"
)

// whole is what metrics read of one set, each column once, whatever metrics and
// slices ask for it.
type whole struct {
	set    *predictions.Set
	weight []float64 // by row; nil if all count alike

	weighed       func() error
	numbers       func() ([]float64, error) // labels as numbers
	ones          func() ([]bool, error)    // labels that are 1, where all are 0 or 1
	scores        func() ([]float64, error) // of label 1, or what was predicted
	probabilities func() ([]float64, error) // scores in [0, 1]
	ranks         func() (*ranks, error)
	classes       func() *classes
	decisions     func() (*decided, error)
	twoClasses    func() error
	calibration   func() (*calibrationError, error)

	mu      sync.Mutex
	columns map[string]func() ([]float64, error)
}

func newWhole(set *predictions.Set, weight []float64) *whole {
	w := &whole{set: set, weight: weight, columns: make(map[string]func() ([]float64, error))}
	w.weighed = sync.OnceValue(w.checkWeights)
	w.numbers = sync.OnceValues(w.readNumbers)
	w.ones = sync.OnceValues(w.readOnes)
	w.scores = sync.OnceValues(w.readScores)
	w.probabilities = sync.OnceValues(w.readProbabilities)
	w.ranks = sync.OnceValues(w.rank)
	w.classes = sync.OnceValue(w.readClasses)
	w.decisions = sync.OnceValues(w.decide)
	w.calibration = sync.OnceValues(w.calibrate)
	w.twoClasses = sync.OnceValue(w.readTwoClasses)
	return w
}

// column computes a column of its own name once, for all samples of the set.
func (w *whole) column(name string, compute func(w *whole) ([]float64, error)) ([]float64, error) {
	w.mu.Lock()
	once, ok := w.columns[name]
	if !ok {
		once = sync.OnceValues(func() ([]float64, error) { return compute(w) })
		w.columns[name] = once
	}
	w.mu.Unlock()
	return once()
}

func (w *whole) checkWeights() error {
	for row, weight := range w.weight {
		if !(weight >= 0) || math.IsInf(weight, 0) {
			return w.set.ErrorAt(row, w.set.Columns.Weight, fmt.Sprintf("weight %v is not a finite number from 0", weight), "give every row a weight of 0 or more")
		}
	}
	return nil
}

// labelled refuses a set without labels.
func (w *whole) labelled() error {
	if w.set.Label == nil && w.set.LabelNumber == nil {
		column := cmp.Or(w.set.Columns.Label, "label")
		return w.set.ErrorOf(column, fmt.Sprintf("there is no column %s", input.Quote(column)), "write the labels, or use the metric score, which needs none")
	}
	return nil
}

func (w *whole) readNumbers() ([]float64, error) {
	if err := w.labelled(); err != nil {
		return nil, err
	}
	if w.set.LabelNumber != nil {
		return w.set.LabelNumber, w.finite(w.set.LabelNumber, "label", w.set.Columns.Label)
	}
	for row := range w.set.Label {
		label := w.set.LabelAt(row)
		if number, err := strconv.ParseFloat(label, 64); err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return nil, w.set.ErrorAt(row, w.set.Columns.Label, fmt.Sprintf("label is not a finite number (%s)", input.Quote(label)), numbersHint)
		}
	}
	return nil, w.set.ErrorOf(w.set.Columns.Label, "labels are not numbers", numbersHint)
}

func (w *whole) readOnes() ([]bool, error) {
	if err := w.labelled(); err != nil {
		return nil, err
	}
	ones := make([]bool, w.set.Len())
	for row := range ones {
		var label string
		if w.set.Label != nil {
			label = w.set.Classes[w.set.Label[row]]
		} else {
			label = w.set.LabelAt(row)
		}
		switch label {
		case "1":
			ones[row] = true
		case "0":
		default:
			return nil, w.set.ErrorAt(row, w.set.Columns.Label, fmt.Sprintf("label is neither 0 nor 1 (%s)", input.Quote(label)), classesHint)
		}
	}
	return ones, nil
}

// binary says whether every label is 0 or 1.
func (w *whole) binary() bool {
	_, err := w.ones()
	return err == nil
}

// readScores takes the scores, or those of class 1 where there is one for each class.
func (w *whole) readScores() ([]float64, error) {
	column := cmp.Or(w.set.Columns.Score, "score")
	if w.set.Score != nil {
		return w.set.Score, w.finite(w.set.Score, "score", column)
	}
	if at := slices.Index(w.set.Classes, "1"); at >= 0 && at < len(w.set.ClassScore) && w.set.ClassScore[at] != nil && w.binary() {
		return w.set.ClassScore[at], w.finite(w.set.ClassScore[at], "score", "score_1")
	}
	return nil, w.set.ErrorOf(column, fmt.Sprintf("there is no column %s", input.Quote(column)),
		"write the model's scores, or use metrics of decisions such as accuracy")
}

func (w *whole) readProbabilities() ([]float64, error) {
	scores, err := w.scores()
	if err != nil {
		return nil, err
	}
	for row, score := range scores {
		if score < 0 || score > 1 {
			return nil, w.set.ErrorAt(row, w.set.Columns.Score, fmt.Sprintf("score %v is no probability", score), probabilityHint)
		}
	}
	return scores, nil
}

// finite refuses the first value that is no finite number.
func (w *whole) finite(values []float64, what, column string) error {
	for row, v := range values {
		if v-v != 0 {
			return w.set.ErrorAt(row, column, fmt.Sprintf("%s is not a finite number (%v)", what, v), "every row must have a finite number")
		}
	}
	return nil
}
