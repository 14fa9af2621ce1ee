package statistics_test

import (
	"cmp"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// newComponents finds the components of scores in n log n: with the numbers of
// either class below a score and equal to it, which are its mid-ranks among all
// and among its class (Sun & Xu 2014, IEEE Signal Processing Letters
// 21:1389–1393). Scores are not NaN.
func newComponents(positives, negatives []float64) statistics.Components {
	c := statistics.Components{Positives: make([]float64, len(positives)), Negatives: make([]float64, len(negatives))}
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
