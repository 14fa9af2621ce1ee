package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// TerminalOptions say what the terminal can show.
type TerminalOptions struct {
	// Color allows colours. Nothing is told by colour alone.
	Color bool
	// Width is the number of columns; 80 if it is not known.
	Width int
	// Verbose shows every criterion of a score with its evidence.
	Verbose bool
}

// columns is how wide lines may be.
func (o TerminalOptions) columns() int {
	const narrowest, usual = 40, 80
	if o.Width <= 0 {
		return usual
	}
	return max(o.Width, narrowest)
}

// Terminal writes the report, or the parts of it that are there, as text.
func Terminal(w io.Writer, r result.Report, opts TerminalOptions) error {
	buf := bufio.NewWriter(w)
	t := terminal{Writer: buf, v: newView(r), color: opts.Color, width: opts.columns(), verbose: opts.Verbose}
	t.headline()
	t.asides()
	t.problems()
	t.decision()
	t.promotion()
	t.run()
	t.maturity()
	return buf.Flush()
}

// terminal lays out a view. The writer keeps the first error for Flush.
type terminal struct {
	*bufio.Writer
	v       *view
	color   bool
	width   int
	verbose bool
}

// ANSI sequences of the few colours that are used.
const (
	ansiReset = "\x1b[0m"
	ansiBold  = "\x1b[1m"
	ansiDim   = "\x1b[2m"
	ansiRed   = "\x1b[31m"
	ansiGreen = "\x1b[32m"
	ansiAmber = "\x1b[33m"
)

// paint colours a text that is escaped already.
func (t terminal) paint(sequence, text string) string {
	if !t.color || text == "" || sequence == "" {
		return text
	}
	return sequence + text + ansiReset
}

func (t tone) ansi() string {
	switch t {
	case good:
		return ansiGreen
	case bad:
		return ansiRed
	case unsure:
		return ansiAmber
	default:
		return ""
	}
}

func (t terminal) mark(tone tone) string { return t.paint(tone.ansi(), tone.Mark()) }

func (t terminal) println(text string) { fmt.Fprintln(t, strings.TrimRight(text, " ")) }

// title begins a part.
func (t terminal) title(text string) {
	t.println("")
	for _, line := range wrap(text, t.width) {
		t.println(t.paint(ansiBold, line))
	}
}

// paragraph writes wrapped text behind a prefix; further lines are indented as far.
func (t terminal) paragraph(prefix, text string) {
	indent := displayWidth(prefix)
	for i, line := range wrap(text, max(t.width-indent, minColumn)) {
		if i == 0 {
			t.println(prefix + line)
		} else {
			t.println(strings.Repeat(" ", indent) + line)
		}
	}
}

// words writes a phrase; names stand in quotes only where they could be missed.
func (t terminal) words(p phrase) string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return termText(b.String())
}

func (t terminal) headline() {
	v := t.v
	text := v.Verdict
	if v.Name != "" {
		text = termText(v.Name) + ": " + text
	}
	if len(v.Clause) > 0 {
		text += ", " + t.words(v.Clause)
	}
	for i, line := range wrap(text, t.width-2) {
		if i == 0 {
			t.println(t.mark(v.Tone) + " " + t.paint(ansiBold, line))
		} else {
			t.println("  " + t.paint(ansiBold, line))
		}
	}
	if len(v.Lead) > 0 {
		t.paragraph("  ", t.words(v.Lead))
	}
	if len(v.Log) > 0 {
		t.println("")
	}
	for _, line := range v.Log {
		t.println("  " + t.paint(ansiDim, "│ ") + clipWidth(termText(line), t.width-4))
	}
}

func (t terminal) problems() {
	if len(t.v.Problems) == 0 {
		return
	}
	t.title("Could not be done")
	for _, p := range t.v.Problems {
		text := t.words(p.Why)
		if len(p.Step) > 0 {
			text = t.words(p.Step) + ": " + text
		}
		t.paragraph("  "+t.mark(unsure)+" ", text)
	}
}

// asides are what must not be missed, a paragraph each.
func (t terminal) asides() {
	for _, a := range t.v.Asides {
		for _, line := range a.Long {
			t.paragraph("  "+t.mark(unsure)+" ", t.words(line))
		}
	}
}

func (t terminal) decision() {
	d := t.v.Decision
	if d == nil {
		return
	}
	if len(d.Judged) > 0 {
		t.title("This change edits the ruler")
	}
	for _, j := range d.Judged {
		t.paragraph("  "+t.mark(j.Tone)+" ", j.Verdict+" "+t.words(j.By)+": "+t.words(j.Reason))
	}
	for _, table := range d.Tables {
		t.title(t.words(table.Caption))
		t.rows(table, d.Interval)
	}
	if d.OthersSummary != "" {
		t.paragraph("  ", d.OthersSummary)
	}
	t.findings("Findings", d.Findings)
	t.findings("Notes", d.Notes)
	t.pointers(d.pointers())
	t.pointers(d.Brief)
}

// rows is the table of a comparison; interval heads its column of changes, if there are any intervals.
func (t terminal) rows(group rowGroup, interval string) {
	before := "champion"
	if len(group.Before) > 0 {
		before = t.words(group.Before[:1])
	}
	table := grid{indent: 2, header: []string{"", "metric", before, "candidate", changeHeading(interval), "allowed", "verdict"}}
	for _, row := range group.Rows {
		table.add(row.Tone, row.Tone.Mark(), termText(row.Label()), row.Champion, row.Candidate, row.Moved(), row.Allowed, termText(row.Concluded()))
	}
	if table.fits(t.width) {
		t.grid(table)
		return
	}
	for _, row := range group.Rows {
		t.paragraph("  "+t.mark(row.Tone)+" ", termText(row.Label()+": "+row.Concluded()))
		t.paragraph("    ", rowValues(row, before))
	}
}

func changeHeading(interval string) string {
	if interval == "" {
		return "change"
	}
	return "change [" + interval + "]"
}

// rowValues are the numbers of a row in a line of their own.
func rowValues(row rowView, before string) string {
	switch {
	case row.Change == absent:
		return before + " " + row.Champion + ", candidate " + row.Candidate
	case row.Allowed == absent:
		return row.Champion + " → " + row.Candidate + ", " + row.Moved()
	default:
		return row.Champion + " → " + row.Candidate + ", " + row.Moved() + ", " + row.Allowed + " allowed"
	}
}

func (t terminal) findings(title string, findings []findingView) {
	if len(findings) == 0 {
		return
	}
	t.title(title)
	for _, f := range findings {
		text := t.words(phrase{f.Code}) + " " + f.Word + ": " + t.words(f.Message)
		if len(f.Policy) > 0 {
			text += " (" + t.words(f.Policy) + ")"
		}
		t.paragraph("  "+t.mark(f.Tone)+" ", text)
	}
}

// pointers writes labels in a column of their own.
func (t terminal) pointers(facts []fact) {
	first, wide := true, 0
	for _, f := range facts {
		wide = max(wide, displayWidth(f.Label))
	}
	for _, f := range facts {
		if len(f.Value) == 0 {
			continue
		}
		if first {
			t.println("")
			first = false
		}
		t.paragraph(padRight(f.Label, wide)+"  ", t.words(f.Value))
	}
}

func (t terminal) promotion() {
	p := t.v.Promotion
	if p == nil || (t.v.Decision == nil && t.v.Run == nil) {
		return
	}
	t.title("Promotion")
	t.paragraph("  "+t.mark(p.Tone)+" ", p.Verdict+", "+t.words(p.What))
}

func (t terminal) run() {
	r := t.v.Run
	if r == nil {
		return
	}
	t.title("Pipeline: " + t.words(r.Summary))
	table := grid{indent: 2, header: []string{"", "stage", "status", "time", "image"}}
	for _, s := range r.Stages {
		table.add(s.Tone, s.Tone.Mark(), termText(s.Name), s.Status, s.Time, termText(s.Image))
	}
	if !table.fits(t.width) {
		table.drop(len(table.header) - 1)
	}
	t.grid(table)
	for _, s := range r.Stages {
		if s.Tone == bad && s.Log != "" {
			t.paragraph("  ", "the whole log of "+termText(s.Name)+": "+termText(s.Log))
		}
	}
	for _, remark := range r.Remarks {
		t.paragraph("  ", t.words(remark))
	}
	if len(r.Metrics) > 0 {
		var parts []string
		for _, f := range r.Metrics {
			parts = append(parts, termText(f.Label)+" "+t.words(f.Value))
		}
		t.paragraph("  ", "the evaluate stage reports "+strings.Join(parts, ", "))
	}
}
