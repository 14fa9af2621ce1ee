package metrics

import "math"

// determination is R², the share of the labels' variance that the predictions
// explain: 1 − Σ (score − label)² / Σ (label − mean label)².
type determination struct {
	squares []float64 // by place: (score − label)²
	// label is by place, less the mean of all labels: that keeps the variance exact.
	label  []float64
	weight []float64 // by place; nil if all rows count alike
}

func prepareDetermination(s *sample) (statistic, error) {
	squares, err := s.whole.column("squares", squares)
	if err != nil {
		return nil, err
	}
	labels, err := s.whole.numbers()
	if err != nil {
		return nil, err
	}
	labels = take(labels, s.rows)
	d := &determination{squares: take(squares, s.rows), label: make([]float64, len(labels)), weight: s.weight}
	constant, center := true, average(labels, nil, s.weight)
	for place, label := range labels {
		d.label[place] = label - center
		constant = constant && label == labels[0]
	}
	if constant {
		return nil, s.set.ErrorOf(s.set.Columns.Label, "all rows have the label "+s.set.LabelAt(s.row(0)), "r2 needs labels that differ; use rmse or mae")
	}
	return d, nil
}

func (d *determination) value(times []float64) float64 {
	residual, variance, _ := d.moments(times)
	return 1 - residual/variance
}

// moments are the mean squared error, the variance and the mean of the labels.
// Where all labels are one number, their variance is NaN.
func (d *determination) moments(times []float64) (residual, variance, center float64) {
	total, squares := 0.0, 0.0
	for place, label := range d.label {
		weight := float64(at(times, place) * at(d.weight, place))
		total += weight
		residual += float64(weight * d.squares[place])
		center += float64(weight * label)
		squares += float64(weight * float64(label*label))
	}
	center /= total
	squares /= total
	variance = squares - float64(center*center)
	if variance <= 1e-13*squares { // nothing but rounding
		variance = math.NaN()
	}
	return residual / total, variance, center
}

// influence is the derivative of the ratio; the mean of the labels is where the
// variance is least, so that its change does not count.
func (d *determination) influence() []float64 {
	residual, variance, center := d.moments(nil)
	out := make([]float64, len(d.label))
	for place, label := range d.label {
		off := label - center
		out[place] = float64(residual/variance*(off*off/variance)) - d.squares[place]/variance
	}
	return out
}

func (d *determination) effects() []float64 { return d.squares }
