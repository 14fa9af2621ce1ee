package tasks

import (
	"strings"
)

// TOML is what of a TOML file matters here: strings, truth values and arrays
// of strings by their dotted key, with the line they stand on.
type TOML struct {
	Values []TOMLValue
}

// TOMLValue is one key with its value.
type TOMLValue struct {
	// Key is the path: table names and key.
	Key  []string
	Line int
	// Strings are the value's strings: one, or those of an array.
	Strings []string
	// Array is true if the value is an array.
	Array bool
	// Raw is the value of a number or truth value as written.
	Raw string
}

// ReadTOML reads a file leniently: what it does not understand is left out.
func ReadTOML(src []byte) *TOML {
	r := &tomlReader{src: strings.ReplaceAll(string(src), "\r\n", "\n"), line: 1, out: &TOML{}}
	var table []string
	for r.skipBlank(); r.pos < len(r.src); r.skipBlank() {
		if r.src[r.pos] == '[' {
			table = r.table()
			continue
		}
		at := r.line
		key := r.key()
		if len(key) == 0 || !r.take('=') {
			r.skipLine()
			continue
		}
		r.value(append(append([]string{}, table...), key...), at, 0)
		r.skipLine()
	}
	return r.out
}

// Get returns the value of a key.
func (t *TOML) Get(path ...string) (TOMLValue, bool) {
	for _, v := range t.Values {
		if strings.Join(v.Key, "\x00") == strings.Join(path, "\x00") {
			return v, true
		}
	}
	return TOMLValue{}, false
}

// Lookup is Get for a file that may be missing.
func (t *TOML) Lookup(path ...string) (TOMLValue, bool) {
	if t == nil {
		return TOMLValue{}, false
	}
	return t.Get(path...)
}

// In returns the values of a table.
func (t *TOML) In(table ...string) []TOMLValue {
	var out []TOMLValue
	prefix := strings.Join(table, "\x00") + "\x00"
	for _, v := range t.Values {
		if strings.HasPrefix(strings.Join(v.Key, "\x00"), prefix) {
			v.Key = v.Key[len(table):]
			out = append(out, v)
		}
	}
	return out
}

type tomlReader struct {
	src       string
	pos, line int
	out       *TOML
}

// skipBlank moves over blanks, line ends and comments.
func (r *tomlReader) skipBlank() {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; c {
		case ' ', '\t':
			r.pos++
		case '\n':
			r.pos++
			r.line++
		case '#':
			r.skipLine()
		default:
			return
		}
	}
}

func (r *tomlReader) skipSpace() {
	for r.pos < len(r.src) && (r.src[r.pos] == ' ' || r.src[r.pos] == '\t') {
		r.pos++
	}
}

func (r *tomlReader) skipLine() {
	end := strings.IndexByte(r.src[r.pos:], '\n')
	if end < 0 {
		r.pos = len(r.src)
		return
	}
	r.pos += end
}

func (r *tomlReader) take(c byte) bool {
	r.skipSpace()
	if r.pos < len(r.src) && r.src[r.pos] == c {
		r.pos++
		r.skipSpace()
		return true
	}
	return false
}

// table reads "[a.b]" or "[[a.b]]".
func (r *tomlReader) table() []string {
	for r.take('[') {
	}
	key := r.key()
	r.skipLine()
	return key
}

// key reads a dotted key.
func (r *tomlReader) key() []string {
	var parts []string
	for {
		r.skipSpace()
		start := r.pos
		if r.pos < len(r.src) && (r.src[r.pos] == '"' || r.src[r.pos] == '\'') {
			parts = append(parts, r.str())
		} else {
			for r.pos < len(r.src) && strings.IndexByte(" \t\n.=]#,}", r.src[r.pos]) < 0 {
				r.pos++
			}
			if r.pos == start {
				return parts
			}
			parts = append(parts, r.src[start:r.pos])
		}
		if !r.take('.') {
			return parts
		}
	}
}

// maxDepth bounds how deep tables and arrays nest.
const maxDepth = 8

// value reads a value and files it under its key.
func (r *tomlReader) value(key []string, at, depth int) {
	r.skipSpace()
	if r.pos >= len(r.src) || depth > maxDepth {
		return
	}
	switch c := r.src[r.pos]; c {
	case '"', '\'':
		r.add(TOMLValue{Key: key, Line: at, Strings: []string{r.str()}})
	case '[':
		r.array(key, at, depth)
	case '{':
		r.inline(key, at, depth)
	default:
		start := r.pos
		for r.pos < len(r.src) && strings.IndexByte("\n,]}#", r.src[r.pos]) < 0 {
			r.pos++
		}
		r.add(TOMLValue{Key: key, Line: at, Raw: strings.TrimSpace(r.src[start:r.pos])})
	}
}

func (r *tomlReader) add(v TOMLValue) { r.out.Values = append(r.out.Values, v) }

// array reads an array; tables in it are filed under the same key.
func (r *tomlReader) array(key []string, at, depth int) {
	r.pos++
	list := TOMLValue{Key: key, Line: at, Array: true}
	for r.skipBlank(); r.pos < len(r.src) && r.src[r.pos] != ']'; r.skipBlank() {
		before := r.pos
		switch r.src[r.pos] {
		case ',':
			r.pos++
		case '"', '\'':
			list.Strings = append(list.Strings, r.str())
		default:
			r.value(key, r.line, depth+1)
		}
		if r.pos == before {
			r.pos++
		}
	}
	r.pos = min(r.pos+1, len(r.src))
	r.add(list)
}

// inline reads "{a = 1, b = 2}".
func (r *tomlReader) inline(key []string, at, depth int) {
	r.pos++
	for r.skipBlank(); r.pos < len(r.src) && r.src[r.pos] != '}'; r.skipBlank() {
		before := r.pos
		if inner := r.key(); len(inner) > 0 && r.take('=') {
			r.value(append(append([]string{}, key...), inner...), at, depth+1)
		}
		r.take(',')
		if r.pos == before {
			r.pos++
		}
	}
	r.pos = min(r.pos+1, len(r.src))
}

// str reads a string of any of the four kinds.
func (r *tomlReader) str() string {
	quote := r.src[r.pos]
	delim := string(quote)
	if long := strings.Repeat(delim, 3); strings.HasPrefix(r.src[r.pos:], long) {
		delim = long
	}
	r.pos += len(delim)
	var b strings.Builder
	for r.pos < len(r.src) && !strings.HasPrefix(r.src[r.pos:], delim) {
		c := r.src[r.pos]
		if c == '\n' {
			if len(delim) == 1 {
				return b.String()
			}
			r.line++
		}
		if c == '\\' && quote == '"' && r.pos+1 < len(r.src) {
			r.pos++
			if r.src[r.pos] == '\n' { // the line goes on
				r.line++
				r.pos++
				continue
			}
			c = escaped(r.src[r.pos])
		}
		b.WriteByte(c)
		r.pos++
	}
	r.pos = min(r.pos+len(delim), len(r.src))
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
