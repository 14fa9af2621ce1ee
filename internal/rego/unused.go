package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Unused returns the files, sorted, that none of the named rules in any
// package depends on and that define none of them.
func (p *Policy) Unused(rules ...string) []string {
	used := map[string]bool{}
	visited := map[*ast.Rule]bool{}
	var visit func(rule *ast.Rule)
	visit = func(rule *ast.Rule) {
		if visited[rule] {
			return
		}
		visited[rule] = true
		used[rule.Module.Package.Location.File] = true
		for dependency := range p.compiler.Graph.Dependencies(rule) {
			if next, ok := dependency.(*ast.Rule); ok {
				visit(next)
			}
		}
	}
	for _, module := range p.compiler.Modules {
		for _, rule := range module.Rules {
			if slices.Contains(rules, ruleName(rule)) {
				visit(rule)
			}
		}
	}
	var unused []string
	for _, module := range p.modules {
		if !used[module.Path] {
			unused = append(unused, module.Path)
		}
	}
	slices.Sort(unused)
	return unused
}
