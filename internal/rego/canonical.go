package rego

import "github.com/open-policy-agent/opa/v1/ast"

// Canonical is what a module says, without its formatting and comments: two
// modules that decide the same way by the same rules have the same text.
func Canonical(path string, source []byte) (string, error) {
	module, err := ast.ParseModule(path, string(source))
	if err != nil {
		return "", err
	}
	return module.String(), nil
}
