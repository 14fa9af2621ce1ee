package rego

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
)

// Policy is a set of modules that compiled. It may be used by several goroutines.
type Policy struct {
	compiler *ast.Compiler
	store    storage.Store
	modules  []Module
	limits   Limits
	// proven is true for a library's.
	proven bool
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
// the files and lines. Those of a library are read only now.
func (p *Policy) Annotations() []Annotation {
	syntaxes := p.compiler.Modules
	if p.proven {
		parsed, err := parse(p.modules, p.limits, true)
		if err != nil {
			return nil
		}
		syntaxes = parsed
	}
	var all []Annotation
	for _, module := range p.modules {
		syntax := syntaxes[module.Path]
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
