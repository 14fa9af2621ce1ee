package report

import (
	"strings"
)

// Plain makes text from outside safe for a terminal and for the log of a CI
// job: one line, without control sequences, without marks that turn or hide
// text, and without what a job's runner takes for a command.
func Plain(s string) string {
	if harmless(s) {
		return s
	}
	return termText(cleanLine(s))
}

// harmless reports whether there is nothing to clean, as for nearly all lines
// of a log, of which there may be millions.
func harmless(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' ' && !strings.Contains(s, "::") && !strings.Contains(s, "##[")
}

// termText escapes clean text for a terminal that may be a job's log: a runner
// takes "::set-output …" at the beginning of a line, and "##[…]" anywhere, for
// a command. Lines are wrapped later, so any word may come to begin one.
func termText(s string) string {
	const apart = "\u200b" // has no width
	s = strings.ReplaceAll(s, "##[", "##"+apart+"[")
	s = strings.ReplaceAll(s, " ::", " :"+apart+":")
	if rest, found := strings.CutPrefix(s, "::"); found {
		s = ":" + apart + ":" + rest
	}
	return s
}
