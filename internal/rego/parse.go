package rego

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"
)

const (
	// maxSource is how large one Rego file may be, in bytes.
	maxSource = 1 << 20
	// maxSources is how large all Rego files may be together.
	maxSources = 16 << 20
)

// parse parses all modules, so that one report has the mistakes of all files;
// METADATA comments are read, and must be right, if they are asked for.
func parse(modules []Module, limits Limits, annotations bool) (map[string]*ast.Module, error) {
	if problems := tooLarge(modules); len(problems) > 0 {
		return nil, &CompileError{problems}
	}
	syntaxes, mistakes := make([]*ast.Module, len(modules)), make([][]Problem, len(modules))
	opts := ast.ParserOptions{Capabilities: deterministic(), ProcessAnnotation: annotations, RegoVersion: ast.RegoV1}
	w := newWatch(limits)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, module := range modules {
		group.Go(func() error {
			syntaxes[i], mistakes[i] = w.parse(module, opts)
			return nil
		})
	}
	_ = group.Wait()
	if problems := slices.Concat(mistakes...); len(problems) > 0 {
		return nil, &CompileError{problems}
	}
	parsed := make(map[string]*ast.Module, len(modules))
	for i, module := range modules {
		parsed[module.Path] = syntaxes[i]
	}
	return parsed, nil
}

// tooLarge finds what is not even read: a file twice, or a text that no person wrote.
func tooLarge(modules []Module) []Problem {
	var problems []Problem
	seen := map[string]bool{}
	total := 0
	for _, module := range modules {
		total += len(module.Source)
		switch {
		case seen[module.Path]:
			problems = append(problems, Problem{Path: module.Path, Message: "is there twice"})
		case len(module.Source) > maxSource:
			problems = append(problems, Problem{Path: module.Path, Message: fmt.Sprintf("is larger than %d MiB; divide it, or move tables into the input", maxSource>>20)})
		case total > maxSources && total-len(module.Source) <= maxSources:
			problems = append(problems, Problem{Path: module.Path, Message: fmt.Sprintf("with this file all policies are larger than %d MiB", maxSources>>20)})
		}
		seen[module.Path] = true
	}
	return problems
}

// parse parses one module. The parser cannot be cancelled, but it is not waited for.
func (w watch) parse(module Module, opts ast.ParserOptions) (*ast.Module, []Problem) {
	found := make(chan *ast.Module, 1)
	err := w.run(context.Background(), func(topdown.Cancel) error {
		syntax, err := ast.ParseModuleWithOpts(module.Path, module.Source, opts)
		if err == nil && syntax == nil {
			err = errors.New("empty: a Rego file begins with a package")
		}
		found <- syntax
		return err
	})
	if err != nil {
		return nil, compileError(err, module.Path).Problems
	}
	return <-found, nil
}

// compileError translates OPA's errors; path stands in where they have none.
func compileError(err error, path string) *CompileError {
	var list ast.Errors
	if single, ok := errors.AsType[*ast.Error](err); ok {
		list = ast.Errors{single}
	} else if !errors.As(err, &list) {
		return &CompileError{[]Problem{{Path: path, Message: err.Error()}}}
	}
	problems := make([]Problem, 0, len(list))
	for _, e := range list {
		problem := Problem{Path: path, Message: e.Message}
		if at := e.Location; at != nil && at.Row > 0 {
			problem.Line, problem.Column = at.Row, max(at.Col, 1) // the end of a file has column 0
			problem.Path = cmp.Or(at.File, path)
		}
		problems = append(problems, problem)
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &CompileError{problems}
}
