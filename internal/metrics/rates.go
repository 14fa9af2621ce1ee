package metrics

import "math"

// accuracy is the share of rows that were decided right.
func accuracy(m, slope *margins) float64 {
	value := sum(m.right) / m.total
	if slope != nil {
		for class := range slope.right {
			slope.right[class] = 1 / m.total
		}
		slope.total = -value / m.total
	}
	return value
}

// rate is a metric of one class against the others, of the rows that are right,
// those that have the label and those that were decided for it: right over a
// mixture of labels and decisions. Recall mixes them 1 : 0, precision 0 : 1, and
// F1, their harmonic mean, ½ : ½ (van Rijsbergen 1979, Information Retrieval,
// chapter 7). Where there is nothing to divide by it is 0, as in scikit-learn
// with zero_division=0.
type rate struct{ labels, decisions float64 }

func recall() rate    { return rate{labels: 1} }
func precision() rate { return rate{decisions: 1} }
func f1() rate        { return rate{labels: 0.5, decisions: 0.5} }

// slopes are the derivatives of a rate by what it is made of.
type slopes struct{ right, labels, decisions float64 }

func (r rate) at(right, labels, decisions float64) (float64, slopes) {
	below := float64(r.labels*labels) + float64(r.decisions*decisions)
	if below == 0 {
		return 0, slopes{}
	}
	value := right / below
	return value, slopes{1 / below, -r.labels * value / below, -r.decisions * value / below}
}

// slope adds a share of the derivatives of a class.
func (m *margins) slope(class int, s slopes, share float64) {
	m.right[class] += float64(share * s.right)
	m.labels[class] += float64(share * s.labels)
	m.decisions[class] += float64(share * s.decisions)
}

// of returns the rate of one class; −1 stands for a class that never occurs.
func (r rate) of(class int) func(m, slope *margins) float64 {
	return func(m, slope *margins) float64 {
		if class < 0 {
			return 0
		}
		value, by := r.at(m.right[class], m.labels[class], m.decisions[class])
		if slope != nil {
			slope.slope(class, by, 1)
		}
		return value
	}
}

// micro is the rate of all classes together.
func (r rate) micro(m, slope *margins) float64 {
	value, by := r.at(sum(m.right), sum(m.labels), sum(m.decisions))
	if slope != nil {
		for class := range m.right {
			slope.slope(class, by, 1)
		}
	}
	return value
}

// macro is the mean over the classes that occur among labels or decisions.
func (r rate) macro(m, slope *margins) float64 {
	return r.mean(m, slope, func(class int) bool { return m.labels[class]+m.decisions[class] > 0 })
}

// balanced is the mean of the recall over the classes that occur among labels.
func balanced(m, slope *margins) float64 {
	return recall().mean(m, slope, func(class int) bool { return m.labels[class] > 0 })
}

func (r rate) mean(m, slope *margins, counts func(class int) bool) float64 {
	count := 0.0
	for class := range m.right {
		count += indicator(counts(class))
	}
	total := 0.0
	for class := range m.right {
		if !counts(class) {
			continue
		}
		value, by := r.at(m.right[class], m.labels[class], m.decisions[class])
		total += value
		if slope != nil {
			slope.slope(class, by, 1/count)
		}
	}
	return total / count
}

// weighted is the mean over the classes, each counting as often as it is a label.
func (r rate) weighted(m, slope *margins) float64 {
	value := 0.0
	for class, labels := range m.labels {
		here, by := r.at(m.right[class], labels, m.decisions[class])
		value += float64(here * labels / m.total)
		if slope != nil {
			slope.slope(class, by, labels/m.total)
			slope.labels[class] += here / m.total
		}
	}
	if slope != nil {
		slope.total = -value / m.total
	}
	return value
}

// matthews is the correlation of labels and decisions as indicators of classes
// (Gorodkin 2004, Computational Biology and Chemistry 28:367–374, equation 8;
// for two classes Matthews 1975). As in scikit-learn it is 0 where all labels or
// all decisions are one class.
func matthews(m, slope *margins) float64 {
	right, both := sum(m.right), 0.0
	spreadLabels, spreadDecisions := float64(m.total*m.total), float64(m.total*m.total)
	for class, labels := range m.labels {
		both += float64(labels * m.decisions[class])
		spreadLabels -= float64(labels * labels)
		spreadDecisions -= float64(m.decisions[class] * m.decisions[class])
	}
	if !(spreadLabels > 0 && spreadDecisions > 0) {
		return 0
	}
	root := math.Sqrt(spreadLabels) * math.Sqrt(spreadDecisions)
	value := (float64(right*m.total) - both) / root
	if slope != nil {
		for class := range m.right {
			slope.right[class] = m.total / root
			slope.labels[class] = value*m.labels[class]/spreadLabels - m.decisions[class]/root
			slope.decisions[class] = value*m.decisions[class]/spreadDecisions - m.labels[class]/root
		}
		slope.total = right/root - value*m.total/spreadLabels - value*m.total/spreadDecisions
	}
	return value
}
