package rego

import (
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Library is modules that come with the program, so that tests have compiled them
// with every check before. They are prepared without those that only a mistake
// could fail, and are parsed once for all that rest on them. It may be used by
// several goroutines.
type Library struct {
	// root is the part of data in which all its packages lie.
	root    string
	modules []Module
	parsed  func() (map[string]*ast.Module, error)
}

// NewLibrary makes a library of modules, whose packages lie below data.root.
func NewLibrary(root string, modules []Module) *Library {
	return &Library{root, modules, sync.OnceValues(func() (map[string]*ast.Module, error) {
		return parse(modules, DefaultLimits(), false)
	})}
}

// proven lists the stages of OPA's compiler that change nothing in modules without
// mistakes: they only find those, or prepare what no module of a library uses.
func proven() []ast.StageID {
	return []ast.StageID{
		ast.StageCheckUnusedImports, ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports, ast.StageCheckVoidCalls,
		ast.StageParseMetadataBlocks, ast.StageSetAnnotationSet, ast.StageCheckRuleConflicts, ast.StageCheckUndefinedFuncs,
		ast.StageCheckSafetyRuleHeads, ast.StageCheckRecursion, ast.StageCheckTypes, ast.StageCheckUnsafeBuiltins,
		ast.StageCheckDeprecatedBuiltins, ast.StageBuildRequiredCapabilities,
	}
}

// Compile prepares the library alone for questions.
func (l *Library) Compile() (*Policy, error) {
	boundBuiltins()
	parsed, err := parse(l.modules, DefaultLimits(), false) // its own: compiling changes what join may be reading
	if err != nil {
		return nil, err
	}
	chosen := newOptions(nil)
	policy, err := chosen.compile(newCompiler(chosen).WithStrict(false).WithSkipStages(proven()...), parsed, nil)
	if err != nil {
		return nil, err
	}
	policy.modules, policy.proven = slices.Clone(l.modules), true
	return policy, nil
}

// join adds those modules of the library to others that these refer to, and what
// those refer to in turn. Whoever looks at all of data refers to all of it.
func (l *Library) join(modules map[string]*ast.Module) error {
	if l == nil {
		return nil
	}
	var refs []ast.Ref
	for _, module := range modules {
		refs = append(refs, references(module)...)
	}
	if !touch(refs, ast.DefaultRootRef.Append(ast.StringTerm(l.root))) {
		return nil
	}
	own, err := l.parsed()
	if err != nil {
		return err
	}
	for joined := true; joined; {
		joined = false
		for path, module := range own {
			if modules[path] == nil && touch(refs, module.Package.Path) {
				modules[path], joined = module, true
				refs = append(refs, references(module)...)
			}
		}
	}
	return nil
}

// touch reports whether any of the references may lead to what lies at or below the path, or to all around it.
func touch(refs []ast.Ref, path ast.Ref) bool {
	return slices.ContainsFunc(refs, func(ref ast.Ref) bool { return ref.HasPrefix(path) || path.HasPrefix(ref) })
}

// references returns where in data a module looks, imports included: as much of
// each reference as is written down.
func references(module *ast.Module) []ast.Ref {
	var refs []ast.Ref
	visitor := ast.NewGenericVisitor(nil)
	visit := func(x any) bool {
		switch x := x.(type) {
		case *ast.Package:
			return true // where it is, not where it looks
		case ast.Var:
			if x.Equal(ast.DefaultRootDocument.Value) {
				refs = append(refs, ast.DefaultRootRef)
			}
		case ast.Ref:
			if x.HasPrefix(ast.DefaultRootRef) {
				refs = append(refs, x.ConstantPrefix())
				for _, step := range x[1:] {
					visitor.Walk(step)
				}
				return true
			}
		}
		return false
	}
	*visitor = *ast.NewGenericVisitor(visit)
	visitor.Walk(module)
	return refs
}
