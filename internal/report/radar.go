package report

import (
	"fmt"
	"math"
	"strings"
)

// The size of a radar, in the units of its view box.
const (
	radarWidth, radarHeight = 460.0, 370.0
	radarRadius             = 128.0
	radarLabel              = 20.0 // how far outside the labels stand
	radarRings              = 4
	leastAxes               = 3
)

// radar shows the share of each dimension that is met: one axis each, the first one up.
type radar struct {
	Axes  []radarAxis
	Rings []radarRing
	// Area is the outline of what is met.
	Area string
	Alt  string
}

// radarAxis is one dimension. Its value is at Point, its label outside of the end.
type radarAxis struct {
	X, Y           string
	PointX, PointY string
	LabelX, LabelY string
	Anchor         string
	Name, Value    string
}

// radarRing is a line of equal shares.
type radarRing struct{ Line, Label, X, Y string }

// Box and Center are for the template.
func (radar) Box() string { return fmt.Sprintf("0 0 %g %g", radarWidth, radarHeight) }

// CenterX and CenterY are where the axes begin.
func (radar) CenterX() string { return coordinate(radarWidth / 2) }

// CenterY is as of CenterX.
func (radar) CenterY() string { return coordinate(radarHeight / 2) }

// newRadar is nil where there are too few dimensions for a picture.
func newRadar(dimensions []dimensionView) *radar {
	if len(dimensions) < leastAxes {
		return nil
	}
	r := &radar{}
	var said, area []string
	for i, d := range dimensions {
		share := float64(d.Share) / 100
		x, y := onAxis(i, len(dimensions), radarRadius)
		px, py := onAxis(i, len(dimensions), radarRadius*max(share, 0.015)) // a corner that can be seen
		lx, ly := onAxis(i, len(dimensions), radarRadius+radarLabel)
		r.Axes = append(r.Axes, radarAxis{
			X: coordinate(x), Y: coordinate(y), PointX: coordinate(px), PointY: coordinate(py), LabelX: coordinate(lx), LabelY: coordinate(ly),
			Anchor: anchorAt(lx), Name: d.Name, Value: d.Count + " met",
		})
		area = append(area, coordinate(px)+","+coordinate(py))
		said = append(said, fmt.Sprintf("%s %d %% (%s)", d.Name, d.Share, d.Count))
	}
	r.Area, r.Alt = strings.Join(area, " "), "Share of each dimension's weight that is met: "+strings.Join(said, "; ")+"."
	for ring := 1; ring <= radarRings; ring++ {
		r.Rings = append(r.Rings, newRing(ring, len(dimensions)))
	}
	return r
}

func newRing(ring, axes int) radarRing {
	at := radarRadius * float64(ring) / radarRings
	var corners []string
	for i := range axes {
		x, y := onAxis(i, axes, at)
		corners = append(corners, coordinate(x)+","+coordinate(y))
	}
	return radarRing{
		Line: strings.Join(corners, " "), Label: fmt.Sprintf("%d %%", 100*ring/radarRings),
		X: coordinate(radarWidth/2 + 3), Y: coordinate(radarHeight/2 - at + 10),
	}
}

// onAxis is the point of an axis at a distance from the center.
func onAxis(axis, of int, distance float64) (x, y float64) {
	angle := 2*math.Pi*float64(axis)/float64(of) - math.Pi/2
	return radarWidth/2 + distance*math.Cos(angle), radarHeight/2 + distance*math.Sin(angle)
}

func anchorAt(x float64) string {
	switch {
	case x > radarWidth/2+1:
		return "start"
	case x < radarWidth/2-1:
		return "end"
	}
	return "middle"
}
