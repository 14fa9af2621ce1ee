package rego

import "github.com/open-policy-agent/opa/v1/ast"

// Constant is a text that stands in a module.
type Constant struct {
	Path  string
	Line  int
	Value string
}

// Constants returns the texts that objects in the modules have under the key,
// such as {"code": "too-large"}, in the order of the files and lines.
func (p *Policy) Constants(key string) []Constant {
	var found []Constant
	for _, module := range p.modules {
		ast.WalkTerms(p.compiler.Modules[module.Path], func(term *ast.Term) bool {
			object, ok := term.Value.(ast.Object)
			if !ok {
				return false
			}
			value := object.Get(ast.StringTerm(key))
			if value == nil {
				return false
			}
			if text, ok := value.Value.(ast.String); ok {
				constant := Constant{Path: module.Path, Value: string(text)}
				if value.Location != nil {
					constant.Line = value.Location.Row
				}
				found = append(found, constant)
			}
			return false
		})
	}
	return found
}
