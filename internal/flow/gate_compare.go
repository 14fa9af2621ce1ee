package flow

import (
	"context"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// compare computes every metric from both sets of predictions.
func (g Gate) compare(ctx context.Context, t *trial) error {
	// Without a champion there is a comparison only if it is known that there is none,
	// or if numbers stand in for it.
	champion := t.champion != nil && !t.baseline.covers(t.ruler.config.Gate)
	if t.mine == nil || (champion && t.theirs.set == nil) || (!champion && t.unknown) {
		return nil
	}
	computed, written := splitSpecs(t)
	compared, err := t.compareRows(ctx, computed)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		t.undecided("comparison-failed", "the two models cannot be compared: %v", err)
		return nil
	}
	t.compared = compared
	for _, p := range compared.Problems {
		t.problems = append(t.problems, policies.Problem{Code: p.Code, Metric: p.Metric, Slice: p.Slice, Message: p.Message})
	}
	t.compareNumbers(written)
	t.compareBaseline()
	return nil
}

// compareRows compares what can be computed from predictions, if there is any of it.
func (t *trial) compareRows(ctx context.Context, specs []metrics.Spec) (*metrics.Comparisons, error) {
	if len(specs) == 0 {
		return &metrics.Comparisons{Data: t.mine.Digest(), N: t.mine.Len()}, nil
	}
	opts := gateOptions(t.ruler.config.Gate)
	opts.SameModel = t.sameModel()
	if t.anchor != nil {
		opts.Anchor = t.anchor.set
	}
	return metrics.Compare(ctx, t.mine, t.theirs.set, specs, opts)
}

// overall are one side's metrics over all rows of every day's data; the anchor and
// the audit have theirs in the comparison only.
func overall(rows []result.Compared, side func(result.Compared) *float64) map[string]float64 {
	values := map[string]float64{}
	for _, row := range rows {
		if value := side(row); row.Slice == "" && row.Against != "anchor" && row.Data == "" && value != nil {
			values[row.Metric] = *value
		}
	}
	return values
}

func candidateSide(c result.Compared) *float64 { return c.Candidate }
func championSide(c result.Compared) *float64  { return c.Champion }
