package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

const (
	// readsShown is how many places of the input a finding is explained with.
	readsShown = 6
	// notesShown is how many findings are listed that only tell something.
	notesShown = 5
)

// Explanation writes what led to each finding of a decision, the sentence that
// matters first. What does not fit is counted: the document has all of it.
func Explanation(w io.Writer, e result.Explanation, opts TerminalOptions) error {
	t := newTerminal(w, opts)
	tone := bad
	switch e.Verdict {
	case result.Pass:
		tone = good
	case result.Undecided:
		tone = unsure
	}
	for i, line := range wrap(termText(clip(clean(e.Reason), messageLimit)), t.width-2) {
		mark := " "
		if i == 0 {
			mark = t.mark(tone)
		}
		t.println(mark + " " + t.paint(ansiBold, line))
	}
	var notes []result.ExplainedFinding
	for _, f := range e.Findings {
		if f.Finding.Severity == result.SeverityInfo {
			notes = append(notes, f)
			continue
		}
		t.explained(f, e.Input.Path)
	}
	t.notes(notes, e.Input.Path)
	if len(e.Findings) == 0 {
		t.paragraph("  ", "No rule found anything.")
	}
	t.println("")
	t.paragraph("", termText(clean(fmt.Sprintf("Input: %s, SHA-256 %.12s…", e.Input.Path, e.Input.SHA256))))
	return t.Flush()
}

// explained writes one finding: what, by which rule, from what, and what would pass.
func (t terminal) explained(e result.ExplainedFinding, file string) {
	f := e.Finding
	v := newFinding(f)
	t.println("")
	heading := t.words(phrase{v.Code}) + " " + v.Word
	if len(v.Where) > 0 {
		heading += ", " + t.words(v.Where)
	}
	t.println(t.mark(v.Tone) + " " + t.paint(ansiBold, clipWidth(heading, t.width-2)))
	t.paragraph("    ", termText(clip(clean(f.Message), messageLimit)))
	t.labelled("rule", ruleLine(e))
	for i, line := range readLines(e, file) {
		label := ""
		if i == 0 {
			label = "read"
		}
		t.labelled(label, line)
	}
	t.labelled("", e.Note)
	t.labelled("passes", f.Passes)
	t.labelled("waived", waivedBy(f.Waiver))
	if f.Location != nil {
		t.labelled("asked", place(f.Location))
	}
}

// labelled writes a line behind its label, if there is anything to say.
func (t terminal) labelled(label, text string) {
	if text != "" {
		t.paragraph("    "+padRight(label, len("passes"))+"  ", termText(clip(clean(text), messageLimit)))
	}
}

// ruleLine says which rule gave the finding, what it is for, and where it stands.
func ruleLine(e result.ExplainedFinding) string {
	f := e.Finding
	switch {
	case e.Rule != nil && e.Title != "":
		return fmt.Sprintf("%s, %s (%s)", e.Title, place(e.Rule), f.Rule)
	case e.Rule != nil:
		return fmt.Sprintf("%s (%s)", place(e.Rule), f.Rule)
	case f.Rule != "":
		return fmt.Sprintf("%s (%s)", f.Policy, f.Rule)
	default:
		return "none: muster found this itself, when it looked at waivers and policies"
	}
}

// readLines are the places of the input that were read, what decides first. What
// only the message needs is counted with what does not fit.
func readLines(e result.ExplainedFinding, file string) []string {
	var lines []string
	for _, read := range e.Reads {
		if len(lines) == readsShown || read.Aside && len(lines) > 0 {
			break
		}
		lines = append(lines, readLine(read, file))
	}
	if more := len(e.Reads) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %s (--format json has them)", plural(more, "more place", "more places")))
	}
	if e.Origin == "measuring" {
		lines = append(lines, "muster noted this problem itself while it measured; the rule only passes it on")
	}
	return lines
}

func readLine(read result.InputRead, file string) string {
	if read.Line == 0 {
		return read.Ref + " is not there"
	}
	return fmt.Sprintf("%s = %s  %s:%d", read.Ref, read.Value, file, read.Line)
}

func place(at *result.Location) string {
	if at.Line == 0 {
		return at.Path
	}
	return fmt.Sprintf("%s:%d", at.Path, at.Line)
}

func waivedBy(w *result.Waiver) string {
	if w == nil {
		return ""
	}
	parts := []string{"until the end of " + w.Expires + " by " + w.Owner + ": " + strings.TrimSuffix(w.Reason, ".")}
	if w.Source != "" {
		parts = append(parts, w.Source)
	}
	return strings.Join(parts, "; ")
}

// notes lists what only tells something: the message, and where its rule stands.
func (t terminal) notes(notes []result.ExplainedFinding, file string) {
	if len(notes) == 0 {
		return
	}
	t.title("Notes")
	for _, e := range notes[:min(len(notes), notesShown)] {
		text := e.Finding.Code + ": " + strings.TrimSuffix(e.Finding.Message, ".")
		if e.Rule != nil {
			text += " (" + place(e.Rule) + ")"
		}
		t.paragraph("  ", termText(clip(clean(text), messageLimit)))
		if len(e.Reads) > 0 {
			t.paragraph("    ", termText(clip(clean(readLine(e.Reads[0], file)), messageLimit)))
		}
	}
	if more := len(notes) - notesShown; more > 0 {
		t.paragraph("  ", fmt.Sprintf("and %s (--format json has them)", plural(more, "more note", "more notes")))
	}
}
