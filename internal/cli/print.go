package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// printDocument prints a result: the document itself as JSON, or the view of it
// for people.
func printDocument[T result.Document](a *app, doc T, view result.Report) error {
	return printAs(a, doc, func(w io.Writer, _ T, opts report.TerminalOptions) error {
		return report.Terminal(w, view, opts)
	})
}

// printAs prints a document as JSON, or as a function of internal/report shows it.
func printAs[T result.Document](a *app, doc T, show func(io.Writer, T, report.TerminalOptions) error) error {
	if !a.json() {
		return show(a.Out, doc, report.TerminalOptions{Color: a.colored(a.Out), Width: a.width(a.Out)})
	}
	data, err := result.Encode(doc)
	if err != nil {
		return err
	}
	_, err = a.Out.Write(data)
	return err
}

// printJSON prints what is no document of internal/result.
func (a *app) printJSON(value any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// listener shows a run while it goes on: on the error stream, so that results stay apart.
func (a *app) listener(quiet bool) stages.Listener {
	width := 0
	return func(e result.Event) {
		switch e.Kind {
		case result.EventPlan:
			for _, stage := range e.Stages {
				width = max(width, len(stage.Name))
			}
		case result.EventStart:
			fmt.Fprintf(a.Err, "%-*s │ started\n", width, e.Stage)
		case result.EventLog:
			if !quiet {
				fmt.Fprintf(a.Err, "%-*s │ %s\n", width, e.Stage, report.Plain(e.Line))
			}
		case result.EventEnd:
			fmt.Fprintf(a.Err, "%-*s │ %s\n", width, e.Stage, a.ending(*e.Result))
		}
	}
}

func (a *app) ending(stage result.Stage) string {
	switch stage.Status {
	case result.StageRan:
		return fmt.Sprintf("done in %.1f s", stage.Seconds)
	case result.StageCached:
		return "cached"
	case result.StageFailed:
		first, _, _ := strings.Cut(stage.Error, "\n")
		return a.red("failed: ") + report.Plain(first)
	default:
		if stage.Reason != "" {
			return "skipped: " + report.Plain(stage.Reason)
		}
		return "skipped"
	}
}
