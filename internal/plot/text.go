package plot

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// nameLimit is the number of runes to which names from outside are clipped.
const nameLimit = 80

// The marks around a text that is written from right to left, so that it does
// not turn what follows it.
const (
	isolate    = '\u2068'
	isolateEnd = '\u2069'
)

// clean makes one line of a text from outside, in which nothing acts: as the
// reports do, control characters and invisible marks become visible ones, and
// white space becomes a blank. What is written from right to left is isolated.
func clean(s string) string {
	marks := 0
	s = strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c', r == '\u200d': // joiners belong to scripts and emoji
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs), r&0xfffe == 0xfffe:
			return unicode.ReplacementChar
		case unicode.Is(unicode.M, r):
			const most = 3 // a tower of accents would cover the lines above
			if marks++; marks > most {
				return -1
			}
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > nameLimit {
		s = strings.TrimRight(string([]rune(s)[:nameLimit-1]), " ") + "…"
	}
	if strings.ContainsFunc(s, rightToLeft) {
		return string(isolate) + s + string(isolateEnd)
	}
	return s
}

func rightToLeft(r rune) bool {
	properties, _ := bidi.LookupRune(r)
	return properties.Class() == bidi.R || properties.Class() == bidi.AL
}

// ruler measures text. It does not know in which font a reader will see it, so
// it takes the Go fonts, which gonum brings along, and adds what the widest of
// the usual ones (DejaVu Sans) needs more.
type ruler struct {
	regular, bold *sfnt.Font
	buffer        sfnt.Buffer
}

func newRuler() (*ruler, error) {
	regular, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	bold, err := sfnt.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	return &ruler{regular: regular, bold: bold}, nil
}

// width is about how wide a text is, and seldom less than that.
func (r *ruler) width(text string, size float64, bold bool) float64 {
	const cell = 0.62 // of a letter that the Go fonts lack
	f, widest := r.regular, 1.18
	if bold {
		f, widest = r.bold, 1.28
	}
	var sum fixed.Int26_6
	missing := 0
	for _, letter := range text {
		at, err := f.GlyphIndex(&r.buffer, letter)
		if err != nil || at == 0 {
			missing += runewidth.RuneWidth(letter)
			continue
		}
		const em = 1000
		if advance, err := f.GlyphAdvance(&r.buffer, at, fixed.I(em), font.HintingNone); err == nil {
			sum += advance / em
		}
	}
	return size * (float64(float64(sum)/64*widest) + float64(float64(missing)*cell))
}

// fit clips a text to a width, and keeps its isolates closed.
func (r *ruler) fit(text string, size float64, bold bool, most float64) string {
	if r.width(text, size, bold) <= most {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		head := strings.TrimRight(string(runes[:n]), " ")
		open := strings.Count(head, string(isolate)) - strings.Count(head, string(isolateEnd))
		head += strings.Repeat(string(isolateEnd), open) + "…"
		if r.width(head, size, bold) <= most {
			return head
		}
	}
	return "…"
}

// wrap breaks a text into lines at blanks.
func (r *ruler) wrap(text string, size float64, bold bool, most float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && r.width(longer, size, bold) > most {
			lines, longer = append(lines, line), word
		}
		line = r.fit(longer, size, bold, most)
	}
	return append(lines, line)
}
