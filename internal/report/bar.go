package report

import (
	"math"
	"strings"
)

// The characters of a bar. Fonts of one width have them all, and no host turns any
// of them into a picture.
const (
	barEmpty    = '·'
	barLine     = '━'
	barPoint    = '●'
	barNone     = '┃' // no change
	barMargin   = '┊' // what is allowed
	barLeftOff  = '‹' // it goes on beyond the edge
	barRightOff = '›'
	barWidth    = 21
	barMiddle   = barWidth / 2
)

// maxBars is up to how many rows a table has bars: each makes its row twice as high.
const maxBars = 12

// barLegend says how bars are read.
const barLegend = "`●` candidate with its interval · `┃` champion, no change · `┊` the limit of what is allowed · right is better"

// zoom is how much the plots of rows can be stretched so that the widest, or two
// and a half margins, just fill a bar: the same for all, so that they can be compared.
func zoom(rows []rowView) float64 {
	const least = 2.5
	reach := 0.0
	for _, row := range rows {
		p := row.Plot
		if p == nil {
			continue
		}
		reach = max(reach, math.Abs(p.Point-plotMiddle))
		if p.HasMargin {
			reach = max(reach, least*math.Abs(p.Margin-plotMiddle))
		}
		if p.HasLine {
			reach = max(reach, math.Abs(p.Low-plotMiddle), math.Abs(p.High-plotMiddle))
		}
	}
	full := plotMiddle - plotEdge
	if reach == 0 {
		return 1
	}
	return max(full/reach, 1)
}

// bar draws a plot in letters of one width: where the candidate is, how sure that
// is, what is allowed, and where it would be without a change.
func bar(p *plot, zoom float64) string {
	if p == nil {
		return ""
	}
	full := plotMiddle - plotEdge
	column := func(x float64) int {
		at := barMiddle + int(math.Round((x-plotMiddle)*zoom/full*barMiddle))
		return min(max(at, 0), barWidth-1)
	}
	line := []rune(strings.Repeat(string(barEmpty), barWidth))
	if p.HasLine {
		for i := column(p.Low); i <= column(p.High); i++ {
			line[i] = barLine
		}
	}
	line[barMiddle] = barNone
	if p.HasMargin {
		line[min(column(p.Margin), barMiddle-1)] = barMargin
	}
	if p.HasLine && p.ClipLow {
		line[0] = barLeftOff
	}
	if p.HasLine && p.ClipHigh {
		line[barWidth-1] = barRightOff
	}
	line[min(max(column(p.Point), 1), barWidth-2)] = barPoint // never where the line goes on
	return string(line)
}
