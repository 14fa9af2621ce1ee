package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Markdown writes the report as a comment for a change, in the flavour that
// GitHub and GitLab share.
func Markdown(w io.Writer, r result.Report) error {
	buf := bufio.NewWriter(w)
	m := markdown{Writer: buf, v: newView(r)}
	m.headline()
	m.decision()
	m.problems()
	m.promotion()
	m.run()
	m.maturity()
	m.last()
	return buf.Flush()
}

// markdown lays out a view. The writer keeps the first error for Flush.
type markdown struct {
	*bufio.Writer
	v *view
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
	default:
		return "➖"
	}
}

func (m markdown) headline() {
	m.line("%s", Marker(m.v.Name))
	about := ""
	if m.v.Name != "" {
		about = mdText(m.v.Name) + ": "
	}
	headline := mdText(m.v.Verdict)
	if len(m.v.Clause) > 0 {
		headline += ", " + mdPhrase(m.v.Clause, false)
	}
	mark := m.v.Tone.emoji() + " "
	if m.v.Tone == neutral {
		mark = ""
	}
	m.line("### %s%s%s", mark, about, headline)
	if len(m.v.Lead) > 0 {
		m.line("%s", mdPhrase(m.v.Lead, true))
	}
	if len(m.v.Log) > 0 {
		m.line("\n<pre>%s</pre>", mdPre(strings.Join(m.v.Log, "\n")))
	}
}

func (m markdown) decision() {
	d := m.v.Decision
	if d == nil {
		return
	}
	if len(d.Rows) > 0 {
		m.line("")
		m.rows(d.Rows)
	}
	if len(d.Findings) > 0 {
		m.line("")
		m.findings(d.Findings)
	}
	m.pointers([]fact{
		{Label: "Changed", Value: d.Changed}, {Label: "To pass", Value: d.ToPass}, {Label: "Reproduce", Value: d.Reproduce},
	})
	if len(d.Others) > 0 {
		const most = 100
		m.open(mdText(d.OthersSummary))
		m.rows(d.Others[:min(len(d.Others), most)])
		if more := len(d.Others) - most; more > 0 {
			m.line("\nand %s", plural(more, "more slice", "more slices"))
		}
		m.close()
	}
	if len(d.Notes) > 0 {
		m.open(plural(len(d.Notes), "note", "notes"))
		m.findings(d.Notes)
		m.close()
	}
	m.open("Receipt")
	m.facts(d.Receipt)
	m.close()
}

// rows writes comparisons as a table. Numbers need no escaping: they are written by this package.
func (m markdown) rows(rows []rowView) {
	champion, change := "champion", "change"
	if len(m.v.Decision.Champion) > 0 && m.v.Decision.Champion[0].IsCode() {
		champion += " " + mdText(m.v.Decision.Champion.String())
	}
	if m.v.Decision.Interval != "" {
		change += " [" + m.v.Decision.Interval + "]"
	}
	m.line("| metric | %s | candidate | %s | allowed | verdict |", champion, change)
	m.line("|---|---|---|---|---|---|")
	for _, row := range rows {
		label := mdText(row.Label())
		if row.Tone == bad {
			label = "**" + label + "**"
		}
		if row.Hint != "" {
			label += " (" + row.Hint + ")"
		}
		m.line("| %s | %s | %s | %s | %s | %s %s |", label, row.Champion, row.Candidate, row.Moved(), row.Allowed,
			row.Tone.emoji(), mdText(row.Concluded()))
	}
}

func (m markdown) findings(findings []findingView) {
	const most = 20
	for _, f := range findings[:min(len(findings), most)] {
		policy := ""
		if len(f.Policy) > 0 {
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
	for _, p := range m.v.Problems {
		step := mdPhrase(p.Step, false)
		if step != "" {
			step += ": "
		}
		m.line("- ⚠️ %s%s", step, mdPhrase(p.Why, false))
	}
}

func (m markdown) promotion() {
	p := m.v.Promotion
	if p == nil || (m.v.Decision == nil && m.v.Run == nil) {
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
	if m.v.Maturity != nil && (m.v.Decision != nil || m.v.Run != nil) {
		text := m.v.Maturity.Verdict
		if m.v.Maturity.Level != nil {
			text += ", " + m.v.Maturity.Clause.String()
		}
		parts = append(parts, capital(text))
	}
	if m.v.Commit != "" {
		parts = append(parts, "commit "+mdCode(m.v.Commit))
	}
	if len(parts) > 0 {
		m.line("\n%s", strings.Join(parts, " · "))
	}
}
