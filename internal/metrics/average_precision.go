package metrics

// averagePrecision is the area under the precision-recall curve, as steps: the
// mean over the ones of the precision among the rows that score no lower.
type averagePrecision struct{ *separation }

func prepareAveragePrecision(s *sample) (statistic, error) {
	p, err := s.separate()
	if err != nil {
		return nil, err
	}
	return &averagePrecision{p}, nil
}

func (a *averagePrecision) value(times []float64) float64 {
	var area, ones, rows, tiedOnes float64
	for i := len(a.places) - 1; i >= 0; i-- {
		place := int(a.places[i])
		weight := float64(at(times, place) * at(a.weight, place))
		rows += weight
		if a.ones[place] {
			tiedOnes += weight
		}
		if (i == 0 || a.last[i-1]) && tiedOnes > 0 {
			ones += tiedOnes
			area += float64(tiedOnes * (ones / rows))
			tiedOnes = 0
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
