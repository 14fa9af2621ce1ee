package report

import (
	"bufio"
	"slices"
	"strings"
	"unicode/utf8"
)

// markdownLimit is how many characters GitHub takes in a comment; GitLab takes more.
const markdownLimit = 65_536

// limit is how long a text may be, and how that is counted.
type limit struct {
	most int
	size func(string) int
}

// amounts bound what is shown: rows of tables, findings and problems, and lines of
// logs and asides, all of which are not folded; and rows that are.
type amounts struct{ rows, findings, lines, folded int }

// part is a piece of a comment. What is folded has a name, and may be left out.
type part struct{ name, text string }

// spare are the parts that may be left out, the least needed first.
var spare = [...]string{"maturity", "pipeline", "history", "other slices", "other metrics", "notes", "receipt"}

// leftOut is the name of the part that says what was left out.
const leftOut = "left out"

// within writes the pieces in the first of the rooms in which they fit, and where
// they fit in none, without those that may be left out, or the headline alone.
func (m markdown) within(l limit, rooms []amounts, pieces func(markdown) []part) string {
	for _, m.room = range rooms {
		if parts := pieces(m); l.holds(parts) {
			return text(parts)
		}
	}
	for _, m.room = range rooms {
		if body, fits := l.fitted(pieces(m), m.notes.where()); fits {
			return body
		}
	}
	return text(m.shortest())
}

// fitted leaves out parts where all of them would be too long, the least needed
// first, and says which, and where they are. It reports whether that was enough.
func (l limit) fitted(parts []part, where string) (string, bool) {
	var left []string
	for _, name := range spare {
		if l.holds(parts) {
			break
		}
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name && p.text != "" })
		if at < 0 {
			continue
		}
		parts[at].text = ""
		left = append(left, name)
		note := slices.IndexFunc(parts, func(p part) bool { return p.name == leftOut })
		parts[note].text = "\nLeft out, since there is no more room: " + strings.Join(left, ", ") + ". All of it is in " + where + ".\n"
	}
	return text(parts), l.holds(parts)
}

func (l limit) holds(parts []part) bool { return l.size(text(parts)) <= l.most }

func text(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// part writes a piece.
func (m markdown) part(name string, steps ...func(markdown)) part {
	var b strings.Builder
	m.Writer = bufio.NewWriter(&b)
	for _, step := range steps {
		step(m)
	}
	_ = m.Flush() // a builder takes everything
	return part{name, b.String()}
}

// page are the pieces of a report that stands alone, in their order.
func (m markdown) page() []part {
	return []part{
		m.part("", markdown.marker, markdown.headline, markdown.asides, markdown.judged, markdown.tables, markdown.said),
		m.part("other slices", markdown.others),
		m.part("notes", markdown.findingNotes),
		m.part("receipt", markdown.receipt),
		m.part("", markdown.problems, markdown.promotion),
		m.part("pipeline", markdown.run),
		m.part("maturity", markdown.maturity),
		{name: leftOut},
		m.part("", markdown.last),
	}
}

// shortest is the headline alone, whose texts are all clipped.
func (m markdown) shortest() []part {
	const most = 3
	m.room = amounts{lines: most}
	return []part{m.part("", markdown.marker, markdown.headline), {text: "\nThere is no more room: all of it is in " + m.notes.where() + ".\n"}}
}

// runes counts the characters of a text.
func runes(s string) int { return utf8.RuneCountInString(s) }
