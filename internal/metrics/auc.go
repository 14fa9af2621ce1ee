package metrics

import (
	"cmp"
	"math"
	"slices"
)

// auc is the area under the ROC curve. The rows are sorted by score once;
// afterwards each weighting of them takes one pass.
type auc struct {
	rows     []int32 // by ascending score
	positive []bool  // in the same order
	last     []bool  // whether a row is the last of those with its score
}

func prepareAUC(p *Predictions, rows []int32) (statistic, error) {
	type answer struct {
		score    float64
		row      int32
		positive bool
	}
	answers := make([]answer, len(rows))
	positives := 0
	for i, row := range rows {
		label, err := p.binaryLabel(row)
		if err != nil {
			return nil, err
		}
		score, err := p.score(row)
		if err != nil {
			return nil, err
		}
		if label {
			positives++
		}
		answers[i] = answer{score, int32(i), label}
	}
	if positives == 0 || positives == len(rows) {
		return nil, p.errorOf(p.columns.Label, "all rows have the label "+p.labels[rows[0]], "roc_auc needs rows of both classes")
	}
	slices.SortFunc(answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.row, b.row))
	})
	a := &auc{make([]int32, len(rows)), make([]bool, len(rows)), make([]bool, len(rows))}
	for i, answer := range answers {
		a.rows[i], a.positive[i] = answer.row, answer.positive
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

func (a *auc) leaveOneOut() []float64 {
	out, positives, negatives := a.wins()
	pairs := 0.0
	for i, row := range a.rows {
		if a.positive[i] {
			pairs += out[row]
		}
	}
	for i, row := range a.rows {
		left := (positives - 1) * negatives
		if !a.positive[i] {
			left = positives * (negatives - 1)
		}
		if left == 0 {
			out[row] = math.NaN()
			continue
		}
		out[row] = (pairs - out[row]) / left
	}
	return out
}
