package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// fewSeeds is the number of seeds a side below which nothing is said about recipes.
const fewSeeds = 5

// CompareRecipes is [Compare] for the question which way of training is better,
// not which model: each side has the predictions of models that differ in nothing
// but their seed. A metric is the mean over the seeds, and the interval adds the
// variance of each side's training to that of the test set.
//
// With fewer than five seeds a side every comparison is inconclusive.
func CompareRecipes(ctx context.Context, candidates, champions []*predictions.Set, specs []Spec, opts Options) (*Comparisons, error) {
	if len(candidates) == 0 || slices.Contains(candidates, nil) || slices.Contains(champions, nil) {
		return nil, errors.New("compare recipes: there are no predictions of the candidate")
	}
	c := &comparer{candidateSets: candidates, championSets: champions, recipe: true}
	return c.compare(ctx, specs, opts)
}

// recipes is the interval of a difference of means over seeds, with Welch's
// degrees of freedom.
func (c *comparer) recipes(e *entry) estimate {
	p := e.pair
	if least := min(len(p.candidates), len(p.champions)); least < fewSeeds {
		return p.unknown(fmt.Sprintf("%d seeds on one side, fewer than %d: too few to tell recipes apart", least, fewSeeds))
	}
	if why := c.tooFew(e); why != "" {
		return p.unknown(why)
	}
	test := c.testSet(p)
	if test.Freedom < fewFreedom {
		return p.unknown(tooFewCarry(test.Freedom))
	}
	sources := []statistics.Variance{test, statistics.SeedVariance(values(p.candidates)), statistics.SeedVariance(values(p.champions))}
	x, ok := statistics.Welch(p.difference(), c.opts.alpha(), sources...)
	if !ok || !p.tells(x.SE) {
		return p.spreadless()
	}
	return estimate{Interval: x, known: true, method: fmt.Sprintf("influence function and %d against %d seeds, Welch", len(p.candidates), len(p.champions))}
}

// testSet is the variance that comes from which rows were drawn.
func (c *comparer) testSet(p *pair) statistics.Variance {
	influence, block := p.influence(), 0
	if c.dependence.kind == times {
		block = statistics.BlockLength(influence)
	}
	stretch, freedom := c.spread(p, block)
	se := stretch * resampledSE(influence, block)
	return statistics.Variance{Value: se * se, Freedom: freedom}
}

func values(models []*measured) []float64 {
	var out []float64
	for _, m := range models {
		out = append(out, m.value)
	}
	return out
}
