package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
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
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' ' && !strings.Contains(s, "::") && !strings.Contains(s, "##")
}

// runnerCommand is what an agent takes for a command anywhere in a line: "##[error]"
// (GitHub, Azure), "##vso[task.setvariable …]" (Azure), "##teamcity[…]".
var runnerCommand = regexp.MustCompile(`##([A-Za-z]*\[)`)

// termText escapes clean text for a terminal that may be a job's log: a runner
// takes "::set-output …" at the beginning of a line, and "##[…]" anywhere, for
// a command. Lines are wrapped later, so any word may come to begin one.
func termText(s string) string {
	const apart = "\u200b" // has no width
	if strings.Contains(s, "##") {
		s = runnerCommand.ReplaceAllString(s, "##"+apart+"$1")
	}
	s = strings.ReplaceAll(s, " ::", " :"+apart+":")
	if rest, found := strings.CutPrefix(s, "::"); found {
		s = ":" + apart + ":" + rest
	}
	return s
}

// PlainJSON escapes in JSON what would act on a terminal, or in the log of a CI job,
// that it is printed to: control characters that JSON allows as they are, marks that
// turn or hide text, and what a runner takes for a command. It means the same.
func PlainJSON(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("##"), []byte(`#\u0023`))
	if bytes.IndexFunc(data, acts) < 0 {
		return data
	}
	var b bytes.Buffer
	for _, r := range string(data) {
		if !acts(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "\\u%04x", unit)
		}
	}
	return b.Bytes()
}

// acts reports whether a character beyond ASCII does something where it is printed.
func acts(r rune) bool {
	return r >= 0x7f && r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// plainPage escapes in HTML or SVG what a runner takes for a command. Neither has two
// of these marks side by side of its own.
func plainPage(page []byte) []byte { return bytes.ReplaceAll(page, []byte("##"), []byte("#&#35;")) }
