package plot

import (
	"io"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/muster-ci/muster/internal/result"
)

// Residuals draws label − answer against the answer, for both models side by
// side on the same axes.
func Residuals(w io.Writer, labels Labels, champion, candidate result.Curves) error {
	labels = labels.cleaned()
	p, err := newPicture("Residuals", "Label − answer against the answer. The nearer to the line the better; a slope or a bow is a bias.")
	if err != nil {
		return err
	}
	old, lost := drawable(champion.Residuals, anywhere)
	fresh, more := drawable(candidate.Residuals, anywhere)
	if p.nothing(labels, "no residuals", len(old), len(fresh)) {
		return p.finish(w)
	}
	p.said = nil
	p.say("%s left, %s right.", labels.Champion, labels.Candidate)
	p.tell("Residuals", both(labels, old, fresh), extremes)
	p.panels(labels, old, fresh)
	p.noteLost(lost+more, "not finite")
	return p.finish(w)
}

// panels draws two frames that share their axes.
func (p *picture) panels(labels Labels, old, fresh []result.Point) {
	var xs []float64
	ys := []float64{0}
	for _, q := range append(slices.Clone(old), fresh...) {
		xs, ys = append(xs, q.X), append(ys, q.Y, -q.Y) // no error is in the middle
	}
	x, y := newScale(xs, 3, false), newScale(ys, 5, false)
	const gap = 28.0
	top := p.y + 18
	whole := frame{left: edge, top: top + 22, right: width - edge, bottom: top + 22 + flat}
	left := p.upright(&whole, y, axis{})
	half := (whole.right - left - gap) / 2
	for i, model := range []line{champion(labels), candidate(labels)} {
		f := whole
		f.left = left + float64(i)*(half+gap)
		f.right = f.left + half
		f.x = x.from(f.left, f.right)
		p.panel(f, model, [][]result.Point{old, fresh}[i], p.y+11)
	}
	p.text(label{x: edge, y: top + 11, size: smallAt, ink: inkQuiet, text: "label − answer" + y.suffix()})
	p.y = whole.bottom + 40
}

// panel draws one model's points.
func (p *picture) panel(f frame, model line, points []result.Point, nameAt float64) {
	f.below(p, axis{name: "answer"})
	p.text(label{x: f.left, y: nameAt, size: textAt, ink: model.ink, bold: true, text: p.ruler.fit(model.name, textAt, true, f.right-f.left)})
	p.line(inkAxis, 1.5, nil, f.left, f.y.at(0), f.right, f.y.at(0))
	var rings vg.Path // one for all: a few hundred elements would be ten times as long
	for _, at := range f.places(points) {
		const radius = 3
		rings = append(rings, circle(at, radius)...)
	}
	p.draw.SetLineStyle(draw.LineStyle{Color: model.ink, Width: 1.25})
	p.draw.Stroke(rings)
}
