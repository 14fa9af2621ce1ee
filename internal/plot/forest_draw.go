package plot

import (
	"math"
	"slices"
	"strings"
)

// The measures of a row: its name and change on one line, the interval below.
const (
	rowHeight   = 46.0
	nameLine    = 13.0
	trackTop    = 20.0
	trackBottom = 38.0
	columnGap   = 14.0
	leastTrack  = 190.0
	aboutGap    = 8.0
	arrowWide   = 7.0
)

// draw puts the rows onto the picture, the axis below them.
func (f *forest) draw(p *picture) {
	if len(f.rows) == 0 {
		p.empty("there is nothing to compare")
		return
	}
	if f.left > 0 {
		p.note("%s not drawn.", plural(f.left, "more row is", "more rows are"))
	}
	for _, s := range f.rows {
		p.say("%s.", s.sentence())
	}
	x := f.scale().from(edge, f.trackEnd(p))
	p.y += 2
	f.fitAbout(p)
	for _, s := range f.rows {
		f.row(p, s, x)
		p.y += rowHeight
	}
	f.axis(p, x)
}

// fitAbout takes away what is about the rows where there is not room for it in
// each of them, and says it below: of the overall rows and of the slices by themselves.
func (f *forest) fitAbout(p *picture) {
	for _, bold := range []bool{true, false} {
		if !slices.ContainsFunc(f.rows, func(s strip) bool { return s.bold == bold && !s.fits(p.ruler) }) {
			continue
		}
		texts := f.takeAbout(bold)
		const most = 6 // more is read in the table
		if len(texts) > 0 && len(texts) <= most {
			p.note("Allowed %s: %s.", map[bool]string{true: "over all rows", false: "on slices"}[bold], strings.Join(texts, ", "))
		}
	}
}

// takeAbout takes away what is about rows, and returns what they allow without repetition.
func (f *forest) takeAbout(bold bool) []string {
	var texts []string
	for i, s := range f.rows {
		if s.bold != bold || s.about == "" {
			continue
		}
		f.rows[i].about = ""
		if s.allowance != "" && !slices.Contains(texts, s.allowance) {
			texts = append(texts, s.allowance)
		}
	}
	return texts
}

// fits reports whether there is room for what is about a row.
func (s strip) fits(r *ruler) bool {
	wide := r.width(s.name, textAt, s.bold) + r.width(s.about, smallAt, false) + aboutGap + r.width(s.change, textAt, s.bold)
	return s.about == "" || wide+columnGap <= inner
}

// trackEnd is where the intervals end and the words beside them begin.
func (f *forest) trackEnd(p *picture) float64 {
	widest := 0.0
	for _, s := range f.rows {
		widest = max(widest, p.ruler.width(s.verdict, textAt, false))
	}
	return max(width-edge-widest-columnGap, edge+leastTrack)
}

// scale holds all rows, and no change. A few rows that are far wider than the
// others go on beyond its ends.
func (f *forest) scale() scale {
	values := []float64{0}
	reach := f.reach()
	for _, s := range f.rows {
		if s.drawn && !s.loose {
			values = append(values, clamp(s.point, reach), clamp(s.low, reach), clamp(s.high, reach))
		}
		values = append(values, clamp(s.allowed, reach))
	}
	if !slices.ContainsFunc(values, func(v float64) bool { return math.Abs(v) >= nothing }) {
		values = append(values, -1, 1)
	}
	const aside, ticks = 1.08, 7 // the ends of intervals do not touch the border
	for i := range values {
		values[i] = bounded(values[i] * aside)
	}
	if least, most := slices.Min(values), slices.Max(values); most < -least/4 {
		values = append(values, -least/4) // both sides of no change are to be seen
	} else if -least < most/4 {
		values = append(values, -most/4)
	}
	return newScale(values, ticks, true)
}

// reach bounds the scale: as far as the rows need that can see anything, but not
// so far that the middle one of them is a dot.
func (f *forest) reach() float64 {
	var extents, blind []float64
	margin := 0.0
	for _, s := range f.rows {
		switch {
		case !s.drawn || s.loose:
		case s.blind:
			blind = append(blind, s.extent())
		default:
			extents = append(extents, s.extent())
		}
		margin = max(margin, math.Abs(s.allowed))
	}
	if len(extents) == 0 {
		extents = append(blind, margin, nothing)
	}
	slices.Sort(extents)
	const medians, margins = 10, 1.5
	reach := extents[len(extents)-1]
	if median := extents[len(extents)/2]; median > 0 {
		reach = min(reach, bounded(medians*median))
	}
	return max(reach, min(bounded(margins*margin), bounded(medians/2*reach)))
}

func clamp(v, reach float64) float64 { return min(max(v, -reach), reach) }

// row draws one comparison.
func (f *forest) row(p *picture, s strip, x scale) {
	f.words(p, s, x)
	f.track(p, s, x)
	switch {
	case s.drawn:
		f.interval(p, s, x)
	case s.note != "":
		at := max(x.at(0), x.at(s.allowed)) + aboutGap
		p.text(label{x: at, y: p.y + trackBottom - 4, size: smallAt, ink: inkQuiet, halo: true, text: p.ruler.fit(s.note, smallAt, false, x.stop-at)})
	}
}

// words writes what stands above and beside an interval.
func (f *forest) words(p *picture, s strip, x scale) {
	room := inner - p.ruler.width(s.change, textAt, s.bold) - columnGap
	name := p.ruler.fit(s.name, textAt, s.bold, room)
	p.text(label{x: edge, y: p.y + nameLine, size: textAt, ink: inkText, bold: s.bold, text: name, more: s.about})
	p.text(label{x: width - edge, y: p.y + nameLine, size: textAt, ink: inkText, bold: s.bold, anchor: end, text: s.change})
	verdict := p.ruler.fit(s.verdict, textAt, false, width-edge-x.stop-columnGap/2)
	p.text(label{x: width - edge, y: p.y + trackBottom - 4, size: textAt, ink: s.ink, anchor: end, text: verdict})
}

// sentence says what the row shows.
func (s strip) sentence() string {
	parts := slices.DeleteFunc([]string{s.change, s.verdict, s.about, s.note}, func(part string) bool { return part == "" })
	return s.name + ": " + strings.Join(parts, ", ")
}

// track draws what an interval is held against: no change and the margin.
func (f *forest) track(p *picture, s strip, x scale) {
	top, bottom, middle := p.y+trackTop, p.y+trackBottom, p.y+(trackTop+trackBottom)/2
	zero := x.at(0)
	if s.allowed != 0 {
		p.box(inkBand, x.at(s.allowed), top, zero, bottom)
	}
	p.line(inkGrid, 1, nil, x.start, middle, x.stop, middle)
	if s.allowed != 0 && x.holds(s.allowed) {
		p.line(inkAxis, 1.25, []length{3, 2.5}, x.at(s.allowed), top, x.at(s.allowed), bottom)
	}
	p.line(inkAxis, 1.25, nil, zero, top, zero, bottom)
	if f.hasOver && !s.bold && x.holds(f.over) {
		p.line(inkCandidate, 1.5, dotted(), x.at(f.over), top-1, x.at(f.over), bottom+1)
	}
}

// interval draws an interval and its point.
func (f *forest) interval(p *picture, s strip, x scale) {
	at, low, high, point := p.y+(trackTop+trackBottom)/2, s.low, s.high, s.point
	thick, dashes := 2.25, []length(nil)
	if s.loose { // scaled by itself
		unit := s.extent() / (0.7 * min(-x.low, x.high) * x.unit)
		if unit == 0 || !finite(unit) {
			unit = 1
		}
		low, high, point, dashes = low/unit, high/unit, point/unit, []length{5, 3}
	}
	if s.ends {
		p.line(inkPaper, thick+2.5, nil, x.at(low), at, x.at(high), at)
		p.line(s.ink, thick, dashes, x.at(low), at, x.at(high), at)
		p.end(s.ink, x, low, at)
		p.end(s.ink, x, high, at)
	}
	switch {
	case x.holds(point):
		p.mark(s.shape, s.ink, 5, x.at(point), at)
	case !s.ends:
		p.end(s.ink, x, point, at)
	}
}

// end draws the end of an interval: a stroke across, or the head of an arrow
// where it goes on beyond the scale.
func (p *picture) end(colour ink, x scale, v, at float64) {
	to := x.at(v)
	if x.holds(v) {
		p.line(colour, 2, nil, to, at-5, to, at+5)
		return
	}
	back := to - math.Copysign(arrowWide, v)
	p.lines(colour, 2, nil, point(back, at-5), point(to, at), point(back, at+5))
}

// axis draws the ticks, and says which side is which.
func (f *forest) axis(p *picture, x scale) {
	top := p.y + 2
	p.line(inkAxis, 1, nil, x.start, top, x.stop, top)
	var ticks []spaced
	if f.unit != "" {
		ticks = apart(p.ruler, x.ticks(signed), x.start, x.stop)
	} else {
		top -= 16 // there are no numbers
	}
	for _, t := range ticks {
		p.line(inkAxis, 1, nil, t.at, top, t.at, top+4)
		p.text(label{x: t.at, y: top + 17, size: smallAt, ink: inkQuiet, anchor: t.anchor, text: t.label})
	}
	left, right := "← worse", "better →"
	if f.better < 0 {
		left, right = "← better", "worse →"
	}
	bottom := top + 35
	p.text(label{x: x.start, y: bottom, size: smallAt, ink: inkText, text: left})
	p.text(label{x: x.stop, y: bottom, size: smallAt, ink: inkText, anchor: end, text: right})
	side := max(p.ruler.width(left, smallAt, false), p.ruler.width(right, smallAt, false)) + 6
	unit := f.unit + x.suffix()
	if p.ruler.width(unit, smallAt, false) <= x.stop-x.start-2*side {
		p.text(label{x: (x.start + x.stop) / 2, y: bottom, size: smallAt, ink: inkQuiet, anchor: middle, text: unit})
	} else {
		p.note("Axis: %s.", unit)
	}
	p.y = bottom + 6
}
