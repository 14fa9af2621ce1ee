package calibration

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// ranking orders the answers to the rows of one label from the worst to the
// best; errors of numbers, from the lowest to the highest.
type ranking struct {
	stratum []int32   // of each row: its label
	order   [][]int32 // the rows of each stratum, in order
	// normal is each row's normal score, Φ⁻¹ of its rank as a share.
	normal []float64
}

// newRanking ranks a model's answers by a key. Equal keys are put in an order by
// chance, the same each time.
func newRanking(stratum []int32, key []float64) *ranking {
	r := &ranking{stratum: stratum, normal: make([]float64, len(stratum))}
	for row, s := range stratum {
		for int(s) >= len(r.order) {
			r.order = append(r.order, nil)
		}
		r.order[s] = append(r.order[s], int32(row))
	}
	random := rand.New(rand.NewPCG(1, 0))
	for _, rows := range r.order {
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		slices.SortStableFunc(rows, func(a, b int32) int { return cmp.Compare(key[a], key[b]) })
		for rank, row := range rows {
			r.normal[row] = normalQuantile((float64(rank) + 0.5) / float64(len(rows)))
		}
	}
	return r
}

// at returns the row of a stratum whose answer stands at a normal score.
func (r *ranking) at(stratum int32, normal float64) int32 {
	rows := r.order[stratum]
	rank := int(normalCDF(normal) * float64(len(rows)))
	return rows[min(rank, len(rows)-1)]
}

// strata are the labels of the rows, and one stratum where answers are numbers
// or where there are no labels.
func strata(set *predictions.Set, numbers bool) []int32 {
	if numbers || set.Label == nil {
		return make([]int32, set.Len())
	}
	return set.Label
}

// quality says how good each answer is, in any unit; of numbers, their error.
func (l *lab) quality(set *predictions.Set) []float64 {
	key, of := make([]float64, set.Len()), l.qualityOf(set)
	for row := range key {
		key[row] = of(row)
	}
	return key
}

// qualityOf chooses by what the answers are.
func (l *lab) qualityOf(set *predictions.Set) func(row int) float64 {
	switch {
	case l.numbers:
		return func(row int) float64 { return set.Score[row] - set.LabelNumber[row] }
	case set.Label != nil && set.Score != nil && binary(set):
		return func(row int) float64 { return sign(set.LabelAt(row) == "1") * set.Score[row] }
	case set.Label != nil && set.ClassScore != nil:
		return func(row int) float64 {
			if column := set.ClassScore[set.Label[row]]; column != nil {
				return column[row]
			}
			return 0
		}
	case set.Label != nil && set.Decision != nil:
		return func(row int) float64 { return max(sign(set.Decision[row] == set.Label[row]), 0) }
	case set.LabelNumber != nil && set.Score != nil: // grades: what is above the mean should have high scores
		middle := mean(set.LabelNumber)
		return func(row int) float64 { return sign(set.LabelNumber[row] > middle) * set.Score[row] }
	case len(set.Value) > 0:
		return func(row int) float64 { return l.valueSign * set.Value[l.value][row] }
	}
	return func(int) float64 { return 0 }
}

// binary reports whether all labels are 0 or 1.
func binary(set *predictions.Set) bool {
	for _, label := range set.Label {
		if name := set.Classes[label]; name != "0" && name != "1" {
			return false
		}
	}
	return true
}

func sign(up bool) float64 {
	if up {
		return 1
	}
	return -1
}
