package python

import (
	"slices"
	"strings"
)

// effect notes that a block does more than say something.
func (r *reader) effect(b *block, tokens []token) {
	if (!b.effects || b.kind == "try") && !says(tokens) {
		b.effects, b.last = true, len(r.mod.Calls)
	}
}

// says reports whether a statement does no more than tell people something: it
// prints a sentence, or logs. One word, or "name=value", may be for a script to read.
func says(tokens []token) bool {
	if len(tokens) < 3 || tokens[0].kind != tokName {
		return false
	}
	at := 1
	for at+1 < len(tokens) && tokens[at].text == "." {
		at += 2
	}
	if at >= len(tokens) || tokens[at].text != "(" || !closes(tokens[at:]) {
		return false
	}
	switch tokens[at-1].text {
	case "print", "echo":
		return at <= 3 && isSentence(tokens[at:])
	case "debug", "info", "warning", "warn", "error", "critical", "exception":
		return at > 1
	}
	return false
}

// isSentence reports whether what is printed is for people, on the standard output.
func isSentence(args []token) bool {
	for i, t := range args {
		if t.kind == tokName && t.text == "file" && i+1 < len(args) && args[i+1].text == "=" {
			return false
		}
	}
	return slices.ContainsFunc(args, func(t token) bool {
		return t.kind == tokString && strings.Contains(strings.TrimSpace(t.text), " ") && !strings.HasPrefix(t.text, "::")
	})
}

// idle marks the comparisons in the conditions of a branch, and of those before it, if
// none of them does more than say what was found.
func (r *reader) idle(b *block) {
	for i := b.compared[0]; i < min(b.compared[1], len(r.mod.Compares)); i++ {
		r.mod.Compares[i].Idle = !b.effects
	}
}

// forgive marks the last thing that a try block does, if an except block forgets what
// was refused there and goes on.
func (r *reader) forgive(b *block) {
	if b.effects || !b.forgives {
		return
	}
	for i := b.tried[0]; i < min(b.tried[1], len(r.mod.Calls)); i++ {
		r.mod.Calls[i].Forgiven = true
	}
}

// takesRefusals reports whether what an except names is the failure of a check.
func takesRefusals(tokens []token) bool {
	return isBroad(tokens) || slices.ContainsFunc(tokens, func(t token) bool {
		return strings.Contains(t.text, "Schema") || strings.Contains(t.text, "Validation") || t.text == "ValueError"
	})
}

// claimsData reports whether a claim is about the rows or columns of data.
func claimsData(claim []token) bool {
	return slices.ContainsFunc(claim, func(t token) bool {
		switch t.text {
		case "columns", "isna", "isnull", "notna", "notnull", "empty", "between", "duplicated", "dtypes", "dtype", "is_unique", "isin", "nunique":
			return t.kind == tokName
		}
		return false
	})
}
