package metrics

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/statistics"
	"github.com/muster-ci/muster/internal/result"
)

const (
	// maxResamples bounds the work of one comparison; see also finest.
	maxResamples = 100_000
	// chunk is the number of resamples that are drawn in one go.
	chunk = 64
)

// batch is the metrics that are computed from the same resamples.
type batch struct {
	subset    *subset
	entries   []*entry
	resamples int
	seed      uint64
	// block is the length of blocks of time; 0 for none.
	block int
	// table is set where its cells are drawn in place of the rows.
	table *statistics.Multinomial
	// replicates are the differences, by entry and resample.
	replicates [][]float64
	compute    replicator
}

// replicator computes the differences of resample b. It is used by several
// goroutines, each with its own scratch.
type replicator interface {
	scratch() any
	replicate(b int, scratch any, replicates [][]float64)
}

// resample draws what is left to estimate.
func (c *comparer) resample(ctx context.Context) error {
	var open []*entry
	for _, e := range c.entries {
		if e.pair != nil {
			open = append(open, e)
		}
	}
	resamples := c.resamples()
	if err := c.draw(ctx, open, resamples); err != nil {
		return err
	}
	return c.reach(ctx, open, resamples)
}

// resamples is how many are drawn at first.
func (c *comparer) resamples() int {
	return min(max(c.opts.Resamples, int(math.Ceil(20/c.opts.alpha()))), maxResamples)
}

// reach draws ten times as many resamples where the end of an interval lies
// beyond all that were drawn.
func (c *comparer) reach(ctx context.Context, open []*entry, resamples int) error {
	beyond := slices.DeleteFunc(open, func(e *entry) bool { return !e.beyond })
	if len(beyond) == 0 {
		return nil
	}
	return c.draw(ctx, beyond, min(10*resamples, maxResamples))
}

// draw estimates entries from so many resamples.
func (c *comparer) draw(ctx context.Context, open []*entry, resamples int) error {
	batches := c.batches(open, resamples)
	type task struct {
		batch *batch
		first int
	}
	var tasks []task
	for _, b := range batches {
		for first := 0; first < resamples; first += chunk {
			tasks = append(tasks, task{b, first})
		}
	}
	if err := each(ctx, len(tasks), func(i int) {
		t := tasks[i]
		t.batch.run(t.first, min(t.first+chunk, resamples))
	}); err != nil {
		return err
	}
	return each(ctx, len(open), func(i int) {
		open[i].estimate = c.resampled(open[i], resamples)
		c.alike(open[i])
	})
}

// batches puts entries together that can share resamples: those of one subset
// that are drawn alike.
func (c *comparer) batches(open []*entry, resamples int) []*batch {
	var batches []*batch
	for _, e := range open {
		e.replicates, e.drawn = make([]float64, resamples), resamples
		i := slices.IndexFunc(batches, func(b *batch) bool {
			return b.subset == e.subset && b.block == e.block && (b.table != nil) == (e.pair.table != nil)
		})
		if i < 0 {
			i = len(batches)
			b := &batch{subset: e.subset, resamples: resamples, block: e.block, seed: c.seed(e.subset)}
			if e.pair.table != nil {
				b.table = statistics.NewMultinomial(e.pair.table.counts)
			}
			batches = append(batches, b)
		}
		b := batches[i]
		b.entries, b.replicates = append(b.entries, e), append(b.replicates, e.replicates)
	}
	for _, b := range batches {
		b.prepare()
	}
	return batches
}

// seed makes the resamples of a subset its own.
func (c *comparer) seed(s *subset) uint64 {
	name := fnv.New64a()
	_, _ = name.Write([]byte(s.slice))
	return c.opts.Seed ^ name.Sum64()
}

// run draws the resamples from first to below end.
func (b *batch) run(first, end int) {
	scratch := b.compute.scratch()
	for i := first; i < end; i++ {
		b.compute.replicate(i, scratch, b.replicates)
	}
}

// resampled is the estimate from an entry's replicates.
func (c *comparer) resampled(e *entry, resamples int) estimate {
	p, alpha := e.pair, c.opts.alpha()
	drawn := slices.DeleteFunc(e.replicates, math.IsNaN)
	e.replicates = nil
	if undefined := resamples - len(drawn); undefined*100 > resamples {
		return p.unknown("too few rows of one class for an interval")
	}
	difference := p.difference()
	for i, v := range drawn {
		if !p.tells(math.Abs(v - difference)) {
			drawn[i] = difference // but for rounding
		}
	}
	slices.Sort(drawn)
	x, ok := statistics.NewBCa(drawn, difference, p.acceleration(e.block)).Expanded(c.spread(p, e.block)).Interval(alpha)
	certain := evident(difference, x.SE, alpha)
	switch {
	case !p.tells(x.SE):
		return p.spreadless()
	case !ok:
		e.beyond = true
		skewed := p.unknown(fmt.Sprintf("differences are so skewed that the interval's end lies beyond all %d resamples", resamples))
		skewed.P = certain
		return skewed
	}
	x.P = min(x.P, certain)
	method := fmt.Sprintf("paired bootstrap, BCa, %d resamples", resamples)
	switch {
	case p.table != nil:
		method = fmt.Sprintf("multinomial draws of the paired table, BCa, %d resamples", resamples)
	case e.block > 0:
		method = fmt.Sprintf("paired bootstrap of blocks of %d times, BCa, %d resamples", e.block, resamples)
	}
	return estimate{Interval: x, known: true, method: method}
}

// refine draws more resamples for what looks worse where so many comparisons
// share α that the usual number could not show it: four times as many, again and
// again, until there are enough, or so many of them do not look worse that more
// could not change it (Besag & Clifford 1991, Biometrika 78:301–304).
func (c *comparer) refine(ctx context.Context) error {
	for {
		var open []*entry
		size := 0
		for _, e := range c.entries {
			next := c.refined(e)
			if size == 0 {
				size = next
			}
			if next > 0 && next == size {
				open = append(open, e)
			}
		}
		if len(open) == 0 {
			return ctx.Err()
		}
		if err := c.draw(ctx, open, size); err != nil {
			return err
		}
	}
}

// refined is how many resamples an entry needs next, or 0 if it has enough.
func (c *comparer) refined(e *entry) int {
	if e.pair == nil || e.family == alone {
		return 0
	}
	level, most := c.level(e.family), e.pair.finest()
	if level*float64(most+1) < 1 {
		c.tooFine(e)
		return 0
	}
	if !e.estimate.known || e.estimate.P > c.opts.alpha() || e.estimate.Difference >= -e.row.Margin || e.drawn >= most {
		return 0
	}
	// As intervals are expanded, p comes down to the level with fewer replicates
	// beyond 0; with so few that not even most could show it, more are of no use.
	stretch, freedom := c.spread(e.pair, e.block)
	fine, seen := statistics.ExpandedLevel(level, stretch, freedom), statistics.ExpandedLevel(e.estimate.P, stretch, freedom)
	if fine*float64(e.drawn+1) >= 10 || seen*float64(e.drawn+1) > 20 || fine*float64(most+1) < 1 {
		return 0
	}
	return int(min(float64(4*e.drawn), math.Ceil(10/fine), float64(most)))
}

// finest is the number of resamples up to which refine goes: more on few rows,
// for about the same work.
func (p *pair) finest() int {
	return min(max(maxResamples, 200_000_000/p.subset.n), 20*maxResamples)
}

// tooFine reports once that no number of resamples could show a drop.
func (c *comparer) tooFine(e *entry) {
	if slices.ContainsFunc(c.problems, func(p result.Problem) bool { return p.Code == TooFine }) {
		return
	}
	problem := impossible(TooFine, fmt.Sprintf("at a confidence of %v with %d comparisons sharing α, %d resamples could not show that a model is worse; name fewer slices or lower the confidence",
		c.opts.Confidence, c.members(e.family), e.pair.finest()))
	problem.Metric = e.spec.Metric
	c.problems = append(c.problems, problem)
}
