package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// dynamic returns the files that a module imports by a call: import_module("a.b"),
// and each module of a package where only the last part is left open, as in
// import_module(f"models.{name}").
func (im *importer) dynamic(file string, calls []python.Call) []string {
	var out []string
	for _, c := range calls {
		if c.Name != "importlib.import_module" && c.Name != "__import__" && c.Name != "importlib.util.spec_from_file_location" {
			continue
		}
		a, ok := c.Positional(0)
		switch {
		case !ok:
		case a.Literal:
			name := strings.TrimLeft(a.Value, ".")
			out = append(out, im.imports(file, python.Import{Module: name, Level: len(a.Value) - len(name)})...)
		case len(a.Items) == 1:
			pkg, open, cut := strings.Cut(a.Items[0], ".{")
			if !cut || strings.ContainsAny(pkg, "{ ") {
				continue
			}
			if _, rest, _ := strings.Cut(open, "}"); rest == "" {
				out = append(out, im.members(file, pkg)...)
			} else if name, of := strings.CutPrefix(rest, "."); of && isModuleName(name) {
				out = append(out, im.alike(file, pkg, name)...)
			}
		}
	}
	return out
}

// maxMembers bounds the files of a package that is imported as a whole.
const maxMembers = 200

// members returns the modules that lie in a package.
func (im *importer) members(file, pkg string) []string {
	var out []string
	for _, f := range im.imports(file, python.Import{Module: pkg}) {
		dir, base := path.Split(f)
		out = append(out, f)
		if base != "__init__.py" {
			continue
		}
		from, _ := slices.BinarySearch(im.tree.Files, dir)
		for _, other := range im.tree.Files[from:min(len(im.tree.Files), from+maxMembers)] {
			if path.Dir(other) == path.Clean(dir) && im.tree.Python[other] != nil && strings.HasSuffix(other, ".py") {
				out = append(out, other)
			}
		}
	}
	return out
}

// alike returns the modules of one name in the folders of a package: what
// import_module(f"models.{name}.settings") may import.
func (im *importer) alike(file, pkg, name string) []string {
	ending := "/" + strings.ReplaceAll(name, ".", "/") + ".py"
	var out []string
	for base := range im.bases(path.Dir(file)) {
		folder := path.Join(base, strings.ReplaceAll(pkg, ".", "/")) + "/"
		from, _ := slices.BinarySearch(im.tree.Files, folder)
		for _, other := range im.tree.Files[from:] {
			rest, in := strings.CutPrefix(other, folder)
			if !in || len(out) == maxMembers {
				break
			}
			if im.tree.Python[other] != nil && strings.HasSuffix(rest, ending) && strings.Count(rest, "/") == strings.Count(ending, "/") {
				out = append(out, other)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return out
}

// chosen follows the modules of the repository that a program is told by its arguments
// to import: "run_pipeline.py --module-name pipelines.churn". A word is one only where
// the program imports something whose name it does not have written down.
func (g *graph) chosen(p place, program string, args []string) []string {
	if len(args) == 0 || !slices.ContainsFunc(g.imports.all(program), g.importsByName) {
		return nil
	}
	var out []string
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			_, a, _ = strings.Cut(a, "=")
		}
		if !isModuleName(a) {
			continue
		}
		for _, dir := range append([]string{path.Dir(program)}, p.dirs...) {
			if found := g.imports.started(a, dir); len(found) > 0 {
				out = append(out, g.python(p, found[len(found)-1])...)
				break
			}
		}
	}
	return out
}

// importsByName reports whether a file imports what a variable names, which is asked once
// for each command that starts it.
func (g *graph) importsByName(file string) bool {
	known, asked := g.byName[file]
	if !asked {
		known = importsByName(g.tree.Python[file].Outline())
		g.byName[file] = known
	}
	return known
}

// importsByName reports whether a module imports what a variable names.
func importsByName(mod *python.Module) bool {
	return mod != nil && slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		a, ok := c.Positional(0)
		return (c.Name == "importlib.import_module" || c.Name == "__import__") && ok && !a.Literal
	})
}

var moduleName = regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$`)

// isModuleName reports whether a word may name a module.
func isModuleName(word string) bool { return moduleName.MatchString(word) }
