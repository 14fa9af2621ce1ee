package ci

import "strings"

// groovy is a call or statement of a Jenkinsfile: a name with arguments and a
// block. There is no Groovy parser for Go that could be used; this one takes
// what a pipeline consists of and skips the rest.
type groovy struct {
	name string
	line int
	args []groovyArg
	// cond is the text between the brackets, as written.
	cond string
	body []*groovy
	// inner are the calls inside the brackets.
	inner []*groovy
	// used is true if the statement takes the call's value.
	used bool
}

// groovyArg is an argument that is a text, number or name.
type groovyArg struct {
	name, value string
	line        int
	text        bool // in quotes
}

// arg returns the argument of that name; "" is the first without one.
func (g *groovy) arg(name string) (groovyArg, bool) {
	for _, a := range g.args {
		if a.name == name {
			return a, true
		}
	}
	return groovyArg{}, false
}

func (g *groovy) value(name string) string {
	a, _ := g.arg(name)
	return a.value
}

// find returns the first statement of that name in the block.
func (g *groovy) find(name string) *groovy {
	if g == nil {
		return nil
	}
	for _, b := range g.body {
		if b.name == name {
			return b
		}
	}
	return nil
}

// walk calls f with the statement and all below it.
func (g *groovy) walk(f func(*groovy)) {
	f(g)
	for _, list := range [][]*groovy{g.inner, g.body} {
		for _, inner := range list {
			inner.walk(f)
		}
	}
}

// has reports whether a statement of one of the names stands in the list or below.
func has(list []*groovy, names ...string) bool {
	found := false
	for _, g := range list {
		g.walk(func(at *groovy) {
			for _, name := range names {
				found = found || at.name == name
			}
		})
	}
	return found
}

// maxGroovy bounds how deep blocks and brackets nest.
const maxGroovy = 60

// groovyReader goes over a Jenkinsfile once.
type groovyReader struct {
	src       string
	pos, line int
}

// readGroovy returns the statements of a file.
func readGroovy(src string) []*groovy {
	r := &groovyReader{src: strings.ReplaceAll(src, "\r\n", "\n"), line: 1}
	return r.block(0)
}

func (r *groovyReader) more() bool { return r.pos < len(r.src) }

func (r *groovyReader) peek() byte {
	if r.more() {
		return r.src[r.pos]
	}
	return 0
}

func (r *groovyReader) next() byte {
	if !r.more() {
		return 0
	}
	c := r.src[r.pos]
	r.pos++
	if c == '\n' {
		r.line++
	}
	return c
}

func (r *groovyReader) at(s string) bool { return strings.HasPrefix(r.src[r.pos:], s) }

// blank moves over spaces and comments.
func (r *groovyReader) blank(lines bool) {
	for r.more() {
		switch c := r.peek(); {
		case c == ' ' || c == '\t' || c == '\n' && lines:
			r.next()
		case r.at("//") || r.at("#!"):
			for r.more() && r.peek() != '\n' {
				r.next()
			}
		case r.at("/*"):
			for r.more() && !r.at("*/") {
				r.next()
			}
			r.pos = min(len(r.src), r.pos+2)
		default:
			return
		}
	}
}

func isGroovyName(c byte) bool {
	return c == '_' || c == '.' || c == '@' || c == '?' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (r *groovyReader) word() string {
	start := r.pos
	for r.more() && isGroovyName(r.peek()) {
		r.next()
	}
	return r.src[start:r.pos]
}

// text reads a quoted text; the line is the one on which it begins.
func (r *groovyReader) text() (string, int) {
	quote := string(r.peek())
	if r.at(strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	r.pos += len(quote)
	at := r.line
	var b strings.Builder
	for r.more() && !r.at(quote) {
		c := r.next()
		if len(quote) == 1 && c == '\n' { // not closed
			break
		}
		if c == '\\' && r.more() {
			b.WriteString(groovyEscape(r.next()))
			continue
		}
		b.WriteByte(c)
	}
	r.pos = min(len(r.src), r.pos+len(quote))
	return b.String(), at
}

func groovyEscape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '\n': // a line that goes on
		return "\\\n"
	}
	return string(c)
}

// block reads statements up to a closing brace.
func (r *groovyReader) block(depth int) []*groovy {
	var out []*groovy
	for r.blank(true); r.more(); r.blank(true) {
		switch c := r.peek(); {
		case c == '}':
			r.next()
			return out
		case isGroovyName(c):
			if s := r.statement(depth); s != nil {
				out = append(out, s)
			}
		case c == '{':
			r.next()
			out = append(out, r.nested(depth)...)
		case c == '\'' || c == '"':
			r.text()
		default:
			r.next()
		}
	}
	return out
}

func (r *groovyReader) nested(depth int) []*groovy {
	if depth >= maxGroovy {
		r.pos = len(r.src)
		return nil
	}
	return r.block(depth + 1)
}

// statement reads one call with its arguments and block.
func (r *groovyReader) statement(depth int) *groovy {
	s := &groovy{line: r.line, name: r.word()}
	switch s.name {
	case "def", "return", "final", "String", "int", "boolean", "throw":
		if s.name == "throw" {
			return &groovy{name: "error", line: s.line}
		}
		r.blank(false)
		if !isGroovyName(r.peek()) {
			return nil
		}
		inner := r.statement(depth)
		if inner != nil {
			inner.used = true
		}
		return inner
	}
	for r.more() {
		r.blank(false)
		switch c := r.peek(); {
		case c == '(':
			r.brackets(s, depth)
		case c == '{':
			r.next()
			s.body = append(s.body, r.nested(depth)...)
		case c == '=' && !r.at("=="):
			r.next()
			r.blank(true)
			return r.assigned(s, depth)
		case c == '.' && len(s.args)+len(s.inner)+len(s.body) > 0, c == '.' && s.cond != "":
			s.name += r.word()
		case c == '\n':
			if !r.opens() {
				return s
			}
		case c == ';' || c == '}' || c == ')' || c == ']', isGroovyName(c) && len(s.body) > 0: // catch, else
			return s
		default:
			r.argument(s, depth)
		}
	}
	return s
}

// opens moves to a brace that begins the block of a statement on a line of its own.
func (r *groovyReader) opens() bool {
	pos, line := r.pos, r.line
	r.blank(true)
	if r.peek() == '{' || r.peek() == '.' {
		return true
	}
	r.pos, r.line = pos, line
	return false
}

// assigned reads the right side of an assignment: a call, or a text.
func (r *groovyReader) assigned(left *groovy, depth int) *groovy {
	if isGroovyName(r.peek()) {
		if s := r.statement(depth); s != nil {
			s.used = true
			if len(s.args)+len(s.inner)+len(s.body) > 0 || s.cond != "" {
				return s
			}
			return &groovy{name: "=", line: left.line, args: []groovyArg{{name: left.name, value: s.name, line: left.line}}}
		}
	}
	s := &groovy{name: "=", line: left.line}
	if c := r.peek(); c == '\'' || c == '"' {
		text, at := r.text()
		s.args = []groovyArg{{name: left.name, value: text, line: at, text: true}}
	}
	return s
}

// brackets reads (…) with the arguments and calls in it.
func (r *groovyReader) brackets(s *groovy, depth int) {
	start := r.pos
	r.next()
	for open := 1; r.more() && open > 0; {
		r.blank(true)
		switch c := r.peek(); c {
		case ')', ']':
			open--
			if c == ']' && open == 0 {
				open = 1
			}
			r.next()
		case '[':
			open++
			r.next()
		default:
			r.argument(s, depth)
		}
	}
	s.cond += strings.TrimSuffix(strings.TrimPrefix(r.src[start:r.pos], "("), ")") + " "
}

// argument reads one argument or passes over one character.
func (r *groovyReader) argument(s *groovy, depth int) {
	switch c := r.peek(); {
	case c == '\'' || c == '"':
		text, at := r.text()
		s.args = append(s.args, groovyArg{value: text, line: at, text: true})
	case c == '{':
		r.next()
		s.body = append(s.body, r.nested(depth)...)
	case isGroovyName(c):
		r.named(s, depth)
	default:
		r.next()
	}
}

// named reads "key: value", a call, or a bare name.
func (r *groovyReader) named(s *groovy, depth int) {
	at := r.line
	name := r.word()
	r.blank(false)
	switch {
	case r.peek() == ':' && !r.at("::"):
		r.next()
		r.blank(true)
		switch c := r.peek(); {
		case c == '\'' || c == '"':
			text, line := r.text()
			s.args = append(s.args, groovyArg{name: name, value: text, line: line, text: true})
		case c == '{':
			r.next()
			s.body = append(s.body, &groovy{name: "stage", line: at, args: []groovyArg{{value: name}}, body: r.nested(depth)})
		case isGroovyName(c):
			s.args = append(s.args, groovyArg{name: name, value: r.word(), line: at})
		}
	case r.peek() == '(' && depth < maxGroovy:
		inner := &groovy{name: name, line: at, used: true}
		r.brackets(inner, depth+1)
		s.inner = append(s.inner, inner)
	default:
		s.args = append(s.args, groovyArg{value: name, line: at})
	}
}
