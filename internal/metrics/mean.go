package metrics

import "math"

// mean is the statistic of metrics that are the mean of a value a row, or the
// square root of one.
type mean struct {
	values []float64 // by place
	// weight is how much each place counts; nil if all count alike.
	weight []float64
	root   bool
	// share is what a place is of its unit, where several rows are one; else nil.
	// It is in weight already.
	share []float64
}

// mean takes a column that is computed once for the whole set.
func (s *sample) mean(name string, compute func(w *whole) ([]float64, error)) (*mean, error) {
	values, err := s.whole.column(name, compute)
	if err != nil {
		return nil, err
	}
	return &mean{values: take(values, s.rows), weight: s.weight}, nil
}

// meanOf prepares the mean of a column.
func meanOf(name string, compute func(w *whole) ([]float64, error)) func(*sample) (statistic, error) {
	return func(s *sample) (statistic, error) { return s.mean(name, compute) }
}

func (m *mean) value(times []float64) float64 {
	value := average(m.values, times, m.weight)
	if m.root {
		return math.Sqrt(value)
	}
	return value
}

// average is the mean of the values by two factors of the weight, of which
// either may be nil.
func average(values, times, weight []float64) float64 {
	if weight == nil {
		times, weight = nil, times
	}
	total, count := 0.0, 0.0
	switch {
	case weight == nil:
		total, count = sum(values), float64(len(values))
	case times == nil:
		for i, v := range values {
			// The conversion keeps compilers from fusing the two operations, which
			// would give other last digits on other processors.
			total += float64(weight[i] * v)
			count += weight[i]
		}
	default:
		for i, v := range values {
			w := float64(times[i] * weight[i])
			total += float64(w * v)
			count += w
		}
	}
	return total / count
}

// influence is the derivative of the mean, or of its root.
func (m *mean) influence() []float64 {
	center, slope := average(m.values, nil, m.weight), 1.0
	if m.root {
		slope = 1 / (2 * math.Sqrt(center))
	}
	units := 1.0
	if m.share != nil {
		units = m.rows() / sum(m.weight)
	}
	out := make([]float64, len(m.values))
	for i, v := range m.values {
		out[i] = units * at(m.share, i) * slope * (v - center)
	}
	return out
}

// rows is the weight of all rows.
func (m *mean) rows() float64 {
	total := 0.0
	for i, weight := range m.weight {
		total += weight / m.share[i]
	}
	return total
}

func (m *mean) effects() []float64 { return m.values }
