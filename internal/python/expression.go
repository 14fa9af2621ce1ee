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
	if f.call >= 0 {
		s.r.handed(s.r.mod.Calls[f.call])
	}
	return f
}

// handed adds the call that another one makes of the method that it is given:
// asyncio.to_thread(model.predict, rows) predicts.
func (r *reader) handed(c Call) {
	switch c.Method() {
	case "to_thread", "run_in_executor", "run_in_threadpool", "run_sync", "submit", "trace", "partial":
	default:
		return
	}
	for i, a := range c.Args {
		if !a.Literal && a.Name == "" && isWork(a.Value) {
			r.addCall(Call{Name: a.Value, Receiver: receiver(a.Written), Args: c.Args[i+1:], Line: c.Line})
			return
		}
	}
}

// isWork reports whether a name is a method that trains or predicts.
func isWork(name string) bool {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "fit", "predict", "predict_proba", "fit_predict", "transform", "train", "generate":
		return strings.Contains(name, ".")
	}
	return false
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
