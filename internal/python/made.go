package python

import (
	"slices"
	"strings"
)

// made is what a name is bound to, where that tells that it stands for nothing that was
// measured.
type made struct {
	// number is true of a literal number, or a dictionary of them; by is the function of
	// the file that returns it, whose returns may be such.
	number bool
	by     string
	// root is what it is a copy or a part of; that of random numbers is drawn.
	root string
	// from are the functions whose result it is, with spaces between.
	from string
}

const drawn = "random numbers"

// maxMade bounds the names of one file that are followed.
const maxMade = 500

// makes notes what a statement binds its names to; calls are those of the statement.
func (r *reader) makes(tokens []token, calls []Call) {
	end := equals(tokens)
	if end <= 0 {
		return
	}
	value, targets := tokens[end+1:], split(tokens[:end])
	m := r.madeOf(value, calls)
	if len(targets) > 1 && (len(calls) == 0 || calls[0].Method() != "train_test_split") {
		m = made{}
	}
	m.from = r.origin(calls)
	number := m.number
	for _, t := range targets {
		if len(t) == 0 || t[0].kind != tokName {
			continue
		}
		at := scope{r.top().fn, t[0].text}
		// a number in a branch is what is taken where nothing was found
		m.number = number && (!r.top().branch || r.made[at].number)
		if len(t) > 1 && t[1].text != ":" { // an item or attribute is something else from now on
			m := r.made[at]
			m.number = false
			r.rebind(at, m)
			continue
		}
		r.rebind(at, m)
	}
}

// equals is the place of the "=" or "+=" with which a statement binds names, or -1.
func equals(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		if t.kind != tokOp {
			if i == 0 && t.kind == tokName && t.keyword {
				return -1
			}
			continue
		}
		if depth += nesting(t.text); depth == 0 && strings.HasSuffix(t.text, "=") && t.text != "==" && t.text != "!=" && t.text != "<=" && t.text != ">=" {
			return i
		}
	}
	return -1
}

// rebind binds a name to something else: what was a copy of it is a copy of what it
// was before.
func (r *reader) rebind(at scope, m made) {
	if r.copied[at] {
		for other, o := range r.made {
			if o.root == at.name && other.fn == at.fn {
				o.root += " before"
				r.made[other] = o
			}
		}
		delete(r.copied, at)
	}
	_, bound := r.made[at]
	switch {
	case m == (made{}):
		delete(r.made, at)
	case bound || len(r.made) < maxMade:
		r.made[at] = m
		if m.root != "" {
			r.copied[scope{at.fn, m.root}] = true
		}
	}
}

// madeOf finds out what a value stands for.
func (r *reader) madeOf(value []token, calls []Call) made {
	if len(value) == 0 || len(value) > maxArg {
		return made{}
	}
	if isNumber(value) || numbersOnly(value) {
		return made{number: true}
	}
	if isChain(value) {
		return r.alias(value)
	}
	if len(calls) == 0 {
		return made{}
	}
	if draws(value, calls) {
		return made{root: drawn}
	}
	first := calls[0]
	switch {
	case value[0].kind != tokName || !endsWithCall(value):
	case first.Method() == "train_test_split" || first.Name == "copy.copy" || first.Name == "copy.deepcopy":
		if a, ok := first.Positional(0); ok && a.Written != "" {
			return made{root: r.rootOf(a.Written)}
		}
	case len(calls) == 1 && (first.Method() == "copy" || first.Method() == "sample") && first.Receiver != "":
		return made{root: r.rootOf(first.Receiver)}
	case len(calls) == 1 && first.Method() == "drop" && len(first.Args) == 1 && strings.HasSuffix(first.Args[0].Written, ".index"):
		return made{root: r.rootOf(first.Receiver)}
	case len(calls) == 1 && !strings.Contains(strings.TrimPrefix(first.Name, "self."), "."):
		return made{by: strings.TrimPrefix(first.Name, "self.")}
	}
	return made{}
}

// alias is another name for what a name stands for.
func (r *reader) alias(value []token) made {
	if len(value) > 1 || value[0].keyword || value[0].text == "True" || value[0].text == "False" || value[0].text == "None" {
		return made{}
	}
	m := r.lookupMade(value[0].text)
	m.root = r.rootOf(value[0].text)
	return m
}

func endsWithCall(value []token) bool {
	return value[len(value)-1].text == ")"
}

// lookupMade finds what a name is bound to in the function or around it.
func (r *reader) lookupMade(name string) made {
	for fn := r.top().fn; ; fn = r.mod.Funcs[fn].Parent {
		if m, ok := r.made[scope{fn, name}]; ok || fn < 0 {
			return m
		}
	}
}

// rootOf is what a name is a copy of, or the name itself.
func (r *reader) rootOf(name string) string {
	if root := r.lookupMade(name).root; root != "" {
		return root
	}
	return name
}

func isNumber(tokens []token) bool {
	return len(tokens) == 1 && tokens[0].kind == tokNumber || len(tokens) == 2 && tokens[0].text == "-" && tokens[1].kind == tokNumber
}

// numbersOnly reports whether a value is a dictionary of literal numbers.
func numbersOnly(tokens []token) bool {
	if tokens[0].text != "{" || tokens[len(tokens)-1].text != "}" || len(tokens) < 5 {
		return false
	}
	for _, part := range split(tokens[1 : len(tokens)-1]) {
		if len(part) == 0 { // after the last comma
			continue
		}
		if len(part) < 3 || part[0].kind != tokString || part[1].text != ":" || !isNumber(part[2:]) {
			return false
		}
	}
	return true
}

// draws reports whether a value is made of random numbers alone.
func draws(value []token, calls []Call) bool {
	drawing := false
	for _, c := range calls {
		switch {
		case isDraw(c.Name):
			drawing = true
		case c.Name == "pandas.DataFrame", c.Name == "pandas.Series", c.Name == "numpy.array", c.Name == "numpy.concatenate", c.Name == "range", c.Name == "len":
		default:
			return false
		}
	}
	return drawing && (value[0].text == "[" || endsWithCall(value))
}

// isDraw reports whether a function draws numbers from a distribution.
func isDraw(name string) bool {
	if !strings.HasPrefix(name, "numpy.random.") && !strings.HasPrefix(name, "random.") {
		return false
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "normal", "randn", "rand", "uniform", "random", "randint", "integers", "exponential", "poisson", "gamma", "beta", "binomial", "lognormal",
		"standard_normal", "laplace", "multivariate_normal", "gauss", "normalvariate":
		return true
	}
	return false
}

// twice reports whether two arguments of a call are the same thing, or copies or parts
// of one.
func (r *reader) twice(args []Arg) bool {
	if len(args) < 2 {
		return false
	}
	var first [8]string
	seen := first[:0]
	for _, a := range args {
		if a.Literal || a.Value == "" || a.Written == "" || strings.Contains(a.Written, " ") {
			continue
		}
		root := r.rootOf(a.Written)
		if slices.Contains(seen, root) {
			return true
		}
		seen = append(seen, root)
	}
	return false
}

// fixed reports whether one side of a comparison is made of names that stand for literal
// numbers; the functions that it asks for one are left to be looked at.
func (r *reader) fixed(tokens []token, at, step int) (fixed bool, by string) {
	names := 0
	for i, t := range side(tokens, at, step) {
		if t.kind != tokName || i > 0 && tokens[i-1].text == "." && t.text == "get" {
			continue
		}
		if t.text == "float" || t.text == "round" {
			continue
		}
		m := r.lookupMade(t.text)
		if !m.number && m.by == "" || names > 0 && m.by != by {
			return false, ""
		}
		names++
		by = m.by
	}
	return names > 0 && by == "", by
}

// returnsNumber notes what a function returns.
func (r *reader) returnsNumber(value []token) {
	fn := r.top().fn
	if fn < 0 || len(value) == 0 {
		return
	}
	is := isNumber(value) || numbersOnly(value)
	if before, ok := r.numbers[fn]; ok {
		is = is && before
	}
	r.numbers[fn] = is
}

// madeUp marks the comparisons with what a function of the file returns, if that is
// always the same number.
func (r *reader) madeUp() {
	always := map[string]bool{}
	for fn, is := range r.numbers {
		name := r.mod.Funcs[fn].Name
		before, known := always[name]
		always[name] = is && (before || !known)
	}
	for i, by := range r.asked {
		c := &r.mod.Compares[i]
		c.Fixed = c.Fixed || always[by[0]] || always[by[1]]
	}
}

// origin are the names of the first functions that a statement calls.
func (r *reader) origin(calls []Call) string {
	const most = 3
	out := ""
	for _, c := range calls[:min(len(calls), most)] {
		if name := c.Method(); len(name) > 2 {
			out = strings.TrimSpace(out + " " + name)
		}
	}
	return r.strings.copy(out)
}

// withOrigin is a name beside a comparison with the functions whose result it is.
func (r *reader) withOrigin(names string) string {
	first, _, _ := strings.Cut(names, " ")
	if from := r.lookupMade(first).from; from != "" && first == names {
		return names + " " + from
	}
	return names
}
