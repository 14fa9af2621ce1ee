package terraform

import "strings"

// reader goes over a file once.
type reader struct {
	src       string
	pos, line int
}

func (r *reader) more() bool { return r.pos < len(r.src) }

// next takes one byte, and counts lines.
func (r *reader) next() byte {
	c := r.src[r.pos]
	r.pos++
	if c == '\n' {
		r.line++
	}
	return c
}

func (r *reader) peek() byte {
	if r.more() {
		return r.src[r.pos]
	}
	return 0
}

func (r *reader) at(prefix string) bool { return strings.HasPrefix(r.src[r.pos:], prefix) }

// blank moves over spaces and comments, and over line ends where they mean nothing.
func (r *reader) blank(lines bool) {
	for r.more() {
		switch c := r.peek(); {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' && lines:
			r.next()
		case c == '#' || r.at("//"):
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

func isName(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (r *reader) name() string {
	start := r.pos
	for r.more() && isName(r.peek()) {
		r.next()
	}
	return r.src[start:r.pos]
}

// body reads attributes and blocks up to a closing brace.
func (r *reader) body(depth int) ([]Attr, []Block) {
	var attrs []Attr
	var blocks []Block
	for r.blank(true); r.more(); r.blank(true) {
		if r.peek() == '}' {
			r.next()
			break
		}
		at := r.line
		name := r.name()
		if name == "" {
			r.next()
			continue
		}
		r.blank(false)
		if r.peek() == '=' && !r.at("==") {
			r.next()
			attrs = append(attrs, Attr{name, at, r.value(depth + 1)})
			continue
		}
		if b, ok := r.block(name, at, depth); ok {
			blocks = append(blocks, b)
		}
	}
	return attrs, blocks
}

// block reads the labels and body of a block whose type was read.
func (r *reader) block(kind string, at, depth int) (Block, bool) {
	b := Block{Type: kind, Line: at}
	for r.more() && r.peek() != '{' {
		switch c := r.peek(); {
		case c == '"':
			b.Labels = append(b.Labels, r.str())
		case isName(c):
			b.Labels = append(b.Labels, r.name())
		default:
			return b, false
		}
		r.blank(false)
	}
	if !r.more() || depth >= maxDepth {
		r.pos = len(r.src)
		return b, false
	}
	r.next()
	b.Attrs, b.Blocks = r.body(depth + 1)
	return b, true
}

// str reads a quoted string; templates stay in it as they are.
func (r *reader) str() string {
	r.next()
	var b strings.Builder
	for braces := 0; r.more(); {
		switch c := r.next(); {
		case c == '\\' && r.more():
			b.WriteByte(escaped(r.next()))
		case c == '"' && braces == 0, c == '\n':
			return b.String()
		case c == '{' && (braces > 0 || strings.HasSuffix(b.String(), "$")):
			braces++
			b.WriteByte(c)
		case c == '}' && braces > 0:
			braces--
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	return c
}

// heredoc reads <<EOT … EOT.
func (r *reader) heredoc() string {
	r.pos += 2
	if r.peek() == '-' {
		r.next()
	}
	end := r.name()
	for r.more() && r.next() != '\n' {
	}
	var lines []string
	for r.more() {
		start := r.pos
		for r.more() && r.peek() != '\n' {
			r.next()
		}
		text := r.src[start:r.pos]
		if strings.TrimSpace(text) == end {
			break
		}
		if r.more() {
			r.next()
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// value reads an expression up to the end of its line, or to the comma or
// bracket that ends it.
func (r *reader) value(depth int) Value {
	r.blank(false)
	start, end, v := r.pos, r.pos, Value{Line: r.line}
	for first := true; r.more(); first = false {
		c := r.peek()
		if c == '\n' || c == ',' || c == ']' || c == '}' || c == ')' {
			break
		}
		r.part(&v, first, depth)
		end = r.pos // a comment behind it is no part of it
		r.blank(false)
	}
	v.Raw = strings.TrimSpace(r.src[start:end])
	if !v.simple() { // "a" + "b", x ? "a" : "b": nothing that can be taken for one value
		v.Text = ""
	}
	return v
}

// simple reports whether the expression is one string alone.
func (v Value) simple() bool {
	return v.Text != "" && (strings.HasPrefix(v.Raw, `"`) && strings.HasSuffix(v.Raw, `"`) || strings.HasPrefix(v.Raw, "<<"))
}

// part reads one piece of an expression.
func (r *reader) part(v *Value, first bool, depth int) {
	switch c := r.peek(); {
	case c == '"':
		text := r.str()
		if first {
			v.Text = text
		}
	case r.at("<<"):
		v.Text = r.heredoc()
	case depth >= maxDepth:
		r.pos = len(r.src)
	case c == '[' || c == '(':
		r.next()
		items := r.items(depth + 1)
		if first || c == '(' && v.Call != "" && v.Items == nil {
			v.Items = items
		}
	case c == '{':
		r.next()
		pairs := r.pairs(depth + 1)
		if first {
			v.Pairs = pairs
		}
	case isName(c):
		name := r.name()
		if first && r.peek() == '(' {
			v.Call = name
		}
	default:
		r.next()
	}
}

// items reads the values of a list or the arguments of a call.
func (r *reader) items(depth int) []Value {
	var out []Value
	for r.blank(true); r.more(); r.blank(true) {
		switch r.peek() {
		case ']', ')':
			r.next()
			return out
		case ',', '}':
			r.next()
		default:
			out = append(out, r.value(depth))
		}
	}
	return out
}

// pairs reads the entries of an object.
func (r *reader) pairs(depth int) []Attr {
	var out []Attr
	for r.blank(true); r.more(); r.blank(true) {
		at, c := r.line, r.peek()
		if c == '}' {
			r.next()
			return out
		}
		name := ""
		switch {
		case c == '"':
			name = r.str()
		case isName(c):
			name = r.name()
		default:
			r.next()
			continue
		}
		r.blank(false)
		if c := r.peek(); c == '=' || c == ':' {
			r.next()
			out = append(out, Attr{name, at, r.value(depth)})
		}
	}
	return out
}
