package rego

import "github.com/open-policy-agent/opa/v1/ast"

// asidesOf tells the steps of a rule's body that only build its value from those
// that decide whether there is one. The compiler has taken nested references and
// calls out of what the team wrote, so that each is a step of its own:
//
//	c = data.lib.overall[_]; c.verdict = "worse"; m = c.metric; finding = {"metric": m}
//
// Here the last two only build. A step decides if it can fail, or if a step that
// decides needs the variable that it defines.
func (t *tracer) asidesOf(rule *ast.Rule) map[*ast.Expr]bool {
	if known, ok := t.asides[rule]; ok {
		return known
	}
	asides := map[*ast.Expr]bool{}
	defined := map[ast.Var]*ast.Expr{}
	for _, expr := range rule.Body {
		if name, ok := definition(expr); ok && defined[name] == nil {
			defined[name], asides[expr] = expr, true
		}
	}
	var decides func(expr *ast.Expr)
	decides = func(expr *ast.Expr) {
		ast.WalkVars(expr, func(name ast.Var) bool {
			if step := defined[name]; step != nil && asides[step] {
				asides[step] = false
				decides(step)
			}
			return false
		})
	}
	for _, expr := range rule.Body {
		if !asides[expr] {
			decides(expr)
		}
	}
	t.asides[rule] = asides
	return asides
}

// definition returns the variable that a step gives a value, if it does nothing
// else: x = TERM where TERM does not choose among several, or f(…, x).
func definition(expr *ast.Expr) (ast.Var, bool) {
	if expr.Negated || len(expr.With) > 0 || !expr.IsCall() {
		return "", false
	}
	operands := expr.Operands()
	if expr.IsEquality() {
		name, ok := operands[0].Value.(ast.Var)
		return name, ok && !chooses(operands[1])
	}
	if !expr.Generated || len(operands) == 0 {
		return "", false
	}
	name, ok := operands[len(operands)-1].Value.(ast.Var)
	return name, ok
}

// chooses reports whether a reference has a variable besides its head, which may
// be one that it gives values.
func chooses(term *ast.Term) bool {
	ref, ok := term.Value.(ast.Ref)
	if !ok {
		return false
	}
	for _, part := range ref[1:] {
		if _, variable := part.Value.(ast.Var); variable {
			return true
		}
	}
	return false
}
