package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// canvas writes what gonum draws as elements of SVG. Its origin is the
// picture's upper left corner, and gonum's y grows upwards: what can be seen has
// a y below zero.
type canvas struct {
	body  bytes.Buffer
	pen   pen
	stack []pen
	err   error
}

// pen is what the next element is drawn with.
type pen struct {
	ink    ink
	width  vg.Length
	dashes []vg.Length
	groups int // that were opened for its transformations
}

var _ vg.Canvas = (*canvas)(nil)

func (c *canvas) SetLineWidth(width vg.Length) { c.pen.width = width }

func (c *canvas) SetLineDash(pattern []vg.Length, _ vg.Length) { c.pen.dashes = pattern }

func (c *canvas) SetColor(colour color.Color) {
	c.pen.ink = inkText
	if named, ok := colour.(ink); ok {
		c.pen.ink = named
	}
}

func (c *canvas) Rotate(radians float64) { c.group("rotate(%s)", -radians*180/math.Pi) }

func (c *canvas) Translate(by vg.Point) {
	c.group("translate(%s %s)", by.X.Points(), -by.Y.Points())
}

func (c *canvas) Scale(x, y float64) { c.group("scale(%s %s)", x, y) }

// group opens a group that the next Pop closes.
func (c *canvas) group(transform string, values ...float64) {
	written := make([]any, len(values))
	for i, v := range values {
		written[i] = number(v)
	}
	c.pen.groups++
	fmt.Fprintf(&c.body, "<g transform=\""+transform+"\">\n", written...)
}

func (c *canvas) Push() {
	c.stack = append(c.stack, c.pen)
	c.pen.groups = 0
}

func (c *canvas) Pop() {
	c.body.WriteString(strings.Repeat("</g>\n", c.pen.groups))
	c.pen, c.stack = c.stack[len(c.stack)-1], c.stack[:len(c.stack)-1]
}

func (c *canvas) Stroke(path vg.Path) {
	if c.pen.width <= 0 {
		return
	}
	fmt.Fprintf(&c.body, `<path class="s-%s" stroke-width="%s"`, c.pen.ink, number(c.pen.width.Points()))
	if len(c.pen.dashes) > 0 {
		var dashes []string
		for _, d := range c.pen.dashes {
			dashes = append(dashes, number(d.Points()))
		}
		fmt.Fprintf(&c.body, ` stroke-dasharray="%s"`, strings.Join(dashes, " "))
	}
	fmt.Fprintf(&c.body, " d=\"%s\"/>\n", steps(path))
}

func (c *canvas) Fill(path vg.Path) {
	fmt.Fprintf(&c.body, "<path class=\"f-%s\" d=\"%s\"/>\n", c.pen.ink, steps(path))
}

// FillString writes text that begins at a point.
func (c *canvas) FillString(f font.Face, at vg.Point, text string) {
	c.write(label{x: at.X.Points(), y: -at.Y.Points(), size: f.Font.Size.Points(), ink: c.pen.ink, text: text})
}

// DrawImage is an error: a picture is made of lines and letters.
func (c *canvas) DrawImage(vg.Rectangle, image.Image) {
	c.err = errors.New("draw plot: it holds an image")
}

// anchor is the part of a text that stands at its place.
type anchor string

// The anchors.
const (
	start  anchor = ""
	middle anchor = "middle"
	end    anchor = "end"
)

// label is one line of text. Its text is clean, and escaped when it is written.
type label struct {
	x, y   float64 // of the base line
	size   float64
	ink    ink
	anchor anchor
	bold   bool
	halo   bool // it may lie on lines: paper keeps them off the letters
	text   string
	more   string // follows the text, in quiet letters
}

// write puts a label onto the canvas.
func (c *canvas) write(l label) {
	class := "f-" + string(l.ink)
	if l.halo {
		class += " halo"
	}
	fmt.Fprintf(&c.body, `<text class="%s" x="%s" y="%s" font-size="%s"`, class, number(l.x), number(l.y), number(l.size))
	if l.bold {
		c.body.WriteString(` font-weight="600"`)
	}
	if l.anchor != start {
		fmt.Fprintf(&c.body, ` text-anchor="%s"`, l.anchor)
	}
	c.body.WriteString(">" + escaped(l.text))
	if l.more != "" { // as a part of the same text, it begins where that ends in any font
		fmt.Fprintf(&c.body, `<tspan class="f-%s" dx="8" font-size="%s" font-weight="400">%s</tspan>`, inkQuiet, number(smallAt), escaped(l.more))
	}
	c.body.WriteString("</text>\n")
}

// escaped makes a text safe in elements and in quoted attributes.
func escaped(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return "" // a strings.Builder does not fail
	}
	return b.String()
}

// steps writes a path.
func steps(path vg.Path) string {
	var b strings.Builder
	for _, step := range path {
		switch step.Type {
		case vg.MoveComp:
			b.WriteString("M" + place(step.Pos))
		case vg.LineComp:
			b.WriteString("L" + place(step.Pos))
		case vg.ArcComp:
			b.WriteString(arc(step))
		case vg.CurveComp:
			b.WriteString(map[int]string{1: "Q", 2: "C"}[len(step.Control)])
			for _, control := range step.Control {
				b.WriteString(place(control) + " ")
			}
			b.WriteString(place(step.Pos))
		case vg.CloseComp:
			b.WriteString("Z")
		}
	}
	return b.String()
}

// arc writes an arc as two halves: a whole circle has no single arc in SVG.
func arc(step vg.PathComp) string {
	along := func(share float64) vg.Length { // rounded: processors differ in the last digit of a sine
		const fine = 1e9
		return vg.Length(step.Radius * vg.Length(math.Round(share*fine)/fine))
	}
	at := func(angle float64) string {
		return place(vg.Point{X: step.Pos.X + along(math.Cos(angle)), Y: step.Pos.Y + along(math.Sin(angle))})
	}
	radius, sweep := number(step.Radius.Points()), "0"
	if step.Angle < 0 {
		sweep = "1"
	}
	half := "A" + radius + " " + radius + " 0 0 " + sweep + " "
	return "L" + at(step.Start) + half + at(step.Start+step.Angle/2) + half + at(step.Start+step.Angle)
}

func place(p vg.Point) string { return number(p.X.Points()) + " " + number(-p.Y.Points()) }

// number writes a coordinate: a tenth of a unit is finer than a screen.
func number(v float64) string {
	rounded := math.Round(v*10) / 10
	if rounded == 0 {
		return "0" // also of −0
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
