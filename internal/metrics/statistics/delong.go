package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Components are the structural components of an area under the ROC curve
// (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837–845, equations 4 and
// 5): for each positive row the share of negatives that it beats (V₁₀), for each
// negative row the share of positives that beat it (V₀₁), ties by half. The mean
// of either is the area.
type Components struct{ Positives, Negatives []float64 }

// NewComponents finds the components of scores by mid-ranks in n log n (Sun & Xu
// 2014, IEEE Signal Processing Letters 21:1389–1393): of m positives and n
// negatives a positive's is (its mid-rank among all − its mid-rank among the
// positives)/n, a negative's is 1 − (mid-rank among all − among the negatives)/m.
func NewComponents(positives, negatives []float64) Components {
	all := midranks(slices.Concat(positives, negatives))
	c := Components{midranks(positives), midranks(negatives)}
	m, n := float64(len(positives)), float64(len(negatives))
	for i, own := range c.Positives {
		c.Positives[i] = (all[i] - own) / n
	}
	for i, own := range c.Negatives {
		c.Negatives[i] = 1 - (all[len(positives)+i]-own)/m
	}
	return c
}

// midranks ranks from 1; what is equal shares its mean rank.
func midranks(values []float64) []float64 {
	order := make([]int32, len(values))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]float64, len(values))
	for start := 0; start < len(order); {
		end := start + 1
		for end < len(order) && values[order[end]] == values[order[start]] {
			end++
		}
		for _, place := range order[start:end] {
			ranks[place] = float64(start+end+1) / 2
		}
		start = end
	}
	return ranks
}

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
	return normal(average(positives), se, alpha)
}

func subtract(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] - b[i]
	}
	return out
}
