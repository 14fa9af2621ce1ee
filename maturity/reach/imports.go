package reach

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// importer resolves Python imports to files of the repository.
type importer struct {
	tree *source.Tree
	// roots are folders from which modules are imported beside the file's own
	// and those above it.
	roots []string
	// byBase lists the Python files by their base name.
	byBase  map[string][]string
	closure map[string][]string
	// long are the files that import more than is followed.
	long   map[string]bool
	direct map[string][]string
	// tops are the first parts of names that some file of the repository could be
	// meant by; found keeps what a module was found to be, by folder and name.
	tops  map[string]bool
	found map[[2]string][]string
	// programs keeps what was found for "python -m".
	programs map[[2]string][]string
	// around are the folders above one, and itself.
	around map[string][]string
	parts  map[string]parts // of files, see Result.parts
	// functions are those of modules, by class and name.
	functions map[*python.Module]map[[2]string][]Site
	// inside are the modules, and the folders with modules, of each folder.
	inside  map[[2]string]bool
	foreign func(module string) bool // known to be somebody else's
	// configured are the modules of objects that configurations of Hydra name; nil
	// until it is asked for.
	configured []string
}

func newImporter(tree *source.Tree, foreign func(string) bool) *importer {
	im := &importer{
		tree: tree, byBase: map[string][]string{}, closure: map[string][]string{}, long: map[string]bool{}, direct: map[string][]string{},
		foreign: foreign, tops: map[string]bool{}, found: map[[2]string][]string{}, programs: map[[2]string][]string{}, around: map[string][]string{}, parts: map[string]parts{}, inside: map[[2]string]bool{},
		functions: map[*python.Module]map[[2]string][]Site{},
	}
	roots := map[string]bool{".": true, "src": true}
	for _, f := range tree.Files {
		dir, base := path.Split(f)
		dir = path.Clean(dir)
		switch base {
		case "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "dvc.yaml", "muster.yaml", "MLproject", "Dockerfile":
			roots[dir], roots[path.Join(dir, "src")] = true, true
		}
		for _, named := range sources(tree, f) {
			roots[named] = true
		}
		if !strings.HasSuffix(base, ".py") {
			continue
		}
		im.index(dir, strings.TrimSuffix(base, ".py"))
		if tree.Python[f] != nil {
			im.byBase[base] = append(im.byBase[base], f)
		}
	}
	for r := range roots {
		im.roots = append(im.roots, r)
	}
	slices.Sort(im.roots)
	return im
}

// index notes a module of a folder, and the folders that lead there.
func (im *importer) index(dir, name string) {
	im.tops[name], im.inside[[2]string{dir, name}] = true, true
	for d := dir; d != "." && !im.inside[[2]string{path.Dir(d), path.Base(d)}]; d = path.Dir(d) {
		im.tops[path.Base(d)] = true
		im.inside[[2]string{path.Dir(d), path.Base(d)}] = true
	}
}

// module returns the files that "import name" runs from a file in dir, the
// packages on the way included. Unique says whether a module that lies on no
// usual path may be found by its name alone.
func (im *importer) module(name, dir string) []string {
	if top, _, _ := strings.Cut(name, "."); !im.tops[top] { // most of what is imported is no file here
		return nil
	}
	key := [2]string{dir, name}
	found, ok := im.found[key]
	if !ok {
		found = im.look(name, dir, im.at)
		im.found[key] = found
	}
	return found
}

// started returns the files that "python -m name" runs from a folder. The name
// is that of a module: a package that only holds one of that name elsewhere is
// not meant.
func (im *importer) started(name, dir string) []string {
	key := [2]string{dir, name}
	found, ok := im.programs[key]
	if !ok {
		found = im.look(name, dir, im.program)
		im.programs[key] = found
	}
	return found
}

// program returns the files of a module that has just that name below a folder.
func (im *importer) program(base, rel string) []string {
	files := im.at(base, rel)
	if len(files) == 0 || strings.TrimSuffix(strings.TrimSuffix(files[len(files)-1], ".py"), "/__init__") != path.Join(base, rel) {
		return nil
	}
	return files
}

// look finds a module from a folder; at says which of its files a base has.
func (im *importer) look(name, dir string, at func(base, rel string) []string) []string {
	rel := strings.ReplaceAll(name, ".", "/")
	if rel == "" || strings.Contains(rel, "//") {
		return nil
	}
	for base := range im.bases(dir) {
		if isCommon(rel) && !im.beside(path.Join(base, "x"), dir) {
			continue // every project has such a folder
		}
		if files := at(base, rel); len(files) > 0 {
			return files
		}
	}
	return im.byName(rel, dir)
}

// isCommon reports whether a module begins with a name that projects give to
// folders, rather than with that of a package.
func isCommon(rel string) bool {
	top, _, _ := strings.Cut(rel, "/")
	switch top {
	case "src", "data", "scripts", "utils", "app", "api", "config", "configs", "main", "model", "models", "tests", "test", "train", "features", "lib", "core", "common":
		return true
	}
	return false
}

// bases are the folders in which a module is looked for, nearest first: two
// projects side by side may have packages of one name.
func (im *importer) bases(dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range [][]string{im.above(dir), im.roots} {
			for _, base := range list {
				if !yield(base) {
					return
				}
			}
		}
	}
}

// above are a folder and those around it.
func (im *importer) above(dir string) []string {
	out, ok := im.around[dir]
	if ok {
		return out
	}
	for d := dir; ; d = path.Dir(d) {
		out = append(out, d)
		if src := path.Join(d, "src"); im.isRoot(src) {
			out = append(out, src)
		}
		if d == "." || d == "/" {
			break
		}
	}
	im.around[dir] = out
	return out
}

// beside reports whether a file and a folder may belong together: one of them
// lies in what the other is built from.
func (im *importer) beside(file, dir string) bool {
	return source.Under(file, im.own(dir)) || source.Under(dir+"/x", im.own(path.Dir(file)))
}

// own is the innermost folder around that is built on its own.
func (im *importer) own(dir string) string {
	for d := dir; d != "." && d != "/"; d = path.Dir(d) {
		if im.isRoot(d) {
			return d
		}
	}
	return "."
}

func (im *importer) isRoot(dir string) bool {
	_, ok := slices.BinarySearch(im.roots, dir)
	return ok
}

// holds reports whether a folder has a module or a folder of that name with
// Python in it.
func (im *importer) holds(base, top string) bool { return im.inside[[2]string{base, top}] }

// at returns the module's files below a folder, or nil if it is not there.
func (im *importer) at(base, rel string) []string {
	var packages []string
	if top, _, _ := strings.Cut(rel, "/"); !im.holds(base, top) {
		return nil
	}
	parts := strings.Split(rel, "/")
	for i := 1; i < len(parts); i++ {
		if init := path.Join(base, path.Join(parts[:i]...), "__init__.py"); im.tree.Has(init) {
			packages = append(packages, init)
		}
	}
	for _, file := range []string{path.Join(base, rel) + ".py", path.Join(base, rel, "__init__.py")} {
		if im.tree.Has(file) {
			return append(packages, file)
		}
	}
	if len(parts) == 1 {
		return nil
	}
	// The last part may be a name inside the module before it.
	before := path.Join(base, path.Join(parts[:len(parts)-1]...))
	if im.tree.Has(before + ".py") {
		return append(packages, before+".py")
	}
	if len(packages) > 0 && packages[len(packages)-1] == path.Join(before, "__init__.py") {
		return packages
	}
	return nil
}

// byName finds a module that lies on no usual path, where exactly one file of
// the project's own can be meant (tests that change sys.path import so).
func (im *importer) byName(rel, dir string) []string {
	top, _, _ := strings.Cut(rel, "/")
	if im.foreign(top) {
		return nil
	}
	var found []string
	for _, f := range im.byBase[path.Base(rel)+".py"] {
		if im.tree.Class(f) == source.Source && (f == rel+".py" || strings.HasSuffix(f, "/"+rel+".py")) && im.beside(f, dir) {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		return found
	}
	return nil
}

// imports returns the files that one import statement runs.
func (im *importer) imports(file string, imp python.Import) []string {
	dir := path.Dir(file)
	name := imp.Module
	if imp.Level > 0 {
		for range imp.Level - 1 {
			dir = path.Dir(dir)
		}
		full := strings.Trim(name+"."+imp.Name, ".")
		if files := im.at(dir, strings.ReplaceAll(full, ".", "/")); len(files) > 0 {
			return files
		}
		if init := path.Join(dir, strings.ReplaceAll(name, ".", "/"), "__init__.py"); im.tree.Has(init) {
			return []string{init}
		}
		return nil
	}
	if imp.Name != "" && imp.Name != "*" {
		return im.module(name+"."+imp.Name, dir)
	}
	return im.module(name, dir)
}

// settle finds what each file imports, see [Result.Settle].
func (im *importer) settle() {
	for _, file := range im.tree.Files {
		im.next(file)
	}
}

// next returns the files that a file imports itself.
func (im *importer) next(file string) []string {
	mod := im.tree.Python[file].Outline()
	if mod == nil && !isR(file) {
		return nil
	}
	if have, ok := im.direct[file]; ok {
		return have
	}
	if mod == nil {
		im.direct[file] = im.sourced(file)
		return im.direct[file]
	}
	var out []string
	for _, imp := range mod.Imports {
		out = append(out, im.imports(file, imp)...)
	}
	if slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return c.Name == "hydra.utils.instantiate" || c.Name == "hydra.utils.call" }) {
		out = append(out, im.targets()...)
	}
	out = append(out, im.dynamic(file, mod.Calls)...)
	slices.Sort(out)
	out = slices.Compact(out)
	im.direct[file] = out
	return out
}

var targetLine = regexp.MustCompile(`(?m)^\s*(?:-\s*)?_target_:\s*["']?([\w.]+)`)

// targets returns the files of the objects that configurations name by
// "_target_": whoever instantiates configurations runs them.
func (im *importer) targets() []string {
	if im.configured != nil {
		return im.configured
	}
	im.configured = []string{}
	for _, f := range im.tree.Files {
		if !yamldoc.IsYAML(f) || im.tree.Class(f) != source.Source {
			continue
		}
		for _, m := range targetLine.FindAllSubmatch(im.tree.Text[f], maxTargets) {
			if name := string(m[1]); strings.Contains(name, ".") {
				im.configured = append(im.configured, im.module(name, ".")...)
			}
		}
	}
	slices.Sort(im.configured)
	im.configured = slices.Compact(im.configured)
	return im.configured
}

// maxTargets bounds the objects of one configuration.
const maxTargets = 100

// maxClosure bounds how many files are followed from one, the nearest first: thousands of
// files in a row would each have all that come after them.
const maxClosure = 1000

// all returns the file and all that it imports, directly or not, sorted.
func (im *importer) all(file string) []string {
	if have, ok := im.closure[file]; ok {
		return have
	}
	seen := map[string]bool{file: true}
	queue := []string{file}
	for len(queue) > 0 && len(seen) < maxClosure {
		f := queue[0]
		queue = queue[1:]
		for _, next := range im.next(f) {
			if !seen[next] && len(seen) < maxClosure {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	if len(seen) >= maxClosure {
		im.long[file] = true
	}
	out := make([]string, 0, len(seen))
	for f := range seen {
		out = append(out, f)
	}
	slices.Sort(out)
	im.closure[file] = out
	return out
}
