package plot

import (
	"cmp"
	"io"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/muster-ci/muster/internal/result"
)

// Denials draws how often the gate denies a candidate that was made worse on
// purpose, against the size of the drop; and how often the drop is shown to be
// one. The margin and the smallest drop that the data can show are marked.
func Denials(w io.Writer, row result.Calibrated) error {
	name := clean(row.Metric)
	if slice := clean(row.Slice); slice != "" {
		name += " · " + slice
	}
	denied, lost := powers(row.Curve, func(q result.Power) float64 { return q.Denied })
	shown, more := powers(row.Curve, func(q result.Power) float64 { return q.Shown })
	p, err := newPicture("What the gate sees: "+name, deniedText(row))
	if err != nil {
		return err
	}
	if len(denied) == 0 {
		p.empty("no drops were planted")
		return p.finish(w)
	}
	planted{row: row, denied: denied, shown: shown}.draw(p)
	p.noteLost(max(lost, more), "not finite, or not a share")
	return p.finish(w)
}

// deniedText says in a sentence or two what the curve shows.
func deniedText(row result.Calibrated) string {
	text := "How often a candidate is denied that was made worse by so much."
	if row.Denied != nil && finite(row.Denied.Denied) {
		text += " One that is as good as the champion: " + percent(row.Denied.Denied) + "."
	}
	if known(row.DeniedFrom) {
		text += " Drops from " + short(*row.DeniedFrom) + " are denied 80 times in 100."
	}
	return text
}

// powers are the points of one curve, by size of the drop.
func powers(curve []result.Power, of func(result.Power) float64) ([]result.Point, int) {
	var points []result.Point
	for _, q := range curve {
		points = append(points, result.Point{X: q.Drop, Y: of(q)})
	}
	kept, lost := drawable(points, func(q result.Point) bool { return q.X >= 0 && q.Y >= 0 && q.Y <= 1 })
	slices.SortStableFunc(kept, byX)
	return kept, lost
}

// planted is what became of planted drops.
type planted struct {
	row           result.Calibrated
	denied, shown []result.Point
}

// draw draws the curves and what they are held against.
func (s planted) draw(p *picture) {
	values := []float64{0}
	for _, q := range append(slices.Clone(s.denied), s.shown...) {
		values = append(values, q.X)
	}
	if s.hasMargin() {
		values = append(values, s.row.Margin)
	}
	if s.detects() {
		values = append(values, *s.row.Detectable)
	}
	p.text(label{x: edge, y: p.y + 11, size: smallAt, ink: inkQuiet, text: "candidates denied"})
	p.heads(s)
	f := p.axes(newScale(values, 5, true), newScale([]float64{0, 1}, 5, true), flat, axis{name: "planted drop"}, axis{share: true})
	s.marks(p, f)
	lines := []line{candidate(Labels{Candidate: "denied"}), champion(Labels{Champion: "shown to be a drop"})}
	drawn := [][]vg.Point{f.places(s.denied), f.places(s.shown)}
	p.overlay(f, lines, drawn)
	for _, q := range s.denied {
		p.mark(disc{}, inkCandidate, 4, f.x.at(q.X), f.y.at(q.Y))
		p.say("%s denied at a drop of %s.", percent(q.Y), short(q.X))
	}
}

func (s planted) hasMargin() bool { return s.row.Margin > 0 && finite(s.row.Margin) }

func (s planted) detects() bool { return known(s.row.Detectable) && *s.row.Detectable > 0 }

// The names of the two lines stand above the frame, where no curve crosses them.
const headHeight = 20.0

// heads makes room for them, below the name of the axis.
func (p *picture) heads(s planted) {
	p.y -= 4
	for _, has := range []bool{s.hasMargin(), s.detects()} {
		if has {
			p.y += headHeight
		}
	}
}

// marks draws the margin, the smallest detectable drop, and the power that goes with it.
func (s planted) marks(p *picture, f frame) {
	heads := []head{}
	if s.hasMargin() {
		p.box(inkBand, f.left, f.top, f.x.at(s.row.Margin), f.bottom)
		heads = append(heads, head{f.x.at(s.row.Margin), "allowed drop " + short(s.row.Margin), []length{3, 2.5}})
	}
	if s.detects() {
		const power = 0.8
		p.line(inkAxis, 1.5, dotted(), f.left, f.y.at(power), f.right, f.y.at(power))
		heads = append(heads, head{f.x.at(*s.row.Detectable), "smallest detectable drop " + short(*s.row.Detectable), dotted()})
	}
	slices.SortStableFunc(heads, func(a, b head) int { return cmp.Compare(a.x, b.x) })
	for i, h := range heads { // the left one is the lower, so that no name crosses a line
		p.head(f, h, 7+headHeight*float64(i), i == 0 && len(heads) > 1)
	}
}

// head is a line down a frame that has a name.
type head struct {
	x      float64
	name   string
	dashes []length
}

// head draws a line down the frame with its name above it, on the left of the
// line if that is wanted and there is room.
func (p *picture) head(f frame, h head, above float64, left bool) {
	const gap = 6
	p.line(inkAxis, 1.5, h.dashes, h.x, f.top-above-10, h.x, f.bottom)
	l := label{x: h.x + gap, y: f.top - above, size: textAt, ink: inkText, halo: true, text: h.name}
	wide := p.ruler.width(h.name, textAt, false)
	fitsLeft, fitsRight := h.x-gap-wide > edge, h.x+gap+wide < width-edge/2
	switch {
	case fitsLeft && (left || !fitsRight):
		l.x, l.anchor = h.x-gap, end
	case !fitsRight:
		l.x, l.anchor = width-edge, end
	}
	p.text(l)
	p.say("The %s.", h.name)
}
