package metrics

import (
	"cmp"
	"slices"
)

// auc is the area under the ROC curve. The rows are sorted by score once;
// afterwards each weighting of them takes one pass.
type auc struct {
	rows     []int32 // by ascending score
	positive []bool  // in the same order
	last     []bool  // whether a row is the last of those with its score
}

func prepareAUC(s *sample) (statistic, error) {
	type answer struct {
		score    float64
		place    int32
		positive bool
	}
	answers := make([]answer, s.len())
	positives := 0
	for place := range answers {
		label, err := s.binaryLabel(place)
		if err != nil {
			return nil, err
		}
		score, err := s.score(place)
		if err != nil {
			return nil, err
		}
		if label {
			positives++
		}
		answers[place] = answer{score, int32(place), label}
	}
	if positives == 0 || positives == len(answers) {
		return nil, s.set.ErrorOf(s.set.Columns.Label, "all rows have the label "+s.label(0), "roc_auc needs rows of both classes")
	}
	slices.SortFunc(answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.place, b.place))
	})
	a := &auc{make([]int32, len(answers)), make([]bool, len(answers)), make([]bool, len(answers))}
	for i, answer := range answers {
		a.rows[i], a.positive[i] = answer.place, answer.positive
		a.last[i] = i+1 == len(answers) || answers[i+1].score != answer.score
	}
	return a, nil
}

// value counts the pairs of a 1 and a 0 in which the 1 has the higher score; a
// tie counts half.
func (a *auc) value(weights []float64) float64 {
	var pairs, positives, negatives, tiedPositives, tiedNegatives float64
	for i, row := range a.rows {
		weight := 1.0
		if weights != nil {
			weight = weights[row]
		}
		if a.positive[i] {
			tiedPositives += weight
		} else {
			tiedNegatives += weight
		}
		if a.last[i] {
			pairs += float64(tiedPositives * (negatives + tiedNegatives/2))
			positives += tiedPositives
			negatives += tiedNegatives
			tiedPositives, tiedNegatives = 0, 0
		}
	}
	return pairs / (positives * negatives)
}

// effects returns for each row the pairs that it wins for the model: for a 1
// the zeros below it, for a 0 the ones above it, ties by half.
func (a *auc) effects() []float64 {
	wins, _, _ := a.wins()
	return wins
}

func (a *auc) wins() (wins []float64, positives, negatives float64) {
	for _, positive := range a.positive {
		positives += indicator(positive)
	}
	wins = make([]float64, len(a.rows))
	positivesAbove := positives
	for start := 0; start < len(a.rows); {
		end, tiedPositives := start, 0.0
		for {
			tiedPositives += indicator(a.positive[end])
			end++
			if a.last[end-1] {
				break
			}
		}
		tiedNegatives := float64(end-start) - tiedPositives
		positivesAbove -= tiedPositives
		for i := start; i < end; i++ {
			if a.positive[i] {
				wins[a.rows[i]] = negatives + tiedNegatives/2
			} else {
				wins[a.rows[i]] = positivesAbove + tiedPositives/2
			}
		}
		negatives += tiedNegatives
		start = end
	}
	return wins, positives, negatives
}

// influence is the derivative of the area: for a 1 the share of zeros that it
// beats, for a 0 the share of ones that beat it, each less the area itself and
// over the share of its class (DeLong, DeLong & Clarke-Pearson 1988, Biometrics
// 44:837–845, whose structural components these are).
func (a *auc) influence() []float64 {
	out, positives, negatives := a.wins()
	area, n := a.value(nil), positives+negatives
	for i, row := range a.rows {
		if a.positive[i] {
			out[row] = (out[row]/negatives - area) * n / positives
		} else {
			out[row] = (out[row]/positives - area) * n / negatives
		}
	}
	return out
}
