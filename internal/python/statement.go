package python

import (
	"slices"
	"strings"
)

// simple reads one statement that opens no block.
func (r *reader) simple(tokens []token) {
	b := r.top()
	if len(tokens) == 0 || b.dead {
		return
	}
	first := tokens[0]
	switch {
	case first.kind == tokOp && first.text == "@":
		r.decorate(tokens[1:])
		return
	case first.kind == tokName && first.text == "import":
		r.importModules(tokens[1:], first.line)
		return
	case first.kind == tokName && first.text == "from" && len(tokens) > 1:
		r.importFrom(tokens[1:], first.line)
		return
	case first.kind == tokString && len(tokens) == 1, first.text == "pass", first.text == "...", first.text == ".":
		return
	}
	r.count(b)
	r.effect(b, tokens)
	r.field(b, tokens)
	keyword, ends := "", r.ends(tokens)
	switch first.text {
	case "return", "continue":
		r.returns(b)
		keyword, tokens = first.text, tokens[1:]
		r.returnsNumber(tokens)
	case "raise", "assert", "yield", "del", "await", "print":
		keyword = first.text
		if first.text == "assert" && !r.vacuous(tokens[1:]) {
			r.assert()
		}
		if first.text == "assert" && claimsData(tokens[1:]) {
			r.branch(tokens[1:], true)
		}
		if first.text == "assert" || first.text == "raise" {
			r.refuse()
			r.fails()
		}
	}
	r.targets(tokens)
	before := len(r.mod.Calls)
	r.assignment(tokens, r.expression(tokens, keyword))
	r.makes(tokens, r.mod.Calls[before:])
	if ends {
		b.stops = first.text != "continue" && first.text != "break"
		r.end()
	}
}

// field keeps a name that the class around it annotates.
func (r *reader) field(b *block, tokens []token) {
	n := len(r.mod.Classes)
	if b.class == "" || b.fn >= 0 || n == 0 || len(tokens) < 3 || tokens[0].kind != tokName || tokens[1].text != ":" {
		return
	}
	if c := &r.mod.Classes[n-1]; c.Name == b.class {
		c.Fields = append(c.Fields, tokens[0].text)
	}
}

// count adds a statement to the module and to the functions around it.
func (r *reader) count(b *block) {
	r.mod.Statements++
	if b.fn >= 0 {
		r.mod.Funcs[b.fn].Body++
	}
}

// returns marks the branch that leaves its function, so that what follows the
// branch counts as conditional.
func (r *reader) returns(b *block) {
	if b.branch && b.kind != "except" {
		b.returned = true
	}
}

// assert counts an assertion for the function around it and those around that.
func (r *reader) assert() {
	r.asserted++
	for fn := r.top().fn; fn >= 0; fn = r.mod.Funcs[fn].Parent {
		r.mod.Funcs[fn].Asserts++
	}
}

// vacuous reports whether a claim holds whatever the code does: it is made of
// literals alone, or says no more than that something imported is there.
func (r *reader) vacuous(claim []token) bool {
	if len(claim) > 2 && claim[0].text == "(" && len(split(trimParens(claim))) > 1 && claim[len(claim)-1].text == ")" && closes(claim) {
		return true // a tuple that is not empty is true
	}
	if claim = split(claim)[0]; len(claim) == 0 {
		return false // half a statement
	}
	if holds, known := r.truth(claim); known && holds || comparesWithItself(claim) || r.isThere(claim) {
		return true
	}
	var names []token
	for _, t := range claim {
		if t.kind == tokName && !t.keyword && t.text != "True" && t.text != "False" && t.text != "None" {
			names = append(names, t)
		}
	}
	switch len(names) {
	case 0:
		first := claim[0].text
		return len(claim) > 1 || first != "False" && first != "None" && first != "0"
	case 1:
		is := len(claim) == 1 || len(claim) == 4 && claim[1].text == "is" && claim[2].text == "not" && claim[3].text == "None"
		return is && r.isImported(names[0].text)
	case 2:
		return len(claim) == 4 && names[0].text == "callable" && claim[1].text == "(" && r.isImported(names[1].text)
	}
	return false
}

// isThere reports whether a claim says no more than that something imported has
// an attribute: "assert pkg.train", "assert pkg.train is not None".
func (r *reader) isThere(claim []token) bool {
	if n := len(claim) - 3; n > 0 && claim[n].text == "is" && claim[n+1].text == "not" && claim[n+2].text == "None" {
		claim = claim[:n]
	}
	return len(claim) > 2 && isChain(claim) && r.isImported(claim[0].text)
}

// comparesWithItself reports whether a claim says that a name is what it is.
func comparesWithItself(claim []token) bool {
	at := slices.IndexFunc(claim, func(t token) bool { return t.kind == tokOp && (t.text == "==" || t.text == ">=" || t.text == "<=") })
	if at <= 0 || len(claim) != 2*at+1 || !isChain(claim[:at]) {
		return false
	}
	for i, t := range claim[:at] {
		if other := claim[at+1+i]; t.kind != other.kind || t.text != other.text {
			return false
		}
	}
	return true
}

// closes reports whether the bracket at the beginning closes at the end.
func closes(tokens []token) bool {
	depth := 0
	for i, t := range tokens {
		if t.kind == tokOp {
			depth += nesting(t.text)
		}
		if depth == 0 {
			return i == len(tokens)-1
		}
	}
	return false
}

// isImported reports whether a name is what an import gave it, in this function too.
func (r *reader) isImported(name string) bool {
	for fn := r.top().fn; fn >= 0; fn = r.mod.Funcs[fn].Parent {
		if _, ok := r.types[scope{fn, name}]; ok || slices.Contains(r.mod.Funcs[fn].Parameters, name) {
			return false
		}
	}
	return r.imported[name] || r.local[name]
}

// decorate keeps a decorator for the definition that follows.
func (r *reader) decorate(tokens []token) {
	if len(tokens) == 0 {
		return
	}
	before := len(r.mod.Calls)
	r.expression(tokens, "")
	name := r.dotted(tokens)
	if len(r.mod.Calls) == before {
		r.addCall(Call{Name: name, Line: tokens[0].line})
	}
	for i := before; i < len(r.mod.Calls); i++ {
		r.mod.Calls[i].Decorator = true
	}
	r.decorators = append(r.decorators, name)
}

// importModules reads "import a.b as c, d".
func (r *reader) importModules(tokens []token, line int) {
	for _, part := range split(tokens) {
		names := words(part)
		module, alias, _ := strings.Cut(strings.Join(names, ""), "\x00")
		if module == "" {
			continue
		}
		r.imported[module] = true
		r.mod.Imports = append(r.mod.Imports, Import{Module: module, Line: line, Guarded: r.top().guarded})
		if alias != "" {
			r.names[alias] = module
		} else {
			top, _, _ := strings.Cut(module, ".")
			r.names[top] = top
		}
	}
}

// importFrom reads "from ..a.b import c as d, e".
func (r *reader) importFrom(tokens []token, line int) {
	at := -1
	for i, t := range tokens {
		if t.kind == tokName && t.text == "import" {
			at = i
			break
		}
	}
	if at < 0 {
		return
	}
	level := 0
	var path strings.Builder
	for _, t := range tokens[:at] {
		if t.text == "." && path.Len() == 0 {
			level++
		} else {
			path.WriteString(t.text)
		}
	}
	module := path.String()
	full := strings.Repeat(".", level) + module
	if module != "" {
		full += "."
	}
	for _, part := range split(trimParens(tokens[at+1:])) {
		name, alias, _ := strings.Cut(strings.Join(words(part), ""), "\x00")
		if name == "" {
			continue
		}
		r.imported[name] = true
		r.mod.Imports = append(r.mod.Imports, Import{
			Module: module, Name: name, Level: level, Line: line, Guarded: r.top().guarded,
		})
		if alias == "" {
			alias = name
		} else {
			r.named.add(name)
		}
		r.names[alias] = full + name
	}
}

// words returns the texts of tokens with "as" replaced by a zero byte.
func words(tokens []token) []string {
	out := make([]string, 0, len(tokens))
	for _, t := range tokens {
		if t.text == "as" {
			out = append(out, "\x00")
		} else {
			out = append(out, t.text)
		}
	}
	return out
}

func trimParens(tokens []token) []token {
	if len(tokens) > 0 && tokens[0].text == "(" {
		tokens = tokens[1:]
	}
	if n := len(tokens); n > 0 && tokens[n-1].text == ")" {
		tokens = tokens[:n-1]
	}
	return tokens
}

// split cuts tokens at the commas that stand outside of brackets.
func split(tokens []token) [][]token {
	var out [][]token
	depth, start := 0, 0
	for i, t := range tokens {
		if t.kind != tokOp {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			if depth == 0 {
				out = append(out, tokens[start:i])
				start = i + 1
			}
		}
	}
	return append(out, tokens[start:])
}

// assignment binds the names on the left of "=" to what the value is.
func (r *reader) assignment(tokens []token, value string) {
	target, rest := assigned(tokens)
	if target == "" {
		return
	}
	b := r.top()
	r.bindText(target, rest)
	if rest[0].text == "[" && len(rest) <= maxArg {
		r.lists[scope{b.fn, target}] = r.items(rest)
	}
	literal, ok := literalOf(rest)
	if ok {
		r.bindFlag(b, target, literal)
		value = ""
		if (b.branch || b.guarded) && r.means(b, target) {
			return // "except ImportError: wandb = None" does not make wandb something else
		}
	}
	if b.fn < 0 && b.class == "" && !strings.Contains(target, ".") {
		r.bound[target]++
		if ok {
			r.mod.Constants[target] = literal
		}
		if r.local[target] {
			return
		}
		if value != "" {
			r.names[target] = value
		} else {
			delete(r.names, target)
		}
		return
	}
	switch attr, isSelf := strings.CutPrefix(target, "self."); {
	case isSelf && value != "":
		r.attrs[attribute{b.class, attr}] = value
	case isSelf:
	case value != "":
		r.types[scope{b.fn, target}] = value
	default:
		r.types[scope{b.fn, target}] = unknown // hides a module-level name
	}
}

// means reports whether a name stands for something that was imported or made.
func (r *reader) means(b *block, name string) bool {
	if _, ok := r.types[scope{b.fn, name}]; ok {
		return true
	}
	_, ok := r.names[name]
	return ok
}

// assigned returns the single name on the left of an assignment, and what
// stands on its right.
func assigned(tokens []token) (string, []token) {
	if len(tokens) < 3 || tokens[0].kind != tokName {
		return "", nil
	}
	name, at := tokens[0].text, 1
	if tokens[1].text == "." && len(tokens) > 4 && name == "self" {
		name, at = name+"."+tokens[2].text, 3
	}
	if tokens[at].text == ":" { // annotation
		for at < len(tokens) && tokens[at].text != "=" {
			at++
		}
	}
	if at >= len(tokens)-1 || tokens[at].text != "=" || tokens[at].kind != tokOp {
		return "", nil
	}
	return name, tokens[at+1:]
}

// scope is a name in a function, whose index is -1 for the module.
type scope struct {
	fn   int
	name string
}

// attribute is a name that the objects of a class have.
type attribute struct{ class, name string }
