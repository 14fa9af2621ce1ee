package metrics

import "sync"

// margins are the sums of a table of labels against decisions that the metrics
// of decisions are made of.
type margins struct {
	// By class: the rows of the class that were decided right, all its rows, and
	// all rows that were decided for it.
	right, labels, decisions []float64
	total                    float64
}

func newMargins(classes int) *margins {
	sums := make([]float64, 3*classes)
	return &margins{right: sums[:classes:classes], labels: sums[classes : 2*classes : 2*classes], decisions: sums[2*classes:]}
}

// reset empties the table.
func (m *margins) reset() {
	clear(m.right)
	clear(m.labels)
	clear(m.decisions)
	m.total = 0
}

// add counts rows with a label that were decided so.
func (m *margins) add(label, decision int, count float64) {
	if label == decision {
		m.right[label] += count
	}
	m.labels[label] += count
	m.decisions[decision] += count
	m.total += count
}

// contingency is a metric of decisions: a function of the margins of the table
// of labels against decisions.
type contingency struct {
	*decided
	weight  []float64 // by place; nil if all rows count alike
	classes *classes
	// of computes the metric; where slope is not nil it also fills in the
	// derivative by each of the margins.
	of func(m, slope *margins) float64
	// hits marks metrics that only see whether a decision is right.
	hits bool
}

// size is the number of classes.
func (c *contingency) size() int { return len(c.classes.names) }

// valueOf computes the metric of a table.
func (c *contingency) valueOf(m *margins) float64 { return c.of(m, nil) }

func (c *contingency) value(times []float64) float64 {
	if times == nil {
		return c.valueOf(c.once())
	}
	return c.valueOf(c.margins(c.size(), times, c.weight))
}

// summed adds the table up when it is first asked for, and once for all metrics.
func (d *decided) summed(classes int, weight []float64) {
	d.once = sync.OnceValue(func() *margins { return d.margins(classes, nil, weight) })
}

// margins adds up the table.
func (d *decided) margins(classes int, times, weight []float64) *margins {
	m := newMargins(classes)
	if classes > smallTable {
		for place, label := range d.label {
			m.add(int(label), int(d.decision[place]), float64(at(times, place)*at(weight, place)))
		}
		return m
	}
	// Cells are added to without asking whether the decision is right.
	cells := make([]float64, classes*classes)
	for place, label := range d.label {
		cells[int(label)*classes+int(d.decision[place])] += float64(at(times, place) * at(weight, place))
	}
	for cell, count := range cells {
		m.add(cell/classes, cell%classes, count)
	}
	return m
}

// smallTable is the number of classes up to which all cells of a table are at hand.
const smallTable = 32

// influence is the gradient by the margins that a row adds to. The metrics are
// ratios, so they do not change where all margins grow alike, and by Euler's
// theorem the mean is 0.
func (c *contingency) influence() []float64 {
	m, slope := c.once(), newMargins(c.size())
	c.of(m, slope)
	out := make([]float64, len(c.label))
	for place, label := range c.label {
		decision := c.decision[place]
		v := slope.total + slope.labels[label] + slope.decisions[decision]
		if label == decision {
			v += slope.right[label]
		}
		out[place] = m.total * v
	}
	return out
}

// effects are 1 for a right decision and 0 for a wrong one, or a number for the
// class that was decided for.
func (c *contingency) effects() []float64 {
	out := make([]float64, len(c.label))
	marks := c.classes.marks()
	for place, decision := range c.decision {
		if c.hits {
			out[place] = indicator(c.label[place] == decision)
		} else {
			out[place] = marks[decision]
		}
	}
	return out
}

// tabulated prepares a metric of decisions among any classes.
func tabulated(of func(m, slope *margins) float64) func(*sample) (statistic, error) {
	return func(s *sample) (statistic, error) { return s.contingency(of) }
}

// ofOne prepares a metric of the decisions for class 1 against 0.
func ofOne(r rate) func(*sample) (statistic, error) {
	return func(s *sample) (statistic, error) {
		if err := s.whole.twoClasses(); err != nil {
			return nil, err
		}
		return s.contingency(r.of(s.whole.classes().one()))
	}
}

func (s *sample) contingency(of func(m, slope *margins) float64) (*contingency, error) {
	cells, err := s.decision()
	if err != nil {
		return nil, err
	}
	return &contingency{decided: cells, weight: s.weight, classes: s.whole.classes(), of: of}, nil
}

func prepareAccuracy(s *sample) (statistic, error) {
	c, err := s.contingency(accuracy)
	if err != nil {
		return nil, err
	}
	c.hits = true
	return c, nil
}
