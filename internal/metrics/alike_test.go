package metrics_test

import (
	"fmt"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// TestADropThatEveryRowShows holds the gate to denying a model that is as bad as
// can be, though nothing varies: neither a slice nor `not-worse` may let it pass.
func TestADropThatEveryRowShows(t *testing.T) {
	const n = 400
	scored := func(score func(label float64) float64) table {
		d := table{labels: make([]float64, n), scores: make([]float64, n), slice: make([]string, n)}
		for i := range n {
			d.labels[i] = float64(i % 2)
			d.scores[i] = score(d.labels[i])
			d.slice[i] = fmt.Sprint(i / (n / 2))
		}
		return d
	}
	grouped := func(d table) table {
		for i := range n {
			d.group = append(d.group, fmt.Sprint(i/4))
		}
		return d
	}
	timed := func(d table) table {
		for i := range n {
			d.time = append(d.time, float64(i))
		}
		return d
	}
	right := func(label float64) float64 { return label }
	wrong := func(label float64) float64 { return 1 - label }
	blank := func(float64) float64 { return 0.5 }
	for name, test := range map[string]struct {
		candidate, champion table
		metrics             []string
		want                result.Outcome
	}{
		"scores turned round":                   {scored(wrong), scored(right), []string{"roc_auc", "log_loss", "brier", "rmse", "mae", "f1", "recall", "mcc", "balanced_accuracy"}, result.Worse},
		"one score for all":                     {scored(blank), scored(right), []string{"roc_auc", "log_loss", "brier", "rmse", "mae", "mcc", "balanced_accuracy"}, result.Worse},
		"in groups":                             {grouped(scored(wrong)), grouped(scored(right)), []string{"roc_auc", "brier", "f1"}, result.Worse},
		"in time, which may be few blocks only": {timed(scored(wrong)), timed(scored(right)), []string{"brier"}, result.Inconclusive},
		"better":                                {scored(right), scored(wrong), []string{"roc_auc", "brier"}, result.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			for _, metric := range test.metrics {
				c := compare(t, test.candidate.predictions(t), test.champion.predictions(t), []metrics.Spec{gated(metric, 0.01)}, metrics.Options{})
				for _, slice := range []string{"", "part=0", "part=1"} {
					got := row(t, c, metric, slice)
					if got.Verdict != test.want || got.Interval != nil {
						t.Errorf("%s %s: %s with interval %v, want %s without: %s", metric, slice, got.Verdict, got.Interval, test.want, got.Note)
					}
				}
			}
		})
	}
}

// TestADropThatNearlyEveryRowShows: few rows that were not lost leave few degrees
// of freedom, and must not make the drop a matter of chance. A few lost ones may.
func TestADropThatNearlyEveryRowShows(t *testing.T) {
	const n = 400
	turned := func(from, to int) table {
		d := table{labels: make([]float64, n), scores: make([]float64, n)}
		for i := range n {
			d.labels[i] = float64(i % 2)
			d.scores[i] = d.labels[i]
			if i >= from && i < to {
				d.scores[i] = 1 - d.labels[i]
			}
		}
		return d
	}
	names := []string{"log_loss", "brier", "mae", "rmse", "f1", "f1_macro", "mcc", "balanced_accuracy", "recall"}
	for name, test := range map[string]struct {
		candidate table
		worse     bool
	}{
		"all but one": {turned(1, n), true}, "all but five": {turned(5, n), true},
		"four": {turned(0, 4), false},
	} {
		for _, metric := range names {
			got := row(t, compare(t, test.candidate.predictions(t), turned(0, 0).predictions(t), []metrics.Spec{gated(metric, 0.01)}, metrics.Options{}), metric, "")
			if (got.Verdict == result.Worse) != test.worse {
				t.Errorf("%s, %s: %s by %s: %s", name, metric, got.Verdict, got.Method, got.Note)
			}
		}
	}
}
