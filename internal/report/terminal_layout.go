package report

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// minColumn is the narrowest that text is wrapped to.
const minColumn = 20

// widths measures text as terminals do that are set to a European language: an
// ambiguous character has one column, wherever this runs.
func widths() *runewidth.Condition {
	return &runewidth.Condition{StrictEmojiNeutral: true}
}

// displayWidth is the number of columns of a text, colours left out.
func displayWidth(s string) int {
	return widths().StringWidth(stripEscapes(s))
}

// clipWidth shortens a text to a number of columns.
func clipWidth(s string, columns int) string { return widths().Truncate(s, columns, "…") }

func padRight(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-displayWidth(s), 0))
}

// wrap breaks a text between words into lines of at most so many columns; a
// word that is longer is broken where the line ends.
func wrap(text string, columns int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		for displayWidth(word) > columns {
			if line != "" {
				lines, line, used = append(lines, line), "", 0
			}
			part := widths().Truncate(word, columns, "")
			lines, word = append(lines, part), termText(word[len(part):])
		}
		if word == "" {
			continue
		}
		size := displayWidth(word)
		if line != "" && used+1+size > columns {
			lines, line, used = append(lines, line), "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+size
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// grid is a table with aligned columns.
type grid struct {
	indent int
	header []string
	rows   [][]string
	tones  []tone
}

func (g *grid) add(tone tone, cells ...string) {
	g.rows, g.tones = append(g.rows, cells), append(g.tones, tone)
}

// drop leaves out a column.
func (g *grid) drop(column int) {
	g.header = append(g.header[:column:column], g.header[column+1:]...)
	for i, row := range g.rows {
		g.rows[i] = append(row[:column:column], row[column+1:]...)
	}
}

func (g *grid) columns() []int {
	var columns []int
	for _, row := range append([][]string{g.header}, g.rows...) {
		for i, cell := range row {
			if i == len(columns) {
				columns = append(columns, 0)
			}
			columns[i] = max(columns[i], displayWidth(cell))
		}
	}
	return columns
}

// gap is what stands between two columns; a mark stands nearer to its text.
func gap(column, width int) string {
	if column == 0 && width == 1 {
		return " "
	}
	return "  "
}

// fits reports whether the last column can be wrapped into what the others leave.
func (g *grid) fits(width int) bool {
	columns := g.columns()
	used := g.indent
	for i, w := range columns[:len(columns)-1] {
		used += w + len(gap(i, w))
	}
	return used+min(columns[len(columns)-1], minColumn) <= width
}

// stack writes a table that is too wide: each row as a list of its cells.
func (t terminal) stack(g grid) {
	for i, row := range g.rows {
		prefix := strings.Repeat(" ", g.indent)
		if row[0] == g.tones[i].Mark() {
			prefix, row = prefix+t.mark(g.tones[i])+" ", row[1:]
		}
		cells := slices.DeleteFunc(slices.Clone(row), func(cell string) bool { return cell == "" })
		t.paragraph(prefix, strings.Join(cells, ", "))
	}
}

// grid writes a table; the last column is wrapped.
func (t terminal) grid(g grid) {
	columns := g.columns()
	switch {
	case len(columns) == 0:
		return
	case !g.fits(t.width):
		t.stack(g)
		return
	}
	start := g.indent
	for i, w := range columns[:len(columns)-1] {
		start += w + len(gap(i, w))
	}
	write := func(cells []string, paint func(column int, text string) string) {
		last := len(cells) - 1
		head := strings.Repeat(" ", g.indent)
		for i, cell := range cells[:last] {
			head += paint(i, cell) + strings.Repeat(" ", columns[i]-displayWidth(cell)) + gap(i, columns[i])
		}
		lines := wrap(cells[last], max(t.width-start, minColumn))
		if len(lines) == 0 {
			lines = []string{""}
		}
		for i, line := range lines {
			if i > 0 {
				head = strings.Repeat(" ", start)
			}
			t.println(head + paint(last, line))
		}
	}
	if len(g.header) > 0 {
		write(g.header, func(_ int, text string) string { return t.paint(ansiDim, text) })
	}
	for i, row := range g.rows {
		write(row, func(column int, text string) string {
			if text == g.tones[i].Mark() && column == 0 {
				return t.mark(g.tones[i])
			}
			return text
		})
	}
}
