package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The shapes of marks. Paper around them keeps them apart from lines.
type (
	disc    struct{}
	ring    struct{}
	diamond struct{}
	pyramid struct{}
)

func (disc) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	around(c, style, circle(at, style.Radius), false)
}

func (ring) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	around(c, style, circle(at, style.Radius-1), true)
}

func (diamond) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	r := style.Radius * 1.25
	around(c, style, closed(vg.Point{X: at.X, Y: at.Y + r}, vg.Point{X: at.X + r, Y: at.Y}, vg.Point{X: at.X, Y: at.Y - r}, vg.Point{X: at.X - r, Y: at.Y}), false)
}

func (pyramid) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	r := style.Radius * 1.2
	around(c, style, closed(vg.Point{X: at.X, Y: at.Y + r}, vg.Point{X: at.X + r, Y: at.Y - r*0.8}, vg.Point{X: at.X - r, Y: at.Y - r*0.8}), false)
}

// around draws a shape, filled or hollow, with paper around it.
func around(c *draw.Canvas, style draw.GlyphStyle, path vg.Path, hollow bool) {
	const edge, stroke = 3, 2
	if hollow {
		c.SetLineStyle(draw.LineStyle{Color: inkPaper, Width: edge + stroke})
		c.Stroke(path)
		c.Fill(path)
		c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: stroke})
		c.Stroke(path)
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: inkPaper, Width: edge})
	c.Stroke(path)
	c.SetColor(style.Color)
	c.Fill(path)
}

func circle(at vg.Point, radius vg.Length) vg.Path {
	const whole = 6.283185307179586
	var path vg.Path
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, whole)
	path.Close()
	return path
}

func closed(points ...vg.Point) vg.Path {
	var path vg.Path
	path.Move(points[0])
	for _, p := range points[1:] {
		path.Line(p)
	}
	path.Close()
	return path
}
