package metrics

import (
	"slices"
	"sync"
)

// subset is a set of items that are resampled together: all, or a slice.
type subset struct {
	slice    string
	against  string // "anchor", or empty for the champion
	required bool
	// n is the number of rows of the candidate, units that of what is independent.
	n, units int
	// plain is true where every row is a unit and counts once.
	plain bool
	// The rows of each side on it.
	candidates, champions []*placed
	table                 func() *table
	positives             func() int
}

// placed is the rows of one side on a subset.
type placed struct {
	sample *sample
	// unit is the unit of each place; nil if that is the place itself.
	unit []int32
	// repeated is true where items have several rows, of which either side has its own.
	repeated bool
	cells    func() *cells
}

// weights is how much each row counts; nil if all count alike. The answers to
// one item count together as one row.
func (s *side) weights() []float64 {
	if s.start == nil {
		return s.set.Weight
	}
	weight := make([]float64, s.set.Len())
	for item := range s.items() {
		own := s.rows[s.start[item]:s.start[item+1]]
		for _, row := range own {
			weight[row] = at(s.set.Weight, int(row)) / float64(len(own))
		}
	}
	return weight
}

// newSubset lays out the rows of some items, all of them if list is nil, for the
// candidates and for what they are held against.
func (c *comparer) newSubset(slice string, list []int32, champions []*side) *subset {
	s := &subset{slice: slice, plain: c.dependence.plain()}
	var unit []int32
	unit, s.units = c.dependence.within(list, c.candidates[0].items())
	for _, side := range c.candidates {
		s.candidates = append(s.candidates, side.place(list, unit))
	}
	for _, side := range champions {
		s.champions = append(s.champions, side.place(list, unit))
	}
	s.n = s.candidates[0].sample.len()
	s.table = sync.OnceValue(func() *table { return newTable(s) })
	s.positives = sync.OnceValue(s.ones)
	for _, p := range slices.Concat(s.candidates, s.champions) {
		p.cells = sync.OnceValue(func() *cells { return newCells(p, s.units) })
	}
	return s
}

// within numbers the units of some items from 0, in their order, and counts
// them. It is nil if every item is a unit.
func (d dependence) within(list []int32, items int) ([]int32, int) {
	switch {
	case d.unit == nil && list == nil:
		return nil, items
	case d.unit == nil:
		return nil, len(list)
	case list == nil:
		return d.unit, d.units
	}
	place := make([]int32, d.units)
	for _, item := range list {
		place[d.unit[item]] = 1
	}
	count := int32(0)
	for i, present := range place {
		place[i] = count
		count += present
	}
	unit := make([]int32, len(list))
	for i, item := range list {
		unit[i] = place[d.unit[item]]
	}
	return unit, int(count)
}

// place lists a side's rows of some items, with the units that they are of.
func (s *side) place(list, unit []int32) *placed {
	switch {
	case s.start != nil:
		return s.placeRepeats(list, unit)
	case list == nil && s.inOrder:
		return &placed{sample: s.all, unit: unit}
	case list == nil:
		return &placed{sample: s.all.part(s.rows), unit: unit}
	}
	return &placed{sample: s.all.part(take(s.rows, list)), unit: unit}
}

// placeRepeats lists the rows of items with several answers each.
func (s *side) placeRepeats(list, unit []int32) *placed {
	if list == nil {
		list = places(s.items())
	}
	var rows, of []int32
	for i, item := range list {
		own := s.rows[s.start[item]:s.start[item+1]]
		rows = append(rows, own...)
		mine := int32(i)
		if unit != nil {
			mine = unit[i]
		}
		of = append(of, slices.Repeat([]int32{mine}, len(own))...)
	}
	return &placed{sample: s.all.part(rows), unit: of, repeated: true}
}

// places lists the numbers from 0 to n − 1.
func places(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// sums adds up by unit what the places have, by their weights.
func (p *placed) sums(values []float64, units int) []float64 {
	if p.unit == nil && p.sample.weight == nil {
		return values
	}
	out := make([]float64, units)
	for place, v := range values {
		out[p.unitAt(place)] += float64(v * at(p.sample.weight, place))
	}
	return out
}

func (p *placed) unitAt(place int) int {
	if p.unit == nil {
		return place
	}
	return int(p.unit[place])
}

func (p *placed) total() float64 { return p.sample.total() }

// unitWeights returns how much each unit counts.
func (p *placed) unitWeights(units int) []float64 {
	ones := make([]float64, p.sample.len())
	for place := range ones {
		ones[place] = 1
	}
	return p.sums(ones, units)
}

// means averages by unit what the places have.
func (p *placed) means(values []float64, units int) []float64 {
	out := p.sums(values, units)
	for unit, weight := range p.unitWeights(units) {
		if weight > 0 {
			out[unit] /= weight
		}
	}
	return out
}

// release forgets the rows of a slice that is done.
func (s *subset) release() {
	if s.slice != "" {
		s.candidates, s.champions = nil, nil
		s.table, s.positives = nil, nil
	}
}
