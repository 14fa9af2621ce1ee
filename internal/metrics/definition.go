package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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
	Ranking        Task = "ranking"        // labels are gains, scores rank the rows of a query
	Graded         Task = "graded"         // answers with grades, no labels
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
	// Reported marks a metric that is shown and never gated.
	Reported bool
	// EitherWay marks a metric whose direction the spec may turn; Better is the
	// one where it says nothing.
	EitherWay bool

	// proportion marks means of zeros and ones, which have exact methods.
	proportion bool
	// byClass marks metrics of decisions in which a rare class counts as much as others.
	byClass bool
	// classes marks metrics that need rows of both classes.
	classes bool
	prepare func(s *sample) (statistic, error)
}

// Known returns the names of the metrics that muster computes. Those with a
// number in their name (ndcg@10, top_3_accuracy) are not among them.
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
	if k, ok := numberIn(metric, "ndcg@", ""); ok {
		return ndcgAt(k), true
	}
	if k, ok := numberIn(metric, "top_", "_accuracy"); ok {
		return topAccuracy(k), true
	}
	return Definition{}, false
}

// numberIn returns the number from 1 between prefix and suffix.
func numberIn(name, prefix, suffix string) (int, bool) {
	text, starts := strings.CutPrefix(name, prefix)
	text, ends := strings.CutSuffix(text, suffix)
	k, err := strconv.Atoi(text)
	return k, starts && ends && err == nil && k >= 1 && k < 1_000_000 && strconv.Itoa(k) == text
}

// LookupIn is like [Lookup], and also finds the columns of values of a set, each
// of which is a metric by its own name. The error says what is wrong and which
// metric may have been meant.
func LookupIn(set *predictions.Set, metric string) (Definition, error) {
	definition, known := Lookup(metric)
	at := slices.Index(set.Columns.Values, metric)
	switch {
	case known && at >= 0:
		return Definition{}, set.ErrorOf(metric, fmt.Sprintf("column %s has the name of a metric that muster computes", input.Quote(metric)), "rename the column")
	case known:
		return definition, nil
	case at >= 0:
		return valueMetric(metric, at), nil
	}
	return Definition{}, unknown(metric)
}

// Compute returns one metric over all rows, by their weights if they have any.
// It refuses, mostly with a [*input.FileError] that names the line, data that
// does not fit the metric.
func Compute(metric string, set *predictions.Set) (float64, error) {
	definition, err := LookupIn(set, metric)
	if err != nil {
		return 0, fmt.Errorf("compute metric: %w", err)
	}
	_, value, err := definition.on(newSample(set, set.Weight))
	return value, err
}

// on prepares the metric on some rows and computes it once.
func (d Definition) on(s *sample) (statistic, float64, error) {
	prepared, err := d.prepared(s)
	if err != nil {
		return nil, 0, fmt.Errorf("compute %s: %w", d.shown(), err)
	}
	value := prepared.value(nil)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, 0, fmt.Errorf("compute %s: %w", d.shown(), s.set.ErrorOf("", "the result is not finite", "scale labels and scores down"))
	}
	return prepared, value, nil
}

// shown is the name, quoted if it is a column's and could break a line.
func (d Definition) shown() string {
	if quoted := input.Quote(d.Name); quoted != `"`+d.Name+`"` {
		return quoted
	}
	return d.Name
}

func (d Definition) prepared(s *sample) (statistic, error) {
	if s.len() == 0 {
		return nil, s.set.ErrorOf("", "there are no rows", "the evaluate stage must write one row for each example")
	}
	if err := s.weighed(); err != nil {
		return nil, err
	}
	return d.prepare(s)
}

func unknown(metric string) error {
	msg := fmt.Sprintf("muster does not compute %s; it knows %s, and with a number for k ndcg@k and top_k_accuracy", input.Quote(metric), input.QuoteList(Known(), 50))
	if meant := meant(metric); meant != "" {
		msg += fmt.Sprintf("; did you mean %s?", input.Quote(meant))
	}
	return errors.New(msg)
}

// meant returns the metric that has another name elsewhere, or a similar one.
// There are no second names: a metric has one in files, policies and reports.
func meant(metric string) string {
	folded := strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(metric))
	switch folded {
	case "auc", "auroc", "roc", "auc_roc", "rocauc":
		return "roc_auc"
	case "ap", "average_precision", "average_precision_score", "auc_pr", "auprc", "prauc":
		return "pr_auc"
	case "acc", "accuracy_score", "exact_match":
		return "accuracy"
	case "f1_score", "f", "f_score", "f1_binary":
		return "f1"
	case "mse", "mean_squared_error", "root_mean_squared_error":
		return "rmse"
	case "mean_absolute_error":
		return "mae"
	case "mean_absolute_percentage_error":
		return "mape"
	case "r2_score", "r_squared", "r²":
		return "r2"
	case "logloss", "nll", "cross_entropy":
		return "log_loss"
	case "brier_score", "brier_score_loss":
		return "brier"
	case "ece", "expected_calibration_error":
		return "calibration_error"
	case "matthews_corrcoef", "matthews":
		return "mcc"
	case "ppv":
		return "precision"
	case "tpr", "sensitivity", "recall_score":
		return "recall"
	case "ndcg_score":
		return "ndcg"
	}
	if k, ok := numberIn(folded, "ndcg", ""); ok {
		return fmt.Sprintf("ndcg@%d", k)
	}
	for _, form := range [][2]string{{"top_k_accuracy@", ""}, {"top_", ""}, {"top", ""}, {"top", "_accuracy"}} {
		if k, ok := numberIn(folded, form[0], form[1]); ok {
			return fmt.Sprintf("top_%d_accuracy", k)
		}
	}
	return input.Nearest(metric, Known())
}
