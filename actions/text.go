package actions

import (
	"strings"
	"unicode/utf8"
)

// IsMarked reports whether a text is the marker's: its first line is just that. Adapters
// and publisher ask by this alone, for where they differed a second comment would be made.
func IsMarked(text, marker string) bool {
	first, _, _ := strings.Cut(text, "\n")
	return marker != "" && strings.TrimRight(first, " \r") == marker
}

// SameText compares texts as hosts keep them, which may change the ends of lines.
func SameText(a, b string) bool {
	plain := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// Shorten cuts a text to so many characters, with a sign that more was said.
func Shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
