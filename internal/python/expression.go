package python

import "strings"

// unknown is the type of a name that hides another one.
const unknown = "?"

// maxParts and maxName bound how long a dotted name is followed.
const (
	maxParts = 20
	maxName  = 160
	maxArg   = 200 // tokens of an argument that are looked at
)

// isKeyword reports whether a word ends an expression or stands between two.
func isKeyword(word string) bool {
	switch word {
	case "and", "as", "assert", "async", "await", "break", "continue", "def", "del", "elif", "else", "except", "finally", "for",
		"from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "raise", "return", "try", "while", "with", "yield":
		return true
	}
	return false
}

// frame is an open bracket.
type frame struct {
	call  int    // index of the call whose arguments these are, or -1
	chain string // what the bracket follows
	start int    // first token of the current argument
	args  int    // how many arguments of brackets around it there are
	op    string
}

// scan is the state of reading one expression.
type scan struct {
	r      *reader
	tokens []token
	stack  []frame
	chain  string // what the name before the current token stands for
	raw    string // the same as written
	pure   bool   // nothing but one chain at the outermost level
	branch bool
}

// expression finds calls and comparisons in the tokens of one statement, and
// returns what its value is if that is the result of a call or a name that is
// known.
func (r *reader) expression(tokens []token, keyword string) string {
	s := &r.scan
	*s = scan{r: r, tokens: tokens, pure: true, stack: s.stack[:0]}
	s.branch = keyword == "if" || keyword == "elif" || keyword == "while" || keyword == "assert"
	r.compares(tokens, s.branch || keyword == "return")
	r.keys(tokens)
	for i := range tokens {
		s.token(i)
	}
	for len(s.stack) > 0 { // what the file does not close
		s.pop()
	}
	if !s.pure || len(s.chain) > maxName {
		return ""
	}
	return strings.TrimPrefix(s.chain, unknown)
}

// token takes the i-th token.
func (s *scan) token(i int) {
	t := s.tokens[i]
	switch t.kind {
	case tokName:
		s.nameToken(i)
	case tokOp:
		s.opToken(i)
	case tokString:
		s.r.mentionString(t)
		fallthrough
	default:
		s.chain, s.raw = "", ""
		s.impure()
	}
}

func (s *scan) nameToken(i int) {
	t := s.tokens[i]
	if t.keyword {
		if t.text == "as" {
			s.bindAs(i)
		}
		if t.text != "await" {
			s.impure()
		}
		s.chain, s.raw = "", ""
		return
	}
	s.r.mention(s.tokens, i)
	if i > 0 && s.tokens[i-1].text == "." && s.tokens[i-1].kind == tokOp {
		s.raw = s.r.join(s.raw, t.text)
		s.chain = s.r.member(s.chain, s.raw, t.text)
		return
	}
	s.raw = t.text
	s.chain = s.r.lookup(t.text)
}

// bindAs notes the type of the name in "with call() as name".
func (s *scan) bindAs(i int) {
	if i+1 >= len(s.tokens) || s.tokens[i+1].kind != tokName || s.chain == "" || strings.HasPrefix(s.chain, unknown) {
		return
	}
	if fn := s.r.top().fn; fn >= 0 {
		s.r.types[scope{fn, s.tokens[i+1].text}] = s.chain
	} else {
		s.r.names[s.tokens[i+1].text] = s.chain
	}
}

func (s *scan) opToken(i int) {
	switch op := s.tokens[i].text; op {
	case ".":
	case "(", "[", "{":
		s.open(i, op)
	case ")", "]", "}":
		s.close(i)
	case ",":
		s.argument(i)
		if n := len(s.stack); n > 0 {
			s.stack[n-1].start = i + 1
		}
		s.impure()
		s.chain, s.raw = "", ""
	case "=":
		s.subscript(i)
		if len(s.stack) == 0 {
			s.pure = true
		}
		s.chain, s.raw = "", ""
	default:
		if op == ":" {
			s.key(i)
		}
		s.impure()
		s.chain, s.raw = "", ""
	}
}

// maxPairs bounds the keys of dictionaries that are kept of one file.
const maxPairs = 5000

// key notes the literal key of a dictionary before the colon at token i.
func (s *scan) key(i int) {
	if n := len(s.stack); n == 0 || s.stack[n-1].op != "{" || i != s.stack[n-1].start+1 {
		return
	}
	s.addKey(s.tokens[i-1], s.tokens[i+1:])
}

// subscript notes the key of an assignment to an item, before the "=" at token i.
func (s *scan) subscript(i int) {
	if i > 3 && s.tokens[i-1].text == "]" && s.tokens[i-3].text == "[" && len(s.stack) == 0 {
		s.addKey(s.tokens[i-2], s.tokens[i+1:])
		s.r.environment(s.tokens[:i-3], s.tokens[i-2:i-1], s.tokens[i+1:])
	}
}

// impure notes that the expression is more than one chain.
func (s *scan) impure() {
	if len(s.stack) == 0 {
		s.pure = false
	}
}

func (s *scan) open(i int, op string) {
	f := frame{call: -1, chain: s.chain, start: i + 1, args: len(s.r.args), op: op}
	if op == "(" && s.chain != "" && follows(s.tokens, i) {
		c := Call{Name: s.chain, Receiver: receiver(s.raw), On: s.r.onText(s.tokens, i-1), Line: s.tokens[i-1].line}
		f.call = s.r.addCall(c)
	} else if s.chain == "" {
		s.impure()
	}
	s.stack = append(s.stack, f)
	s.chain, s.raw = "", ""
}

// follows reports whether the bracket directly follows a name or a bracket.
func follows(tokens []token, i int) bool {
	if i == 0 {
		return false
	}
	prev := tokens[i-1]
	return prev.kind == tokName && !prev.keyword || prev.text == ")" || prev.text == "]"
}

func (s *scan) close(i int) {
	n := len(s.stack)
	if n == 0 {
		return
	}
	s.argument(i)
	f := s.pop()
	s.raw = ""
	switch {
	case f.call >= 0:
		s.chain = s.r.strings.concat(f.chain, "()")
	case f.op == "[" && f.chain != "":
		s.chain = s.r.strings.concat(f.chain, "[]")
	case f.op == "(" && f.chain == "": // parentheses around an expression keep its value
	default:
		s.chain = ""
	}
	if len(s.chain) > maxName {
		s.chain = unknown
	}
}

// argument notes the argument that ends before token i.
func (s *scan) argument(i int) {
	if len(s.stack) == 0 {
		return
	}
	f := s.stack[len(s.stack)-1]
	if f.call < 0 || i <= f.start || i-f.start > maxArg {
		return
	}
	s.r.args = append(s.r.args, s.r.arg(s.tokens[f.start:i]))
}

// pop leaves the innermost bracket, and gives its call the arguments.
func (s *scan) pop() frame {
	last := len(s.stack) - 1
	f := s.stack[last]
	s.stack = s.stack[:last]
	if args := s.r.args[f.args:]; len(args) > 0 {
		s.r.mod.Calls[f.call].Args = s.r.slabs.args.copy(args)
		s.r.mod.Calls[f.call].Twice = s.r.twice(args)
	}
	s.r.args = s.r.args[:f.args]
	return f
}

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

// receiver is all but the last part of a name as written.
func receiver(raw string) string {
	if i := strings.LastIndexByte(raw, '.'); i >= 0 {
		return raw[:i]
	}
	return ""
}

func (r *reader) join(raw, name string) string {
	if len(raw) > maxName {
		return raw
	}
	return r.strings.dot(raw, name)
}
