package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapes are the control sequences of terminals: CSI, strings such as OSC, and
// the short ones; also with the eight-bit introducers.
var escapes = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]" +
	"|(?:\x1b[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\x07\x1b\u009c]*(?:\x07|\x1b\\\\|\u009c)?" +
	"|\x1b[ -/]*[0-~]")

// clean makes one line of a text from outside, in which nothing acts: no
// control sequences, no marks that turn the direction of what follows or hide
// in it. What is taken out silently could make two names look the same, so
// invisible marks become a visible replacement character.
func clean(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = escapes.ReplaceAllString(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case r == '\u200c', r == '\u200d': // joiners belong to scripts and emoji
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cleanLine cleans a line of a log, and keeps its indentation.
func cleanLine(s string) string {
	text := strings.TrimLeft(s, " \t")
	indent := strings.ReplaceAll(s[:len(s)-len(text)], "\t", "    ")
	const deepest = 24
	return indent[:min(len(indent), deepest)] + clean(text)
}

// clip shortens a text to a number of runes; what was longer ends in "…".
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:limit-1]), " ") + "…"
}

// short is the beginning of a digest, enough to know it by.
func short(digest string) string { return head(digest, 12) }

// commit7 is a commit as git abbreviates it.
func commit7(commit string) string { return head(commit, 7) }

func head(s string, runes int) string {
	r := []rune(clean(s))
	return string(r[:min(len(r), runes)])
}
