package live

import (
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// lines writes a line for each event, the stage's name before it. What stands
// between name and line says who speaks, which no stage can forge:
// "│" its standard output, "┃" its standard error, "•" muster.
type lines struct {
	*output
	palette
	logs    bool
	stopped bool
	width   int
	told    transfers
}

// The marks before a line.
const (
	fromStdout = "│"
	fromStderr = "┃"
	fromMuster = "•"
)

func newLines(w io.Writer, opts Options, logs bool) *lines {
	return &lines{output: newOutput(w), palette: palette(opts.Color), logs: logs, told: transfers{}}
}

func (v *lines) Event(e result.Event) {
	if e.Open {
		return
	}
	v.Lock()
	defer v.Unlock()
	switch e.Kind {
	case result.EventPlan:
		v.width = nameWidth(e.Stages)
	case result.EventStart:
		v.say(e.Stage, because("started", e.Reason))
	case result.EventLog:
		if v.logs {
			v.line(e.Stage, streamMark(e.Stream), shown(e.Line))
		}
	case result.EventProgress:
		if v.logs && v.told.due(e) {
			v.say(e.Stage, report.Plain(e.What)+" "+transferred(e.Done, e.Total))
		}
	case result.EventEnd:
		v.end(*e.Result)
	case result.EventDone:
	}
	if e.Kind == result.EventLog {
		v.soon()
		return
	}
	v.now()
}

func (v *lines) end(stage result.Stage) {
	if stage.Status == result.StageFailed && !v.logs && !v.stopped {
		for _, line := range logTail(stage) {
			v.line(stage.Name, fromStdout, shown(line))
		}
	}
	_, color := mark(stage.Status)
	if stage.Status == result.StageRan {
		color = ""
	}
	v.say(stage.Name, v.paint(color, ending(stage, v.stopped)))
}

func (v *lines) Interrupt() {
	v.Lock()
	defer v.Unlock()
	v.stopped = true
	_, _ = v.WriteString(v.paint(amber, interrupted) + "\n")
	v.now()
}

func (v *lines) say(stage, text string) { v.line(stage, fromMuster, text) }

func (v *lines) line(stage, mark, text string) {
	stage = report.Plain(stage)
	// The writer keeps the first error for Flush.
	_, _ = v.WriteString(stage)
	for range v.width - columns(stage) {
		_ = v.WriteByte(' ')
	}
	_ = v.WriteByte(' ')
	_, _ = v.WriteString(mark)
	_ = v.WriteByte(' ')
	_, _ = v.WriteString(text)
	_ = v.WriteByte('\n')
}

func streamMark(stream string) string {
	switch stream {
	case result.Stderr:
		return fromStderr
	case result.Remarks:
		return fromMuster
	default:
		return fromStdout
	}
}

// widestName is how many columns names are aligned to.
const widestName = 32

// nameWidth is how many columns the names take: a long one does not push all others aside.
func nameWidth(stages []result.PlannedStage) int {
	width := 0
	for _, stage := range stages {
		width = max(width, columns(stage.Name))
	}
	return min(width, widestName)
}

// metric measures text as terminals do that are set to a European language.
func metric() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// columns is how many columns a text takes.
func columns(text string) int {
	if ascii(text) {
		return len(text)
	}
	return metric().StringWidth(text)
}

func ascii(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// fit shortens a text to a number of columns.
func fit(text string, width int) string {
	if len(text) <= width && ascii(text) {
		return text
	}
	return metric().Truncate(text, max(width, 0), "…")
}
