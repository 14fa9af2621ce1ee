package metrics

import (
	"slices"
	"sync"
)

// averagePrecision is the area under the precision-recall curve, as steps: the
// mean over the ones of the precision among the rows that score no lower.
type averagePrecision struct {
	*separation
	// ordered are the rows by descending score, for many weightings.
	ordered func() []orderedRow
}

// orderedRow is a row in the order of the scores.
type orderedRow struct {
	weight, one float64 // one is the weight of a 1, and 0 for a 0
	place       int32
	end         bool // whether the next row has a lower score
}

func prepareAveragePrecision(s *sample) (statistic, error) {
	p, err := s.separate()
	if err != nil {
		return nil, err
	}
	return &averagePrecision{p, sync.OnceValue(p.ordered)}, nil
}

func (p *separation) ordered() []orderedRow {
	var rows []orderedRow
	for i, place := range slices.Backward(p.places) {
		weight := at(p.weight, int(place))
		rows = append(rows, orderedRow{weight, float64(weight * indicator(p.ones[place])), place, i == 0 || p.last[i-1]})
	}
	return rows
}

func (a *averagePrecision) value(times []float64) float64 {
	if times == nil {
		return a.once()
	}
	var area, ones, rows, tied float64
	for _, row := range a.ordered() {
		count := times[row.place]
		rows += float64(count * row.weight)
		tied += float64(count * row.one)
		if row.end && rows > 0 {
			ones += tied
			area += float64(tied * (ones / rows))
			tied = 0
		}
	}
	return area / ones
}

func (a *averagePrecision) once() float64 {
	var area, ones, rows, tied float64
	for i, place := range slices.Backward(a.places) {
		weight := at(a.weight, int(place))
		rows += weight
		if a.ones[place] {
			tied += weight
		}
		if (i == 0 || a.last[i-1]) && tied > 0 {
			ones += tied
			area += float64(tied * (ones / rows))
			tied = 0
		}
	}
	return area / ones
}

// level is the rows with one score: places start to end of the ranking.
type level struct {
	start, end int
	here       float64 // the weight of the ones with just this score
	// The weight of the ones and of all rows that score no lower.
	ones, rows float64
}

// below is the level under another, l, by descending score. It is not ok where
// there is none.
func (p *separation) below(l level) (next level, ok bool) {
	if l.start == 0 {
		return l, false
	}
	next = level{start: l.start - 1, end: l.start}
	for next.start > 0 && !p.last[next.start-1] {
		next.start--
	}
	here, zeros := p.tie(next.start, next.end)
	next.here, next.ones, next.rows = here, l.ones+here, l.rows+here+zeros
	return next, true
}

// top is above the highest score.
func (p *separation) top() level { return level{start: len(p.places), end: len(p.places)} }

// influence is the derivative of E[Y·T(S)/H(S)]/π, with T(s) = P(S ≥ s, Y = 1),
// H(s) = P(S ≥ s) and π = P(Y = 1). A row (s, y) adds y·T(s)/H(s) to the mean,
// raises T for the ones that score no higher (by G₁(s) = E[Y·1{S ≤ s}/H(S)]) and
// H as well (G₂(s) = E[Y·1{S ≤ s}·T(S)/H(S)²]), and raises π:
//
//	ψ = (y·(T(s)/H(s) + G₁(s) − AP) − G₂(s)) / π
//
// The derivation is ours, by the chain rule; a test holds it to finite differences.
func (a *averagePrecision) influence() []float64 {
	out := make([]float64, len(a.places))
	ones, zeros := a.totals()
	area, share := a.value(nil), ones/(ones+zeros)
	// Both sums run from the lowest score up, the levels from the highest down:
	// what is yet to come is what there is in all less what was.
	allT, allH := 0.0, 0.0
	for l, ok := a.below(a.top()); ok; l, ok = a.below(l) {
		if l.here > 0 {
			allT += l.here / l.rows
			allH += float64(l.here / l.rows * (l.ones / l.rows))
		}
	}
	doneT, doneH := 0.0, 0.0
	for l, ok := a.below(a.top()); ok; l, ok = a.below(l) {
		raised := doneH - allH
		both := allT - doneT - area
		if l.here > 0 {
			doneT += l.here / l.rows
			doneH += float64(l.here / l.rows * (l.ones / l.rows))
		}
		for _, place := range a.places[l.start:l.end] {
			v := raised
			if a.ones[place] && l.rows > 0 {
				v += l.ones/l.rows + both
			}
			out[place] = v / share
		}
	}
	return out
}

// effects are for a 1 the precision at its score, for a 0 the share of ones that
// score no lower.
func (a *averagePrecision) effects() []float64 {
	out := make([]float64, len(a.places))
	ones, _ := a.totals()
	for l, ok := a.below(a.top()); ok; l, ok = a.below(l) {
		for _, place := range a.places[l.start:l.end] {
			if a.ones[place] && l.rows > 0 {
				out[place] = l.ones / l.rows
			} else {
				out[place] = l.ones / ones
			}
		}
	}
	return out
}
