package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// cheapest is how many steps are shown where nobody asked for all.
const cheapest = 3

// maturity writes the score: in a few lines behind a decision, with the way to the
// next level where it is all there is, and with every criterion if asked for.
func (t terminal) maturity() {
	m := t.v.Maturity
	switch {
	case m == nil:
	case t.v.Decision != nil || t.v.Run != nil:
		t.title("Maturity")
		t.paragraph("  ", m.Verdict+", "+t.words(m.Clause))
		t.paragraph("  ", t.words(m.Summary))
		if len(m.Change) > 0 {
			t.paragraph("  ", "this change "+t.words(m.Change))
		}
		t.progress(m)
		t.steps(m, 1)
	default:
		t.progress(m)
		t.roots(m.Roots)
		t.steps(m, cheapest)
		if t.verbose {
			for _, root := range m.Roots {
				t.criteria(root, len(m.Roots) > 1)
			}
		}
		t.doubts(m)
	}
}

// progress is the bar to the next level, with a mark at what it needs.
func (t terminal) progress(m *maturityView) {
	p := m.Progress
	if p == nil {
		return
	}
	t.println("")
	head := fmt.Sprintf("  to level %d  %s", p.Level, t.paint(ansiBold, progressBar(p.Percent, p.Needed)))
	if displayWidth(head)+2*minColumn > t.width {
		t.println(head)
		head = "  "
	}
	t.paragraph(head+"  ", p.Describe())
}

// progressBar draws a share in twenty letters, and where it must come to.
func progressBar(share, need int) string {
	const letters = 20
	bar := []rune(strings.Repeat("█", (share*letters+50)/100) + strings.Repeat("░", letters))[:letters]
	at := need * letters / 100
	return string(bar[:at]) + "│" + string(bar[at:])
}

// roots has the shape of the project that speaks for the repository, and a line for each other.
func (t terminal) roots(roots []rootView) {
	if len(roots) == 0 {
		return
	}
	t.println("")
	if len(roots) == 1 {
		t.root(roots[0])
		return
	}
	t.paragraph("  ", termText(roots[0].Path)+": level "+roots[0].Level+", whose level the repository has")
	t.root(roots[0])
	t.title("The other projects, with what they meet of each level")
	table := grid{indent: 2}
	for _, root := range roots[1:] {
		row := []string{termText(root.Path), "level " + root.Level}
		for _, bar := range root.Bars {
			row = append(row, strconv.Itoa(bar.Percent)+" %")
		}
		table.add(neutral, row...)
	}
	t.grid(table)
}

func (t terminal) root(root rootView) {
	table := grid{indent: 2}
	for _, bar := range root.Bars {
		table.add(neutral, "level "+strconv.Itoa(bar.Level), bar.Name, meter(bar.Percent), strconv.Itoa(bar.Percent)+" %")
	}
	t.grid(table)
	if len(root.Debts) > 0 {
		t.paragraph("  ", "debts: "+t.words(root.Debts))
	}
}

// steps are the first ones of the way to the next level, with what each raises.
func (t terminal) steps(m *maturityView, most int) {
	if len(m.Next) == 0 {
		return
	}
	shown := m.Next
	if !t.verbose {
		shown = m.Next[:min(most, len(m.Next))]
	}
	t.title("Next")
	for i, c := range shown {
		head := []string{termText(c.ID)}
		for _, more := range []string{c.Effort, c.Raises} {
			if more != "" {
				head = append(head, termText(more))
			}
		}
		t.paragraph(fmt.Sprintf("  %d. ", i+1), strings.Join(head, " · "))
		t.paragraph("     ", t.remedyText(c))
		if len(c.Files) > 0 {
			t.paragraph("     ", "muster score --fix "+termText(c.ID)+" writes "+termText(strings.Join(c.Files, ", ")))
		}
	}
	if left := len(m.Next) - len(shown); left > 0 {
		t.paragraph("  ", fmt.Sprintf("and %d more%s; -v shows all, --explain CRITERION why", left, m.wayTo()))
	}
}

// wayTo says where the steps lead, if to a level.
func (m *maturityView) wayTo() string {
	if m.Progress == nil {
		return ""
	}
	return fmt.Sprintf(" on the way to level %d", m.Progress.Level)
}

// doubts are what a reader must know of how far the score can be trusted.
func (t terminal) doubts(m *maturityView) {
	var claims []evidenceView
	for _, root := range m.Roots {
		claims = append(claims, root.Claims...)
	}
	t.list("Claims that nothing backs", claims)
	t.list("What the team says itself", m.Overrides)
	t.list("Not read, and what it may hide is not counted", m.Unread)
	if len(m.Forge) > 0 {
		t.title("The forge could not tell")
		for _, missing := range m.Forge {
			t.paragraph("  "+t.mark(unsure)+" ", t.words(missing))
		}
	}
}

// list writes places; of many only the first, unless all are asked for.
func (t terminal) list(title string, places []evidenceView) {
	const most = 10
	if len(places) == 0 {
		return
	}
	t.title(title)
	for i, e := range places {
		if i == most && !t.verbose {
			t.paragraph("  ", fmt.Sprintf("and %d more; -v shows all", len(places)-most))
			return
		}
		t.paragraph("  "+t.mark(unsure)+" ", termText(e.where()))
	}
}

// criteria writes every criterion with its evidence.
func (t terminal) criteria(root rootView, several bool) {
	for _, group := range root.Groups {
		title := "Level " + strconv.Itoa(group.Level) + ", " + group.Name + ": " + group.Met()
		if several {
			title = termText(root.Path) + ": " + title
		}
		t.title(title)
		for _, c := range group.Criteria {
			t.criterion(c)
		}
	}
}

func (t terminal) criterion(c criterionView) {
	verdict := c.Verdict
	if c.Strength != "" && c.Strength != string(result.StrengthNone) {
		verdict += ", " + c.Strength
	}
	if c.Core {
		verdict += " (core)"
	}
	t.paragraph("  "+t.mark(c.Tone)+" ", termText(c.ID)+": "+verdict)
	t.paragraph("      ", t.words(c.Reason))
	for _, e := range c.Evidence {
		t.paragraph("      ", termText(e.where()))
	}
	if c.More > 0 {
		t.paragraph("      ", fmt.Sprintf("and %d more", c.More))
	}
	if len(c.Remedy) > 0 {
		t.paragraph("      → ", t.remedyText(c)+withEffort(c.Effort))
	}
}

// remedyText says what to do, or what is asked where nothing says it.
func (t terminal) remedyText(c criterionView) string {
	if len(c.Remedy) == 0 {
		return termText(c.Question)
	}
	return t.words(c.Remedy)
}

func withEffort(effort string) string {
	if effort == "" {
		return ""
	}
	return " (" + termText(effort) + ")"
}
