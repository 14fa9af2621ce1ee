package report

import (
	"math"

	"github.com/muster-ci/muster/internal/result"
)

// The plot's measures, in its own units.
const (
	plotWidth  = 200.0
	plotMiddle = plotWidth / 2
	plotReach  = 3.0 // how many margins lie on either side of zero
	plotUnit   = plotWidth / 2 / (plotReach + 0.25)
)

// plot is one row of a forest plot: the interval against the margin. Its unit
// is the margin and its right side is the better one, so that rows of different
// metrics can be read against the same two lines.
type plot struct {
	Low, High, Point   float64
	ClipLow, ClipHigh  bool // the interval goes on beyond the edge
	Margin             float64
	HasMargin, HasLine bool
	Shape              string // of the point: "worse", "better", "equivalent", "inconclusive"
}

// newPlot places a comparison, or returns nil if it has no difference.
func newPlot(c result.Comparison) *plot {
	if c.Diff == nil {
		return nil
	}
	unit := c.Margin
	if unit <= 0 {
		unit = math.Abs(*c.Diff)
		if c.Interval != nil {
			unit = max(math.Abs(c.Interval[0]), math.Abs(c.Interval[1]))
		}
		unit /= plotReach - 0.5
	}
	if unit <= 0 || math.IsNaN(unit) || math.IsInf(unit, 0) {
		unit = 1
	}
	sign := 1.0
	if c.Better == result.Lower {
		sign = -1
	}
	at := func(d float64) float64 {
		x := plotMiddle + min(max(sign*d/unit, -plotReach), plotReach)*plotUnit
		return math.Round(x*10) / 10
	}
	p := &plot{Point: at(*c.Diff), Margin: at(-sign * c.Margin), HasMargin: c.Margin > 0, Shape: string(c.Verdict)}
	if c.Interval != nil {
		low, high := c.Interval[0], c.Interval[1]
		if sign < 0 {
			low, high = high, low
		}
		p.HasLine, p.Low, p.High = true, at(low), at(high)
		p.ClipLow, p.ClipHigh = sign*low/unit < -plotReach, sign*high/unit > plotReach
	}
	return p
}
