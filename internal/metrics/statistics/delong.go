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

// NewComponents finds the components of scores in n log n: with the numbers of
// either class below a score and equal to it, which are its mid-ranks among all
// and among its class (Sun & Xu 2014, IEEE Signal Processing Letters
// 21:1389–1393). Scores are not NaN.
func NewComponents(positives, negatives []float64) Components {
	c := Components{make([]float64, len(positives)), make([]float64, len(negatives))}
	m, n := float64(len(positives)), float64(len(negatives))
	rows := ordered(positives, negatives)
	var positivesBelow, negativesBelow float64
	for start := 0; start < len(rows); {
		end, ties := start, [2]float64{}
		for ; end < len(rows) && rows[end].score == rows[start].score; end++ {
			ties[rows[end].class]++
		}
		for _, row := range rows[start:end] {
			if row.class == positive {
				c.Positives[row.place] = (negativesBelow + ties[negative]/2) / n
			} else {
				c.Negatives[row.place] = (m - positivesBelow - ties[positive]/2) / m
			}
		}
		positivesBelow += ties[positive]
		negativesBelow += ties[negative]
		start = end
	}
	return c
}

const negative, positive = 0, 1

// scored is a row of a class.
type scored struct {
	score float64
	place int32
	class uint8
}

// ordered returns the rows of both classes by score.
func ordered(positives, negatives []float64) []scored {
	rows := make([]scored, 0, len(positives)+len(negatives))
	for place, score := range positives {
		rows = append(rows, scored{score, int32(place), positive})
	}
	for place, score := range negatives {
		rows = append(rows, scored{score, int32(place), negative})
	}
	slices.SortFunc(rows, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	return rows
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
	return FromSE(average(positives), se, alpha)
}

func subtract(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] - b[i]
	}
	return out
}
