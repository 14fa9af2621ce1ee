package metrics

import "math"

// alike gives a p to a drop that every unit shows alike: an AUC that falls from 1
// to 0, a grade that falls by one for each item. Nothing varies, so there is no
// interval, and yet it is no chance. If as many of the k units that tell the
// models apart were gained as lost, all would be lost with probability 2⁻ᵏ: the
// sign test, as in [statistics.ExactBound].
func (c *comparer) alike(e *entry) {
	if x := &e.estimate; x.reason == everyRowAlike && x.Difference < 0 {
		x.P, x.method = math.Exp2(-c.telling(e)), "sign test"
	}
}

// telling is on how many independent units the models can be told apart.
func (c *comparer) telling(e *entry) float64 {
	count := e.pair.differing(e.spec.Metric)
	if e.definition.classes { // so many pairs of a row of either class share no row
		count = min(count, float64(e.subset.leastClass()))
	}
	if c.dependence.kind == times { // neighbours may depend on one another over the longest block
		count /= math.Ceil(3 * math.Sqrt(float64(e.subset.units)))
	}
	return math.Floor(count)
}

// evident is a p that holds however a difference is distributed: a drop of z
// standard errors or more has at most the chance 1/(1 + z²) if there is none
// (Cantelli's inequality). The standard error, which few rows may have made, is
// taken three times as large. It is 1 where that is above alpha.
//
// Resamples alone cannot say so: where few rows vary, their p never comes below
// what so few degrees of freedom allow for, were 399 of 400 rows lost.
func evident(difference, se, alpha float64) float64 {
	z := min(difference/(3*se), 0)
	if p := 1 / (1 + float64(z*z)); p <= alpha {
		return p
	}
	return 1
}

// influenceSE is the standard error by the influence of cells, of units, or of
// blocks of them.
func (p *pair) influenceSE(block int) float64 {
	if p.table == nil {
		return resampledSE(p.influence(), block)
	}
	var squares, rows float64
	for cell, v := range p.influenceByCell() {
		squares += float64(p.table.counts[cell] * v * v)
		rows += p.table.counts[cell]
	}
	return math.Sqrt(squares) / rows
}
