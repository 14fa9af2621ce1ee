package rego

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Format returns the module's source as `opa fmt` writes it. Mistakes in it come
// back as a [CompileError].
func Format(module Module) (string, error) {
	if problems := tooLarge([]Module{module}); len(problems) > 0 {
		return "", &CompileError{problems}
	}
	found := make(chan []byte, 1)
	err := newWatch(DefaultLimits()).run(context.Background(), func(topdown.Cancel) error {
		text, err := format.SourceWithOpts(module.Path, []byte(module.Source), format.Opts{RegoVersion: ast.RegoV1})
		found <- text
		return err
	})
	if err != nil {
		return "", compileError(err, module.Path)
	}
	return string(<-found), nil
}
