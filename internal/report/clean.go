package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stripEscapes takes out the control sequences of terminals: CSI, strings such
// as OSC, and the short ones; also with the eight-bit introducers. A regular
// expression would say it shorter and take a hundred times as long, which a
// gigabyte of coloured log does not forgive.
func stripEscapes(s string) string {
	at := introducer(s)
	if at < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for at >= 0 {
		out.WriteString(s[:at])
		s = s[at:]
		length := sequence(s)
		if length == 0 { // it introduces nothing
			_, length = utf8.DecodeRuneInString(s)
			out.WriteString(s[:length])
		}
		s = s[length:]
		at = introducer(s)
	}
	out.WriteString(s)
	return out.String()
}

const (
	escape      = "\x1b"
	terminator  = "\u009c"
	introducers = "\x90\x98\x9b\x9d\x9e\x9f" // the second bytes in UTF-8; the first is 0xc2
)

// introducer finds where the next control sequence may begin.
func introducer(s string) int {
	for i := range len(s) {
		if s[i] == escape[0] || s[i] == 0xc2 && i+1 < len(s) && strings.IndexByte(introducers, s[i+1]) >= 0 {
			return i
		}
	}
	return -1
}

// sequence is the length of the control sequence that s begins with, 0 if it is none.
func sequence(s string) int {
	kind, start := s[1:min(2, len(s))], 2
	if s[0] != escape[0] { // the eight-bit form of escape and a letter
		kind = string(s[1] - 0x40)
	}
	switch kind {
	case "[":
		if end := ending(s, start, '0', '?', '@'); end > 0 {
			return end
		}
	case "]", "P", "X", "^", "_":
		return stringEnd(s, start)
	}
	if s[0] != escape[0] {
		return 0
	}
	return ending(s, 1, 1, 0, '0') // without parameters
}

// ending skips parameters and intermediate characters, and returns where the
// sequence ends that a character from final to "~" closes, 0 if none does.
func ending(s string, at int, low, high, final byte) int {
	for at < len(s) && s[at] >= low && s[at] <= high {
		at++
	}
	for at < len(s) && s[at] >= ' ' && s[at] <= '/' {
		at++
	}
	if at < len(s) && s[at] >= final && s[at] <= '~' {
		return at + 1
	}
	return 0
}

// stringEnd is where a control string ends: at its terminator, or before the next sequence.
func stringEnd(s string, at int) int {
	end := strings.IndexAny(s[at:], "\a"+escape+terminator)
	if end < 0 {
		return len(s)
	}
	end += at
	switch {
	case s[end] == '\a':
		return end + 1
	case strings.HasPrefix(s[end:], terminator), strings.HasPrefix(s[end:], escape+"\\"):
		return end + 2
	default:
		return end
	}
}

// clean makes one line of a text from outside, in which nothing acts: no
// control sequences, no marks that turn the direction of what follows or hide
// in it. What is taken out silently could make two names look the same, so
// invisible marks become a visible replacement character.
func clean(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = stripEscapes(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r > ' ' && r <= '~': // most are
			return r
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
