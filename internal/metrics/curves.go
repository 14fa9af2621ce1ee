package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// curvePoints is how many points a curve has at most.
const curvePoints = 200

// Curves returns what a model's answers look like, to be drawn. What the
// predictions do not have, or what is undefined for them, is left empty.
func Curves(set *predictions.Set) result.Curves {
	s := newSample(set, set.Weight)
	var c result.Curves
	if s.len() == 0 || s.weighed() != nil {
		return c
	}
	if p, err := s.separate(); err == nil {
		c.ROC, c.PrecisionRecall, c.Prevalence = p.curves()
	}
	c.Calibration = s.reliability()
	if s.regression() {
		c.Residuals, c.Errors = s.residuals()
	}
	return c
}

// regression says whether labels and scores are numbers to be compared.
func (s *sample) regression() bool {
	_, labels := s.whole.numbers()
	return labels == nil && s.set.Score != nil && s.set.Decision == nil && s.set.ClassScore == nil && !s.whole.binary()
}

// curves walks down the scores.
func (p *separation) curves() (roc, precisionRecall []result.Point, prevalence float64) {
	ones, zeros := p.totals()
	roc = append(roc, result.Point{})
	for l, ok := p.below(p.top()); ok; l, ok = p.below(l) {
		roc = append(roc, result.Point{X: min((l.rows-l.ones)/zeros, 1), Y: min(l.ones/ones, 1)})
		if l.here > 0 {
			precisionRecall = append(precisionRecall, result.Point{X: min(l.ones/ones, 1), Y: l.ones / l.rows})
		}
	}
	roc[len(roc)-1] = result.Point{X: 1, Y: 1}
	return thin(roc), thin(precisionRecall), ones / (ones + zeros)
}

// thin keeps the points that show a curve's shape: of each of as many stretches
// the one that spans the largest triangle with the point kept before and the
// mean of the next stretch (Steinarsson 2013, Downsampling time series for
// visual representation, University of Iceland, section 4.2).
func thin(points []result.Point) []result.Point {
	if len(points) <= curvePoints {
		return points
	}
	kept := []result.Point{points[0]}
	const stretches = curvePoints - 2
	border := func(i int) int { return min(1+i*(len(points)-2)/stretches, len(points)-1) }
	for i := range stretches {
		from, to := border(i), border(i+1)
		next := middle(points[to:max(border(i+2), to+1)])
		before, best, largest := kept[len(kept)-1], points[from], -1.0
		for _, p := range points[from:to] {
			area := math.Abs(float64((before.X-next.X)*(p.Y-before.Y)) - float64((before.X-p.X)*(next.Y-before.Y)))
			if area > largest {
				best, largest = p, area
			}
		}
		kept = append(kept, best)
	}
	return append(kept, points[len(points)-1])
}

func middle(points []result.Point) result.Point {
	var sum result.Point
	for _, p := range points {
		sum.X += p.X
		sum.Y += p.Y
	}
	n := float64(len(points))
	return result.Point{X: sum.X / n, Y: sum.Y / n}
}

// reliability compares in each bin what happened with what the model said.
func (s *sample) reliability() []result.Bin {
	all, err := s.whole.calibration()
	if err != nil {
		return nil
	}
	_, said, _ := s.whole.outcomes()
	var weight, gap, score [calibrationBins]float64
	var rows [calibrationBins]int
	for row, bin := range all.bin {
		w := at(s.weight, row)
		rows[bin]++
		weight[bin] += w
		gap[bin] += float64(w * all.gap[row])
		score[bin] += float64(w * said[row])
	}
	var out []result.Bin
	for bin, w := range weight {
		if w > 0 {
			share := min(max((score[bin]+gap[bin])/w, 0), 1)
			low, high := float64(bin)/calibrationBins, float64(bin+1)/calibrationBins
			out = append(out, result.Bin{Low: low, High: high, Score: score[bin] / w, Share: share, Rows: rows[bin]})
		}
	}
	return out
}

// residuals are in the order of the scores; of each of 40 stretches those rows
// stay that have the quartiles and the extremes.
func (s *sample) residuals() (residuals, errors []result.Point) {
	labels, _ := s.whole.numbers()
	r, err := s.ranking()
	if err != nil {
		return nil, nil
	}
	all := make([]result.Point, 0, s.len())
	for _, place := range r.places {
		score := s.set.Score[place]
		point := result.Point{X: score, Y: labels[place] - score}
		if math.IsInf(point.Y, 0) {
			return nil, nil
		}
		all = append(all, point)
	}
	errors = s.characteristic(labels)
	if len(all) <= curvePoints {
		return all, errors
	}
	const kept, stretches = 5, curvePoints / 5
	for i := range stretches {
		stretch := all[i*len(all)/stretches : (i+1)*len(all)/stretches]
		slices.SortStableFunc(stretch, func(a, b result.Point) int { return cmp.Compare(a.Y, b.Y) })
		for k := range kept {
			residuals = append(residuals, stretch[k*(len(stretch)-1)/(kept-1)])
		}
	}
	return residuals, errors
}

// characteristic is the regression error characteristic (Bi & Bennett 2003,
// ICML): the share of rows whose error is no larger.
func (s *sample) characteristic(labels []float64) []result.Point {
	off := make([]float64, s.len())
	order := make([]int32, s.len())
	for row := range off {
		off[row], order[row] = math.Abs(labels[row]-s.set.Score[row]), int32(row)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(off[a], off[b]), cmp.Compare(a, b)) })
	var all []result.Point
	so, total := 0.0, s.total()
	for i, row := range order {
		so += at(s.weight, int(row))
		if i+1 == len(order) || off[order[i+1]] != off[row] {
			all = append(all, result.Point{X: off[row], Y: min(so/total, 1)})
		}
	}
	all[len(all)-1].Y = 1
	out := all[:0:0]
	for i := range min(len(all), curvePoints) {
		out = append(out, all[i*(len(all)-1)/max(min(len(all), curvePoints)-1, 1)])
	}
	return out
}
