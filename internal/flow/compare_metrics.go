package flow

import (
	"context"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// choose settles what is compared, and how.
func (c Compare) choose(_ context.Context, s *comparing) error {
	var err error
	hasGate := c.Project != nil && c.Project.Config.Gate != nil
	if hasGate {
		s.opts = gateOptions(c.Project.Config.Gate)
	}
	switch {
	case len(c.Metrics) > 0:
		s.specs = slices.Clone(c.Metrics)
	case hasGate:
		if s.specs, err = gateSpecs(c.Project.Config); err != nil {
			return err
		}
	default:
		s.specs, s.chosen = s.fitting(), true
	}
	if len(s.specs) == 0 {
		return &CompareError{"there is nothing in the predictions that a metric could be computed from", "write the model's score, or its decision in a column that --prediction names"}
	}
	for i := range s.specs {
		c.direct(&s.specs[i])
	}
	if err := c.require(s.specs); err != nil {
		return err
	}
	c.overlay(s)
	return nil
}

// direct says which way a column of values is better, where nobody else does: as
// the caller says, else by the convention that its name follows.
func (c Compare) direct(spec *metrics.Spec) {
	switch _, known := metrics.Lookup(spec.Metric); {
	case slices.Contains(c.Lower, spec.Metric):
		spec.Better = result.Lower
	case !known && spec.Better == "":
		spec.Better = metricfile.Better(spec.Metric)
	}
}

// require sets what the caller requires of what is gated.
func (c Compare) require(specs []metrics.Spec) error {
	if c.Require == "" {
		return nil
	}
	gated := 0
	for i := range specs {
		if specs[i].Gated {
			specs[i].Require = c.Require
			gated++
		}
	}
	if gated == 0 {
		return &CompareError{fmt.Sprintf("--require %s needs a metric with a margin", c.Require), "say how much worse is still good enough: --metric roc_auc=0.01"}
	}
	return nil
}

// overlay puts the caller's options over the gate's.
func (c Compare) overlay(s *comparing) {
	mine := c.Options
	s.opts.Seed = mine.Seed
	if mine.Confidence != 0 {
		s.opts.Confidence = mine.Confidence
	}
	if mine.Resamples != 0 {
		s.opts.Resamples = mine.Resamples
	}
	if mine.SliceMinSize != 0 {
		s.opts.SliceMinSize = mine.SliceMinSize
	}
	if mine.SliceMargin != nil {
		s.opts.SliceMargin = mine.SliceMargin
	}
	// What the gate says of slices is about the gate's metrics and columns.
	if len(c.Metrics) > 0 {
		s.opts.SliceMetrics = slices.DeleteFunc(slices.Clone(s.opts.SliceMetrics), func(name string) bool {
			return !slices.ContainsFunc(s.specs, func(spec metrics.Spec) bool { return spec.Metric == name })
		})
	}
	if mine.SliceMetrics != nil {
		s.opts.SliceMetrics = mine.SliceMetrics
	}
	if c.Columns.Slices != nil {
		s.opts.RequiredSlices = slices.DeleteFunc(slices.Clone(s.opts.RequiredSlices), func(name string) bool {
			return !slices.Contains(c.Columns.Slices, name)
		})
	}
}

// fitting are the metrics that the predictions can give, a few for each kind of
// question, shown and not gated. All others can be asked for by name.
func (s *comparing) fitting() []metrics.Spec {
	var specs []metrics.Spec
	set := s.mine.sets[0]
	for _, name := range append(slices.Clone(set.Columns.Values), s.usual(set)...) {
		if _, err := metrics.LookupIn(set, name); err == nil {
			specs = append(specs, metrics.Spec{Metric: name})
		}
	}
	return specs
}

// usual names the metrics that people look at, as far as the answers tell what was asked.
func (s *comparing) usual(set *predictions.Set) []string {
	switch {
	case set.Score != nil && set.Label == nil && set.LabelNumber == nil:
		return []string{"score"}
	case set.Score != nil && binary(set) && s.probabilities():
		return []string{"roc_auc", "pr_auc", "log_loss", "brier", "calibration_error", "accuracy", "f1"}
	case set.Score != nil && binary(set) && set.Decision != nil:
		return []string{"roc_auc", "pr_auc", "accuracy", "f1"}
	case set.Score != nil && binary(set):
		return []string{"roc_auc", "pr_auc"}
	case set.ClassScore != nil:
		return []string{"accuracy", "balanced_accuracy", "f1_macro", "mcc", "log_loss", "brier"}
	case set.Decision != nil:
		return []string{"accuracy", "balanced_accuracy", "f1_macro", "mcc"}
	case set.Score != nil && set.Group != nil && grades(set):
		return []string{"ndcg"}
	case set.Score != nil && set.LabelNumber != nil:
		return []string{"rmse", "mae", "r2"}
	}
	return nil
}

// binary reports whether labels are 0 and 1, and nothing else.
func binary(set *predictions.Set) bool {
	return set.Label != nil && labelled(set, func(name string) bool { return name == "0" || name == "1" })
}

// grades reports whether labels are a few whole numbers from 0, as those of a ranking are.
func grades(set *predictions.Set) bool {
	return set.Label != nil && labelled(set, func(name string) bool {
		return len(name) == 1 && name[0] >= '0' && name[0] <= '9'
	})
}

// labelled reports whether all classes among the labels are as they should be.
func labelled(set *predictions.Set, good func(name string) bool) bool {
	seen := make([]bool, len(set.Classes))
	for _, code := range set.Label {
		seen[code] = true
	}
	for code, name := range set.Classes {
		if seen[code] && !good(name) {
			return false
		}
	}
	return true
}

// probabilities reports whether the scores of both sides can be probabilities,
// and says so if they cannot.
func (s *comparing) probabilities() bool {
	for _, side := range []struct {
		who string
		of  answers
	}{{"champion", s.theirs}, {"candidate", s.mine}} {
		for _, set := range side.of.sets {
			if slices.ContainsFunc(set.Score, func(score float64) bool { return score < 0 || score > 1 }) {
				s.problems = append(s.problems, result.Problem{
					Code: "no-probabilities", Severity: result.SeverityWarn,
					Message: "the " + side.who + "'s scores are not all in [0, 1], so they are no probabilities: metrics that need probabilities or a threshold are left out",
				})
				return false
			}
		}
	}
	return true
}

// leaveOut takes out metrics that the data does not fit and that nobody asked
// for, and says so.
func (s *comparing) leaveOut() {
	if !s.chosen {
		return
	}
	out := map[string]bool{}
	for i, p := range s.problems {
		if p.Code == metrics.MetricUndefined && p.Slice == "" {
			s.problems[i].Severity, out[p.Metric] = result.SeverityWarn, true
		}
	}
	s.compared.Rows = slices.DeleteFunc(s.compared.Rows, func(row result.Compared) bool { return out[row.Metric] })
}
