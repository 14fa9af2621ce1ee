package plot

import (
	"io"
	"math"

	"github.com/muster-ci/muster/internal/result"
)

// Calibration draws the reliability diagram of both models: of the rows with a
// score of about so much, how many are ones. Larger marks stand for more rows.
func Calibration(w io.Writer, labels Labels, champion, candidate result.Curves) error {
	labels = labels.cleaned()
	p, err := newPicture("Calibration", "Of the rows with about this score, how many are ones. Nearer to the dotted line is better; larger marks are more rows.")
	if err != nil {
		return err
	}
	old, lost := bins(champion.Calibration)
	fresh, more := bins(candidate.Calibration)
	if p.nothing(labels, "no calibration", len(old), len(fresh)) {
		return p.finish(w)
	}
	p.tell("Largest distance from the dotted line", both(labels, means(old), means(fresh)), farthest)
	unit := newScale([]float64{0, 1}, 5, true)
	f := p.axes(unit, unit, square, axis{"mean score", true}, axis{"ones", true})
	lines, drawn := f.models(labels, means(old), means(fresh))
	for i := range lines {
		lines[i].marked = true
	}
	lines, drawn = append(lines, reference("calibrated")), append(drawn, f.places([]result.Point{{}, {X: 1, Y: 1}}))
	largest := most(old, fresh)
	p.curve(lines[len(lines)-1], drawn[len(drawn)-1])
	p.bins(f, labels, old, largest, false)
	p.bins(f, labels, fresh, largest, true)
	p.key(f, lines, drawn...)
	p.noteLost(lost+more, "not between 0 and 1")
	return p.finish(w)
}

// bins keeps what can be drawn.
func bins(all []result.Bin) (kept []result.Bin, lost int) {
	for _, b := range all {
		if bothShares(result.Point{X: b.Score, Y: b.Share}) { // false of NaN
			kept = append(kept, b)
		}
	}
	return thinned(kept), len(all) - len(kept)
}

func means(bins []result.Bin) []result.Point {
	var out []result.Point
	for _, b := range bins {
		out = append(out, result.Point{X: b.Score, Y: b.Share})
	}
	return out
}

// most is the largest number of rows in a bin.
func most(sides ...[]result.Bin) int {
	largest := 1
	for _, side := range sides {
		for _, b := range side {
			largest = max(largest, b.Rows)
		}
	}
	return largest
}

// bins draws one model's bins. The area of a mark stands for its rows.
func (p *picture) bins(f frame, labels Labels, bins []result.Bin, largest int, isCandidate bool) {
	model := champion(labels)
	if isCandidate {
		model = candidate(labels)
	}
	places := f.places(means(bins))
	if len(places) > 1 {
		p.lines(model.ink, model.thick, model.dashes, places...)
	}
	for _, b := range bins {
		const least, room = 3.0, 4.5
		radius := math.Round(10*(least+float64(room*math.Sqrt(float64(max(b.Rows, 0))/float64(largest))))) / 10
		p.mark(model.shape, model.ink, radius, f.x.at(b.Score), f.y.at(b.Share))
	}
}
