package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
)

// previewPlan prints what a job would publish: beside the report where people read
// it, and away from it where a program does.
func (a *app) previewPlan(outcome flow.Outcome) error {
	w := a.Out
	if a.json() {
		w = a.Err
	}
	var text strings.Builder
	plan := outcome.Plan
	fmt.Fprintf(&text, "\nThis is a job of %s. It would publish:\n", plan.Purpose)
	begun := text.Len()
	previewComment(&text, plan)
	previewMark(&text, plan)
	previewAlert(&text, plan)
	if err := previewHistory(&text, plan); err != nil {
		return err
	}
	if text.Len() == begun {
		text.WriteString("  nothing\n")
	}
	for _, why := range []string{plan.Withheld, plan.Unable} {
		if why != "" {
			fmt.Fprintf(&text, "As it is, the host would be told nothing: %s\n", report.Plain(why))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func previewComment(w io.Writer, plan flow.Plan) {
	if plan.Publication.Comment == nil {
		return
	}
	change := plan.Publication.Event.Change
	if change == "" {
		change = "the change request"
	}
	fmt.Fprintf(w, "  a comment on %s:\n", report.Plain(change))
	indented(w, plan.Publication.Comment(""))
}

func previewMark(w io.Writer, plan flow.Plan) {
	mark := plan.Publication.Mark
	if mark != nil {
		fmt.Fprintf(w, "  a mark on commit %.7s:\n    %s: %s, %s\n", report.Plain(mark.Commit), report.Plain(mark.Name), mark.State, report.Plain(mark.Title))
	}
	if len(plan.Remarks) > 0 {
		fmt.Fprintf(w, "  annotations:\n")
	}
	for _, r := range plan.Remarks {
		fmt.Fprintf(w, "    %s:%d: %s: %s: %s\n", report.Plain(r.Path), r.Line, r.Severity, report.Plain(r.Title), report.Plain(r.Message))
	}
}

func previewAlert(w io.Writer, plan flow.Plan) {
	switch alert := plan.Publication.Alert; {
	case alert == nil:
	case alert.Open:
		fmt.Fprintf(w, "  an issue: %s\n", report.Plain(alert.Title))
	default:
		fmt.Fprintf(w, "  no issue; one that is open would be closed\n")
	}
}

func previewHistory(w io.Writer, plan flow.Plan) error {
	if plan.History == nil {
		return nil
	}
	line, err := json.Marshal(plan.History.Point)
	if err != nil {
		return fmt.Errorf("show history: %w", err)
	}
	fmt.Fprintf(w, "  a line on branch %s, and a badge:\n    %s\n    %s", report.Plain(plan.History.Branch), report.Plain(string(line)), plan.History.Data)
	return nil
}

// indented writes a text that is in no way one's own, line by line.
func indented(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(w, "  | %s\n", report.Plain(strings.TrimSuffix(line, "\n")))
	}
}
