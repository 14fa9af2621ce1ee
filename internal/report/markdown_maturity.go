package report

import (
	"strconv"
	"strings"
)

// maturity writes the score: folded away behind a decision, open when it is
// all there is.
func (m markdown) maturity() {
	switch v := m.v.Maturity; {
	case v == nil:
	case m.v.Decision == nil && m.v.Run == nil:
		m.line("")
		m.levels(v)
		m.criteria(v)
	default:
		m.openMaturity(v)
		m.levels(v)
		m.criteria(v)
		m.close()
	}
}

// maturityInShort is the score without its criteria, which belong to the repository
// and not to the change.
func (m markdown) maturityInShort() {
	v := m.v.Maturity
	if v == nil || (m.v.Decision == nil && m.v.Run == nil) {
		m.maturity()
		return
	}
	m.openMaturity(v)
	m.levels(v)
	m.close()
}

func (m markdown) openMaturity(v *maturityView) {
	title := capital(v.Verdict) + ", " + mdPhrase(v.Clause, false)
	if len(v.Change) > 0 {
		title += ": this change " + mdPhrase(v.Change, false)
	}
	m.open(title)
	if len(v.Summary) > 0 {
		m.line("%s\n", mdPhrase(v.Summary, true))
	}
}

// levels are the shapes, and what comes next.
func (m markdown) levels(v *maturityView) {
	if p := v.Progress; p != nil {
		m.line("To level %d, %s: `%s` %s\n", p.Level, p.Name, progressBar(p.Percent, p.Needed), p.Describe())
	}
	for _, root := range v.Roots {
		m.root(root, len(v.Roots) > 1)
	}
	if len(v.Next) > 0 {
		m.line("**Next:**")
		for _, c := range v.Next[:min(len(v.Next), cheapest)] {
			m.line("- %s%s%s", mdCode(c.ID), remedy(c), raised(c))
		}
		if left := len(v.Next) - cheapest; left > 0 {
			m.line("- and %d more%s", left, v.wayTo())
		}
	}
}

func raised(c criterionView) string {
	if c.Raises == "" {
		return ""
	}
	return ": " + mdText(c.Raises)
}

// criteria are all of them, and how far they can be trusted.
func (m markdown) criteria(v *maturityView) {
	if len(v.Next) > 0 {
		m.line("")
	}
	for _, root := range v.Roots {
		if len(v.Roots) > 1 {
			m.line("**%s**\n", mdText(root.Path))
		}
		for _, group := range root.Groups {
			m.group(group)
		}
		if len(root.Claims) > 0 {
			m.line("Claims that nothing backs: %s\n", mdPlaces(root.Claims, 0))
		}
	}
	if len(v.Overrides) > 0 {
		m.line("What the team says itself: %s\n", mdPlaces(v.Overrides, 0))
	}
	if len(v.Unread) > 0 {
		m.line("Not read, and what it may hide is not counted: %s\n", mdPlaces(v.Unread, 0))
	}
	for i, missing := range v.Forge {
		if i == 0 {
			m.line("The forge could not tell:\n")
		}
		m.line("- %s", mdPhrase(missing, true))
	}
}

// root writes the shape: which share of each level is met.
func (m markdown) root(root rootView, several bool) {
	if several {
		m.line("**%s**: level %s\n", mdText(root.Path), root.Level)
	}
	if len(root.Bars) > 0 {
		m.line("| level | | met |\n|---|---|---|")
		for _, bar := range root.Bars {
			m.line("| %d %s | %s | %d %% |", bar.Level, bar.Name, meter(bar.Percent), bar.Percent)
		}
		m.line("")
	}
	if len(root.Debts) > 0 {
		m.line("**Debts:** %s\n", mdPhrase(root.Debts, false))
	}
}

// meter draws a share in ten letters.
func meter(percent int) string {
	full := min(max((percent+5)/10, 0), 10)
	return strings.Repeat("█", full) + strings.Repeat("░", 10-full)
}

func (m markdown) group(group groupView) {
	m.line("**Level %d, %s** (%s)\n", group.Level, group.Name, group.Met())
	m.line("| criterion | verdict | evidence | why |\n|---|---|---|---|")
	for _, c := range group.Criteria {
		m.line("| %s | %s %s | %s | %s%s |", mdCode(c.ID), c.Tone.emoji(), c.Verdict, mdText(c.Strength)+evidenceCell(c),
			mdPhrase(c.Reason, false), remedy(c))
	}
	m.line("")
}

func evidenceCell(c criterionView) string {
	if len(c.Evidence) == 0 {
		return ""
	}
	return ": " + mdPlaces(c.Evidence, c.More)
}

func mdPlaces(places []evidenceView, more int) string {
	var parts []string
	for _, e := range places {
		text := mdCode(e.Place)
		if e.Link != "" {
			text = mdLink(e.Place, e.Link)
		}
		if e.Note != "" {
			text += " " + mdText(e.Note)
		}
		if e.When != "" {
			text += ", " + mdText(e.When)
		}
		parts = append(parts, text)
	}
	if more > 0 {
		parts = append(parts, "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(parts, ", ")
}

func remedy(c criterionView) string {
	if len(c.Remedy) == 0 {
		return ""
	}
	out := " → " + mdPhrase(c.Remedy, false)
	if c.Effort != "" {
		out += " (" + mdText(c.Effort) + ")"
	}
	return out
}
