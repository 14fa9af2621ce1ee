package rego

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// evalLimit ends an evaluation that takes longer, whatever the caller's context allows.
const evalLimit = 10 * time.Second

// Policy is a set of modules that compiled. It may be used by several goroutines.
type Policy struct {
	compiler *ast.Compiler
	store    storage.Store
	modules  []Module

	mu       sync.Mutex
	prepared map[string]rego.PreparedEvalQuery
}

func newPolicy(compiler *ast.Compiler, store storage.Store, modules []Module) *Policy {
	return &Policy{
		compiler: compiler, store: store, modules: slices.Clone(modules),
		prepared: map[string]rego.PreparedEvalQuery{},
	}
}

// Package is a Rego package and where it comes from.
type Package struct {
	// Name is as in the package clause: "muster.gate.thresholds".
	Name string
	// Files are the files that define at least one of Rules, sorted.
	Files []string
	// Rules are those of the asked rules that the package defines, sorted.
	Rules []string
}

// Query returns the query for one of the package's rules.
func (p Package) Query(rule string) string { return "data." + p.Name + "." + rule }

// Packages returns the packages that define any of the rules, sorted by name;
// without rules, all packages.
func (p *Policy) Packages(rules ...string) []Package {
	found := map[string]*Package{}
	for _, module := range p.modules {
		syntax := p.compiler.Modules[module.Path]
		name := strings.TrimPrefix(syntax.Package.Path.String(), "data.")
		defined := definedRules(syntax, rules)
		if len(defined) == 0 && len(rules) > 0 {
			continue
		}
		if found[name] == nil {
			found[name] = &Package{Name: name}
		}
		found[name].Files = append(found[name].Files, module.Path)
		found[name].Rules = append(found[name].Rules, defined...)
	}
	var packages []Package
	for _, name := range slices.Sorted(maps.Keys(found)) {
		pkg := *found[name]
		slices.Sort(pkg.Files)
		slices.Sort(pkg.Rules)
		pkg.Rules = slices.Compact(pkg.Rules)
		packages = append(packages, pkg)
	}
	return packages
}

// definedRules returns which of the names the module defines, in the order of names.
func definedRules(module *ast.Module, names []string) []string {
	var defined []string
	for _, name := range names {
		if slices.ContainsFunc(module.Rules, func(rule *ast.Rule) bool { return ruleName(rule) == name }) {
			defined = append(defined, name)
		}
	}
	return defined
}

// ruleName returns the first part of a rule's name: "deny" for deny["x"].y too.
func ruleName(rule *ast.Rule) string {
	head, _ := rule.Head.Ref()[0].Value.(ast.Var)
	return string(head)
}

// Annotation is the METADATA comment of a rule or a package.
type Annotation struct {
	Path, Package string
	Line          int
	Title         string
	Description   string
	Custom        map[string]any
}

// Annotations returns the METADATA comments of all modules, in the order of
// the files and lines.
func (p *Policy) Annotations() []Annotation {
	var all []Annotation
	for _, module := range p.modules {
		syntax := p.compiler.Modules[module.Path]
		for _, annotation := range syntax.Annotations {
			all = append(all, Annotation{
				Path: module.Path, Line: annotation.Location.Row,
				Package: strings.TrimPrefix(syntax.Package.Path.String(), "data."),
				Title:   annotation.Title, Description: annotation.Description, Custom: annotation.Custom,
			})
		}
	}
	return all
}

// Eval answers one query about an input. The input crosses as JSON, so that
// what cannot be written down (NaN) is an error. Defined is false if the query
// has no answer; the error is not nil if a policy conflicts with itself, calls
// a built-in wrongly, or takes longer than ten seconds.
func (p *Policy) Eval(ctx context.Context, query string, input any) (value any, defined bool, err error) {
	document, err := inputValue(input)
	if err != nil {
		return nil, false, fmt.Errorf("evaluate %s: encode input: %w", query, err)
	}
	prepared, err := p.prepare(query)
	if err != nil {
		return nil, false, fmt.Errorf("evaluate %s: %w", query, err)
	}
	ctx, cancel := context.WithTimeout(ctx, evalLimit)
	defer cancel()
	results, err := prepared.Eval(ctx, rego.EvalParsedInput(document))
	switch {
	case err != nil && topdown.IsCancel(err) && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, false, fmt.Errorf("evaluate %s: it takes too long: %w", query, ctx.Err())
	case err != nil:
		return nil, false, fmt.Errorf("evaluate %s: %w", query, err)
	case len(results) == 0:
		return nil, false, nil
	case len(results) > 1 || len(results[0].Expressions) != 1:
		return nil, false, fmt.Errorf("evaluate %s: the query has several answers", query)
	}
	return results[0].Expressions[0].Value, true, nil
}

func inputValue(input any) (ast.Value, error) {
	data, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	return ast.ValueFromReader(bytes.NewReader(data))
}

// prepare compiles a query once.
func (p *Policy) prepare(query string) (rego.PreparedEvalQuery, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if prepared, ok := p.prepared[query]; ok {
		return prepared, nil
	}
	prepared, err := rego.New(
		rego.Query(query),
		rego.Compiler(p.compiler),
		rego.Store(p.store),
		rego.StrictBuiltinErrors(true),
		rego.SetRegoVersion(ast.RegoV1),
	).PrepareForEval(context.Background()) // in memory: nothing here waits
	if err != nil {
		return prepared, compileError(err, "query")
	}
	p.prepared[query] = prepared
	return prepared, nil
}
