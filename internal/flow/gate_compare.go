package flow

import (
	"context"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// compare computes every metric from both sets of predictions.
func (g Gate) compare(ctx context.Context, t *trial) error {
	// Without a champion there is a comparison only if it is known that there is none.
	if t.mine == nil || (t.champion != nil && t.theirs == nil) || (t.champion == nil && t.unknown()) {
		return nil
	}
	opts := gateOptions(t.ruler.config.Gate)
	opts.SameModel = t.champion != nil && t.champion.Model.Digest == t.run.Candidate.Digest
	compared, err := metrics.Compare(ctx, t.mine, t.theirs, t.specs, opts)
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
	return nil
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
