package python

import "strings"

// truth tells whether a condition always holds or never does, where its words
// alone say so: literals, names that the file binds to a truth value once, and
// what is made of them.
func (r *reader) truth(cond []token) (holds, known bool) {
	return r.truthOf(cond, 0)
}

// maxNegations bounds the nots and brackets around a condition.
const maxNegations = 8

func (r *reader) truthOf(cond []token, depth int) (holds, known bool) {
	if len(cond) == 0 || len(cond) > maxArg || depth > maxNegations {
		return false, false
	}
	if len(cond) == 1 {
		return r.word(cond[0])
	}
	if word := joint(cond); word != "" {
		return r.together(joined(cond, word), word == "or", depth)
	}
	if cond[0].text == "not" && cond[0].keyword {
		holds, known = r.truthOf(cond[1:], depth+1)
		return !holds, known
	}
	if cond[0].text == "(" && closes(cond) && len(split(cond[1:len(cond)-1])) == 1 {
		return r.truthOf(cond[1:len(cond)-1], depth+1)
	}
	if len(cond) == 3 && cond[1].text == "." && cond[2].text == "TYPE_CHECKING" {
		return false, true
	}
	return false, false
}

// together tells whether parts joined by "or" (one that holds is enough) or by
// "and" (one that does not is enough) hold.
func (r *reader) together(parts [][]token, enough bool, depth int) (holds, known bool) {
	all := true
	for _, part := range parts {
		holds, known := r.truthOf(part, depth+1)
		if known && holds == enough {
			return enough, true
		}
		all = all && known
	}
	return !enough, all
}

// joint is the word that binds the parts of a condition least: "or", "and", or
// "" if there is none, or it is no plain condition.
func joint(tokens []token) string {
	found, depth := "", 0
	for _, t := range tokens {
		switch {
		case t.kind == tokOp:
			depth += nesting(t.text)
		case !t.keyword || depth > 0 || t.kind != tokName:
		case t.text == "if", t.text == "lambda", t.text == "for":
			return ""
		case t.text == "or", t.text == "and" && found == "":
			found = t.text
		}
	}
	return found
}

// joined cuts tokens at a word of the language that stands outside of brackets.
func joined(tokens []token, word string) [][]token {
	var out [][]token
	depth, start := 0, 0
	for i, t := range tokens {
		if t.kind == tokOp {
			depth += nesting(t.text)
		} else if depth == 0 && t.keyword && t.kind == tokName && t.text == word {
			out = append(out, tokens[start:i])
			start = i + 1
		}
	}
	return append(out, tokens[start:])
}

// word tells what one word is as a condition.
func (r *reader) word(t token) (holds, known bool) {
	switch t.kind {
	case tokString:
		return t.text != "", !t.opaque
	case tokNumber:
		return strings.Trim(t.text, "0.") != "", true
	case tokName:
		switch t.text {
		case "True", "__debug__":
			return true, true
		case "False", "None", "TYPE_CHECKING":
			return false, true
		}
		return r.flag(t.text)
	}
	return false, false
}

// flags are names that are bound to a truth value.
type flags struct {
	values map[scope]bool
	once   map[string]bool // whether a name is bound once in the file
	loose  bool            // the file may bind names without naming them
	looked bool
}

// maxFlags bounds the names for which a file is looked through.
const maxFlags = 20

func (f *flags) reset() {
	clear(f.values)
	clear(f.once)
	f.loose, f.looked = false, false
}

// bindFlag notes a name that is bound to a truth value.
func (r *reader) bindFlag(b *block, name, literal string) {
	if literal != "True" && literal != "False" || b.branch || b.guarded || b.class != "" && b.fn < 0 || strings.Contains(name, ".") {
		return
	}
	if r.flags.values == nil {
		r.flags.values, r.flags.once = map[scope]bool{}, map[string]bool{}
	}
	r.flags.values[scope{b.fn, name}] = literal == "True"
}

// flag is the value of a name that never has another one. What a notebook's
// cells begin with is for its user to change, and for what runs it.
func (r *reader) flag(name string) (value, known bool) {
	for fn := r.top().fn; ; fn = r.mod.Funcs[fn].Parent {
		if value, known = r.flags.values[scope{fn, name}]; known || fn < 0 {
			break
		}
	}
	if !known || r.notebook || r.isParameter(name) {
		return false, false
	}
	once, looked := r.flags.once[name]
	if !looked && len(r.flags.once) < maxFlags {
		once = !r.bindsLoosely() && boundOnce(r.src, name)
		r.flags.once[name] = once
	}
	return value, once
}

// bindsLoosely reports whether a file runs text as code, or binds names by their text.
func (r *reader) bindsLoosely() bool {
	if !r.flags.looked {
		r.flags.looked = true
		for _, sign := range []string{"exec(", "globals(", "locals(", "vars(", "setattr(", "import *"} {
			r.flags.loose = r.flags.loose || strings.Contains(r.src, sign)
		}
	}
	return r.flags.loose
}

// boundOnce reports whether the text of a file binds a name in one place only,
// and nowhere has it as a string. It is wrong at most in saying no.
func boundOnce(src, name string) bool {
	bound := 0
	for at := 0; ; {
		next := strings.Index(src[at:], name)
		if next < 0 {
			return bound == 1
		}
		start := at + next
		at = start + len(name)
		before, after := src[:start], src[at:]
		if n := len(before); n > 0 && (isNameByte(before[n-1]) || before[n-1] == '.') || after != "" && isNameByte(after[0]) {
			continue
		}
		if binds(before, after) {
			bound++
		}
		if bound > 1 || isQuoted(before, after) || isDeclared(before) {
			return false
		}
	}
}

func isNameByte(c byte) bool { return isNameStart(c) || isDigit(c) }

// binds reports whether a name between two texts is bound there.
func binds(before, after string) bool {
	const far = 200
	line := before[strings.LastIndexByte(before[max(0, len(before)-far):], '\n')+1+max(0, len(before)-far):]
	after = strings.TrimLeft(after[:min(len(after), far)], " \t")
	begins := strings.TrimSpace(line) == ""
	switch {
	case after == "":
		return false
	case strings.HasPrefix(after, "=="):
		return false
	case after[0] == '=', after[0] == ':' && (begins || strings.HasPrefix(after, ":=")), after[0] == ',' && begins:
		return true
	}
	return len(after) > 1 && strings.IndexByte("+-*/|&^%@", after[0]) >= 0 && after[1] == '='
}

func isQuoted(before, after string) bool {
	return before != "" && after != "" && (before[len(before)-1] == '"' || before[len(before)-1] == '\'') && after[0] == before[len(before)-1]
}

// isDeclared reports whether a word before a name says that it is bound elsewhere too.
func isDeclared(before string) bool {
	before = strings.TrimRight(before, " \t")
	for _, word := range []string{"global", "nonlocal", "for", "as", "import", ","} {
		if strings.HasSuffix(before, word) {
			return true
		}
	}
	return false
}
