package python

import (
	"iter"
	"slices"
	"strings"
)

// resolve gives the full name of a dotted name as written.
func (r *reader) resolve(parts []string) string {
	chain := r.lookup(parts[0])
	raw := parts[0]
	for _, p := range parts[1:] {
		raw = r.join(raw, p)
		chain = r.member(chain, raw, p)
	}
	return chain
}

// lookup resolves a single name: a variable of the function or of those around
// it, then an import or a name of the module. What is none of these stays as
// it is.
func (r *reader) lookup(name string) string {
	for fn := r.top().fn; fn >= 0; fn = r.mod.Funcs[fn].Parent {
		if t, ok := r.types[scope{fn, name}]; ok {
			return t
		}
	}
	if full, ok := r.names[name]; ok {
		return full
	}
	return name
}

// member gives the full name of an attribute. Chain is what its owner resolved
// to, raw the whole name as written.
func (r *reader) member(chain, raw, name string) string {
	if attr, ok := strings.CutPrefix(raw, "self."); ok && attr == name {
		if t, known := r.attrs[attribute{r.top().class, attr}]; known {
			return t
		}
		return r.strings.dot("self", attr)
	}
	owner, _, _ := strings.Cut(raw, ".")
	switch {
	case chain == "" || strings.HasPrefix(chain, unknown):
		return r.strings.dot(unknown, name)
	case chain == owner && !r.known(owner):
		return r.strings.dot(unknown, name)
	case strings.HasPrefix(chain, "self.") && !strings.Contains(chain, "("):
		return r.strings.dot(unknown, name)
	case len(chain) > maxName:
		return r.strings.dot(unknown, name)
	}
	return r.strings.dot(chain, name)
}

// known reports whether a bare name means something in this file.
func (r *reader) known(name string) bool {
	if _, ok := r.names[name]; ok {
		return true
	}
	return r.local[name] || name == "super"
}

// addCall appends a call and returns its index.
func (r *reader) addCall(c Call) int {
	b := r.top()
	c.Func = b.fn
	c.Conditional = b.branch || b.fn >= 0 && r.left[b.fn]
	c.Guarded, c.Loop = b.guarded, b.loop
	if b.fn < 0 && !c.Decorator && b.class == "" && !isSetup(c.Name) {
		r.mod.Runs = true
	}
	if isAssertion(c) {
		r.assert()
		r.fails()
	}
	if c.Name == "sys.exit" || c.Name == "exit" || c.Name == "os._exit" {
		r.refuse()
		r.fails()
	}
	r.mod.Calls = append(r.mod.Calls, c)
	return len(r.mod.Calls) - 1
}

// isSetup names calls at the top level that prepare a module rather than do
// its work.
func isSetup(name string) bool {
	for _, prefix := range []string{"logging.", "os.environ", "sys.path", "warnings.", "typing.", "pathlib.", "os.path", "collections.", "re.compile"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// isAssertion reports whether a call fails a test where its claim does not hold.
func isAssertion(c Call) bool {
	m := c.Method()
	switch {
	case strings.HasPrefix(m, "assert"), strings.HasPrefix(m, "Assert"):
		return true
	case c.Name == "pytest.raises", c.Name == "pytest.warns", c.Name == "pytest.fail", c.Name == "pytest.deprecated_call":
		return true
	case c.Name == "self.fail", m == "match_snapshot", m == "check_estimator":
		return true
	}
	return false
}

// saysNothing reports whether an assertion of unittest is about literals alone.
func saysNothing(method string, args []Arg) bool {
	switch method {
	case "assertTrue", "assertFalse", "assertEqual", "assertEquals", "assertIsNotNone", "assertIsNone":
		return len(args) > 0 && !slices.ContainsFunc(args, func(a Arg) bool { return !a.Literal })
	}
	return false
}

// compares finds ordering comparisons between two values that have names.
func (r *reader) compares(tokens []token, branch bool) {
	for i, t := range tokens {
		if t.kind != tokOp || t.text != "<" && t.text != ">" && t.text != "<=" && t.text != ">=" {
			continue
		}
		left, right := operand(tokens, i, -1), operand(tokens, i, 1)
		if left == "" || right == "" {
			r.threshold(tokens, i, left+right)
			continue
		}
		one, by := r.fixed(tokens, i, -1)
		other, also := r.fixed(tokens, i, 1)
		if by != "" || also != "" {
			r.asked[len(r.mod.Compares)] = [2]string{by, also}
		}
		r.mod.Compares = append(r.mod.Compares, Compare{
			Left: left, Right: right, Line: t.line, Func: r.top().fn, Branch: branch, Fixed: one || other,
		})
	}
}

// threshold keeps a comparison of a named value with a number.
func (r *reader) threshold(tokens []token, at int, names string) {
	number := at > 0 && tokens[at-1].kind == tokNumber || at+1 < len(tokens) && tokens[at+1].kind == tokNumber
	if names != "" && number {
		r.mod.Thresholds = append(r.mod.Thresholds, Condition{Names: r.withOrigin(names), Line: tokens[at].line, Func: r.top().fn})
	}
}

// branch keeps the names in the condition of a branch.
func (r *reader) branch(cond []token, refuses bool) {
	var names []string
	for _, t := range cond[:min(len(cond), maxParts)] {
		if t.kind == tokName && !t.keyword || t.kind == tokString && len(t.text) < 80 {
			names = append(names, t.text)
		}
	}
	if len(names) > 0 {
		r.mod.Branches = append(r.mod.Branches, Condition{Names: strings.Join(names, " "), Line: cond[0].line, Func: r.top().fn, Refuses: refuses})
	}
}

// operand collects the names beside a comparison, in one direction.
func operand(tokens []token, at, step int) string {
	var names []string
	for _, t := range side(tokens, at, step) {
		if t.kind == tokName || t.kind == tokString && len(t.text) < 80 {
			names = append(names, t.text)
		}
	}
	if step < 0 {
		slices.Reverse(names)
	}
	return strings.Join(names, " ")
}

// side yields what stands beside a comparison but operators, in one direction, up to
// where its side ends.
func side(tokens []token, at, step int) iter.Seq2[int, token] {
	return func(yield func(int, token) bool) {
		depth := 0
		for i, n := at+step, 0; i >= 0 && i < len(tokens) && n < maxParts; i, n = i+step, n+1 {
			switch t := tokens[i]; {
			case t.kind == tokOp:
				if depth += nesting(t.text) * step; depth < 0 || depth == 0 && endsOperand(t.text) {
					return
				}
			case t.keyword && depth == 0 || !yield(i, t):
				return
			}
		}
	}
}

// nesting is by how much an operator changes the depth of brackets.
func nesting(op string) int {
	switch op {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

func endsOperand(op string) bool {
	switch op {
	case ",", "=", "<", ">", "<=", ">=", "==":
		return true
	}
	return false
}
