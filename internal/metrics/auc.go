package metrics

// separation is what the metrics of how a score separates ones from zeros are
// made of.
type separation struct {
	*ranking
	ones   []bool    // by place: label is 1
	weight []float64 // by place; nil if all rows count alike
}

// separate ranks the sample, and refuses one class only.
func (s *sample) separate() (*separation, error) {
	ones, err := s.whole.ones()
	if err != nil {
		return nil, err
	}
	r, err := s.ranking()
	if err != nil {
		return nil, err
	}
	p := &separation{r, take(ones, s.rows), s.weight}
	if one, zero := p.totals(); one == 0 || zero == 0 {
		return nil, s.set.ErrorOf(s.set.Columns.Label, "all rows have the label "+map[bool]string{true: "0", false: "1"}[one == 0], "this metric needs rows of both classes")
	}
	return p, nil
}

// totals returns the weight of each class.
func (p *separation) totals() (ones, zeros float64) {
	for place, one := range p.ones {
		if one {
			ones += at(p.weight, place)
		} else {
			zeros += at(p.weight, place)
		}
	}
	return ones, zeros
}

// tie is the weight of the rows with one score.
func (p *separation) tie(start, end int) (ones, zeros float64) {
	for _, place := range p.places[start:end] {
		if p.ones[place] {
			ones += at(p.weight, int(place))
		} else {
			zeros += at(p.weight, int(place))
		}
	}
	return ones, zeros
}

// auc is the area under the ROC curve. The rows are sorted by score once;
// afterwards each weighting of them takes one pass.
type auc struct{ *separation }

func prepareAUC(s *sample) (statistic, error) {
	p, err := s.separate()
	if err != nil {
		return nil, err
	}
	return &auc{p}, nil
}

// value counts the pairs of a 1 and a 0 in which the 1 has the higher score; a
// tie counts half.
func (a *auc) value(times []float64) float64 {
	var pairs, ones, zeros, tiedOnes, tiedZeros float64
	for i, place := range a.places {
		weight := float64(at(times, int(place)) * at(a.weight, int(place)))
		if a.ones[place] {
			tiedOnes += weight
		} else {
			tiedZeros += weight
		}
		if a.last[i] {
			pairs += float64(tiedOnes * (zeros + tiedZeros/2))
			ones += tiedOnes
			zeros += tiedZeros
			tiedOnes, tiedZeros = 0, 0
		}
	}
	return pairs / (ones * zeros)
}

// components are the structural components by place (DeLong, DeLong &
// Clarke-Pearson 1988, Biometrics 44:837–845, equations 6 and 7): for a 1 the
// share of zeros that it beats (V10), for a 0 the share of ones that beat it
// (V01), ties by half, by weight.
func (a *auc) components() []float64 {
	ones, zeros := a.totals()
	out := make([]float64, len(a.places))
	below, above := 0.0, ones
	for start := 0; start < len(a.places); {
		end := a.tied(start)
		tiedOnes, tiedZeros := a.tie(start, end)
		above -= tiedOnes
		for _, place := range a.places[start:end] {
			if a.ones[place] {
				out[place] = (below + tiedZeros/2) / zeros
			} else {
				out[place] = (above + tiedOnes/2) / ones
			}
		}
		below += tiedZeros
		start = end
	}
	return out
}

// effects are the components: what a row wins for the model.
func (a *auc) effects() []float64 { return a.components() }

// influence is the component less the area, over the share of the row's class.
func (a *auc) influence() []float64 {
	out := a.components()
	area := a.value(nil)
	ones, zeros := a.totals()
	for place := range out {
		of := zeros
		if a.ones[place] {
			of = ones
		}
		out[place] = (out[place] - area) * (ones + zeros) / of
	}
	return out
}
