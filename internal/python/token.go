package python

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what sort of token it is.
type kind uint8

const (
	tokName kind = iota
	tokNumber
	tokString
	tokOp
)

// token is a piece of a logical line. Text of a string is its content, without
// prefix and quotes; a formatted or bytes string is marked by opaque, since its
// content is not its value.
type token struct {
	kind   kind
	text   string
	line   int
	opaque bool
	// keyword is true if the text is a word of the language.
	keyword bool
}

// logicalLine is one statement, or several that share a line by semicolons.
type logicalLine struct {
	indent int
	tokens []token
}

// lexer walks over the source once.
type lexer struct {
	src    string
	pos    int
	line   int
	depth  int // open brackets
	take   func(logicalLine)
	tokens []token
	indent int
	cut    int // the line at which the first statement was cut off, or 0
}

// maxTokens bounds the tokens of one statement: of a longer one, the rest is not read.
// People write none; tables of data are that long.
const maxTokens = 1 << 18

// push adds a token to the statement.
func (l *lexer) push(t token) {
	if len(l.tokens) < maxTokens {
		l.tokens = append(l.tokens, t)
	} else if l.cut == 0 {
		l.cut = t.line
	}
}

// tabWidth is how far a tab moves the indentation, as Python counts it.
const tabWidth = 8

// lex splits source into logical lines, and hands on each as it ends. Its tokens
// are overwritten by those of the next; the buffer for them is returned, and the line
// from which on a statement was not read, if one is too long.
func lex(src string, buffer []token, take func(logicalLine)) (room []token, cut int) {
	src = strings.TrimPrefix(src, "\ufeff")
	if strings.Contains(src, "\r") {
		src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	}
	l := &lexer{src: src, line: 1, take: take, tokens: buffer[:0]}
	l.startLine()
	for l.pos < len(l.src) {
		l.next()
	}
	l.endLine()
	return l.tokens, l.cut
}

// startLine measures the indentation at the beginning of a physical line.
func (l *lexer) startLine() {
	l.indent = 0
	for ; l.pos < len(l.src); l.pos++ {
		switch l.src[l.pos] {
		case ' ':
			l.indent++
		case '\t':
			l.indent += tabWidth - l.indent%tabWidth
		case '\f':
			l.indent = 0
		default:
			return
		}
	}
}

// endLine closes the logical line if it has any tokens.
func (l *lexer) endLine() {
	if len(l.tokens) > 0 {
		l.take(logicalLine{indent: l.indent, tokens: l.tokens})
		l.tokens = l.tokens[:0]
	}
}

// next takes one token, blank, comment or line end.
func (l *lexer) next() {
	c := l.src[l.pos]
	switch {
	case c == '\n':
		l.pos++
		l.line++
		if l.depth == 0 {
			l.endLine()
			l.startLine()
		}
	case c == ' ' || c == '\t' || c == '\f':
		l.pos++
	case c == '#':
		l.skipComment()
	case c == '\\' && strings.HasPrefix(l.src[l.pos+1:], "\n"):
		l.pos += 2
		l.line++
	case c == '"' || c == '\'':
		l.str("")
	case isNameStart(c):
		l.name()
	case c >= '0' && c <= '9' || c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		l.number()
	default:
		l.op(c)
	}
}

func (l *lexer) skipComment() {
	if end := strings.IndexByte(l.src[l.pos:], '\n'); end >= 0 {
		l.pos += end
		return
	}
	l.pos = len(l.src)
}

// name takes an identifier or keyword, or a string with a prefix.
func (l *lexer) name() {
	start := l.pos
	for l.pos < len(l.src) {
		if c := l.src[l.pos]; c < utf8.RuneSelf {
			if !inName[c] {
				break
			}
			l.pos++
			continue
		}
		r, size := utf8.DecodeRuneInString(l.src[l.pos:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		l.pos += size
	}
	if l.pos == start { // a byte that begins no letter
		l.pos++
		return
	}
	text := l.src[start:l.pos]
	if l.pos < len(l.src) && (l.src[l.pos] == '"' || l.src[l.pos] == '\'') && len(text) <= 2 && isPrefix(text) {
		l.str(strings.ToLower(text))
		return
	}
	l.push(token{kind: tokName, text: text, line: l.line, keyword: isKeyword(text)})
}

func (l *lexer) number() {
	start := l.pos
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		sign := (c == '+' || c == '-') && (l.src[l.pos-1] == 'e' || l.src[l.pos-1] == 'E') && l.pos > start
		if !isNameStart(c) && !isDigit(c) && c != '.' && !sign {
			break
		}
		l.pos++
	}
	l.push(token{kind: tokNumber, text: l.src[start:l.pos], line: l.line})
}

// op takes an operator; only those of two characters that the reader asks for
// are kept together.
func (l *lexer) op(c byte) {
	text := l.src[l.pos : l.pos+1]
	if l.pos+1 < len(l.src) && isPair(c, l.src[l.pos+1]) {
		text = l.src[l.pos : l.pos+2]
	}
	switch c {
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.depth = max(0, l.depth-1)
	}
	l.pos += len(text)
	l.push(token{kind: tokOp, text: text, line: l.line})
}

// isPair reports whether two characters are one operator.
func isPair(c, next byte) bool {
	switch next {
	case '=':
		return strings.IndexByte("=!<>:+-*/|&", c) >= 0
	case '>':
		return c == '-'
	case '*', '/':
		return c == next
	}
	return false
}

// str takes a string literal. An unterminated one ends with its line, or with
// the file if it is triple-quoted.
func (l *lexer) str(prefix string) {
	line := l.line
	quote := l.src[l.pos]
	delim := l.src[l.pos : l.pos+1]
	if rest := l.src[l.pos:]; len(rest) >= 3 && rest[1] == quote && rest[2] == quote {
		delim = rest[:3]
	}
	l.pos += len(delim)
	start := l.pos
	end := l.stringEnd(delim, strings.Contains(prefix, "f") || strings.Contains(prefix, "t"))
	opaque := strings.ContainsAny(prefix, "fbt")
	l.push(token{kind: tokString, text: l.src[start:end], line: line, opaque: opaque, keyword: isKeyword(l.src[start:end])})
}

// stringEnd moves behind the string and returns where its content ends. In a
// formatted string, quotes inside braces belong to the expression there.
func (l *lexer) stringEnd(delim string, formatted bool) int {
	long := len(delim) == 3
	braces := 0
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if !formatted && c != '\\' && c != '\n' && c != delim[0] {
			l.pos++
			continue
		}
		switch {
		case c == '\\' && l.pos+1 < len(l.src):
			l.skipEscape()
		case c == '\n':
			if !long {
				return l.pos
			}
			l.line++
			l.pos++
		case formatted && c == '{' && strings.HasPrefix(l.src[l.pos:], "{{") && braces == 0:
			l.pos += 2
		case formatted && c == '{':
			braces++
			l.pos++
		case formatted && c == '}':
			braces = max(0, braces-1)
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], delim) && (braces == 0 || long || !l.closesLater(delim[0])):
			end := l.pos
			l.pos += len(delim)
			return end
		default:
			l.pos++
		}
	}
	return l.pos
}

func (l *lexer) skipEscape() {
	if l.src[l.pos+1] == '\n' {
		l.line++
	}
	l.pos += 2
}

// closesLater reports whether the expression in braces that a quote of the same
// kind stands in is closed soon: then the quote belongs to the expression. It
// looks no further than a short way, so that reading stays linear.
func (l *lexer) closesLater(quote byte) bool {
	const far = 200
	rest := l.src[l.pos+1 : min(len(l.src), l.pos+1+far)]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	inner := strings.IndexByte(rest, quote)
	if inner < 0 {
		return false
	}
	return strings.IndexByte(rest[inner:], '}') >= 0
}

// inName says which bytes of ASCII a name may have.
var inName = func() (in [utf8.RuneSelf]bool) {
	for c := range in {
		b := byte(c)
		in[c] = b == '_' || isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	return in
}()

func isNameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isPrefix reports whether a name in front of a quote is a string prefix.
func isPrefix(name string) bool {
	switch strings.ToLower(name) {
	case "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt":
		return true
	}
	return false
}
