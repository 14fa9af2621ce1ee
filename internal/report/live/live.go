// Package live shows a run while it goes on. It takes the one stream of events
// that a run sends ([result.Event]) and writes it in the way that suits whoever
// reads: a terminal that is redrawn, plain lines, the folding log of a GitHub or
// a GitLab job, or JSON lines.
//
// All that a stage prints is hostile: it passes through [report.Plain] before it
// reaches anything that acts upon control sequences or workflow commands. No
// view keeps more of a log in memory than it shows, and none makes a stage wait
// for a drawing: frames are dropped, lines are not.
package live

import (
	"fmt"
	"io"

	"github.com/muster-ci/muster/internal/result"
)

// View shows the events of runs, one after the other.
type View interface {
	// Event shows what has happened. Events come one at a time.
	Event(e result.Event)
	// Interrupt says that what runs is being stopped. It may come at any time.
	Interrupt()
	// Close writes what is still held back, and returns the first error of writing.
	Close() error
}

// Kind names a view.
type Kind string

// The views.
const (
	TTY    Kind = "tty"    // redrawn in place
	Plain  Kind = "plain"  // a line for each line of a log
	Quiet  Kind = "quiet"  // plain, without the logs of what succeeds
	GitHub Kind = "github" // groups and annotations of GitHub Actions
	GitLab Kind = "gitlab" // collapsible sections of GitLab CI
	JSON   Kind = "json"   // each event as one line
)

// Kinds lists the views by name.
func Kinds() []Kind { return []Kind{TTY, Plain, GitHub, GitLab, JSON, Quiet} }

// Options say where a view is shown.
type Options struct {
	// Color allows colours. Nothing is told by colour alone.
	Color bool
	// Size returns the terminal's columns and rows; it is asked for every frame.
	Size func() (columns, rows int)
	// Retold says that the reader is shown the run's result afterwards, with the
	// end of what failed, so that a terminal need not say it twice.
	Retold bool
}

// New makes a view that writes to w.
func New(kind Kind, w io.Writer, opts Options) (View, error) {
	switch kind {
	case TTY:
		return newScreen(w, opts), nil
	case Plain:
		return newLines(w, opts, true), nil
	case Quiet:
		return newLines(w, opts, false), nil
	case GitHub:
		return newFolded(w, opts, github{}), nil
	case GitLab:
		return newFolded(w, opts, gitlab{}), nil
	case JSON:
		return newEvents(w), nil
	default:
		return nil, fmt.Errorf("there is no view %q", kind)
	}
}
