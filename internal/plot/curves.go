package plot

import (
	"io"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/muster-ci/muster/internal/result"
)

// The heights of frames.
const (
	square = 400.0 // as high as it is wide, nearly
	flat   = 280.0
)

// pair is a kind of curve of both models.
type pair struct {
	title, subtitle string
	xName, yName    string
	about           string // of what the description tells, at a place on x
	// none is said of a model without the curve.
	none                string
	champion, candidate []result.Point
}

// ROC draws the receiver operating characteristic of both models.
func ROC(w io.Writer, labels Labels, champion, candidate result.Curves) error {
	return inSquare(w, labels, pair{
		title: "ROC curve", subtitle: "At each threshold: the ones that are found, and the zeros that are taken for ones; upper left is better.",
		xName: "zeros taken for ones (false-positive rate)", yName: "ones found (true-positive rate)", none: "no ROC curve",
		about:    "True-positive rate at a false-positive rate of",
		champion: champion.ROC, candidate: candidate.ROC,
	}, reference("chance"), []result.Point{{}, {X: 1, Y: 1}})
}

// PrecisionRecall draws precision against recall, as steps.
func PrecisionRecall(w io.Writer, labels Labels, champion, candidate result.Curves) error {
	prevalence := candidate.Prevalence
	var line []result.Point
	if prevalence > 0 && prevalence <= 1 {
		line = []result.Point{{Y: prevalence}, {X: 1, Y: prevalence}}
	}
	return inSquare(w, labels, pair{
		title: "Precision and recall", subtitle: "At each threshold: how many of the rows taken for ones are ones, and how many ones are found; upper right is better.",
		xName: "ones found (recall)", yName: "ones among those taken for ones (precision)", none: "no precision-recall curve",
		about:    "Precision at a recall of",
		champion: stairs(champion.PrecisionRecall), candidate: stairs(candidate.PrecisionRecall),
	}, reference("share of ones, "+percent(prevalence)), line)
}

// stairs turns points into steps: up to X the value is Y.
func stairs(points []result.Point) []result.Point {
	if len(points) < 2 {
		return points
	}
	out := make([]result.Point, 0, 2*len(points))
	from := 0.0
	for _, q := range points {
		out = append(out, result.Point{X: from, Y: q.Y}, q)
		from = q.X
	}
	return out
}

// inSquare draws a pair of curves in the unit square, and a line to hold them against.
func inSquare(w io.Writer, labels Labels, c pair, against line, along []result.Point) error {
	labels = labels.cleaned()
	p, err := newPicture(c.title, c.subtitle)
	if err != nil {
		return err
	}
	old, lost := drawable(c.champion, bothShares)
	fresh, more := drawable(c.candidate, bothShares)
	if p.nothing(labels, c.none, len(old), len(fresh)) {
		return p.finish(w)
	}
	for _, x := range []float64{0.1, 0.5} {
		p.tell(c.about+" "+percent(x), both(labels, old, fresh), heightAt(x))
	}
	unit := newScale([]float64{0, 1}, 5, true)
	f := p.axes(unit, unit, square, axis{c.xName, true}, axis{c.yName, true})
	lines, drawn := f.models(labels, old, fresh)
	if len(along) > 0 {
		lines, drawn = append(lines, against), append(drawn, f.places(along))
	}
	p.overlay(f, lines, drawn)
	p.noteLost(lost+more, "not between 0 and 1")
	return p.finish(w)
}

// nothing says which model has no curve; it is true if neither has one.
func (p *picture) nothing(labels Labels, none string, old, fresh int) bool {
	switch {
	case old == 0 && fresh == 0:
		p.empty(none + " of either model")
		return true
	case old == 0:
		p.note("%s: %s.", labels.Champion, none)
	case fresh == 0:
		p.note("%s: %s.", labels.Candidate, none)
	}
	p.say("%s dashed, %s solid.", labels.Champion, labels.Candidate)
	return false
}

// models are the lines that are there, the candidate first, with their places.
func (f frame) models(labels Labels, old, fresh []result.Point) (lines []line, drawn [][]vg.Point) {
	if len(fresh) > 0 {
		lines, drawn = append(lines, candidate(labels)), append(drawn, f.places(fresh))
	}
	if len(old) > 0 {
		lines, drawn = append(lines, champion(labels)), append(drawn, f.places(old))
	}
	return lines, drawn
}

// overlay draws lines, the first on top, and names them.
func (p *picture) overlay(f frame, lines []line, drawn [][]vg.Point) {
	for i, l := range slices.Backward(lines) {
		p.curve(l, drawn[i])
	}
	p.key(f, lines, drawn...)
}

// Errors draws the share of rows whose absolute error is at most so much.
func Errors(w io.Writer, labels Labels, champion, candidate result.Curves) error {
	labels = labels.cleaned()
	p, err := newPicture("Absolute errors", "Rows with an error of at most so much; upper left is better.")
	if err != nil {
		return err
	}
	fits := func(q result.Point) bool { return q.X >= 0 && q.Y >= 0 && q.Y <= 1 }
	old, lost := drawable(champion.Errors, fits)
	fresh, more := drawable(candidate.Errors, fits)
	if p.nothing(labels, "no absolute errors", len(old), len(fresh)) {
		return p.finish(w)
	}
	for _, share := range []float64{0.5, 0.9} {
		p.tell("Error that "+percent(share)+" of the rows do not exceed", both(labels, old, fresh), placeOf(share))
	}
	values := []float64{0}
	for _, q := range append(slices.Clone(old), fresh...) {
		values = append(values, q.X)
	}
	x := newScale(values, 5, true)
	f := p.axes(x, newScale([]float64{0, 1}, 5, true), flat, axis{name: "absolute error"}, axis{"rows", true})
	lines, drawn := f.models(labels, f.whole(old), f.whole(fresh))
	p.overlay(f, lines, drawn)
	p.noteLost(lost+more, "not finite")
	return p.finish(w)
}

// whole makes steps of a cumulative curve, from its start to the end of the axis:
// it stays where it is until the next error.
func (f frame) whole(points []result.Point) []result.Point {
	if len(points) == 0 {
		return nil
	}
	out := []result.Point{{}}
	for _, q := range points {
		out = append(out, result.Point{X: q.X, Y: out[len(out)-1].Y}, q)
	}
	return append(out, result.Point{X: bounded(f.x.high * f.x.unit), Y: points[len(points)-1].Y})
}
