package python

import (
	"slices"
	"strings"
)

// Hash is the number by which [Module.Named] knows a name: FNV-1a
// (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-21). Two names may
// share one.
func Hash(name string) uint32 {
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * prime
	}
	return h
}

// hashes gathers numbers; those that were seen lately are not added again.
type hashes struct {
	list   []uint32
	recent [256]uint32
}

func (h *hashes) add(name string) {
	n := Hash(name)
	if at := &h.recent[n%uint32(len(h.recent))]; *at != n {
		*at = n
		h.list = append(h.list, n)
	}
}

func (h *hashes) reset() {
	h.list = h.list[:0]
	clear(h.recent[:])
}

// sorted are the numbers, each once.
func (h *hashes) sorted() []uint32 {
	slices.Sort(h.list)
	return exact(slices.Compact(h.list))
}

// mention notes a name that stands for what it names rather than for its result:
// it is handed on, subclassed, written as a type.
func (r *reader) mention(tokens []token, i int) {
	next := ""
	if i+1 < len(tokens) && tokens[i+1].kind == tokOp {
		next = tokens[i+1].text
	}
	attribute := i > 0 && tokens[i-1].kind == tokOp && tokens[i-1].text == "."
	if next == "(" || next == "=" && !attribute {
		return // a call, a keyword, what is assigned to
	}
	r.named.add(tokens[i].text)
}

// maxMention bounds the strings that may be the name of something.
const maxMention = 100

// mentionString notes the name that a string is, or ends with ("module:function"),
// for getattr and its like, and all names in a formatted string.
func (r *reader) mentionString(t token) {
	if t.opaque {
		for text := t.text; text != ""; {
			open := strings.IndexByte(text, '{')
			if open < 0 {
				return
			}
			text = text[open+1:]
			expression := text
			if end := strings.IndexByte(text, '}'); end >= 0 {
				expression, text = text[:end], text[end:]
			} else {
				text = ""
			}
			r.mentionWords(expression)
		}
		return
	}
	if t.text == "" || len(t.text) > maxMention {
		return
	}
	start := len(t.text)
	for start > 0 && isNameByte(t.text[start-1]) {
		start--
	}
	whole := start == 0 || t.text[start-1] == '.' || t.text[start-1] == ':'
	if last := t.text[start:]; whole && last != "" && isNameStart(last[0]) {
		r.named.add(last)
	}
}

// mentionWords notes all names in the text of an expression.
func (r *reader) mentionWords(text string) {
	for _, word := range strings.FieldsFunc(text, isNoName) {
		r.named.add(word)
	}
}

func isNoName(c rune) bool {
	return c < 0x80 && !inName[c]
}

// mentionHeader notes what the header of a function or class names: types,
// defaults, bases. Parameters are no such names.
func (r *reader) mentionHeader(tokens []token) {
	depth := 0
	for i, t := range tokens {
		switch t.kind {
		case tokOp:
			depth += nesting(t.text)
		case tokString:
			r.mentionString(t)
		case tokName:
			if t.keyword {
				continue
			}
			if before := tokens[max(i-1, 0)].text; depth == 1 && (before == "(" || before == "," || before == "*" || before == "**") {
				continue
			}
			r.named.add(t.text)
		}
	}
}
