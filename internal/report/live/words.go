package live

import (
	"fmt"
	"strings"
	"time"

	"github.com/docker/go-units"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// interrupted is what a person is told who wants out.
const interrupted = "interrupted: stopping what runs; press Ctrl-C again to kill at once"

// Colours.
const (
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	amber = "\x1b[33m"
	reset = "\x1b[0m"
)

// palette paints, or does not.
type palette bool

func (p palette) paint(sequence, text string) string {
	if !p || sequence == "" || text == "" {
		return text
	}
	return sequence + text + reset
}

// mark is the sign of an outcome, with its colour.
func mark(status result.StageStatus) (sign, color string) {
	switch status {
	case result.StageRan, result.StageCached:
		return "✓", green
	case result.StageFailed:
		return "✗", red
	default:
		return "-", dim
	}
}

// ending says what became of a stage.
func ending(stage result.Stage, stopped bool) string {
	switch stage.Status {
	case result.StageRan:
		return "done in " + report.Duration(stage.Seconds) + attempts(stage)
	case result.StageCached:
		return because("cached", stage.Reason)
	case result.StageFailed:
		if stopped {
			return "stopped"
		}
		return fmt.Sprintf("failed%s%s: %s", after(stage.Seconds), attempts(stage), firstLine(stage.Error))
	default:
		return because("skipped", stage.Reason)
	}
}

func after(seconds float64) string {
	if seconds < 0.05 {
		return ""
	}
	return " after " + report.Duration(seconds)
}

func attempts(stage result.Stage) string {
	if stage.Attempts < 2 {
		return ""
	}
	return fmt.Sprintf(", tried %d times", stage.Attempts)
}

func because(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + report.Plain(reason)
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return report.Plain(first)
}

// longestWord is how many columns of a failed stage's last lines are repeated; the log has the rest.
const longestWord = 400

// logTail is the end of a failed stage's log, which its error carries.
func logTail(stage result.Stage) []string {
	_, rest, _ := strings.Cut(stage.Error, "\n")
	if rest == "" {
		return nil
	}
	return strings.Split(rest, "\n")
}

// shown is what a terminal would leave of a line of a log: a progress bar
// overwrites itself, and only its last state is to be seen.
func shown(line string) string {
	line = strings.TrimRight(line, "\r")
	return report.Plain(line[strings.LastIndexByte(line, '\r')+1:])
}

// transferred says how far something has come: "12.4 of 40 MB, 31 %".
func transferred(done, total int64) string {
	if total <= 0 {
		return size(done)
	}
	return fmt.Sprintf("%s of %s, %d %%", size(done), size(total), percent(done, total))
}

func percent(done, total int64) int64 {
	return int64(min(max(float64(done)/float64(total), 0), 1) * 100)
}

func size(bytes int64) string {
	return units.CustomSize("%.4g %s", float64(bytes), 1000, []string{"B", "kB", "MB", "GB", "TB", "PB"})
}

// since is how long ago a moment is, for a person who watches.
func since(start, now time.Time) string {
	d := now.Sub(start)
	if start.IsZero() || d < 0 {
		d = 0
	}
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	}
	return report.Duration(d.Truncate(time.Second).Seconds())
}
