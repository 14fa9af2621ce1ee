package live

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// What a frame begins and ends with: terminals that know the first show the
// whole of it at once (synchronized output), others draw without the cursor. In
// the lines that are drawn over, what a terminal takes for wider than it was
// measured must not go on in the next line, or they could not be found again.
const (
	frameBegin = "\x1b[?2026h\x1b[?25l"
	areaBegin  = "\x1b[?7l"
	areaEnd    = "\x1b[J\x1b[?7h"
	frameEnd   = "\x1b[?25h\x1b[?2026l"
	lineEnd    = "\x1b[K\r\n"
)

// draw writes one frame over the one before, in one piece: what stays, and
// below it, unless it is the last, what will be drawn over. A terminal that
// does not take it makes this wait and nobody else.
func (v *screen) draw(last bool) {
	v.drawing.Lock()
	defer v.drawing.Unlock()
	width, height := v.size()
	width, height = max(width, 10), max(height, 4)
	v.mu.Lock()
	stays := bytes.Clone(v.above.Bytes())
	v.above.Reset()
	var area []line
	if !last {
		area = v.area(width-1, height-1, time.Now()) // the last column would wrap, and the last row scroll
	}
	v.mu.Unlock()
	if last && len(stays) == 0 && len(v.drawn) == 0 {
		return
	}
	var out bytes.Buffer
	out.WriteString(frameBegin)
	out.WriteString(v.back(width, height))
	for text := range bytes.Lines(stays) {
		out.Write(bytes.TrimSuffix(text, []byte("\n")))
		out.WriteString(lineEnd)
	}
	out.WriteString(areaBegin)
	v.drawn = v.drawn[:0]
	for _, l := range area {
		out.WriteString(l.text + lineEnd)
		v.drawn = append(v.drawn, l.width)
	}
	out.WriteString(areaEnd + frameEnd)
	if _, err := v.out.Write(out.Bytes()); err != nil && v.err == nil {
		v.err = err
	}
	v.frame++
}

// back moves the cursor to where the frame before began. A terminal that has
// become narrower has broken the lines in two since.
func (v *screen) back(width, height int) string {
	rows := 0
	for _, w := range v.drawn {
		rows += max((w+width-1)/width, 1)
	}
	if rows = min(rows, height-1); rows > 0 {
		return fmt.Sprintf("\r\x1b[%dA", rows)
	}
	return "\r"
}

// line is one line of the screen, no wider than it.
type line struct {
	text  string
	width int
}

// span is a piece of a line.
type span struct{ color, text string }

// compose makes a line of what fits.
func (v *screen) compose(width int, spans ...span) line {
	var l line
	for _, s := range spans {
		text := fit(s.text, width-l.width)
		l.text += v.paint(s.color, text)
		l.width += columns(text)
	}
	return l
}

// area is what is drawn over: the stages that failed and those that run, each
// with the end of its log as far as there is room, those that wait, and a summary.
func (v *screen) area(width, height int, now time.Time) []line {
	var busy, waiting []*row
	for _, r := range v.stages {
		switch {
		case r.failed(), r.running():
			busy = append(busy, r)
		case r.outcome == nil:
			waiting = append(waiting, r)
		}
	}
	room := height - 1 - len(busy)
	for _, r := range busy {
		room -= min(len(r.transfers), mostTransfers)
	}
	queue := v.queue(waiting, min(room/2, len(waiting)), width)
	deep := 0
	if len(busy) > 0 {
		deep = max(room-len(queue), 0) / len(busy)
	}
	var lines []line
	for _, r := range busy {
		lines = append(lines, v.busy(r, deep, width, now)...)
	}
	lines = append(lines, queue...)
	if over := len(lines) - (height - 1); over > 0 { // more stages at once than rows
		lines = lines[:max(len(lines)-over, 0)]
	}
	return append(lines, v.summary(width, now))
}

// busy are the lines of a stage that runs, or that has failed.
func (v *screen) busy(r *row, deep, width int, now time.Time) []line {
	var lines []line
	if r.failed() {
		lines = append(lines, v.outcome(r, width, width))
	} else {
		spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
		turn := string(spinner[v.frame%len(spinner)])
		lines = append(lines, v.compose(width, span{amber, turn}, span{"", " " + v.padded(r.name, width) + "  " + since(r.began, now)}, span{dim, "  " + r.reason}))
	}
	for _, t := range r.transfers[:min(len(r.transfers), mostTransfers)] {
		lines = append(lines, v.transfer(t, width))
	}
	for _, text := range r.tail.last(deep) {
		lines = append(lines, v.compose(width, span{dim, "  " + fromStdout + " " + shown(text)}))
	}
	return lines
}

// mostTransfers is how many of a stage are shown.
const mostTransfers = 4

// transfer draws a bar where there is room for one.
func (v *screen) transfer(t transfer, width int) line {
	const broad, cells = 64, 20
	text := transferred(t.done, t.total)
	if t.rate > 0 {
		text += ", " + size(int64(t.rate)) + "/s"
	}
	spans := []span{{"", "  " + fit(report.Plain(t.what), max(width/3, 8)) + " "}}
	if t.total > 0 && width >= broad {
		full := int(percent(t.done, t.total)) * cells / 100
		spans = append(spans, span{green, strings.Repeat("━", full)}, span{dim, strings.Repeat("─", cells-full)}, span{"", " "})
	}
	return v.compose(width, append(spans, span{"", text})...)
}

// queue are the stages that wait, as many as there is room for.
func (v *screen) queue(waiting []*row, room, width int) []line {
	if room <= 0 {
		return nil
	}
	shown := len(waiting)
	if shown > room {
		shown = room - 1 // the last row tells how many more
	}
	var lines []line
	for _, r := range waiting[:shown] {
		text := "· " + v.padded(r.name, width)
		if needs := v.unmet(r); len(needs) > 0 {
			text += "  waits for " + strings.Join(needs, ", ")
		}
		lines = append(lines, v.compose(width, span{dim, text}))
	}
	if more := len(waiting) - shown; more > 0 {
		lines = append(lines, v.compose(width, span{dim, fmt.Sprintf("· %d more wait", more)}))
	}
	return lines
}

func (v *screen) unmet(r *row) []string {
	var names []string
	for _, need := range r.needs {
		if r := v.named[need]; r != nil && r.outcome == nil {
			names = append(names, r.name)
		}
	}
	return names
}

func (v *screen) summary(width int, now time.Time) line {
	if v.stopped {
		return v.compose(width, span{amber, "stopping; Ctrl-C again kills at once"})
	}
	ended := 0
	for _, r := range v.stages {
		if r.outcome != nil {
			ended++
		}
	}
	return v.compose(width, span{dim, fmt.Sprintf("%d of %d stages, %s", ended, len(v.stages), since(v.began, now))})
}

// outcome is the line of a stage that has ended, for a terminal of some width,
// cut to so many columns.
func (v *screen) outcome(r *row, width, cut int) line {
	tone := ""
	if r.outcome.Status == result.StageSkipped || r.outcome.Status == result.StageCached {
		tone = dim
	}
	sign, color := mark(r.outcome.Status)
	return v.compose(cut, span{color, sign}, span{"", " " + v.padded(r.name, width) + "  "}, span{tone, ending(*r.outcome, v.stopped)})
}

// padded is a name in the column of names, of which a narrow terminal has less.
func (v *screen) padded(name string, width int) string {
	return name + strings.Repeat(" ", max(min(v.names, width/2, widestName)-columns(name), 0))
}
