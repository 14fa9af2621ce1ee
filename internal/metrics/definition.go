package metrics

import (
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// Task is the kind of question that a model answers.
type Task string

// The tasks whose metrics muster computes.
const (
	Classification Task = "classification" // any set of classes
	Binary         Task = "binary"         // labels 0 and 1, scores for 1
	Regression     Task = "regression"     // labels and scores are numbers
)

// Definition says what a metric is.
type Definition struct {
	Name   string
	Better result.Direction
	Task   Task
	// Unit says what the number counts, Min and Max what it can be.
	Unit     string
	Min, Max float64
	// Formula is the metric in a line, Source where that comes from.
	Formula, Source string

	// proportion marks means of zeros and ones, which have exact methods.
	proportion bool
	// classes marks metrics that need rows of both classes.
	classes bool
	prepare func(s *sample) (statistic, error)
}

// definitions is the list of all metrics, in the order in which they are shown.
func definitions() []Definition {
	return []Definition{
		{
			Name: "accuracy", Better: result.Higher, Task: Classification, Unit: "share of rows", Min: 0, Max: 1,
			Formula: "share of rows whose decision equals the label; without a column of decisions the decision is score ≥ 0.5",
			Source:  "scikit-learn 1.2, accuracy_score", proportion: true, prepare: prepareAccuracy,
		},
		{
			Name: "roc_auc", Better: result.Higher, Task: Binary, Unit: "probability", Min: 0, Max: 1,
			Formula: "P(score of a 1 > score of a 0) + P(tie)/2, the Mann–Whitney statistic by mid-ranks",
			Source:  "Hanley & McNeil 1982, Radiology 143:29–36; scikit-learn 1.2, roc_auc_score", classes: true, prepare: prepareAUC,
		},
		{
			Name: "log_loss", Better: result.Lower, Task: Binary, Unit: "nats", Min: 0, Max: math.Inf(1),
			Formula: "mean of −ln(score) for label 1 and −ln(1 − score) for label 0, scores clipped to [ε, 1 − ε], ε = 2⁻⁵²",
			Source:  "scikit-learn 1.2, log_loss", prepare: prepareLogLoss,
		},
		{
			Name: "rmse", Better: result.Lower, Task: Regression, Unit: "the label's unit", Min: 0, Max: math.Inf(1),
			Formula: "√ mean of (score − label)²",
			Source:  "scikit-learn 1.2, mean_squared_error(squared=False)", prepare: prepareRMSE,
		},
	}
}

// Known returns the names of the metrics that muster computes.
func Known() []string {
	var names []string
	for _, d := range definitions() {
		names = append(names, d.Name)
	}
	return names
}

// Lookup returns the definition of a metric, and whether muster knows it.
func Lookup(metric string) (Definition, bool) {
	for _, d := range definitions() {
		if d.Name == metric {
			return d, true
		}
	}
	return Definition{}, false
}

// Compute returns one metric over all rows. It refuses, mostly with a
// [*input.FileError] that names the line, data that does not fit the metric.
func Compute(metric string, set *predictions.Set) (float64, error) {
	definition, ok := Lookup(metric)
	if !ok {
		return 0, fmt.Errorf("compute %s: %s", metric, unknownMetric(metric))
	}
	_, value, err := definition.on(newSample(set, nil))
	return value, err
}

// on prepares the metric on some rows and computes it once.
func (d Definition) on(s *sample) (statistic, float64, error) {
	prepared, err := d.prepare(s)
	if err != nil {
		return nil, 0, fmt.Errorf("compute %s: %w", d.Name, err)
	}
	value := prepared.value(nil)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, 0, fmt.Errorf("compute %s: %w", d.Name, s.set.ErrorOf("", "the result is not finite", "scale labels and scores down"))
	}
	return prepared, value, nil
}

func unknownMetric(metric string) string {
	msg := fmt.Sprintf("muster does not compute %s; it knows %s", input.Quote(metric), input.QuoteList(Known(), 20))
	if meant := input.Nearest(metric, Known()); meant != "" {
		msg += fmt.Sprintf("; did you mean %s?", input.Quote(meant))
	}
	return msg
}
