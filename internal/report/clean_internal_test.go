package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// escapes says what stripEscapes takes out, in the way that is easy to check.
var escapes = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]" +
	"|(?:\x1b[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\x07\x1b\u009c]*(?:\x07|\x1b\\\\|\u009c)?" +
	"|\x1b[ -/]*[0-~]")

func FuzzStripEscapes(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "\x1b[31mred\x1b[0m", "\x1b", "\x1b[", "\x1b[12;", "a\x1b]0;title\x07b", "\x1b]8;;x\x1b\\link\x1b]8;;\x1b\\",
		"\x1b]never ends", "\u009b31mred", "\u009b", "\u009dtitle\u009cb", "\x1b(B", "\x1b#8", "\x1bP1$r\x1b[m", "\x1b\x1b[m", "\u00c2\u0098",
		"\x1b[ q", "\x1b[?25l", "\x1b_a\u009cb", "\x1b\x000", "\x1b é", "é\x1b[é",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, string(utf8.RuneError)) // as clean does
		if got, want := stripEscapes(s), escapes.ReplaceAllString(s, ""); got != want {
			t.Errorf("of %q remains %q, want %q", s, got, want)
		}
	})
}

func FuzzPlainShortcut(f *testing.F) {
	for _, seed := range []string{"", "epoch 1", " x", "x ", "::error::x", "a ::b", "##[error]", "a:::b", "\t", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := Plain(s), termText(cleanLine(s)); got != want {
			t.Errorf("Plain(%q) is %q, want %q", s, got, want)
		}
	})
}

func BenchmarkPlain(b *testing.B) {
	for name, line := range map[string]string{
		"16KiB":    strings.Repeat("x", 16<<10),
		"short":    "epoch 12: loss 0.1234",
		"coloured": "\x1b[32mINFO\x1b[0m 2026-01-02 epoch 12 ━━━━━━━━ loss=0.1234",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				Plain(line)
			}
		})
	}
}
