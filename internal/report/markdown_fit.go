package report

import (
	"bufio"
	"slices"
	"strings"
	"unicode/utf8"
)

// markdownLimit is how many characters GitHub takes in a comment; GitLab takes more.
const markdownLimit = 65_536

// amounts bound what is not folded: rows of tables, findings and problems, and
// lines of logs and asides.
type amounts struct{ rows, findings, lines int }

// part is a piece of a comment. What is folded has a name, and may be left out.
type part struct{ name, text string }

// fitted writes a comment. Where it would be too long, the folded parts are left
// out, the least needed first, and it says which. It reports whether that was enough.
func fitted(v *view, room amounts) (string, bool) {
	parts := v.parts(room)
	var left []string
	for _, name := range []string{"maturity", "pipeline", "other slices", "notes", "receipt"} {
		if fits(parts) {
			break
		}
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name && p.text != "" })
		if at < 0 {
			continue
		}
		parts[at].text = ""
		left = append(left, name)
		const last = 1 // the line about all that stands behind it
		note := "\nLeft out, since a comment holds no more: " + strings.Join(left, ", ") + ". All of it is in report.html.\n"
		parts[len(parts)-1-last].text = note
	}
	return text(parts), fits(parts)
}

// shortest is the headline alone, whose texts are all clipped.
func (v *view) shortest() string {
	var b strings.Builder
	m := markdown{Writer: bufio.NewWriter(&b), v: v}
	m.headline()
	m.line("\nA comment holds no more: all of it is in report.html.")
	_ = m.Flush() // a builder takes everything
	return b.String()
}

func fits(parts []part) bool { return utf8.RuneCountInString(text(parts)) <= markdownLimit }

func text(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// parts are all pieces of a comment, in their order.
func (v *view) parts(room amounts) []part {
	write := func(name string, steps ...func(markdown)) part {
		var b strings.Builder
		m := markdown{Writer: bufio.NewWriter(&b), v: v, room: room}
		for _, step := range steps {
			step(m)
		}
		_ = m.Flush() // a builder takes everything
		return part{name, b.String()}
	}
	return []part{
		write("", markdown.headline, markdown.asides, markdown.judged, markdown.tables, markdown.said),
		write("other slices", markdown.others),
		write("notes", markdown.notes),
		write("receipt", markdown.receipt),
		write("", markdown.problems, markdown.promotion),
		write("pipeline", markdown.run),
		write("maturity", markdown.maturity),
		write(""), // what was left out
		write("", markdown.last),
	}
}
