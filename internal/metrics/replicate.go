package metrics

import (
	"math"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// prepare chooses how the batch's resamples are computed.
func (b *batch) prepare() {
	if b.table != nil {
		b.compute = &cellReplicator{b}
		return
	}
	r := &unitReplicator{batch: b}
	for i, e := range b.entries {
		candidate, champion := e.pair.candidates[0], e.pair.champions[0]
		if _, ok := candidate.stat.(*contingency); ok && candidate.rows != e.subset.candidates[0] && champion.rows != e.subset.champions[0] {
			r.decided = append(r.decided, i)
			continue
		}
		if d := newDifferences(e.pair); d != nil {
			r.counted, r.countedOf = append(r.counted, d), append(r.countedOf, i)
			continue
		}
		r.others = append(r.others, i)
	}
	b.compute = r
}

// cellReplicator draws tables of labels and both decisions.
type cellReplicator struct{ *batch }

type cellScratch struct {
	counts       []float64
	mine, theirs *margins
}

func (r *cellReplicator) scratch() any {
	p := r.entries[0].pair
	return &cellScratch{
		make([]float64, len(p.table.counts)),
		newMargins(p.candidates[0].stat.(*contingency).size()), newMargins(p.champions[0].stat.(*contingency).size()),
	}
}

func (r *cellReplicator) replicate(b int, scratch any, replicates [][]float64) {
	s, t := scratch.(*cellScratch), r.entries[0].pair.table
	r.table.Draw(s.counts, r.seed, uint64(b))
	s.mine.reset()
	s.theirs.reset()
	for cell, count := range s.counts {
		s.mine.add(int(t.candidate.label[cell]), int(t.candidate.decision[cell]), count)
		s.theirs.add(int(t.champion.label[cell]), int(t.champion.decision[cell]), count)
	}
	for i, e := range r.entries {
		replicates[i][b] = e.pair.sign * (e.pair.candidates[0].stat.(*contingency).valueOf(s.mine) - e.pair.champions[0].stat.(*contingency).valueOf(s.theirs))
	}
}

// unitReplicator draws units: rows, items, groups or blocks of time.
type unitReplicator struct {
	*batch
	// counted are metrics that are computed from how often each unit was drawn,
	// countedOf their entries.
	counted   []differences
	countedOf []int
	decided   []int // entries that are computed from the cells of the units
	others    []int // entries that are computed from the rows
}

// differences computes a metric's difference from how often each unit was drawn.
type differences interface {
	difference(counts []uint16) float64
}

func newDifferences(p *pair) differences {
	if m := newPairedMean(p); m != nil {
		return m
	}
	if r := newRankedPair(p); r != nil {
		return r
	}
	return nil
}

type unitScratch struct {
	counts []uint16 // there are fewer than largeUnits, none of which occurs more often
	// how often each place of either side occurs; the same if both stand alike
	candidate, champion []float64
	mine, theirs        *margins
}

func (r *unitReplicator) scratch() any {
	s := &unitScratch{counts: make([]uint16, r.subset.units)}
	if len(r.others) > 0 {
		s.candidate = make([]float64, r.subset.candidates[0].sample.len())
		s.champion = s.candidate
		if !r.subset.aligned() {
			s.champion = make([]float64, r.subset.champions[0].sample.len())
		}
	}
	if len(r.decided) > 0 {
		p := r.entries[r.decided[0]].pair
		s.mine, s.theirs = newMargins(p.candidates[0].stat.(*contingency).size()), newMargins(p.champions[0].stat.(*contingency).size())
	}
	return s
}

func (r *unitReplicator) replicate(b int, scratch any, replicates [][]float64) {
	s := scratch.(*unitScratch)
	if r.block > 0 {
		statistics.DrawBlocks(s.counts, r.block, r.seed, uint64(b))
	} else {
		statistics.Draw(s.counts, r.seed, uint64(b))
	}
	for i, d := range r.counted {
		replicates[r.countedOf[i]][b] = d.difference(s.counts)
	}
	r.fromCells(b, s, replicates)
	r.fromRows(b, s, replicates)
}

func (r *unitReplicator) fromCells(b int, s *unitScratch, replicates [][]float64) {
	if len(r.decided) == 0 {
		return
	}
	r.subset.candidates[0].cells().margins(s.counts, s.mine)
	r.subset.champions[0].cells().margins(s.counts, s.theirs)
	for _, i := range r.decided {
		p := r.entries[i].pair
		replicates[i][b] = p.sign * (p.candidates[0].stat.(*contingency).valueOf(s.mine) - p.champions[0].stat.(*contingency).valueOf(s.theirs))
	}
}

func (r *unitReplicator) fromRows(b int, s *unitScratch, replicates [][]float64) {
	if len(r.others) == 0 {
		return
	}
	r.subset.candidates[0].occur(s.counts, s.candidate)
	if !r.subset.aligned() {
		r.subset.champions[0].occur(s.counts, s.champion)
	}
	for _, i := range r.others {
		p := r.entries[i].pair
		replicates[i][b] = p.sign * (p.candidates[0].stat.value(s.candidate) - p.champions[0].stat.value(s.champion))
	}
}

// occur fills in how often each place occurs.
func (p *placed) occur(counts []uint16, times []float64) {
	if p.unit == nil {
		for place, count := range counts {
			times[place] = float64(count)
		}
		return
	}
	for place, unit := range p.unit {
		times[place] = float64(counts[unit])
	}
}

// aligned says whether what stands at a place is of the same unit on both sides.
func (s *subset) aligned() bool { return !s.candidates[0].repeated && !s.champions[0].repeated }

// pairedMean is a mean of both models by unit: sums of values and of weights.
type pairedMean struct {
	candidate, champion []float64
	// The weights by unit; nil if all are 1.
	candidateWeight, championWeight []float64
	sign                            float64
	root                            bool
}

// newPairedMean returns nil if the metric is no mean.
func newPairedMean(p *pair) *pairedMean {
	a, okA := p.candidates[0].stat.(*mean)
	b, okB := p.champions[0].stat.(*mean)
	if !okA || !okB {
		return nil
	}
	units := p.subset.units
	m := &pairedMean{sign: p.sign, root: a.root}
	m.candidate, m.candidateWeight = a.byUnit(p.subset.candidates[0].unit, units)
	m.champion, m.championWeight = b.byUnit(p.subset.champions[0].unit, units)
	if m.candidateWeight == nil && m.championWeight == nil && !a.root {
		for unit, v := range m.champion {
			m.candidate[unit] -= v
		}
		m.champion = nil
	}
	return m
}

// byUnit adds up values and weights.
func (m *mean) byUnit(unit []int32, units int) (values, weights []float64) {
	values = make([]float64, units)
	if unit == nil && m.weight == nil {
		copy(values, m.values)
		return values, nil
	}
	weights = make([]float64, units)
	for place, v := range m.values {
		of := place
		if unit != nil {
			of = int(unit[place])
		}
		w := at(m.weight, place)
		values[of] += float64(w * v)
		weights[of] += w
	}
	return values, weights
}

func (m *pairedMean) difference(counts []uint16) float64 {
	if m.champion == nil {
		return m.sign * (dot(counts, m.candidate) / float64(len(counts)))
	}
	candidate := dot(counts, m.candidate) / m.weight(counts, m.candidateWeight)
	champion := dot(counts, m.champion) / m.weight(counts, m.championWeight)
	if m.root {
		candidate, champion = math.Sqrt(candidate), math.Sqrt(champion)
	}
	return m.sign * (candidate - champion)
}

func (m *pairedMean) weight(counts []uint16, weights []float64) float64 {
	if weights == nil {
		return float64(len(counts))
	}
	return dot(counts, weights)
}

// dot is Σ counts·values, in four sums so that processors need not wait for one
// another's result; the order is the same everywhere.
func dot(counts []uint16, values []float64) float64 {
	var a, b, c, d float64
	values = values[:len(counts)]
	i := 0
	for ; i+4 <= len(counts); i += 4 {
		a += float64(float64(counts[i]) * values[i])
		b += float64(float64(counts[i+1]) * values[i+1])
		c += float64(float64(counts[i+2]) * values[i+2])
		d += float64(float64(counts[i+3]) * values[i+3])
	}
	for ; i < len(counts); i++ {
		a += float64(float64(counts[i]) * values[i])
	}
	return (a + b) + (c + d)
}
