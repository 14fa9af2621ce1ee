package report

import (
	"regexp"
	"strings"
)

// style says how a span of text stands out.
type style int

const (
	plain   style = iota
	code          // a name that came from outside, or something to type
	strong        // the part of a sentence that must not be missed
	mention       // whom a host is to call; see handle
)

// span is a piece of a sentence.
type span struct {
	Text  string
	Style style
}

// IsCode and IsStrong are for the HTML template.
func (s span) IsCode() bool   { return s.Style == code }
func (s span) IsStrong() bool { return s.Style == strong }

// phrase is a sentence, or a part of one. Its texts are clean but not escaped.
type phrase []span

// The limits, in runes, to which texts from outside are clipped.
const (
	nameLimit    = 80
	messageLimit = 600
	lineLimit    = 300
)

// own is text of this package.
func own(s string) span { return span{Text: s} }

// name is a name from outside: of a stage, a metric, a slice, a code.
func name(s string) span { return span{Text: clip(clean(s), nameLimit), Style: code} }

// said is a sentence from outside.
func said(s string) span { return span{Text: clip(clean(s), messageLimit)} }

// command is something to type.
func command(s string) span { return span{Text: clip(clean(s), messageLimit), Style: code} }

// String returns the phrase without its styles.
func (p phrase) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}

// moved finds a change in a sentence: "0.941 → 0.893".
var moved = regexp.MustCompile(`[−+]?\d[\d.]* → [−+]?\d[\d.]*`)

// numbered is a sentence from outside in which changes stand out.
func numbered(s string) phrase {
	text := said(s).Text
	var out phrase
	for {
		at := moved.FindStringIndex(text)
		if at == nil {
			break
		}
		if at[0] > 0 {
			out = append(out, own(text[:at[0]]))
		}
		out = append(out, span{Text: text[at[0]:at[1]], Style: strong})
		text = text[at[1]:]
	}
	if text != "" {
		out = append(out, own(text))
	}
	return out
}

// joined puts a separator between phrases.
func joined(separator string, parts []phrase) phrase {
	var out phrase
	for i, part := range parts {
		if i > 0 {
			out = append(out, own(separator))
		}
		out = append(out, part...)
	}
	return out
}

// listed writes at most three phrases, and how many more there are.
func listed(parts []phrase) phrase {
	const most = 3
	if len(parts) <= most {
		return joined("; ", parts)
	}
	return append(joined("; ", parts[:most]), own("; and "+plural(len(parts)-most, "more", "more")))
}
