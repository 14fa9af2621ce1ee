package plot

import (
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/muster-ci/muster/internal/result"
)

// maxRows bounds the rows of a picture: nobody reads more, and a page has to load them.
const maxRows = 60

// strip is one row: the interval of a comparison against its margin. Places are
// in the plot's unit.
type strip struct {
	name, change, verdict string
	allowance             string // the margin of its metric, for a note
	about                 string // what follows the name, in quiet letters
	note                  string // what stands in place of an interval
	ink                   ink
	shape                 draw.GlyphDrawer
	bold                  bool
	point, low, high      float64
	drawn, ends, blind    bool
	// allowed is where the margin ends, on the worse side of 0; 0 if there is none.
	allowed float64
	// loose rows have no unit: only the side of 0 on which they lie counts.
	loose bool
}

// forest is a plot of such rows, one below the other.
type forest struct {
	rows    []strip
	better  int     // the side of the better: 1 is right
	unit    string  // below the axis; empty if no row has one
	over    float64 // a line to compare all rows with, if hasOver
	hasOver bool
	left    int // rows that are not drawn
}

// newStrip says what every row says, whatever its unit.
func newStrip(c result.Compared) strip {
	s := strip{name: clean(c.Metric), change: change(c), bold: c.Slice == "", drawn: known(c.Diff), blind: c.Blind}
	if slice := clean(c.Slice); slice != "" {
		s.name += " · " + slice
	}
	s.ink, s.shape, s.verdict = concluded(c)
	if c.Blind {
		s.verdict += ", blind"
	}
	if !s.drawn {
		s.note = clean(c.Note)
	}
	return s
}

// concluded is a verdict in the words and shapes of the report.
func concluded(c result.Compared) (ink, draw.GlyphDrawer, string) {
	if !known(c.Diff) {
		return inkQuiet, ring{}, "not compared"
	}
	colour, shape, word := inkUnsure, draw.GlyphDrawer(ring{}), "cannot tell"
	switch c.Verdict {
	case result.Worse:
		colour, shape, word = inkBad, diamond{}, "worse"
	case result.Better:
		colour, shape, word = inkGood, pyramid{}, "better"
	case result.Equivalent:
		colour, shape, word = inkGood, disc{}, "not worse"
		if c.Gated && c.Require == result.RequireBetter {
			colour, word = inkBad, "not better"
		}
	}
	switch {
	case c.Gated:
	case c.Verdict == result.Better, c.Verdict == result.Equivalent, c.Verdict == result.Worse:
		colour, word = inkQuiet, word+", not gated"
	default:
		colour, word = inkQuiet, "not gated"
	}
	return colour, shape, word
}

// place puts a comparison into the plot's unit, which is negative where it turns the values.
func (s *strip) place(c result.Compared, unit float64) {
	if !s.drawn {
		return
	}
	s.point = bounded(*c.Diff / unit)
	if low, high, ok := span(c.Interval); ok {
		s.ends = true
		s.low, s.high = bounded(min(low/unit, high/unit)), bounded(max(low/unit, high/unit))
	}
}

// bounded keeps a quotient of huge and tiny numbers a number.
func bounded(v float64) float64 { return min(max(v, -math.MaxFloat64), math.MaxFloat64) }

// extent is the largest change that a row allows for.
func (s strip) extent() float64 { return max(math.Abs(s.point), math.Abs(s.low), math.Abs(s.high)) }

// turn is +1 where more is better.
func turn(better result.Direction) float64 {
	if better == result.Lower {
		return -1
	}
	return 1
}

// Intervals draws each comparison's interval against its margin. The unit is
// the margin, and right is better, so that all metrics share one axis. A row
// without a margin has no unit: it shows on which side of no change it lies.
func Intervals(w io.Writer, labels Labels, rows []result.Compared) error {
	labels = labels.cleaned()
	f := forest{better: 1, unit: "change in margins", left: max(len(rows)-maxRows, 0)}
	margins, loose := 0, 0
	for _, c := range rows[:min(len(rows), maxRows)] {
		s := marginStrip(c)
		f.rows = append(f.rows, s)
		switch {
		case s.allowed != 0:
			margins++
		case s.drawn:
			loose++
		}
	}
	title, text := "Change against what is allowed", "From "+labels.Champion+" to "+labels.Candidate+", with "+percent(labels.Confidence)+" intervals."
	if margins > 0 {
		text += " Shaded: the drop that is allowed (the margin of the row)."
	} else {
		title, f.unit = "Change", ""
	}
	p, err := newPicture(title, text)
	if err != nil {
		return err
	}
	if loose > 0 {
		p.note("Dashed: without a margin a row has no unit; only the side counts.")
	}
	f.draw(p)
	return p.finish(w)
}

// marginStrip is a row whose unit is its margin, turned so that right is better.
func marginStrip(c result.Compared) strip {
	s := newStrip(c)
	if c.Margin > 0 && finite(c.Margin) {
		s.place(c, turn(c.Better)*c.Margin)
		s.allowed, s.about, s.allowance = -1, allowed(c)+" allowed", clean(c.Metric)+" "+short(c.Margin)
		return s
	}
	s.place(c, turn(c.Better))
	s.loose = true
	if s.drawn {
		s.about = "no margin"
	}
	return s
}

// Slices draws one metric on each slice, the worst first, below the metric over
// all rows. The unit is the metric's own. Rows of other metrics are left out.
func Slices(w io.Writer, labels Labels, metric string, rows []result.Compared) error {
	labels = labels.cleaned()
	rows = slices.DeleteFunc(slices.Clone(rows), func(c result.Compared) bool { return c.Metric != metric })
	slices.SortStableFunc(rows, worstFirst)
	text := "From " + labels.Champion + " to " + labels.Candidate + ", with " + percent(labels.Confidence) + " intervals, the worst slice first. Shaded: the drop that is allowed."
	if len(rows) > 0 && rows[0].Slice == "" && known(rows[0].Diff) {
		text += " Dotted: over all rows."
	}
	p, err := newPicture(clean(metric)+" by slice", text)
	if err != nil {
		return err
	}
	f := forest{better: 1, unit: "change", left: max(len(rows)-maxRows, 0)}
	for i, c := range rows[:min(len(rows), maxRows)] {
		if c.Better == result.Lower {
			f.better = -1
		}
		f.rows = append(f.rows, sliceStrip(c))
		if i == 0 && c.Slice == "" && known(c.Diff) {
			f.over, f.hasOver = *c.Diff, true
		}
	}
	f.draw(p)
	return p.finish(w)
}

// sliceStrip is a row in the metric's own unit.
func sliceStrip(c result.Compared) strip {
	s := newStrip(c)
	s.name = clean(c.Slice)
	if c.Slice == "" {
		s.name = "all rows"
	}
	s.about = plural(c.N, "row", "rows")
	s.place(c, 1)
	if c.Margin > 0 && finite(c.Margin) {
		s.allowed = -turn(c.Better) * c.Margin
	}
	return s
}

// worstFirst sorts the row over all rows to the top, then by how bad the change
// is; what has no change comes last.
func worstFirst(a, b result.Compared) int {
	rank := func(c result.Compared) int {
		switch {
		case c.Slice == "":
			return 0
		case known(c.Diff):
			return 1
		}
		return 2
	}
	if x, y := rank(a), rank(b); x != y || x != 1 {
		return x - y
	}
	x, y := *a.Diff*turn(a.Better), *b.Diff*turn(b.Better)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// dotted and dashed tell lines apart without colour.
func dotted() []vg.Length { return []vg.Length{1.5, 3.5} }
func dashed() []vg.Length { return []vg.Length{6, 4} }
