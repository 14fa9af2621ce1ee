package metrics

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// estimate gives every pair its interval.
func (c *comparer) estimate(ctx context.Context) error {
	if c.opts.SameModel {
		return ctx.Err()
	}
	resamples := min(max(c.opts.Resamples, int(math.Ceil(20/c.opts.alpha()))), maxResamples)
	for _, g := range c.groups {
		var open []*entry
		for _, e := range c.entries {
			if e.group != g || e.pair == nil {
				continue
			}
			var done bool
			if e.estimate, done = e.pair.direct(c.opts.Confidence); !done {
				open = append(open, e)
			}
		}
		if err := c.resample(ctx, g, open, resamples); err != nil {
			return err
		}
		if err := c.refine(ctx, g, open, resamples); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// resample estimates entries of one group by the same resamples.
func (c *comparer) resample(ctx context.Context, g *group, open []*entry, resamples int) error {
	if len(open) == 0 {
		return nil
	}
	var pairs []*pair
	for _, e := range open {
		pairs = append(pairs, e.pair)
	}
	name := fnv.New64a()
	_, _ = name.Write([]byte(g.slice))
	replicates, err := bootstrap(ctx, pairs, resamples, c.opts.Seed^name.Sum64())
	if err != nil {
		return err
	}
	for i, e := range open {
		e.estimate = e.pair.resampled(replicates[i], resamples, c.opts.alpha())
	}
	return nil
}

// refine draws more resamples for what looks worse where so many comparisons
// share α that the usual number could not show it.
func (c *comparer) refine(ctx context.Context, g *group, open []*entry, resamples int) error {
	for _, e := range open {
		level := c.level(e.family)
		if e.family == alone || level*float64(resamples+1) >= 10 {
			continue
		}
		most := finest(e.pair.rows)
		if level*float64(most+1) < 1 {
			c.tooFine(e)
			continue
		}
		if e.estimate.P*float64(resamples+1) > 20 || e.estimate.Difference >= -e.row.Margin {
			continue
		}
		more := min(int(math.Ceil(10/level)), most)
		if err := c.resample(ctx, g, []*entry{e}, more); err != nil {
			return err
		}
	}
	return nil
}

// finest is the number of resamples up to which refine goes: more on few rows,
// for about the same work.
func finest(rows int) int {
	return min(max(maxResamples, 200_000_000/rows), 20*maxResamples)
}

// tooFine reports once that no number of resamples could show a drop.
func (c *comparer) tooFine(e *entry) {
	if slices.ContainsFunc(c.problems, func(p result.Problem) bool { return p.Code == TooFine }) {
		return
	}
	problem := impossible(TooFine, fmt.Sprintf("at a confidence of %v with %d comparisons sharing α, %d resamples could not show that a model is worse; name fewer slices or lower the confidence",
		c.opts.Confidence, c.members(e.family), finest(e.pair.rows)))
	problem.Metric = e.spec.Metric
	c.problems = append(c.problems, problem)
}
