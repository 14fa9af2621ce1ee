package plot

import (
	"fmt"
	"hash/fnv"
	"io"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The measures of every picture, in units of its view box. The width is that of
// a telephone, so that the letters can still be read on one; on a wide page two
// pictures stand side by side.
const (
	width    = 480.0
	edge     = 16.0 // around everything
	inner    = width - 2*edge
	titleAt  = 16.0
	textAt   = 13.0
	smallAt  = 12.0
	lineStep = 17.0
)

// Labels are what a picture calls its two models, and how sure its intervals are.
type Labels struct {
	// Champion and Candidate may be empty: "champion" and "candidate".
	Champion, Candidate string
	// Confidence is that of the intervals; 0.95 if it is not given.
	Confidence float64
}

// cleaned fills in what is empty.
func (l Labels) cleaned() Labels {
	l.Champion, l.Candidate = clean(l.Champion), clean(l.Candidate)
	if l.Champion == "" {
		l.Champion = "champion"
	}
	if l.Candidate == "" {
		l.Candidate = "candidate"
	}
	if !(l.Confidence > 0 && l.Confidence < 1) {
		l.Confidence = 0.95
	}
	return l
}

// picture is one plot on its way. What is drawn is drawn from the top down; y
// is how far that is.
type picture struct {
	canvas canvas
	draw   draw.Canvas
	ruler  *ruler
	title  string
	// said describes the picture to those who do not see it.
	said  []string
	notes []string
	y     float64
}

// newPicture writes the heading. The texts are clean.
func newPicture(title, subtitle string) (*picture, error) {
	r, err := newRuler()
	if err != nil {
		return nil, err
	}
	p := &picture{ruler: r, title: title, y: edge}
	p.draw = draw.NewCanvas(&p.canvas, vg.Length(width), 0)
	const down = 12
	for _, line := range p.ruler.wrap(title, titleAt, true, inner) {
		p.text(label{x: edge, y: p.y + down, size: titleAt, ink: inkText, bold: true, text: line})
		p.y += 22
	}
	p.paragraph(subtitle)
	p.y += 6
	return p, nil
}

// paragraph writes quiet text over the width of the picture.
func (p *picture) paragraph(text string) {
	if text == "" {
		return
	}
	for _, line := range p.ruler.wrap(text, textAt, false, inner) {
		p.text(label{x: edge, y: p.y + 11, size: textAt, ink: inkQuiet, text: line})
		p.y += lineStep
	}
}

// text writes a label, if there is anything in it.
func (p *picture) text(l label) {
	if l.text != "" {
		p.canvas.write(l)
	}
}

// say adds a sentence to the description.
func (p *picture) say(format string, args ...any) {
	p.said = append(p.said, fmt.Sprintf(format, args...))
}

// note adds a sentence below the picture, which is part of its description.
func (p *picture) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// empty says in the middle of the picture why there is nothing else.
func (p *picture) empty(why string) {
	const room = 48
	p.line(inkGrid, 1, nil, edge, p.y, width-edge, p.y)
	for _, line := range p.ruler.wrap(why, textAt, false, inner) {
		p.text(label{x: width / 2, y: p.y + room/2 + 4, size: textAt, ink: inkText, anchor: middle, text: line})
		p.y += lineStep
	}
	p.y += room - lineStep
	p.line(inkGrid, 1, nil, edge, p.y, width-edge, p.y)
	p.y += 4
	p.say("%s.", why)
}

type length = vg.Length

// point is a place on the canvas: gonum's y grows upwards.
func point(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(-y)} }

// line draws a straight line.
func (p *picture) line(colour ink, thick float64, dashes []vg.Length, x1, y1, x2, y2 float64) {
	p.lines(colour, thick, dashes, point(x1, y1), point(x2, y2))
}

func (p *picture) lines(colour ink, thick float64, dashes []vg.Length, points ...vg.Point) {
	p.draw.StrokeLines(draw.LineStyle{Color: colour, Width: vg.Length(thick), Dashes: dashes}, points)
}

// box fills a rectangle.
func (p *picture) box(colour ink, x1, y1, x2, y2 float64) {
	p.draw.FillPolygon(colour, []vg.Point{point(x1, y1), point(x2, y1), point(x2, y2), point(x1, y2)})
}

// mark draws the shape of a point.
func (p *picture) mark(shape draw.GlyphDrawer, colour ink, radius, x, y float64) {
	p.draw.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: vg.Length(radius), Shape: shape}, point(x, y))
}

// finish writes the picture around what was drawn.
func (p *picture) finish(w io.Writer) error {
	for _, n := range p.notes {
		p.y += 4
		p.paragraph(n)
	}
	if p.canvas.err != nil {
		return p.canvas.err
	}
	height := number(p.y + edge/2)
	description := strings.Join(append(p.said, p.notes...), " ")
	hash := fnv.New64a()
	fmt.Fprint(hash, p.title, description, p.canvas.body.String())
	id := fmt.Sprintf("muster-plot-%016x", hash.Sum64()) // several pictures may stand on one page
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="muster-plot" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="%s-title %s-desc">
<title id="%s-title">%s</title>
<desc id="%s-desc">%s</desc>
<style>
%s</style>
%s</svg>
`, number(width), height, number(width), height, id, id, id, escaped(p.title), id, escaped(description), style(), p.canvas.body.String())
	if err != nil {
		return fmt.Errorf("write plot: %w", err)
	}
	return nil
}
