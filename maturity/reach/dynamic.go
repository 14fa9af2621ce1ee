package reach

import (
	"path"
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
		if c.Name != "importlib.import_module" && c.Name != "__import__" {
			continue
		}
		a, ok := c.Positional(0)
		switch {
		case !ok:
		case a.Literal:
			name := strings.TrimLeft(a.Value, ".")
			out = append(out, im.imports(file, python.Import{Module: name, Level: len(a.Value) - len(name)})...)
		case len(a.Items) == 1:
			if pkg, open, cut := strings.Cut(a.Items[0], ".{"); cut && strings.HasSuffix(open, "}") && !strings.ContainsAny(pkg, "{ ") {
				out = append(out, im.members(file, pkg)...)
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
