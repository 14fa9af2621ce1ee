package python

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWords bounds the names, and the keys, that are kept of one file.
const maxWords = 2000

// Word is a name or a key of a file, with the line on which it stands first.
type Word struct {
	Text string
	Line int
}

// Route is the path of an address, with the line on which it stands first.
type Route struct {
	Text string
	Line int
	// Func is the index in Funcs of the innermost function around it, or -1.
	Func int
}

// wordList gathers the names that a file binds, and its keys, each once.
type wordList struct {
	list []Word
	seen map[string]bool
}

// add keeps a word where it stands first, and reports whether it did.
func (w *wordList) add(t token) bool {
	if w.seen[t.text] || len(w.list) >= maxWords || len(t.text) > maxName {
		return false
	}
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	w.seen[t.text] = true
	w.list = append(w.list, Word{t.text, t.line})
	return true
}

// keys finds the literal keys in the tokens of one statement: of dictionaries
// ({"a": 1}), of what is assigned to (x["a"] = 1), and of arguments (a=1).
func (r *reader) keys(tokens []token) {
	depth := 0
	for i, t := range tokens {
		next := ""
		if i+1 < len(tokens) && tokens[i+1].kind == tokOp {
			next = tokens[i+1].text
		}
		switch t.kind {
		case tokOp:
			depth += nesting(t.text)
		case tokString:
			if isAddress(t.text) {
				r.addresses.add(t)
			}
			if isRoute(t.text) && r.routes.add(t) {
				r.mod.Routes = append(r.mod.Routes, Route{Text: t.text, Line: t.line, Func: r.top().fn})
			}
			if strings.HasPrefix(t.text, "python ") || strings.HasPrefix(t.text, "python3 ") || strings.HasPrefix(t.text, "spark-submit ") {
				r.commands.add(t)
			}
			if namesCommand(t.text) {
				r.installs.add(t)
			}
			if program := program(tokens, i); program != "" {
				r.programs.add(token{text: program, line: t.line})
			}
			before := i > 0 && tokens[i-1].kind == tokOp && (tokens[i-1].text == "{" || tokens[i-1].text == ",")
			assigned := next == "]" && i+2 < len(tokens) && tokens[i+2].text == "=" && depth == 1
			if !t.opaque && (before && next == ":" || assigned) {
				r.keyWords.add(t)
			}
		case tokName:
			if depth > 0 && next == "=" {
				r.keyWords.add(t)
			}
		}
	}
}

// namesCommand reports whether a string is an entry point of a package
// (https://packaging.python.org/en/latest/specifications/entry-points/).
func namesCommand(text string) bool {
	name, rest, ok := strings.Cut(text, "=")
	module, function, told := strings.Cut(rest, ":")
	return ok && told && len(text) <= maxName && isDotted(strings.TrimSpace(strings.ReplaceAll(name, "-", "_"))) &&
		isDotted(strings.TrimSpace(module)) && isDotted(strings.TrimSpace(function))
}

// isDotted reports whether a text is a name, or several with dots between.
func isDotted(text string) bool {
	for _, part := range strings.Split(text, ".") {
		if part == "" || !isNameStart(part[0]) || strings.IndexFunc(part, func(c rune) bool { return c < utf8.RuneSelf && !isNameByte(byte(c)) }) >= 0 {
			return false
		}
	}
	return true
}

// program returns the words with which a list begins whose first item is token
// i, if it may be a command.
func program(tokens []token, i int) string {
	const most = 4 // words
	if i == 0 || tokens[i-1].text != "[" || follows(tokens, i-1) {
		return ""
	}
	var words []string
	for ; i+1 < len(tokens) && len(words) < most; i += 2 {
		if t := tokens[i]; t.kind != tokString || t.opaque || t.text == "" || strings.ContainsAny(t.text, " \n") {
			break
		}
		words = append(words, tokens[i].text)
		if tokens[i+1].text != "," {
			break
		}
	}
	return strings.Join(words, " ")
}

// isAddress reports whether a string begins with a scheme and a slash, or with a
// place for one: "{HOST}/api/v1/runs".
func isAddress(text string) bool {
	if host, rest, ok := strings.Cut(text, "}/"); ok && strings.HasPrefix(host, "{") {
		return !strings.ContainsAny(rest, " \n")
	}
	const most = 12 // letters of a scheme
	for i := range min(len(text), most) {
		c := text[i] | 0x20
		switch {
		case text[i] == ':':
			return i > 1 && i+1 < len(text) && text[i+1] == '/'
		case (c < 'a' || c > 'z') && (text[i] < '0' || text[i] > '9'):
			return false
		}
	}
	return false
}

// isRoute reports whether a string is a path of an address, after a host or what a
// formatted string fills in for one. A path with an ending is one of a file.
func isRoute(text string) bool {
	const most = 200
	if len(text) < 3 || len(text) > most || strings.ContainsAny(text, " \n\t\\<>*") {
		return false
	}
	if _, rest, ok := strings.Cut(text, "://"); ok && strings.HasPrefix(text, "http") {
		at := strings.IndexByte(rest, '/')
		if at < 0 {
			return false
		}
		text = rest[at:]
	}
	for strings.HasPrefix(text, "{") {
		end := strings.IndexByte(text, '}')
		text = text[end+1:]
		if end < 0 {
			return false
		}
	}
	return len(text) > 2 && text[0] == '/' && text[1] != '/' && path.Ext(text) == ""
}

// targets notes the names that a statement binds: "a, self.b = …" binds a and b.
func (r *reader) targets(tokens []token) {
	end, depth := 0, 0
	for i, t := range tokens {
		if t.kind != tokOp {
			continue
		}
		if depth += nesting(t.text); depth == 0 && t.text == "=" {
			end = i
			break
		}
	}
	for i, t := range tokens[:end] {
		if t.kind == tokOp && t.text == ":" { // an annotation
			return
		}
		if t.kind == tokName && !t.keyword && t.text != "self" && (i+1 == end || tokens[i+1].text != ".") {
			r.nameWords.add(t)
		}
	}
}

// loopTargets notes the names that a for statement binds.
func (r *reader) loopTargets(tokens []token) {
	for _, t := range tokens {
		if t.kind == tokName && t.text == "in" {
			return
		}
		if t.kind == tokName && !t.keyword {
			r.nameWords.add(t)
		}
	}
}

// refuse counts a statement that stops the work where something does not hold:
// raise, assert, or a call that ends the process. What an except block raises
// passes an error on.
func (r *reader) refuse() {
	for _, b := range r.blocks {
		if b.kind == "except" {
			return
		}
	}
	r.mod.Refuses++
	if b := r.top(); b.asks > 0 && (b.kind == "if" || b.kind == "elif") {
		r.mod.Branches[b.asks-1].Refuses = true
		for i := b.held[0]; i < b.held[1]; i++ {
			r.mod.Thresholds[i].Refuses = true
		}
	}
	if fn := r.top().fn; fn >= 0 {
		r.mod.Funcs[fn].Refuses++
	}
}

// selected is the name of the frame in one that columns are taken from: labels in
// labels[["id", "y"]].
func selected(tokens []token) []token {
	i := slices.IndexFunc(tokens, func(t token) bool { return t.text == "[" && t.kind == tokOp })
	if n := len(tokens); i > 0 && n > i+3 && tokens[i+1].text == "[" && tokens[n-1].text == "]" && tokens[n-2].text == "]" && isChain(tokens[:i]) {
		return tokens[:i]
	}
	return nil
}
