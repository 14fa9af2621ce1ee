// Package rego is the one place that knows Open Policy Agent. It turns Rego
// files into a [Policy] and asks it questions.
//
// [Modules] reads the files, [Compile] checks them all (Rego v1, strict, every
// mistake at once with its file, line and column), and [Policy.Eval] answers a
// query about an input, within a time limit. Built-ins whose result depends on
// anything but their arguments (network, clock, chance, environment) do not
// exist here: a policy that calls one does not compile, and the same input
// gives the same answer on every machine. The gate and the maturity rubric
// both rest on this package; what the rules mean is theirs to say.
package rego

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/version"
)

// Version returns the version of Open Policy Agent that decides.
func Version() string { return version.Version }

// Problem is one mistake in a Rego file. Line and Column count from 1; they
// are 0 where the mistake has no place.
type Problem struct {
	Path    string
	Line    int
	Column  int
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Path + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Message)
}

// CompileError lists every mistake that was found, sorted by place.
type CompileError struct{ Problems []Problem }

func (e *CompileError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Option changes how modules are compiled.
type Option func(*options)

type options struct{ inputSchema any }

// InputSchema makes the compiler refuse references to fields that the input
// cannot have: a typing error would otherwise make a rule silently undefined.
// The schema is a JSON Schema as encoding/json decodes it.
func InputSchema(schema any) Option {
	return func(o *options) { o.inputSchema = schema }
}

// Compile checks the modules together and prepares them for questions. The
// data is what they see below `data`, beside their own rules. Mistakes in
// modules come back as one [CompileError].
func Compile(modules []Module, data map[string]any, opts ...Option) (*Policy, error) {
	parsed, err := parse(modules)
	if err != nil {
		return nil, err
	}
	if data == nil {
		data = map[string]any{}
	}
	store := inmem.NewFromObject(data)
	ctx := context.Background() // the store is in memory: nothing here waits
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("compile policies: %w", err)
	}
	defer store.Abort(ctx, txn)
	compiler := newCompiler(opts).WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn))
	if compiler.Compile(parsed); compiler.Failed() {
		return nil, compileError(compiler.Errors, "policies")
	}
	return newPolicy(compiler, store, modules), nil
}

func newCompiler(opts []Option) *ast.Compiler {
	var chosen options
	for _, opt := range opts {
		opt(&chosen)
	}
	compiler := ast.NewCompiler().
		WithStrict(true).
		WithCapabilities(deterministic()).
		WithDefaultRegoVersion(ast.RegoV1).
		SetErrorLimit(0)
	if chosen.inputSchema != nil {
		schemas := ast.NewSchemaSet()
		schemas.Put(ast.SchemaRootRef, chosen.inputSchema)
		compiler = compiler.WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	}
	return compiler
}

// parse parses all modules, so that one report has the mistakes of all files.
func parse(modules []Module) (map[string]*ast.Module, error) {
	parsed := make(map[string]*ast.Module, len(modules))
	var problems []Problem
	for _, module := range modules {
		if _, twice := parsed[module.Path]; twice {
			problems = append(problems, Problem{Path: module.Path, Message: "is there twice"})
			continue
		}
		syntax, err := ast.ParseModuleWithOpts(module.Path, module.Source, ast.ParserOptions{
			Capabilities:      deterministic(),
			ProcessAnnotation: true,
			RegoVersion:       ast.RegoV1,
		})
		if err == nil && syntax == nil {
			err = errors.New("empty: a Rego file begins with a package")
		}
		if err != nil {
			problems = append(problems, compileError(err, module.Path).Problems...)
			continue
		}
		parsed[module.Path] = syntax
	}
	if len(problems) > 0 {
		return nil, &CompileError{problems}
	}
	return parsed, nil
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

// deterministic returns what Rego may use here: every built-in whose result
// depends on its arguments alone.
func deterministic() *ast.Capabilities {
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.Builtins = slices.DeleteFunc(capabilities.Builtins, func(b *ast.Builtin) bool {
		return b.IsNondeterministic() || forbidden(b.Name)
	})
	capabilities.AllowNet = []string{} // a schema's $ref fetches nothing
	return capabilities
}

// forbidden names built-ins that OPA does not call nondeterministic, and that
// depend on more than their arguments all the same.
func forbidden(name string) bool {
	switch name {
	case "trace", // writes into a trace that nobody reads here
		"crypto.x509.parse_and_verify_certificates", // both ask the clock
		"crypto.x509.parse_and_verify_certificates_with_options":
		return true
	}
	return strings.HasPrefix(name, "net.") || strings.HasPrefix(name, "rand.")
}
