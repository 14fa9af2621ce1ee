package metrics

import (
	"fmt"
	"math"
	"strconv"
)

// mean is the statistic of metrics that are the mean of a value a row, or the
// square root of one.
type mean struct {
	values []float64
	root   bool
}

func (m *mean) value(weights []float64) float64 {
	sum, count := 0.0, float64(len(m.values))
	if weights == nil {
		for _, v := range m.values {
			sum += v
		}
		return m.finish(sum / count)
	}
	count = 0
	for i, v := range m.values {
		// The conversion keeps compilers from fusing the two operations, which
		// would give other last digits on other processors.
		sum += float64(weights[i] * v)
		count += weights[i]
	}
	return m.finish(sum / count)
}

func (m *mean) finish(value float64) float64 {
	if m.root {
		return math.Sqrt(value)
	}
	return value
}

func (m *mean) leaveOneOut() []float64 {
	sum := 0.0
	for _, v := range m.values {
		sum += v
	}
	out := make([]float64, len(m.values))
	for i, v := range m.values {
		// Rounding must not make a negative number under the root.
		out[i] = m.finish(max(sum-v, 0) / float64(len(m.values)-1))
	}
	return out
}

func (m *mean) effects() []float64 { return m.values }

// prepareAccuracy counts the rows whose decision is the label.
func prepareAccuracy(p *Predictions, rows []int32) (statistic, error) {
	hits := &mean{values: make([]float64, len(rows))}
	for i, row := range rows {
		if p.hard != nil {
			hits.values[i] = indicator(p.hard[row] == p.labels[row])
			continue
		}
		label, err := p.binaryLabel(row)
		if err != nil {
			return nil, err
		}
		score, err := p.probability(row)
		if err != nil {
			return nil, err
		}
		hits.values[i] = indicator((score >= 0.5) == label)
	}
	return hits, nil
}

// prepareLogLoss takes the negative logarithm of the probability that the model
// gave to what was right, clipped as scikit-learn clips it.
func prepareLogLoss(p *Predictions, rows []int32) (statistic, error) {
	const epsilon = 0x1p-52
	losses := &mean{values: make([]float64, len(rows))}
	for i, row := range rows {
		label, err := p.binaryLabel(row)
		if err != nil {
			return nil, err
		}
		score, err := p.probability(row)
		if err != nil {
			return nil, err
		}
		score = min(max(score, epsilon), 1-epsilon)
		if !label {
			score = 1 - score
		}
		losses.values[i] = -math.Log(score)
	}
	return losses, nil
}

// prepareRMSE takes squared errors.
func prepareRMSE(p *Predictions, rows []int32) (statistic, error) {
	squares := &mean{values: make([]float64, len(rows)), root: true}
	for i, row := range rows {
		label, err := strconv.ParseFloat(p.labels[row], 64)
		if err != nil || math.IsInf(label, 0) || math.IsNaN(label) {
			return nil, p.errorAt(row, p.columns.Label, fmt.Sprintf("label is not a finite number (%s)", quote(p.labels[row])), "rmse is for regression")
		}
		score, err := p.score(row)
		if err != nil {
			return nil, err
		}
		squares.values[i] = (score - label) * (score - label)
	}
	return squares, nil
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// binaryLabel reads a label as 0 or 1.
func (p *Predictions) binaryLabel(row int32) (bool, error) {
	switch p.labels[row] {
	case "1":
		return true, nil
	case "0":
		return false, nil
	}
	return false, p.errorAt(row, p.columns.Label, fmt.Sprintf("label is neither 0 nor 1 (%s)", quote(p.labels[row])),
		"write 1 for the class that the score is for and 0 for the other; for other classes name the column of decisions as `prediction:` and use accuracy")
}

// score returns the model's score.
func (p *Predictions) score(row int32) (float64, error) {
	if p.scores == nil {
		return 0, p.errorOf(p.columns.Score, fmt.Sprintf("there is no column %s", quote(p.columns.Score)), "write the model's scores, or use accuracy alone")
	}
	return p.scores[row], nil
}

// probability returns a score that can be the probability of label 1.
func (p *Predictions) probability(row int32) (float64, error) {
	score, err := p.score(row)
	if err != nil {
		return 0, err
	}
	if score < 0 || score > 1 {
		return 0, p.errorAt(row, p.columns.Score, fmt.Sprintf("score %v is no probability", score),
			"write probabilities in [0, 1]; roc_auc alone takes any score, and accuracy takes decisions in a column named as `prediction:`")
	}
	return score, nil
}
