package statistics

import "math"

// Components are the structural components of an area under the ROC curve
// (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837–845, equations 4 and
// 5): for each positive row the share of negatives that it beats (V₁₀), for each
// negative row the share of positives that beat it (V₀₁), ties by half. The mean
// of either is the area.
type Components struct{ Positives, Negatives []float64 }

// DeLong compares the areas under two curves on the same rows, which both list in
// the same order. With the differences of the components, candidate less
// champion, S₁₀ the variance of the m positives' and S₀₁ that of the n negatives',
//
//	SE² = S₁₀/m + S₀₁/n
//
// (DeLong, DeLong & Clarke-Pearson 1988, equation 6 for the contrast 1, −1), and
// the difference is taken to be normal. It is false for fewer than two rows of
// either class, and where all rows of each class show the same difference.
func DeLong(candidate, champion Components, alpha float64) (Interval, bool) {
	positives := subtract(candidate.Positives, champion.Positives)
	negatives := subtract(candidate.Negatives, champion.Negatives)
	m, n := float64(len(positives)), float64(len(negatives))
	if m < 2 || n < 2 {
		return Interval{}, false
	}
	se := math.Sqrt(deviations(positives)/(m-1)/m + deviations(negatives)/(n-1)/n)
	if se <= sameValue {
		return Interval{}, false
	}
	return FromSE(average(positives), se, alpha)
}

func subtract(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] - b[i]
	}
	return out
}
