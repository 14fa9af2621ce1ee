package report

import (
	"strconv"
	"strings"
)

// maturity writes the score: folded away behind a decision, open when it is
// all there is.
func (m markdown) maturity() {
	v := m.v.Maturity
	if v == nil {
		return
	}
	alone := m.v.Decision == nil && m.v.Run == nil
	if alone {
		m.line("")
	} else {
		m.open(capital(v.Verdict) + ", " + mdPhrase(v.Clause, false))
		if len(v.Summary) > 0 {
			m.line("%s\n", mdPhrase(v.Summary, true))
		}
	}
	for _, root := range v.Roots {
		m.root(root, len(v.Roots) > 1)
	}
	if len(v.Next) > 0 {
		m.line("**Next:**")
		for _, c := range v.Next {
			m.line("- %s%s", mdCode(c.ID), remedy(c))
		}
		m.line("")
	}
	for _, root := range v.Roots {
		for _, group := range root.Groups {
			m.group(group)
		}
	}
	if len(v.Unread) > 0 {
		m.line("Not read: %s\n", mdPlaces(v.Unread, 0))
	}
	if !alone {
		m.close()
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
