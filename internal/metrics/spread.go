package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// fewFreedom is the number of degrees of freedom below which the data do not say
// how much a difference varies, so that there is no interval: with fewer than 5,
// simulated intervals hold the difference either too rarely or nearly always.
const fewFreedom = 5

// fewOfCurve is the number of rows of a class below which average precision has no
// interval: with fewer, resamples of it stray too far to one side.
const fewOfCurve = 50

// tooFewCarry is why there is no interval then.
func tooFewCarry(freedom float64) string {
	if freedom == 0 {
		return everyRowAlike
	}
	return fmt.Sprintf("so few rows make up most of the difference that they count as %.0f, fewer than %d: too few for an interval", max(math.Floor(freedom), 1), fewFreedom)
}

// fewOfClass says which classes have too few rows for a metric in which each
// counts by itself, or nothing: where it is more than a quarter of them.
func (p *pair) fewOfClass(d Definition) string {
	c, ok := p.candidates[0].stat.(*contingency)
	if !ok || !d.byClass || p.subset.candidates[0].sample.weight != nil {
		return ""
	}
	classes, few, least := 0, 0, math.Inf(1)
	for _, count := range c.once().labels {
		if count > 0 {
			classes++
			least = min(least, count)
		}
		if count > 0 && count < fewOfClass {
			few++
		}
	}
	if 4*few > classes {
		return fmt.Sprintf("%.0f rows of one class, fewer than %d: too few for an interval", least, fewOfClass)
	}
	return ""
}

// freedom is with how many degrees of freedom the data know how much the
// difference varies: that of the units, or of blocks of them.
func (p *pair) freedom(block int) float64 {
	if p.table == nil {
		influence := p.influenceOf(block)
		squares := make([]float64, len(influence))
		for i, v := range influence {
			squares[i] = float64(v * v)
		}
		return min(statistics.Freedom(squares), float64(p.subset.units)/float64(max(block, 1))-1)
	}
	var sum, fourths float64
	for cell, v := range p.influenceByCell() {
		square := float64(v * v)
		sum += float64(p.table.counts[cell] * square)
		fourths += float64(p.table.counts[cell] * square * square)
	}
	if fourths == 0 {
		return 0
	}
	return sum * sum / fourths
}

// influenceOf is the influence of units, or of blocks of them.
func (p *pair) influenceOf(block int) []float64 {
	influence := p.influence()
	if block > 1 {
		return blockSums(influence, block)
	}
	return influence
}

// blockSums adds up neighbours, block by block.
func blockSums(values []float64, block int) []float64 {
	var out []float64
	for part := range slices.Chunk(values, block) {
		out = append(out, sum(part))
	}
	return out
}

// resampledSE is the standard error that resamples of units, or of blocks of
// them, have.
func resampledSE(influence []float64, block int) float64 {
	return math.Sqrt(statistics.BlockVariance(influence, max(block, 1)))
}

// spread is by how much the difference varies more than its resamples do, and with
// how many degrees of freedom that is known.
func (c *comparer) spread(p *pair, block int) (stretch, freedom float64) {
	units := float64(p.subset.units)
	stretch, freedom = math.Sqrt(units/(units-1)), p.freedom(block)
	switch {
	case block > 0:
		influence := p.influence()
		blocks := units / float64(block)
		ratio := statistics.SlowVariance(influence, block) / statistics.BlockVariance(influence, block)
		stretch = math.Sqrt(max(ratio, 1) * blocks / (blocks - 1))
	case c.dependence.kind == groups || c.dependence.weighted != "":
		influence := p.influence()
		sizes := p.subset.candidates[0].unitWeights(len(influence))
		if apart, ok := statistics.Groups(0, scaled(influence, sum(sizes)/units), sizes, c.opts.alpha()); ok {
			stretch = max(apart.SE/resampledSE(influence, 0), stretch)
		}
	}
	return stretch, freedom
}

func scaled(values []float64, factor float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = factor * v
	}
	return out
}

// acceleration is that of what is drawn: rows of the cells of a table, units, or blocks of them.
func (p *pair) acceleration(block int) float64 {
	if p.table == nil {
		return statistics.Acceleration(p.influenceOf(block))
	}
	var squares, cubes float64
	for cell, v := range p.influenceByCell() {
		squares += float64(p.table.counts[cell] * v * v)
		cubes += float64(p.table.counts[cell] * v * v * v)
	}
	if a := cubes / (6 * math.Pow(squares, 1.5)); !math.IsNaN(a) && !math.IsInf(a, 0) {
		return a
	}
	return 0
}
