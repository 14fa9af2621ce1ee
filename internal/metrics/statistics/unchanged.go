package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Stratum is a kind of rows that do not overlap with other kinds: all rows, or
// those of a class.
type Stratum struct {
	// Rows is the number of rows seen, 1 or more.
	Rows float64
	// Weight is by how much the metric's difference can change at most if all
	// rows of the kind came to differ; above 0.
	Weight float64
}

// Unchanged bounds the difference of two models that are not the same, but none
// of whose rows was seen to differ. If a share q of each kind's rows differ, the
// difference is at most Σ weight·q, and the chance to see none differ is
// Π (1 − q)^rows. The shares for which that chance is α or more are an exact
// confidence set (Clopper & Pearson 1934, Biometrika 26:404–413, for several
// samples), and the interval is ± the largest Σ weight·q in it. P is 1.
//
// What a metric needs, r being the range of one row's value:
//
//	mean of a value by row (accuracy, Brier)  {rows, r}
//	recall of a class                         {rows of it, 1}
//	balanced accuracy, K classes              {rows of k, 1/K} for each k
//	precision                                 {rows decided positive, 1}
//	F1                                        {rows labelled or decided positive, 2}
//	area under the ROC curve                  {the fewer of positives and negatives, 1}
//
// A mean is the sum of what its rows add, at most ± r each, and a recall is a mean
// over its class. For precision let A and B be the rows that the models decide
// positive, and q the share of A ∪ B that is in one of them only: the shares of
// true ones in A and in B are at most q apart. For F1 let q be the share of the
// rows labelled or decided positive: counting the change of 2TP/(2TP + FP + FN)
// gives at most 2q/(1 + q).
//
// An area is the share of pairs that are in order. m positives and n negatives
// hold min(m, n) pairs that share no row, so they are independent; if no pair was
// seen ordered otherwise, pairs that are have at most the share [Unseen], and each
// adds at most ± 1. So the scores may differ, as long as their order does not.
//
// Kinds that overlap (macro precision over K classes) can be bounded one by one
// at alpha/K. Log loss and squared errors have no range: nothing bounds them.
//
// For one stratum the interval is ± weight·[Unseen].
func Unchanged(alpha float64, strata ...Stratum) Interval {
	bound := 0.0
	for i, x := range exposures(-math.Log(alpha), strata) {
		bound -= float64(strata[i].Weight * math.Expm1(-x))
	}
	return Interval{Low: -bound, High: bound, P: 1}
}

// exposures returns x_k = −ln(1 − q_k) of the shares that make Σ w_k q_k largest
// under Σ n_k x_k = total: where they are above 0, w_k e^(−x_k) = λ n_k for one λ
// (Boyd & Vandenberghe 2004, Convex Optimization, section 5.5.3: water-filling).
func exposures(total float64, strata []Stratum) []float64 {
	height := func(i int) float64 { return math.Log(strata[i].Weight / strata[i].Rows) }
	order := make([]int, len(strata))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(height(b), height(a)) })
	var rows, heights float64
	level := math.Inf(1)
	for _, i := range order {
		if height(i) <= level && rows > 0 {
			break
		}
		rows += strata[i].Rows
		heights += float64(strata[i].Rows * height(i))
		level = (heights - total) / rows // ln λ
	}
	out := make([]float64, len(strata))
	for i := range out {
		out[i] = max(height(i)-level, 0)
	}
	return out
}
