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
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
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

type options struct {
	inputSchema any
	limits      Limits
	// reserved is the name of packages that only modules whose path begins with owner may have.
	reserved, owner string
	library         *Library
}

// InputSchema makes the compiler refuse references to fields that the input
// cannot have: a typing error would otherwise make a rule silently undefined.
// The schema is a JSON Schema as encoding/json decodes it.
func InputSchema(schema any) Option {
	return func(o *options) { o.inputSchema = schema }
}

// Reserve keeps a package's name, and all below it, for modules whose path begins
// with owner: others could redefine what those rest on.
func Reserve(name, owner string) Option {
	return func(o *options) { o.reserved, o.owner = name, owner }
}

// Beside lets modules refer to those of a library.
func Beside(library *Library) Option {
	return func(o *options) { o.library = library }
}

// Within sets other limits than [DefaultLimits].
func Within(limits Limits) Option {
	return func(o *options) { o.limits = limits }
}

func newOptions(opts []Option) options {
	chosen := options{limits: DefaultLimits()}
	for _, opt := range opts {
		opt(&chosen)
	}
	return chosen
}

// Compile checks the modules together and prepares them for questions. The
// data is what they see below `data`, beside their own rules. Mistakes in
// modules come back as one [CompileError].
func Compile(modules []Module, data map[string]any, opts ...Option) (*Policy, error) {
	boundBuiltins()
	chosen := newOptions(opts)
	parsed, err := parse(modules, chosen.limits, true)
	if err != nil {
		return nil, err
	}
	if problems := chosen.trespassers(modules, parsed); len(problems) > 0 {
		return nil, &CompileError{problems}
	}
	if err := chosen.library.join(parsed); err != nil {
		return nil, err
	}
	policy, err := chosen.compile(newCompiler(chosen), parsed, data)
	if err != nil {
		return nil, err
	}
	if problems := missing(policy.compiler, modules, data); len(problems) > 0 {
		return nil, &CompileError{problems}
	}
	policy.modules = slices.Clone(modules)
	return policy, nil
}

// compile prepares parsed modules by a compiler.
func (o options) compile(compiler *ast.Compiler, parsed map[string]*ast.Module, data map[string]any) (*Policy, error) {
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
	compiler = compiler.WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn))
	err = newWatch(o.limits).run(ctx, func(topdown.Cancel) error {
		compiler.Compile(parsed)
		return nil
	})
	if err != nil {
		return nil, &CompileError{[]Problem{{Path: "policies", Message: "cannot be compiled: " + err.Error()}}}
	}
	if compiler.Failed() {
		return nil, compileError(compiler.Errors, "policies")
	}
	return &Policy{compiler: compiler, store: store, limits: o.limits}, nil
}

// trespassers finds modules in packages that are not theirs.
func (o options) trespassers(modules []Module, parsed map[string]*ast.Module) []Problem {
	if o.reserved == "" {
		return nil
	}
	var problems []Problem
	for _, module := range modules {
		pkg := parsed[module.Path].Package
		if len(pkg.Path) > 1 && pkg.Path[1].Equal(ast.StringTerm(o.reserved)) && !strings.HasPrefix(module.Path, o.owner) {
			problems = append(problems, Problem{
				Path: module.Path, Line: pkg.Location.Row, Column: max(pkg.Location.Col, 1),
				Message: fmt.Sprintf("%s is reserved for muster's own policies; name it after your team", pkg),
			})
		}
	}
	return problems
}

func newCompiler(chosen options) *ast.Compiler {
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
