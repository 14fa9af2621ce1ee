package metrics

// rankedOnes computes the average precision of resamples. It does what
// averagePrecision does with counts in place of weights: small numbers in the
// order of the scores, and no division.
type rankedOnes struct {
	places []uint16 // by descending score; there are fewer than largeUnits
	one    []uint16 // all bits set where the label is 1
	last   []bool   // whether a place is the last of those with its score; nil if all are
	// inverse is 1/k for each number of rows.
	inverse []float64
}

// newRankedOnes returns nil unless the metric is the average precision of rows
// that are units and count alike.
func newRankedOnes(m *measured, on *placed) *rankedOnes {
	a, ok := m.stat.(*averagePrecision)
	if !ok || on.unit != nil || a.weight != nil {
		return nil
	}
	n := len(a.places)
	r := &rankedOnes{places: make([]uint16, n), one: make([]uint16, n), last: make([]bool, n), inverse: make([]float64, n+1)}
	ties := false
	for i := range n {
		from := n - 1 - i
		r.places[i] = uint16(a.places[from])
		if a.ones[a.places[from]] {
			r.one[i] = ^uint16(0)
		}
		r.last[i] = from == 0 || a.last[from-1]
		ties = ties || !r.last[i]
		r.inverse[i+1] = 1 / float64(i+1)
	}
	if !ties {
		r.last = nil
	}
	return r
}

// value is NaN where no row has the label 1.
func (r *rankedOnes) value(counts []uint16) float64 {
	if r.last != nil {
		return r.tied(counts)
	}
	var rows, ones uint32
	area := 0.0
	one := r.one[:len(r.places)]
	for i, place := range r.places {
		count := uint32(counts[place])
		here := count & uint32(one[i])
		rows += count
		ones += here
		area += float64(float64(here*ones) * r.inverse[rows])
	}
	return area / float64(ones)
}

func (r *rankedOnes) tied(counts []uint16) float64 {
	var rows, ones, here uint32
	area := 0.0
	one, last := r.one[:len(r.places)], r.last[:len(r.places)]
	for i, place := range r.places {
		count := uint32(counts[place])
		here += count & uint32(one[i])
		rows += count
		if last[i] {
			ones += here
			area += float64(float64(uint64(here)*uint64(ones)) * r.inverse[rows])
			here = 0
		}
	}
	return area / float64(ones)
}

// rankedPair is the average precision of both models.
type rankedPair struct {
	candidate, champion *rankedOnes
	sign                float64
}

// newRankedPair returns nil if the metric is another.
func newRankedPair(p *pair) *rankedPair {
	candidate := newRankedOnes(p.candidates[0], p.subset.candidates[0])
	champion := newRankedOnes(p.champions[0], p.subset.champions[0])
	if candidate == nil || champion == nil {
		return nil
	}
	return &rankedPair{candidate, champion, p.sign}
}

func (r *rankedPair) difference(counts []uint16) float64 {
	return r.sign * (r.candidate.value(counts) - r.champion.value(counts))
}
