package metrics

import (
	"fmt"
	"math"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// What decides between the methods.
const (
	// largeUnits is the number of units from which the normal interval takes the place of the bootstrap.
	largeUnits = 20_000
	// fewUnits is the number of units below which no interval is computed.
	fewUnits = 30
	// sameValue is the relative difference that is taken for rounding.
	sameValue = 1e-12
)

// estimate is what the data say about a difference, turned as in pair.
type estimate struct {
	statistics.Interval
	// known says that there is an interval and a p; else reason says why not.
	known  bool
	reason string
	method string
}

const nothingDiffers = "no row shows a difference between the models, which bounds nothing here"

// everyRowAlike is why there is no interval where nothing varies.
const everyRowAlike = "every row shows the same difference, which bounds nothing here"

// beyondNumbers is why there is none where something varies, but by more, or by
// less, than squares of numbers can hold.
const beyondNumbers = "the spread of the differences is too large or too small to compute with: scale the values"

// spreadless is the estimate where no spread could be computed.
func (p *pair) spreadless() estimate {
	if p.table == nil {
		for _, v := range p.influence() {
			if p.tells(math.Abs(v)) {
				return p.unknown(beyondNumbers)
			}
		}
	}
	return p.unknown(everyRowAlike)
}

func (p *pair) unknown(reason string) estimate {
	return estimate{Interval: statistics.Interval{Difference: p.difference(), P: 1}, reason: reason, method: "none"}
}

// estimate gives an entry its interval where no resampling is needed, or is of
// no use. Only what is left to resample keeps its pair.
func (c *comparer) estimate(e *entry) {
	var done bool
	if e.estimate, done = c.direct(e); done {
		c.alike(e)
		e.pair = nil
	}
}

// direct is the choice of the method.
func (c *comparer) direct(e *entry) (estimate, bool) {
	p, alpha := e.pair, c.opts.alpha()
	switch {
	case e.definition.Reported:
		return p.unknown("reported, and not compared: the metric has no interval that holds; gate brier"), true
	case c.recipe:
		return c.recipes(e), true
	case e.definition.proportion && p.subset.plain:
		return p.proportions(alpha), true
	}
	if why := c.tooFew(e); why != "" {
		return p.unknown(why), true
	}
	switch differing := p.differing(e.spec.Metric); {
	case differing == 0:
		return p.unchanged(e.spec.Metric, alpha), true
	case math.Exp(-differing) > alpha:
		// So many resamples hold none of these rows that the interval's end
		// would be exactly 0, whatever the data.
		return p.unknown(fmt.Sprintf("the models differ in %.0f of %d %s: too few for an interval", differing, p.subset.units, c.dependence.unitName())), true
	}
	return c.byMethod(e)
}

// byMethod estimates what has enough units that differ.
func (c *comparer) byMethod(e *entry) (estimate, bool) {
	p, alpha := e.pair, c.opts.alpha()
	area, isArea := p.candidates[0].stat.(*auc)
	if isArea && p.subset.plain {
		return p.delong(area, alpha), true
	}
	if c.dependence.kind == times {
		if why := c.block(e); why != "" {
			return p.unknown(why), true
		}
	}
	if freedom := p.freedom(e.block); freedom < fewFreedom {
		few := p.unknown(tooFewCarry(freedom))
		few.P = evident(few.Difference, p.influenceSE(e.block), alpha)
		return few, true
	}
	if p.table == nil && p.subset.units >= largeUnits {
		return c.normal(p, e.block), true
	}
	return estimate{}, false
}

// tooFew says why the units are too few for an interval, or nothing.
func (c *comparer) tooFew(e *entry) string {
	p, units := e.pair, e.subset.units
	if units < fewUnits {
		return fmt.Sprintf("%d %s, fewer than %d: too few for an interval", units, c.dependence.unitName(), fewUnits)
	}
	needed := fewOfClass
	if e.definition.Name == "pr_auc" {
		needed = fewOfCurve
	}
	if least := e.subset.leastClass(); e.definition.classes && least < needed {
		return fmt.Sprintf("%d rows of one class, fewer than %d: too few for an interval", least, needed)
	}
	if why := p.fewOfClass(e.definition); why != "" {
		return why
	}
	if c.dependence.weighted == "" {
		return ""
	}
	if worth := statistics.Effective(p.subset.candidates[0].unitWeights(units)); !(worth >= fewUnits) {
		return fmt.Sprintf("weights are so uneven that %d %s count as %.0f, fewer than %d: too few for an interval", units, c.dependence.unitName(), math.Floor(worth), fewUnits)
	}
	return ""
}

// delong compares areas under the ROC curve.
func (p *pair) delong(candidate *auc, alpha float64) estimate {
	champion, ok := p.champions[0].stat.(*auc)
	if !ok {
		return p.spreadless()
	}
	x, ok := statistics.DeLong(byClass(candidate), byClass(champion), alpha)
	if !ok || !p.tells(x.SE) {
		return p.spreadless()
	}
	x.Difference = p.difference()
	return estimate{Interval: x, known: true, method: "DeLong"}
}

// byClass divides the components of an area by the label.
func byClass(a *auc) statistics.Components {
	var out statistics.Components
	for place, v := range a.components() {
		if a.ones[place] {
			out.Positives = append(out.Positives, v)
		} else {
			out.Negatives = append(out.Negatives, v)
		}
	}
	return out
}

// normal is the interval for many units, or times.
func (c *comparer) normal(p *pair, block int) estimate {
	method := "influence function, normal interval"
	if block > 0 {
		method = fmt.Sprintf("influence function over blocks of %d times, normal interval", block)
	}
	stretch, freedom := c.spread(p, block)
	x, ok := statistics.FromStudent(p.difference(), stretch*resampledSE(p.influence(), block), freedom, c.opts.alpha())
	if !ok || !p.tells(x.SE) {
		return p.spreadless()
	}
	return estimate{Interval: x, known: true, method: method}
}

// block finds the length of blocks where rows depend on their neighbours in
// time, and says why that leaves too few of them, or nothing.
func (c *comparer) block(e *entry) string {
	e.block = statistics.BlockLength(e.pair.influence())
	e.row.Groups = (e.pair.subset.units + e.block - 1) / e.block
	if e.row.Groups < fewUnits {
		return fmt.Sprintf("rows depend on one another over %d times, which leaves %d blocks, fewer than %d: too few for an interval", e.block, e.row.Groups, fewUnits)
	}
	return ""
}

// tells is false for a spread that is nothing but rounding.
func (p *pair) tells(se float64) bool {
	return se > sameValue*max(math.Abs(averageOf(p.candidates)), math.Abs(averageOf(p.champions)))
}
