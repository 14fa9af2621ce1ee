package report

import (
	"math"

	"github.com/muster-ci/muster/internal/result"
)

// The plot's measures, in its own units.
const (
	plotMiddle = 100.0
	plotEdge   = 6.0 // what lies beyond the scale is drawn this far from the border
)

// plot is one row of a forest plot: the interval against the margin. Its unit
// is the margin and its right side is the better one, so that rows of different
// metrics can be read against the same two lines.
type plot struct {
	Low, High, Point   float64
	ClipLow, ClipHigh  bool // the interval goes on beyond the edge
	Off                bool // the point itself lies beyond it
	Margin             float64
	HasMargin, HasLine bool
	Shape              string // of the point: "worse", "better", "equivalent", "inconclusive"
}

// plotReach is how many margins the plots of a decision show on either side of
// no change: the same for all its rows, enough for their intervals, within reason.
func plotReach(rows []result.Compared) float64 {
	const least, most = 2.5, 8.0
	reach := least
	for _, c := range rows {
		if c.Diff == nil || c.Margin <= 0 {
			continue
		}
		reach = max(reach, 1.05*extent(c)/c.Margin)
	}
	return min(reach, most)
}

// extent is the largest change that a comparison allows for.
func extent(c result.Compared) float64 {
	most := math.Abs(*c.Diff)
	if c.Interval != nil {
		most = max(most, math.Abs(c.Interval[0]), math.Abs(c.Interval[1]))
	}
	return most
}

// newPlot places a comparison, or returns nil if it has no difference.
func newPlot(c result.Compared, reach float64) *plot {
	if c.Diff == nil {
		return nil
	}
	unit := c.Margin
	if unit <= 0 { // nothing is allowed: there is no unit but the interval itself
		unit = 1.2 * extent(c) / reach
	}
	if unit <= 0 || math.IsNaN(unit) || math.IsInf(unit, 0) {
		unit = 1
	}
	sign := 1.0
	if c.Better == result.Lower {
		sign = -1
	}
	margins := func(d float64) float64 { return sign * d / unit }
	at := func(d float64) float64 {
		x := plotMiddle + min(max(margins(d), -reach), reach)*(plotMiddle-plotEdge)/reach
		return math.Round(x*10) / 10
	}
	p := &plot{
		Point: at(*c.Diff), Off: math.Abs(margins(*c.Diff)) > reach,
		Margin: at(-sign * c.Margin), HasMargin: c.Margin > 0, Shape: string(c.Verdict),
	}
	if c.Interval != nil {
		low, high := c.Interval[0], c.Interval[1]
		if sign < 0 {
			low, high = high, low
		}
		p.HasLine, p.Low, p.High = true, at(low), at(high)
		p.ClipLow, p.ClipHigh = margins(low) < -reach, margins(high) > reach
	}
	return p
}
