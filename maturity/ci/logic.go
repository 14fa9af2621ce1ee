package ci

import (
	"slices"
	"strings"
)

// truth is what a condition is under one trigger.
type truth int

// The truths: a condition that only a run can decide is maybe.
const (
	maybe truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return maybe
}

// maxCondition bounds the conditions that are read, and maxNesting how deep
// their brackets go.
const (
	maxCondition = 4000
	maxNesting   = 20
)

// narrowBy returns the triggers under which a condition may hold. The atom says
// what one comparison of the host's language is under a trigger.
func narrowBy(triggers []Trigger, cond string, atom func(text string, t Trigger) truth) []Trigger {
	if strings.TrimSpace(cond) == "" || len(cond) > maxCondition {
		return triggers
	}
	var out []Trigger
	for _, t := range triggers {
		if evaluate(cond, maxNesting, func(text string) truth { return atom(text, t) }) != no {
			out = append(out, t)
		}
	}
	return out
}

// evaluate reads a condition of ||, &&, ! and brackets; "or", "and" and "not"
// mean the same.
func evaluate(cond string, depth int, atom func(string) truth) truth {
	cond = strings.TrimSpace(cond)
	if depth == 0 {
		return maybe
	}
	if parts := splitTop(cond, "||", " or ", " OR "); len(parts) > 1 {
		return fold(parts, yes, no, depth, atom)
	}
	if parts := splitTop(cond, "&&", " and ", " AND "); len(parts) > 1 {
		return fold(parts, no, yes, depth, atom)
	}
	if inner, ok := negated(cond); ok {
		return evaluate(inner, depth-1, atom).not()
	}
	if strings.HasPrefix(cond, "(") && closing(cond) == len(cond)-1 {
		return evaluate(cond[1:len(cond)-1], depth-1, atom)
	}
	switch cond {
	case "true":
		return yes
	case "false":
		return no
	}
	return atom(cond)
}

func negated(cond string) (string, bool) {
	if rest, ok := strings.CutPrefix(cond, "!"); ok && !strings.HasPrefix(rest, "=") {
		return rest, true
	}
	return strings.CutPrefix(cond, "not ")
}

// fold joins the parts of an "or" or "and": stop decides at once, neutral is
// what all of them must be for the opposite.
func fold(parts []string, stop, neutral truth, depth int, atom func(string) truth) truth {
	out := neutral
	for _, part := range parts {
		switch evaluate(part, depth-1, atom) {
		case stop:
			return stop
		case maybe:
			out = maybe
		}
	}
	return out
}

// splitTop splits at an operator that stands outside brackets and quotes.
func splitTop(text string, operators ...string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '"':
			i = quoteEnd(text, i)
			continue
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth != 0 {
			continue
		}
		for _, op := range operators {
			if strings.HasPrefix(text[i:], op) {
				parts = append(parts, text[start:i])
				i += len(op) - 1
				start = i + 1
				break
			}
		}
	}
	return append(parts, text[start:])
}

// quoteEnd returns where the quoted text that begins at i ends.
func quoteEnd(text string, i int) int {
	if end := strings.IndexByte(text[i+1:], text[i]); end >= 0 {
		return i + 1 + end
	}
	return len(text)
}

// closing returns where the bracket that begins the text is closed.
func closing(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\'', '"':
			i = quoteEnd(text, i)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// comparison splits "a == b" and "a != b"; quotes are taken off b, or off a
// where the literal stands first.
func comparison(text string, operators ...string) (left, op, right string, ok bool) {
	for _, op := range operators {
		parts := splitTop(text, op)
		if len(parts) != 2 {
			continue
		}
		left, right = strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		if isQuoted(left) && !isQuoted(right) {
			left, right = right, left
		}
		return left, strings.TrimSpace(op), strings.Trim(right, `'"`), true
	}
	return "", "", "", false
}

func isQuoted(s string) bool {
	return len(s) > 1 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0]
}

// compared is the truth of an equality of which the left side is one of names.
func compared(op, right string, names ...string) truth {
	if len(names) == 0 {
		return maybe
	}
	same := truthOf(slices.Contains(names, right))
	if same == yes && len(names) > 1 {
		same = maybe
	}
	if op == "!=" || op == "ne" {
		return same.not()
	}
	return same
}
