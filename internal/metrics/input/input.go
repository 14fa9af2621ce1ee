// Package input has what the readers of untrusted files share: the error that
// names file and line, and values shown so that they can do no harm.
package input

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
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
	where := Shown(e.Path)
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Line)
	}
	if e.Hint == "" {
		return where + ": " + e.Msg
	}
	return where + ": " + e.Msg + "; " + e.Hint
}

// Shown is a path without what cannot be seen: stages choose the names of files.
func Shown(path string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, path)
}

// Quote shows a value from a file so that it can neither break the line nor
// fill the screen.
func Quote(value string) string {
	const most = 40
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most]) + "…"
	}
	return fmt.Sprintf("%q", value)
}

// QuoteList shows the first few values.
func QuoteList(values []string, most int) string {
	shown := values
	if len(shown) > most {
		shown = shown[:most]
	}
	quoted := make([]string, len(shown))
	for i, v := range shown {
		quoted[i] = Quote(v)
	}
	list := strings.Join(quoted, ", ")
	if left := len(values) - len(shown); left > 0 {
		list += fmt.Sprintf(" and %d more", left)
	}
	return list
}

// Nearest returns the name that was probably meant, or "".
func Nearest(want string, names []string) string {
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
		distance := levenshtein.ComputeDistance(fold(want), fold(name))
		if distance < least && distance < len(want) {
			best, least = name, distance
		}
	}
	return best
}
