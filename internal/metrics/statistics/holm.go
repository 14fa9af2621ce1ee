package statistics

import (
	"cmp"
	"slices"
)

// Holm adjusts p values for being many: the i-th smallest of m (from 0) becomes
// the largest of (m − j)·p_j over j ≤ i, at most 1. To reject those that are at
// most α keeps the chance of any false rejection at α, however they depend on one
// another (Holm 1979, Scandinavian Journal of Statistics 6:65–70).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	highest := 0.0
	for i, place := range order {
		highest = max(highest, float64(len(p)-i)*p[place])
		adjusted[place] = min(highest, 1)
	}
	return adjusted
}
