package python

import "strings"

// arg reads one argument.
func (r *reader) arg(tokens []token) Arg {
	var a Arg
	if len(tokens) > 2 && tokens[0].kind == tokName && tokens[1].text == "=" {
		a.Name = tokens[0].text
		tokens = tokens[2:]
	}
	var f Form
	f.Text, _ = r.text(tokens)
	a.Value, a.Literal = literalOf(tokens)
	if !a.Literal && len(tokens) > 0 {
		a.Value = r.form(tokens, &f)
	}
	a.Form = r.forms.shared(&r.strings, f)
	return a
}

// form finds out how an argument that is no literal is written, and returns the
// full name that it is, if it is one.
func (r *reader) form(tokens []token, f *Form) string {
	switch first := tokens[0]; {
	case first.text == "{" && first.kind == tokOp:
		f.Keys = keysOf(tokens)
	case first.text == "[" || first.text == "(":
		f.Items, f.Written = r.items(tokens), members(tokens)
	case isChain(tokens):
		f.Written = r.written(tokens)
		if len(tokens) == 1 {
			f.Items = r.lists[scope{r.top().fn, first.text}]
		}
		return r.dotted(tokens)
	case first.kind == tokString:
		f.Items = []string{first.text} // a formatted string: its text, with the braces
	default:
		f.Written = r.written(selected(tokens))
	}
	return ""
}

// members are the names in a list, with spaces between; of a call, what it is
// handed first: "lint run" for [lint, call(run, job="x")].
func members(tokens []token) string {
	var out []string
	for _, part := range split(trimBrackets(tokens)) {
		if len(part) > 2 && part[1].text == "(" {
			part = part[2:3]
		}
		if len(part) == 0 || part[0].kind != tokName || len(out) > maxMembers {
			return ""
		}
		out = append(out, part[0].text)
	}
	return strings.Join(out, " ")
}

// maxMembers bounds the names of a list that are kept.
const maxMembers = 30

// items are the strings of a list. A name that is known to be a text stands for
// it; what is none keeps its place as "$"; sys.executable is Python.
func (r *reader) items(tokens []token) []string {
	var out []string
	for _, part := range split(trimBrackets(tokens)) {
		switch text, ok := literalOf(part); {
		case len(part) == 0:
		case ok:
			out = append(out, text)
		case len(part) == 3 && part[0].text == "sys" && part[2].text == "executable":
			out = append(out, "python")
		case part[0].kind == tokString:
			out = append(out, part[0].text) // a formatted string: its text, with the braces
		default:
			out = append(out, r.item(part, len(out) == 0))
		}
	}
	return out
}

// item is the text of a name in a list, or "$". A file that is to be started
// keeps a folder before its name.
func (r *reader) item(part []token, first bool) string {
	if len(part) != 1 || part[0].kind != tokName {
		return "$"
	}
	text, ok := r.textOf(part[0].text)
	if !ok || text == "" || strings.Contains(text, Hole) {
		return "$"
	}
	if first && strings.Contains(text, ".") && !strings.ContainsAny(text, "/ ") {
		return "./" + text
	}
	return text
}

func trimBrackets(tokens []token) []token {
	tokens = tokens[1:]
	if n := len(tokens); n > 0 && (tokens[n-1].text == "]" || tokens[n-1].text == ")") {
		tokens = tokens[:n-1]
	}
	return tokens
}

// written is a dotted name as it stands there.
func (r *reader) written(tokens []token) string {
	if len(tokens) == 1 {
		return tokens[0].text
	}
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}

func isChain(tokens []token) bool {
	for i, t := range tokens {
		if i%2 == 0 && t.kind != tokName || i%2 == 1 && t.text != "." {
			return false
		}
	}
	return len(tokens)%2 == 1 && len(tokens) < 2*maxParts
}

// literalOf returns the value of a literal: strings side by side, a number, a
// truth value, None.
func literalOf(tokens []token) (string, bool) {
	if len(tokens) == 0 || len(tokens) > maxArg {
		return "", false
	}
	if len(tokens) == 1 && tokens[0].kind == tokString {
		return tokens[0].text, !tokens[0].opaque
	}
	if tokens[0].kind == tokString {
		var b strings.Builder
		for _, t := range tokens {
			if t.kind != tokString || t.opaque {
				return "", false
			}
			b.WriteString(t.text)
		}
		return b.String(), true
	}
	if len(tokens) == 2 && tokens[0].text == "-" && tokens[1].kind == tokNumber {
		return "-" + tokens[1].text, true
	}
	if len(tokens) != 1 {
		return "", false
	}
	switch t := tokens[0]; {
	case t.kind == tokNumber, t.text == "True", t.text == "False", t.text == "None":
		return t.text, true
	}
	return "", false
}
