package metrics

// cells are the rows of one side by label and decision, and how much of each a
// unit has: what the metrics of decisions depend on where units are resampled.
type cells struct {
	decided *decided
	weight  []float64 // of each cell
	// The cells that unit u has rows of are cell[start[u]:start[u+1]], each with
	// the weight share beside it.
	start []int32
	cell  []int32
	share []float64
}

// newCells counts a side's rows; it is nil where there are too many cells, or no decisions.
func newCells(p *placed, units int) *cells {
	d, err := p.sample.decision()
	if err != nil {
		return nil
	}
	size := len(p.sample.whole.classes().names)
	n := newNumbering(size * size)
	of := make([]int32, len(d.label))
	for place, label := range d.label {
		of[place] = n.add(int(label)*size+int(d.decision[place]), place)
		if len(n.first) > manyCells {
			return nil
		}
	}
	c := &cells{weight: make([]float64, len(n.first))}
	c.divide(p, of, units)
	c.decided = d.collapse(n.first, c.weight, size)
	return c
}

// divide finds out what of each cell a unit has.
func (c *cells) divide(p *placed, of []int32, units int) {
	places, start := p.byUnit(units)
	c.start = make([]int32, 1, units+1)
	share := make([]float64, len(c.weight))
	for unit := range units {
		own := places[start[unit]:start[unit+1]]
		for _, place := range own {
			share[of[place]] += at(p.sample.weight, int(place))
		}
		for _, place := range own {
			if cell := of[place]; share[cell] > 0 {
				c.cell, c.share = append(c.cell, cell), append(c.share, share[cell])
				c.weight[cell] += share[cell]
				share[cell] = 0
			}
		}
		c.start = append(c.start, int32(len(c.cell)))
	}
}

// byUnit lists the places unit by unit.
func (p *placed) byUnit(units int) (list, start []int32) {
	start = make([]int32, units+1)
	if p.unit == nil {
		list = places(units)
		for unit := range start {
			start[unit] = int32(unit)
		}
		return list, start
	}
	for _, unit := range p.unit {
		start[unit+1]++
	}
	for unit := range units {
		start[unit+1] += start[unit]
	}
	list, next := make([]int32, len(p.unit)), append([]int32(nil), start...)
	for place, unit := range p.unit {
		list[next[unit]] = int32(place)
		next[unit]++
	}
	return list, start
}

// sums adds up by unit what the cells have.
func (c *cells) sums(values []float64, units int) []float64 {
	out := make([]float64, units)
	for unit := range out {
		for i := c.start[unit]; i < c.start[unit+1]; i++ {
			out[unit] += float64(c.share[i] * values[c.cell[i]])
		}
	}
	return out
}

func (c *cells) total() float64 { return sum(c.weight) }

// margins adds up the cells of units that occur so many times.
func (c *cells) margins(times []uint16, m *margins) {
	m.reset()
	for unit, count := range times {
		if count == 0 {
			continue
		}
		for i := c.start[unit]; i < c.start[unit+1]; i++ {
			cell := c.cell[i]
			m.add(int(c.decided.label[cell]), int(c.decided.decision[cell]), float64(count)*c.share[i])
		}
	}
}
