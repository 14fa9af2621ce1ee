package rego

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// testSuffix ends the names of files that hold tests, as OPA's own tools have it.
const testSuffix = "_test.rego"

// Module is one Rego file.
type Module struct {
	// Path names the file in errors and findings.
	Path   string
	Source string
}

// IsTest reports whether the module holds tests.
func (m Module) IsTest() bool { return strings.HasSuffix(m.Path, testSuffix) }

// Modules reads every Rego file below the root of fsys, sorted by path,
// without tests.
func Modules(fsys fs.FS) ([]Module, error) {
	all, err := ModulesAndTests(fsys)
	if err != nil {
		return nil, err
	}
	modules := all[:0]
	for _, module := range all {
		if !module.IsTest() {
			modules = append(modules, module)
		}
	}
	return modules, nil
}

// ModulesAndTests reads every Rego file below the root of fsys, sorted by path.
func ModulesAndTests(fsys fs.FS) ([]Module, error) {
	var modules []Module
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		// A walk does not follow links: policies behind one would silently not be there.
		if target, err := fs.Stat(fsys, name); err == nil && target.IsDir() {
			return &CompileError{Problems: []Problem{{Path: name, Message: "a link to a folder is not followed; put the policies themselves here"}}}
		}
		if path.Ext(name) != ".rego" {
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		modules = append(modules, Module{Path: name, Source: string(source)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return modules, nil
}
