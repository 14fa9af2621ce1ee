package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Markdown writes the report as a comment for a change, in the flavour that
// GitHub and GitLab share. It is never longer than GitHub allows.
func Markdown(w io.Writer, r result.Report) error {
	most := limit{markdownLimit, runes}
	m := markdown{v: newView(r), marked: true}
	rooms := []amounts{{50, 20, 30, 100}, {20, 8, 10, 100}, {5, 3, 3, 100}}
	_, err := io.WriteString(w, m.within(most, rooms, markdown.page))
	return err
}

// markdown lays out a view. The writer keeps the first error for Flush.
type markdown struct {
	*bufio.Writer
	v    *view
	room amounts
	// notes and earlier are what stands around the report; a page of its own has neither.
	notes   Notes
	earlier []result.PastVerdict
	// host is true for what a host shows beside a change, where room is dear: intervals
	// are drawn, and what goes without saying is left out.
	host bool
	// marked is true for what is found again by its first line.
	marked bool
}

func (m markdown) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// emoji is the tone where emoji are the custom.
func (t tone) emoji() string {
	switch t {
	case good:
		return "✅"
	case bad:
		return "❌"
	case unsure:
		return "⚠️"
	case waiting:
		return "⏳"
	default:
		return "➖"
	}
}

func (m markdown) marker() {
	switch {
	case m.notes.Unverified != "" && m.marked:
		m.line("%s", Marker(m.v.Pipeline+"/unverified"))
	case m.marked:
		m.line("%s", Marker(m.v.Pipeline))
	}
	if why := strings.TrimSuffix(m.notes.Unverified, "."); why != "" {
		m.line("> ⚠️ **Unverified, %s.** Whoever wrote the change could also write what follows: it is no check, and promotes nothing.\n", mdText(clip(clean(why), nameLimit)))
	}
}

func (m markdown) headline() {
	about := ""
	if m.v.Name != "" {
		about = mdText(m.v.Name) + ": "
	}
	if m.notes.Unverified != "" {
		about = strings.TrimSuffix(about, ": ")
		about = strings.TrimSpace(about+" (unverified)") + ": "
	}
	headline := mdText(m.v.Verdict)
	if len(m.v.Clause) > 0 {
		headline += ", " + mdPhrase(m.v.Clause, false)
	}
	mark := m.v.Tone.emoji() + " "
	switch {
	case m.notes.Unverified != "" && m.v.Tone == good:
		mark = unsure.emoji() + " " // nobody should read it as a pass
	case m.v.Tone == neutral:
		mark = ""
	}
	m.line("### %s%s%s", mark, about, headline)
	if len(m.v.Lead) > 0 {
		m.line("%s", mdPhrase(m.v.Lead, true))
	}
	if log := m.v.Log[max(len(m.v.Log)-m.room.lines, 0):]; len(log) > 0 {
		m.line("\n<pre>%s</pre>", mdPre(strings.Join(log, "\n")))
	}
}

// asides are what must not be missed, a line each.
func (m markdown) asides() {
	lines := m.notes.warnings()
	for _, a := range m.v.Asides {
		lines = append(lines, a.Long[:min(len(a.Long), m.room.lines)]...)
	}
	if len(lines) > 0 {
		m.line("")
	}
	for _, line := range lines {
		m.line("- ⚠️ %s", mdPhrase(line, false))
	}
}

// judged sets the decision of the base beside what the change's own gate would say.
func (m markdown) judged() {
	if m.v.Decision == nil || len(m.v.Decision.Judged) == 0 {
		return
	}
	m.line("\nThis change edits the ruler:\n")
	for _, j := range m.v.Decision.Judged {
		m.line("- %s %s %s: %s", j.Tone.emoji(), j.Verdict, mdPhrase(j.By, false), mdPhrase(j.Reason, false))
	}
}

func (m markdown) tables() {
	if m.v.Decision == nil {
		return
	}
	left := m.room.rows
	for i, table := range m.v.Decision.Tables {
		more := max(len(table.Rows)-left, 0)
		table.Rows = table.Rows[:len(table.Rows)-more]
		left -= len(table.Rows)
		m.line("")
		if i > 0 {
			m.line("%s:\n", mdPhrase(table.Caption, true))
		}
		if len(table.Rows) > 0 {
			m.rows(table, m.v.Decision.Interval)
		}
		if more > 0 {
			m.line("\nand %s", plural(more, "more row", "more rows"))
		}
	}
}

func (m markdown) said() {
	d := m.v.Decision
	if d == nil {
		return
	}
	if len(d.Findings) > 0 {
		m.line("")
		m.findings(d.Findings, m.room.findings)
	}
	m.pointers(append(d.pointers(), m.look()...))
}

// pointers are what a reader does next.
func (v *decisionView) pointers() []fact {
	return []fact{{Label: "Changed", Value: v.Changed}, {Label: "To pass", Value: v.ToPass}, {Label: "Reproduce", Value: v.Reproduce}}
}

func (m markdown) others() {
	d := m.v.Decision
	if d == nil || len(d.Others) == 0 {
		return
	}
	most := m.room.folded
	table := d.othersTable()
	table.Rows = table.Rows[:min(len(table.Rows), most)]
	m.open(mdText(d.OthersSummary))
	m.rows(table, d.Interval)
	if more := len(d.Others) - most; more > 0 {
		m.line("\nand %s", plural(more, "more slice", "more slices"))
	}
	m.close()
}

func (m markdown) findingNotes() {
	d := m.v.Decision
	if d == nil || len(d.Notes) == 0 {
		return
	}
	const most = 20
	m.open(plural(len(d.Notes), "note", "notes"))
	m.findings(d.Notes, most)
	m.close()
}

func (m markdown) receipt() {
	if m.v.Decision == nil {
		return
	}
	facts := m.v.Decision.Receipt
	if m.host { // there the limits stand open, at the end
		facts = slices.DeleteFunc(slices.Clone(facts), isLimit)
	}
	m.open("Receipt")
	m.facts(facts)
	m.close()
}

// rows writes comparisons as a table. Numbers need no escaping: they are written by this package.
func (m markdown) rows(table rowGroup, interval string) {
	change := "change"
	if interval != "" {
		change += " [" + interval + "]"
	}
	m.line("| metric | %s | candidate | %s | allowed | verdict |", mdText(table.Before.String()), m.whole(change))
	m.line("|---|---|---|---|---|---|")
	scale := zoom(table.Rows)
	for _, row := range table.Rows {
		label, moved := mdText(row.Label()), m.whole(row.Moved())
		if row.Tone == bad {
			label = "**" + label + "**"
		}
		if row.Hint != "" {
			label += " (" + row.Hint + ")"
		}
		if m.host && row.Plot != nil && len(table.Rows) <= maxBars {
			moved += "<br>" + mdCode(bar(row.Plot, scale))
		}
		m.line("| %s | %s | %s | %s | %s | %s %s |", label, row.Champion, row.Candidate, moved, row.Allowed,
			row.Tone.emoji(), mdText(row.Concluded()))
	}
}

// whole keeps a text on one line where a host would break it in a narrow column.
func (m markdown) whole(text string) string {
	if !m.host {
		return text
	}
	return strings.ReplaceAll(text, " ", "\u00a0")
}

func (m markdown) findings(findings []findingView, most int) {
	for _, f := range findings[:min(len(findings), most)] {
		policy := ""
		if len(f.Policy) > 0 && (!m.host || f.Policy.String() != "muster") {
			policy = " (" + mdPhrase(f.Policy, false) + ")"
		}
		m.line("- %s %s %s: %s%s", f.Tone.emoji(), mdCode(f.Code.Text), f.Word, mdPhrase(f.Message, false), policy)
	}
	if more := len(findings) - most; more > 0 {
		m.line("- and %s", plural(more, "more finding", "more findings"))
	}
}

// pointers writes bold labels, a line each.
func (m markdown) pointers(facts []fact) {
	var lines []string
	for _, f := range facts {
		if len(f.Value) > 0 {
			lines = append(lines, fmt.Sprintf("**%s:** %s", f.Label, mdPhrase(f.Value, false)))
		}
	}
	if len(lines) > 0 {
		m.line("\n%s", strings.Join(lines, "  \n"))
	}
}

func (m markdown) open(summary string) {
	m.line("\n<details><summary>%s</summary>\n", summary)
}

func (m markdown) close() { m.line("\n</details>") }

func (m markdown) facts(facts []fact) {
	m.line("| | |\n|---|---|")
	for _, f := range facts {
		m.line("| %s | %s |", mdText(f.Label), mdPhrase(f.Value, false))
	}
}

func (m markdown) problems() {
	if len(m.v.Problems) == 0 {
		return
	}
	m.line("\n**Could not be done:**")
	shown := min(len(m.v.Problems), max(m.room.findings, 1))
	for _, p := range m.v.Problems[:shown] {
		step := mdPhrase(p.Step, false)
		if step != "" {
			step += ": "
		}
		m.line("- ⚠️ %s%s", step, mdPhrase(p.Why, false))
	}
	if more := len(m.v.Problems) - shown; more > 0 {
		m.line("- and %s", plural(more, "more", "more"))
	}
}

func (m markdown) promotion() {
	p := m.v.Promotion
	if p == nil || (m.v.Decision == nil && m.v.Run == nil) || (m.host && p.Tone == neutral) {
		return
	}
	m.line("\n**Promotion:** %s, %s", p.Verdict, mdPhrase(p.What, false))
}

func (m markdown) run() {
	r := m.v.Run
	if r == nil {
		return
	}
	m.open("Pipeline: " + mdPhrase(r.Summary, false))
	m.line("| stage | status | time | image | log |\n|---|---|---|---|---|")
	for _, s := range r.Stages {
		status := s.Tone.emoji() + " " + mdText(s.Status)
		if s.Error != "" {
			status += ": " + mdText(s.Error)
		}
		m.line("| %s | %s | %s | %s | %s |", mdText(s.Name), status, mdText(s.Time), mdCode(s.Image), mdCode(s.Log))
	}
	if len(r.Remarks) > 0 {
		m.line("")
	}
	for _, remark := range r.Remarks {
		m.line("- %s", mdPhrase(remark, false))
	}
	if len(r.Metrics) > 0 {
		var parts []phrase
		for _, f := range r.Metrics {
			parts = append(parts, append(phrase{own(f.Label + " ")}, f.Value...))
		}
		m.line("\nThe evaluate stage itself reports: %s", mdPhrase(joined(", ", parts), false))
	}
	m.close()
}

// last is the line about all that stands behind the report.
func (m markdown) last() {
	var parts []string
	if m.v.Maturity != nil && (m.v.Decision != nil || m.v.Run != nil) && !m.host {
		text := m.v.Maturity.Verdict
		if m.v.Maturity.Level != nil {
			text += ", " + m.v.Maturity.Clause.String()
		}
		parts = append(parts, capital(text))
	}
	parts = append(parts, m.notes.links()...)
	if m.v.Commit != "" {
		parts = append(parts, "commit "+mdCode(m.v.Commit))
	}
	if len(parts) > 0 {
		m.line("\n%s", strings.Join(parts, " · "))
	}
	if m.host && m.v.Decision != nil {
		for _, f := range m.v.Decision.Receipt {
			if isLimit(f) {
				m.line("\n<sub>%s: %s.</sub>", f.Label, mdPhrase(f.Value, false))
			}
		}
	}
	for _, remark := range m.notes.Remarks[:min(len(m.notes.Remarks), maxNotes)] {
		m.line("\n<sub>%s</sub>", mdText(said(remark).Text))
	}
}
