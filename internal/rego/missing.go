package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// missing finds references to what no rule and no data defines: a package that
// is imported and not there, a rule that was renamed. To Rego they are only
// undefined, and a policy that rests on them silently has nothing to say.
func missing(compiler *ast.Compiler, modules []Module, data map[string]any) []Problem {
	var problems []Problem
	for _, module := range modules {
		ast.WalkTerms(compiler.Modules[module.Path], func(term *ast.Term) bool {
			ref, ok := term.Value.(ast.Ref)
			if !ok || len(ref) < 2 || !ref.HasPrefix(ast.DefaultRootRef) {
				return false
			}
			fixed := ref.ConstantPrefix()
			if len(fixed) < 2 || len(compiler.GetRulesDynamic(fixed)) > 0 || inData(data, fixed[1:]) || isPackage(compiler, fixed) {
				return false
			}
			problem := Problem{Path: module.Path, Message: fmt.Sprintf("%s is not there: no policy and no data defines it", fixed)}
			if at := term.Location; at != nil {
				problem.Line, problem.Column = at.Row, max(at.Col, 1)
			}
			problems = append(problems, problem)
			return false
		})
	}
	return problems
}

// inData reports whether the path lies in the data.
func inData(data map[string]any, path ast.Ref) bool {
	var value any = data
	for _, step := range path {
		key, ok := step.Value.(ast.String)
		object, isObject := value.(map[string]any)
		if !ok || !isObject {
			return true // a list or a value: what is asked of it is not known here
		}
		if value, ok = object[string(key)]; !ok {
			return false
		}
	}
	return true
}

// isPackage reports whether a package lies at or below the path: one without rules is there, and empty.
func isPackage(compiler *ast.Compiler, path ast.Ref) bool {
	for _, module := range compiler.Modules {
		if module.Package.Path.HasPrefix(path) {
			return true
		}
	}
	return false
}
