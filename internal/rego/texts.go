package rego

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Texts returns the string literals of the package and of all rules and functions
// that it uses, of other packages too, sorted: by them a rule says what it is
// interested in. The name is as in the package clause, "maturity.criteria.unit_tests".
func (p *Policy) Texts(pkg string) []string {
	s := search{policy: p, texts: map[string]bool{}, seen: map[*ast.Rule]bool{}}
	for _, module := range p.compiler.Modules {
		if module.Package.Path.String() == "data."+pkg {
			for _, rule := range module.Rules {
				s.rule(rule)
			}
		}
	}
	return slices.Sorted(maps.Keys(s.texts))
}

// search follows rules to those that they use.
type search struct {
	policy *Policy
	texts  map[string]bool
	seen   map[*ast.Rule]bool
}

func (s search) rule(rule *ast.Rule) {
	if s.seen[rule] {
		return
	}
	s.seen[rule] = true
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		switch v := term.Value.(type) {
		case ast.String:
			s.texts[string(v)] = true
		case ast.Ref:
			for _, used := range s.policy.compiler.GetRules(v) {
				s.rule(used)
			}
		}
		return false
	})
}
