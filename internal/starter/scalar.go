package starter

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// plainText is what may stand in a flow list without quotes, if YAML reads it
// as the same text.
var plainText = pattern(`^[A-Za-z0-9_./$*<(-][A-Za-z0-9_./$@%+=~;()<>*|&^"'\\: -]*$`)

// scalar writes a text so that YAML reads the same text, in a flow list too.
func scalar(text string) string {
	if plainText().MatchString(text) && !strings.HasSuffix(text, " ") && readsAs("["+text+"]", text) {
		return text
	}
	if !strings.Contains(text, "'") && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) && strings.Contains(text, `"`) {
		return "'" + text + "'"
	}
	return strconv.Quote(text) // each of Go's escapes is one of YAML's
}

// literal writes a scalar that need not be text: true, 3 and 0.5 stay what they are.
func literal(v *value) string {
	if v.isScalar() && v.tag != "!!str" && plainText().MatchString(v.text) {
		var list []any
		if err := yaml.Unmarshal([]byte("["+v.text+"]"), &list); err == nil && len(list) == 1 {
			if _, isText := list[0].(string); !isText {
				return v.text
			}
		}
	}
	return scalar(v.text)
}

func readsAs(list, text string) bool {
	var out []any
	err := yaml.Unmarshal([]byte(list), &out)
	return err == nil && len(out) == 1 && out[0] == text
}

// flow writes a list in brackets.
func flow(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = scalar(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// printable makes a text fit for one line of a comment or a message.
func printable(text string) string {
	var b strings.Builder
	space := false
	for _, r := range text {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if runes := []rune(b.String()); len(runes) > 400 {
		return string(runes[:400]) + "…"
	}
	return b.String()
}

// blockable reports whether a text of several lines can be written as a block (|).
func blockable(text string) bool {
	lines := strings.Split(text, "\n")
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) &&
		!strings.HasPrefix(lines[0], " ") && !strings.HasPrefix(lines[0], "\t") && strings.TrimSpace(lines[0]) != "" &&
		!slices.ContainsFunc(lines, func(line string) bool { return line != "" && strings.TrimSpace(line) == "" })
}
