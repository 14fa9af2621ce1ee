package plot

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/muster-ci/muster/internal/result"
)

// frame is a place with two axes.
type frame struct {
	x, y                     scale
	left, top, right, bottom float64
}

// axis is what one axis is called, and whether its numbers are shares of 1.
type axis struct {
	name  string
	share bool
}

func (a axis) write(v float64, decimals int) string {
	if a.share {
		return percent(v)
	}
	return written(v, decimals)
}

// axes draws the grid and the ticks of a frame of the given height below what
// is there. The y axis is named above it, where nobody has to turn the head.
func (p *picture) axes(x, y scale, height float64, xAxis, yAxis axis) frame {
	f := frame{left: edge, right: width - edge}
	p.text(label{x: edge, y: p.y + 11, size: smallAt, ink: inkQuiet, text: p.ruler.fit(yAxis.name+y.suffix(), smallAt, false, inner)})
	f.top = p.y + 24
	f.bottom = f.top + height
	f.left = p.upright(&f, y, yAxis)
	f.x = x.from(f.left, f.right)
	f.below(p, xAxis)
	p.y = f.bottom + 40
	return f
}

// upright draws the y axis of a frame, and returns where its labels end.
func (p *picture) upright(f *frame, y scale, named axis) float64 {
	f.y = y.from(f.bottom, f.top)
	ticks := f.y.ticks(named.write)
	widest := 0.0
	for _, t := range ticks {
		widest = max(widest, p.ruler.width(t.label, smallAt, false))
	}
	const gap = 8
	left := f.left + widest + gap
	for _, t := range ticks {
		p.line(inkGrid, 1, nil, left, t.at, f.right, t.at)
		p.text(label{x: left - gap, y: t.at + 4, size: smallAt, ink: inkQuiet, anchor: end, text: t.label})
	}
	return left
}

// below draws the x axis of a frame.
func (f frame) below(p *picture, named axis) {
	for _, t := range apart(p.ruler, f.x.ticks(named.write), f.left, f.right) {
		p.line(inkGrid, 1, nil, t.at, f.top, t.at, f.bottom)
		p.text(label{x: t.at, y: f.bottom + 16, size: smallAt, ink: inkQuiet, anchor: t.anchor, text: t.label})
	}
	p.line(inkAxis, 1, nil, f.left, f.bottom, f.right, f.bottom)
	p.text(label{x: (f.left + f.right) / 2, y: f.bottom + 33, size: smallAt, ink: inkQuiet, anchor: middle, text: p.ruler.fit(named.name+f.x.suffix(), smallAt, false, f.right-f.left)})
}

// at is the place of a point.
func (f frame) at(q result.Point) vg.Point { return point(f.x.at(q.X), f.y.at(q.Y)) }

// places are the places of points.
func (f frame) places(points []result.Point) []vg.Point {
	out := make([]vg.Point, len(points))
	for i, q := range points {
		out[i] = f.at(q)
	}
	return out
}

// line is how a model's curve looks: dashes and marks tell it without colour.
type line struct {
	name   string // in the key; empty for a line that is told of elsewhere
	ink    ink
	thick  float64
	dashes []length
	shape  draw.GlyphDrawer
	bold   bool // in the key
	marked bool // its points are marked
}

// The two models. What is new stands out.
func champion(l Labels) line {
	return line{name: l.Champion, ink: inkChampion, thick: 2, dashes: dashed(), shape: ring{}}
}

func candidate(l Labels) line {
	return line{name: l.Candidate, ink: inkCandidate, thick: 2.5, shape: disc{}, bold: true}
}

// reference is what a curve is held against.
func reference(name string) line { return line{name: name, ink: inkAxis, thick: 1.5, dashes: dotted()} }

// curve draws a line; one that is a single point, as a mark.
func (p *picture) curve(l line, points []vg.Point) {
	if len(slices.CompactFunc(slices.Clone(points), func(a, b vg.Point) bool { return a == b })) == 1 {
		p.draw.DrawGlyphNoClip(draw.GlyphStyle{Color: l.ink, Radius: 4.5, Shape: l.shape}, points[0])
		return
	}
	p.lines(l.ink, l.thick, l.dashes, points...)
}

// key names lines where none of them crosses the names. If there is no such
// place, paper keeps the letters free.
func (p *picture) key(f frame, lines []line, crossing ...[]vg.Point) {
	const sample, row, pad = 30.0, 19.0, 8.0
	wide, most := 0.0, (f.right-f.left)*0.62
	for i, l := range lines {
		lines[i].name = p.ruler.fit(l.name, textAt, l.bold, most-sample-8)
		wide = max(wide, p.ruler.width(lines[i].name, textAt, l.bold)+sample+8)
	}
	high := row*float64(len(lines)) + pad/2
	x, y := f.room(wide+2*pad, high+2*pad, crossing)
	x, y = x+pad, y+pad
	for _, l := range lines {
		p.line(l.ink, l.thick, l.dashes, x, y+row/2, x+sample, y+row/2)
		if l.marked {
			p.mark(l.shape, l.ink, 4.5, x+sample/2, y+row/2)
		}
		colour := l.ink
		if colour == inkAxis {
			colour = inkQuiet
		}
		p.text(label{x: x + sample + 8, y: y + row/2 + 4.5, size: textAt, ink: colour, halo: true, bold: l.bold, text: l.name})
		y += row
	}
}

// room finds a place in the frame that no line crosses: lower right, lower left,
// upper right, upper left, then along the sides; else the one that is crossed least.
func (f frame) room(wide, high float64, crossing [][]vg.Point) (x, y float64) {
	least := math.MaxInt
	for _, down := range []float64{1, 0, 0.75, 0.5, 0.25} {
		top := f.top + float64(down*(f.bottom-f.top-high))
		for _, left := range []float64{f.right - wide, f.left} {
			if n := crossings(left, top, left+wide, top+high, crossing); n < least {
				least, x, y = n, left, top
			}
		}
	}
	return x, y
}

// crossings counts steps of lines within a rectangle.
func crossings(left, top, right, bottom float64, lines [][]vg.Point) int {
	const steps = 24
	n := 0
	for _, points := range lines {
		for i := range points {
			from, to := points[max(i-1, 0)], points[i]
			for k := range steps {
				share := vg.Length(k) / (steps - 1)
				x, y := float64(from.X+vg.Length(share*(to.X-from.X))), -float64(from.Y+vg.Length(share*(to.Y-from.Y)))
				if x >= left && x <= right && y >= top && y <= bottom {
					n++
				}
			}
		}
	}
	return n
}

// drawable keeps the points that a plot can hold, and counts the others.
func drawable(points []result.Point, fits func(result.Point) bool) (kept []result.Point, lost int) {
	for _, q := range points {
		if finite(q.X) && finite(q.Y) && fits(q) {
			kept = append(kept, q)
		}
	}
	lost = len(points) - len(kept)
	return thinned(kept), lost
}

// thinned keeps every so-manieth point where there are more than a picture can show, and both ends.
func thinned[T any](points []T) []T {
	const most = 1000
	if len(points) <= most {
		return points
	}
	out := make([]T, most)
	for i := range out {
		out[i] = points[i*(len(points)-1)/(most-1)]
	}
	return out
}

func anywhere(result.Point) bool { return true }

// bothShares reports whether both coordinates are shares of 1.
func bothShares(q result.Point) bool { return q.X >= 0 && q.X <= 1 && q.Y >= 0 && q.Y <= 1 }

// noteLost says that points are missing.
func (p *picture) noteLost(n int, why string) {
	if n > 0 {
		p.note("%s not drawn: %s.", plural(n, "point is", "points are"), why)
	}
}

func byX(a, b result.Point) int { return cmp.Compare(a.X, b.X) }
