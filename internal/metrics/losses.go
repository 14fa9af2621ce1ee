package metrics

import "math"

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

// influence is the derivative of the mean, or of its root.
func (m *mean) influence() []float64 {
	center, slope := (&mean{values: m.values}).value(nil), 1.0
	if m.root {
		slope = 1 / (2 * math.Sqrt(center))
	}
	out := make([]float64, len(m.values))
	for i, v := range m.values {
		out[i] = slope * (v - center)
	}
	return out
}

func (m *mean) effects() []float64 { return m.values }

// prepareAccuracy counts the rows whose decision is the label.
func prepareAccuracy(s *sample) (statistic, error) {
	return s.mean(func(place int) (float64, error) {
		if s.set.Decision != nil && s.set.Label != nil {
			row := s.rows[place]
			return indicator(s.set.Decision[row] == s.set.Label[row]), nil
		}
		label, err := s.binaryLabel(place)
		if err != nil {
			return 0, err
		}
		score, err := s.probability(place)
		return indicator((score >= 0.5) == label), err
	})
}

// prepareLogLoss takes the negative logarithm of the probability that the model
// gave to what was right, clipped as scikit-learn clips it.
func prepareLogLoss(s *sample) (statistic, error) {
	const epsilon = 0x1p-52
	return s.mean(func(place int) (float64, error) {
		label, err := s.binaryLabel(place)
		if err != nil {
			return 0, err
		}
		score, err := s.probability(place)
		score = min(max(score, epsilon), 1-epsilon)
		if !label {
			score = 1 - score
		}
		return -math.Log(score), err
	})
}

// prepareRMSE takes squared errors.
func prepareRMSE(s *sample) (statistic, error) {
	squares, err := s.mean(func(place int) (float64, error) {
		label, err := s.number(place)
		if err != nil {
			return 0, err
		}
		score, err := s.score(place)
		return (score - label) * (score - label), err
	})
	if err != nil {
		return nil, err
	}
	squares.root = true
	return squares, nil
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
