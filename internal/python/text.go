package python

import (
	"path"
	"slices"
	"strings"
)

// Hole marks, in the text of an argument, an attribute whose value the file
// does not say: "\x00data\x00" stands for args.data, "\x001\x00" for sys.argv[1],
// "\x00=name\x00" for a parameter of the function around, and "\x00+name\x00" for what
// differs from run to run by its name: a version, a time.
const Hole = "\x00"

// File stands, in a text, for the path of the file itself.
const File = "__file__"

// text works out what an expression is as a string, where it is made of
// literals only: "a" "b", "a" + "b", Path("a") / "b", os.path.join("a", b) with a
// b that is known, and what stands beside the file itself.
func (r *reader) text(tokens []token) (string, bool) {
	if len(tokens) == 0 || len(tokens) > maxArg {
		return "", false
	}
	t := &texter{r: r, tokens: tokens}
	value, ok := t.sum()
	return value, ok && t.at == len(t.tokens) && len(value) <= maxText
}

const (
	maxText  = 1000
	maxDepth = 20
)

// texter is the state of working out one expression, by recursive descent.
type texter struct {
	r      *reader
	tokens []token
	at     int
	depth  int
}

func (t *texter) peek(text string) bool {
	return t.at < len(t.tokens) && t.tokens[t.at].kind != tokString && t.tokens[t.at].text == text
}

func (t *texter) take(text string) bool {
	if !t.peek(text) {
		return false
	}
	t.at++
	return true
}

// sum reads parts joined by + (text) or / (paths).
func (t *texter) sum() (string, bool) {
	if t.depth++; t.depth > maxDepth {
		return "", false
	}
	defer func() { t.depth-- }()
	left, ok := t.part()
	for ok {
		plus := t.take("+")
		if !plus && !t.take("/") {
			return left, true
		}
		var right string
		if right, ok = t.part(); plus {
			left += right
		} else {
			left = path.Join(left, right)
		}
		ok = ok && len(left) <= maxText
	}
	return "", false
}

// part reads one operand and the attributes behind it.
func (t *texter) part() (string, bool) {
	value, ok := t.atom()
	for ok && t.take(".") {
		if t.at >= len(t.tokens) {
			return "", false
		}
		name := t.tokens[t.at].text
		t.at++
		switch name {
		case "parent":
			value = path.Join(value, "..")
		case "resolve", "absolute", "expanduser", "as_posix", "strip":
			ok = t.take("(") && t.take(")")
		case "joinpath":
			var args []string
			if args, ok = t.arguments(); ok {
				value = path.Join(append([]string{value}, args...)...)
			}
		default:
			return "", false
		}
	}
	return value, ok
}

// atom reads a string, a name that is known, a call that makes a path, or
// parentheses.
func (t *texter) atom() (string, bool) {
	if t.at >= len(t.tokens) {
		return "", false
	}
	switch first := t.tokens[t.at]; {
	case first.kind == tokString:
		return t.strings()
	case first.text == "(":
		t.at++
		value, ok := t.sum()
		return value, ok && t.take(")")
	case first.kind == tokName && !first.keyword:
		return t.named()
	}
	return "", false
}

// strings reads string literals side by side; in a formatted one, names that
// are known are filled in.
func (t *texter) strings() (string, bool) {
	var b strings.Builder
	for t.at < len(t.tokens) && t.tokens[t.at].kind == tokString {
		s := t.tokens[t.at]
		t.at++
		if strings.Contains(s.text, `\`) || strings.Contains(s.text, Hole) {
			return "", false // escapes: no path worth the name has them
		}
		text, ok := s.text, true
		if s.opaque {
			text, ok = t.formatted(s.text)
		}
		if !ok {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// formatted fills names into a formatted string: f"{DATA}/train.csv".
func (t *texter) formatted(text string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), !strings.Contains(b.String(), "}")
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := t.r.textOf(name)
		if !known && t.r.isParameter(name) {
			value, known = Hole+"="+name+Hole, true
		} else if !known && differs(name) {
			value, known = Hole+"+version"+Hole, true
		}
		if !closed || !known {
			return "", false
		}
		b.WriteString(value)
		text = after
	}
}

// named reads a dotted name and, if it is called, what the call makes.
func (t *texter) named() (string, bool) {
	start := t.at
	var parts []string
	for t.at < len(t.tokens) && t.tokens[t.at].kind == tokName && len(parts) < maxParts {
		name := t.tokens[t.at].text
		if len(parts) == 1 && t.known(parts[0]) {
			t.at-- // the attribute of a text: .parent
			break
		}
		parts = append(parts, name)
		t.at++
		if !t.take(".") {
			break
		}
	}
	full := t.r.resolve(parts)
	if t.peek("(") {
		return t.made(full)
	}
	if t.peek("[") && full == "sys.argv" {
		return t.argv()
	}
	if len(parts) == 1 {
		text, ok := t.r.textOf(parts[0])
		switch {
		case ok:
		case t.r.isParameter(parts[0]):
			return Hole + "=" + parts[0] + Hole, true
		case differs(parts[0]):
			return Hole + "+version" + Hole, true
		}
		return text, ok
	}
	if len(parts) == 2 && t.at-start == 3 && parts[0] != "self" {
		return Hole + parts[1] + Hole, true
	}
	return "", false
}

// known reports whether a name stands for a text, so that what follows its dot
// is an attribute of that.
func (t *texter) known(name string) bool {
	_, ok := t.r.textOf(name)
	return ok
}

func (t *texter) argv() (string, bool) {
	t.at++
	if t.at+1 < len(t.tokens) && t.tokens[t.at].kind == tokNumber && t.tokens[t.at+1].text == "]" {
		t.at += 2
		return Hole + t.tokens[t.at-2].text + Hole, true
	}
	return "", false
}

// made reads the arguments of a call that makes a path out of texts.
func (t *texter) made(full string) (string, bool) {
	switch full {
	case "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.join", "str", "os.fspath",
		"os.path.abspath", "os.path.realpath", "os.path.dirname", "os.path.normpath":
	case "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "datetime.datetime.today", "time.strftime", "time.time", "uuid.uuid4":
		return t.moment()
	default:
		return "", false
	}
	args, ok := t.arguments()
	if !ok || len(args) == 0 {
		return "", false
	}
	if full == "os.path.dirname" {
		return path.Join(args[0], ".."), true
	}
	if len(args) == 1 {
		return args[0], true
	}
	return path.Join(args...), true
}

// moment reads a call that gives the time, or a number that is used once, with what
// makes a text of it.
func (t *texter) moment() (string, bool) {
	for t.peek("(") {
		end := matching(t.tokens[t.at:])
		if end < 0 {
			return "", false
		}
		if t.at += end + 1; t.peek(".") && t.at+1 < len(t.tokens) && t.tokens[t.at+1].kind == tokName {
			t.at += 2
		}
	}
	return Hole + "+version" + Hole, true
}

// matching is the place of the bracket that closes the first one, or -1.
func matching(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		if t.kind == tokOp {
			depth += nesting(t.text)
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

func (t *texter) arguments() ([]string, bool) {
	if !t.take("(") {
		return nil, false
	}
	var args []string
	for !t.take(")") {
		value, ok := t.sum()
		if !ok || !t.take(",") && !t.peek(")") {
			return nil, false
		}
		args = append(args, value)
	}
	return args, true
}

// textOf returns the text that a name was bound to, in this function, in one
// around it, or in the module.
func (r *reader) textOf(name string) (string, bool) {
	if name == File {
		return File, true
	}
	for fn := r.top().fn; ; fn = r.mod.Funcs[fn].Parent {
		if text, ok := r.texts[scope{fn, name}]; ok {
			return text, text != unknown
		}
		if fn < 0 {
			return "", false
		}
	}
}

// isParameter reports whether a name is a parameter of the innermost function
// that is not bound to anything else there.
func (r *reader) isParameter(name string) bool {
	fn := r.top().fn
	if fn < 0 {
		return false
	}
	_, bound := r.texts[scope{fn, name}]
	return !bound && slices.Contains(r.mod.Funcs[fn].Parameters, name)
}

// bindText notes the text that an assignment gives a name. A name of a function
// that is bound to something else hides the module's.
func (r *reader) bindText(target string, rest []token) {
	key := scope{r.top().fn, target}
	text, ok := r.text(rest)
	if _, twice := r.texts[key]; twice || !ok {
		text = unknown
	}
	r.texts[key] = text
}

// onText is the text of what a method is called on, for the methods of a path
// that read or write it.
func (r *reader) onText(tokens []token, at int) string {
	if at < 2 || tokens[at-1].text != "." || !slices.Contains([]string{"write_text", "read_text", "write_bytes", "read_bytes", "open", "symlink_to"}, tokens[at].text) {
		return ""
	}
	start, depth := at-2, 0
	for ; start >= 0 && at-start < maxArg; start-- {
		t := tokens[start]
		if t.kind == tokOp && t.text != "." {
			if depth -= nesting(t.text); depth < 0 || depth == 0 && nesting(t.text) == 0 {
				break
			}
		} else if t.kind == tokName && t.keyword && depth == 0 {
			break
		}
	}
	text, _ := r.text(tokens[start+1 : at-1])
	return text
}

// keysOf lists the literal keys of a dictionary.
func keysOf(tokens []token) []string {
	var keys []string
	for _, part := range split(tokens[1:max(1, len(tokens)-1)]) {
		if len(part) > 2 && part[0].kind == tokString && !part[0].opaque && part[1].text == ":" {
			keys = append(keys, part[0].text)
		}
	}
	return keys
}
