package flow

import (
	"context"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

func projectColumns(p *Project) predictions.Columns { return stages.PredictionColumns(p.Config) }

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
		s.specs, s.chosen = fitting(s.mine.sets[0]), true
	}
	if len(s.specs) == 0 {
		return &CompareError{"there is nothing in the predictions that a metric could be computed from", "write the model's score, or its decision in a column that --prediction names"}
	}
	if err := c.require(s.specs); err != nil {
		return err
	}
	c.overlay(s)
	return nil
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

// fitting are the metrics that a set of predictions can give, shown and not gated.
func fitting(set *predictions.Set) []metrics.Spec {
	var specs []metrics.Spec
	tasks := tasksOf(set)
	for _, name := range metrics.Known() {
		definition, _ := metrics.Lookup(name)
		if slices.Contains(tasks, definition.Task) {
			specs = append(specs, metrics.Spec{Metric: name})
		}
	}
	return specs
}

// tasksOf says which questions the model may have answered, as far as its answers tell.
func tasksOf(set *predictions.Set) []metrics.Task {
	switch {
	case set.Score != nil && binary(set):
		return []metrics.Task{metrics.Classification, metrics.Binary}
	case set.Decision != nil:
		return []metrics.Task{metrics.Classification}
	case set.Score != nil && set.LabelNumber != nil:
		return []metrics.Task{metrics.Regression}
	}
	return nil
}

// binary reports whether labels are 0 and 1, and nothing else.
func binary(set *predictions.Set) bool {
	seen := map[int32]bool{}
	for _, code := range set.Label {
		seen[code] = true
		if len(seen) > 2 {
			return false
		}
	}
	for code := range seen {
		if name := set.Classes[code]; name != "0" && name != "1" {
			return false
		}
	}
	return len(seen) > 0
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
