package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// minLine is the length from which a line of a value is masked on its own: a
// key file has lines such as "{", which are no secret.
const minLine = 8

// forms lists the texts that give a value away: the value and its lines, each
// as it is and as programs write it.
func forms(value string) []string {
	if len(value) < MinLength {
		return nil
	}
	out := encodings(value)
	trimmed := strings.TrimSpace(value)
	if trimmed != value && len(trimmed) >= MinLength {
		out = append(out, encodings(trimmed)...)
	}
	parts := strings.Split(value, "\n")
	if len(parts) > 1 {
		parts = append(parts, texts(value)...)
		for _, part := range parts {
			if part = strings.TrimSpace(part); len(part) >= minLine {
				out = append(out, encodings(part)...)
			}
		}
	}
	return long(out)
}

// texts are the lines of the texts in a value that is JSON: a cloud's key file
// holds a private key, which programs read out of it.
func texts(value string) []string {
	var fields map[string]any
	if json.Unmarshal([]byte(value), &fields) != nil {
		return nil
	}
	var out []string
	for _, field := range fields {
		if text, ok := field.(string); ok && strings.Contains(text, "\n") {
			out = append(out, text)
			out = append(out, strings.Split(text, "\n")...)
		}
	}
	return out
}

func long(all []string) []string {
	var out []string
	for _, form := range all {
		if len(form) >= MinLength {
			out = append(out, form)
		}
	}
	return out
}

func encodings(value string) []string {
	out := []string{value}
	out = append(out, base64Forms(value)...)
	lower := hex.EncodeToString([]byte(value))
	out = append(out, lower, strings.ToUpper(lower))
	out = append(out, percentForms(value)...)
	out = append(out, escapedForms(value)...)
	out = append(out, quotedForms(value)...)
	slices.Sort(out) // most of them are the value itself
	return slices.Compact(out)
}

// base64Forms are what a value looks like inside of something larger that was
// encoded, at each of the three places that it can begin at. The characters
// that its neighbours have a part in are left out.
func base64Forms(value string) []string {
	var out []string
	for before := range 3 {
		data := append(make([]byte, before), value...)
		first, last := (8*before+5)/6, 8*len(data)/6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			out = append(out, encoding.EncodeToString(data)[first:last])
		}
	}
	// Programs break the lines of what they encode: base64 at 76, openssl at 64 characters.
	for _, width := range []int{64, 76} {
		rest := base64.RawStdEncoding.EncodeToString([]byte(value))
		if len(rest) <= width {
			continue
		}
		rest = rest[:8*len(value)/6]
		for len(rest) > width {
			out, rest = append(out, rest[:width]), rest[width:]
		}
		if len(rest) >= minLine {
			out = append(out, rest)
		}
	}
	return out
}

// percentForms are those of URLs; which characters are kept is up to the program.
func percentForms(value string) []string {
	var out []string
	for _, keep := range []string{"-_.~", "-_.", "-_.~/", "-_.!~*'()", "-_.!~*'();/?:@&=+$,#", "$&+-=:@_.~"} {
		for _, format := range []string{"%%%02X", "%%%02x"} {
			for _, space := range []string{"%20", "+"} {
				out = append(out, percent(value, keep, format, space))
			}
		}
	}
	return out
}

func percent(value, keep, format, space string) string {
	var out strings.Builder
	for _, b := range []byte(value) {
		switch {
		case b == ' ':
			out.WriteString(space)
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte(keep, b) >= 0:
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, format, b)
		}
	}
	return out.String()
}

// escapedForms are those of texts in JSON, of most programming languages, and of HTML.
func escapedForms(value string) []string {
	return []string{
		escape(value, `"\`, false, false), escape(value, `"\`, true, false), escape(value, `"\/`, false, false),
		escape(value, `"\`, false, true), escape(value, `'\`, false, false), escape(value, `\`, false, false),
		html.EscapeString(value), strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "&#10;", `"`, "&quot;").Replace(value),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(value),
	}
}

// escape puts a backslash before the marks and writes control characters by
// name; ascii does so with all that is not ASCII, inHTML also with <, > and &.
func escape(value, marks string, ascii, inHTML bool) string {
	var out strings.Builder
	named := map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	for i, r := range value {
		switch name := named[r]; {
		case r == utf8.RuneError && !strings.HasPrefix(value[i:], "\uFFFD"):
			out.WriteByte(value[i]) // a byte of what is no text
		case name != "":
			out.WriteString(name)
		case strings.ContainsRune(marks, r):
			out.WriteString(`\` + string(r))
		case r < ' ', inHTML && strings.ContainsRune("<>&", r), ascii && r >= utf8.RuneSelf && r <= 0xffff:
			fmt.Fprintf(&out, `\u%04x`, r)
		case ascii && r >= utf8.RuneSelf:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// quotedForms are those of shells, without the quotes around them: a shell that
// traces its commands prints them.
func quotedForms(value string) []string {
	return []string{
		strings.ReplaceAll(value, `'`, `'\''`),
		strings.ReplaceAll(value, `'`, `'"'"'`),
		backslashed(value, "\"$`\\"),
		backslashed(value, "\"$`\\!"),
		backslashed(value, " \t!\"#$&'()*,;<=>?[\\]^`{|}~"),
	}
}

func backslashed(value, marks string) string {
	var out strings.Builder
	for _, b := range []byte(value) {
		if strings.IndexByte(marks, b) >= 0 {
			out.WriteByte('\\')
		}
		out.WriteByte(b)
	}
	return out.String()
}
