package metrics

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// FileError is a mistake in a file that muster reads, and what would be right.
type FileError struct {
	Path string
	// Line counts from 1; it is 0 if the mistake is of the whole file.
	Line int
	// Column is the name of the column or key, if the mistake is in one.
	Column string
	Msg    string
	Hint   string
}

// Error returns "path:line: message; hint" on one line.
func (e *FileError) Error() string {
	where := e.Path
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.Path, e.Line)
	}
	if e.Hint == "" {
		return where + ": " + e.Msg
	}
	return where + ": " + e.Msg + "; " + e.Hint
}

// quote shows a value from a file so that it can neither break the line nor
// fill the screen.
func quote(value string) string {
	const most = 40
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most]) + "…"
	}
	return fmt.Sprintf("%q", value)
}

// quoteList shows the first few values.
func quoteList(values []string, most int) string {
	shown := values
	if len(shown) > most {
		shown = shown[:most]
	}
	quoted := make([]string, len(shown))
	for i, v := range shown {
		quoted[i] = quote(v)
	}
	list := strings.Join(quoted, ", ")
	if left := len(values) - len(shown); left > 0 {
		list += fmt.Sprintf(" and %d more", left)
	}
	return list
}

// nearest returns the name that was probably meant, or "".
func nearest(want string, names []string) string {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '_' || r == '-' || r == ' ' {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	best, least := "", 3 // two typing errors at most
	for _, name := range names {
		if len(name) > 4*len(want)+8 {
			continue // a hostile header costs no time
		}
		distance := editDistance(fold(want), fold(name))
		if distance < least && distance < len(want) {
			best, least = name, distance
		}
	}
	return best
}

// editDistance counts the insertions, deletions and replacements between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
