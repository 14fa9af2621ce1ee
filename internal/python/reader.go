package python

import (
	"strings"
	"sync"
)

// readers holds readers that have done their work: their buffers serve again.
var readers = sync.Pool{New: func() any { return newReader() }}

// Read reads the source of one file.
func Read(src []byte) *Module { return readAll(string(src), false) }

// readAll reads a file, or the cells of a notebook, of which one may fail and the
// others run.
func readAll(src string, notebook bool) *Module {
	r := readers.Get().(*reader)
	r.reset()
	r.src, r.notebook = src, notebook
	var cut int
	r.tokens, cut = lex(src, r.tokens, r.logical)
	mod := r.finish()
	mod.Cut = cut
	r.src = ""
	if r.size() <= maxReader {
		readers.Put(r)
	}
	return mod
}

// maxReader bounds what a reader that is kept for the next file may have grown to.
const maxReader = 1 << 15

func (r *reader) size() int {
	return max(cap(r.tokens), cap(r.mod.Calls), cap(r.mod.Pairs), cap(r.named.list), len(r.names), len(r.types), len(r.texts))
}

// block is an indented part that the reader is in.
type block struct {
	indent  int // of the header
	kind    string
	fn      int
	class   string
	dead    bool // never executed, from here on
	branch  bool // executed only if a condition holds
	guarded bool // in a try
	main    bool // under the main guard
	loop    bool // in a while loop
	// returned is true of a branch that leaves its function, ended of a block whose
	// end is never reached, allEnded of a branch if so are those before it.
	returned, ended, allEnded bool
	// taken is true if this branch, or one before it, is always taken.
	taken bool
	// asserted is how many assertions there were before; swallows is true of a block
	// after which what failed in the one before it, or in it, is forgotten.
	asserted int
	swallows bool
	// effects is true if a statement of it does more than say something; last is where
	// the calls of the last such one in a try block begin, tried which those are, for
	// its except blocks, of which one may forgive what they refuse.
	effects  bool
	last     int
	tried    [2]int
	forgives bool
	compared [2]int // the comparisons in its condition, and in those before it
	held     [2]int // the comparisons with numbers in its condition
	// asks counts the conditions up to that of this branch; stops is true if the
	// branch ends with more than the end of a round of a loop.
	asks  int
	stops bool
}

// reader goes over the logical lines of one file.
type reader struct {
	mod        Module
	root       block // the file itself
	blocks     []block
	closed     block // the last that ended
	src        string
	notebook   bool
	flags      flags
	asserted   int                  // assertions so far
	names      map[string]string    // imported and module-level names → full names or types
	types      map[scope]string     // what is bound in functions → type
	attrs      map[attribute]string // what objects of a class have → type
	lists      map[scope][]string   // → the strings of a list
	texts      map[scope]string     // → the text that it is, or unknown
	imported   map[string]bool      // what imports name, before "as"
	local      map[string]bool      // functions and classes of this file
	bound      map[string]int       // how often a module-level name is bound
	left       map[int]bool         // functions that may have returned early by now
	made       map[scope]made       // names → what they stand for
	copied     map[scope]bool       // names of which others are copies
	numbers    map[int]bool         // functions → whether all that they return are literal numbers
	asked      map[int][2]string    // comparisons → the functions that their sides come from
	decorators []string
	asserts    map[string]bool // local functions that assert
	nameWords  wordList
	keyWords   wordList
	addresses  wordList
	routes     wordList
	commands   wordList
	programs   wordList
	installs   wordList
	named      hashes

	tokens  []token
	scan    scan
	args    []Arg // of the calls whose brackets are open
	strings interned
	forms   forms
	slabs   slabs
}

func newReader() *reader {
	return &reader{
		names:    map[string]string{},
		types:    map[scope]string{},
		attrs:    map[attribute]string{},
		lists:    map[scope][]string{},
		texts:    map[scope]string{},
		imported: map[string]bool{},
		local:    map[string]bool{},
		bound:    map[string]int{},
		left:     map[int]bool{},
		made:     map[scope]made{},
		copied:   map[scope]bool{},
		numbers:  map[int]bool{},
		asked:    map[int][2]string{},
		asserts:  map[string]bool{},
	}
}

// reset forgets the last file, and keeps the room that it took.
func (r *reader) reset() {
	m := &r.mod
	*m = Module{
		Imports: m.Imports[:0], Calls: m.Calls[:0], Funcs: m.Funcs[:0], Classes: m.Classes[:0], Compares: m.Compares[:0],
		Pairs: m.Pairs[:0], Thresholds: m.Thresholds[:0], Branches: m.Branches[:0], Routes: m.Routes[:0], Constants: m.Constants,
	}
	if m.Constants == nil {
		m.Constants = map[string]string{}
	}
	clear(m.Constants)
	r.root = block{indent: -1, fn: -1}
	r.closed, r.asserted = block{}, 0
	r.flags.reset()
	r.blocks, r.decorators = r.blocks[:0], nil
	clear(r.names)
	clear(r.types)
	clear(r.attrs)
	clear(r.lists)
	clear(r.texts)
	clear(r.imported)
	clear(r.local)
	clear(r.bound)
	clear(r.left)
	clear(r.made)
	clear(r.copied)
	clear(r.numbers)
	clear(r.asked)
	clear(r.asserts)
	r.named.reset()
	for _, w := range []*wordList{&r.nameWords, &r.keyWords, &r.addresses, &r.routes, &r.commands, &r.programs, &r.installs} {
		w.list = w.list[:0]
		clear(w.seen)
	}
}

// finish counts assertions that a test makes through a function of its file.
func (r *reader) finish() *Module {
	r.dedent(0)
	for _, c := range r.mod.Calls {
		if c.Func >= 0 && saysNothing(c.Method(), c.Args) {
			r.withdraw(c.Func, 1)
		}
	}
	for _, f := range r.mod.Funcs {
		if f.Asserts > 0 {
			r.asserts[f.Name] = true
		}
	}
	for _, c := range r.mod.Calls {
		name := strings.TrimPrefix(c.Name, "self.")
		if c.Func >= 0 && !strings.Contains(name, ".") && r.asserts[name] && !c.Decorator {
			r.mod.Funcs[c.Func].Asserts++
		}
	}
	r.madeUp()
	for name, n := range r.bound {
		if n > 1 {
			delete(r.mod.Constants, name)
		}
	}
	return r.compact()
}

// withdraw takes assertions back.
func (r *reader) withdraw(fn, n int) {
	for ; fn >= 0; fn = r.mod.Funcs[fn].Parent {
		r.mod.Funcs[fn].Asserts -= n
	}
}

// top is the innermost block; the file itself is one without a kind.
func (r *reader) top() *block {
	if len(r.blocks) == 0 {
		return &r.root
	}
	return &r.blocks[len(r.blocks)-1]
}

// logical reads one logical line: closes the blocks that it dedents from, then
// takes its statements.
func (r *reader) logical(line logicalLine) {
	r.dedent(line.indent)
	r.statement(line.tokens, line.indent)
}

// dedent closes the blocks whose headers are indented as far, or further.
func (r *reader) dedent(indent int) {
	for len(r.blocks) > 0 && indent <= r.top().indent {
		r.closed = *r.top()
		r.blocks = r.blocks[:len(r.blocks)-1]
		r.leave(&r.closed)
	}
}

// statement reads the statements of a line, a compound one with what follows
// its colon.
func (r *reader) statement(tokens []token, indent int) {
	for len(tokens) > 0 {
		if head, body, ok := compound(tokens); ok {
			r.header(head, indent)
			if len(body) == 0 {
				return
			}
			tokens = body
			continue
		}
		end := semicolon(tokens)
		r.simple(tokens[:end])
		tokens = tokens[min(len(tokens), end+1):]
	}
}

// compound splits "header: rest" if the line opens a block.
func compound(tokens []token) (head, body []token, ok bool) {
	if tokens[0].kind != tokName || !opensBlock(tokens) {
		return nil, nil, false
	}
	depth := 0
	lambda := 0
	for i, t := range tokens {
		if t.kind == tokName && t.text == "lambda" {
			lambda++
		}
		if t.kind != tokOp {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ":":
			if depth == 0 && lambda > 0 {
				lambda--
			} else if depth == 0 {
				return tokens[:i], tokens[i+1:], true
			}
		}
	}
	return nil, nil, false
}

func opensBlock(tokens []token) bool {
	switch tokens[0].text {
	case "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async":
		return true
	case "match", "case": // only keywords where a subject follows
		return len(tokens) > 1 && (tokens[1].kind != tokOp || strings.Contains("([{-", tokens[1].text))
	}
	return false
}

func semicolon(tokens []token) int {
	for i, t := range tokens {
		if t.kind == tokOp && t.text == ";" {
			return i
		}
	}
	return len(tokens)
}
