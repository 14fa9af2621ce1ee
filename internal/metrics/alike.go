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
