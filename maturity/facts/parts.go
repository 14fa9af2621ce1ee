package facts

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// manifests are the files by which a folder is a package on its own.
var manifests = []string{"pyproject.toml", "setup.py", "DESCRIPTION", "Project.toml", "build.sbt", "pom.xml", "package.json", "go.mod"}

// elsewhereOnly returns the pipelines that no change of the project starts, but
// only changes of a package that lies in one folder of it and is built on its
// own. Where the project has no tests beside those, they are its own.
func (b *builder) elsewhereOnly() map[string]bool {
	out := map[string]bool{}
	if !b.isPackage(b.project) {
		return out
	}
	for _, p := range b.in.Pipelines {
		if dir := partOf(p); dir != "" && source.Under(dir, b.project) && dir != b.project && b.isPackage(dir) && b.testsBeside(dir) {
			out[p.Path] = true
		}
	}
	return out
}

// partOf is the folder in which all files lie whose change starts a pipeline,
// beside the pipeline itself, or "".
func partOf(p *ci.Pipeline) string {
	dir := ""
	for _, pattern := range p.Only {
		if strings.HasPrefix(pattern, "!") || strings.HasPrefix(pattern, ".github/") {
			continue
		}
		fixed, _, _ := strings.Cut(pattern, "*")
		fixed = path.Dir(fixed + "x")
		if dir == "" {
			dir = fixed
		}
		dir = commonFolder(dir, fixed)
	}
	if dir == "." {
		return ""
	}
	return dir
}

func commonFolder(a, b string) string {
	for a != "." && a != b && !strings.HasPrefix(b, a+"/") {
		a = path.Dir(a)
	}
	return a
}

// isPackage reports whether a folder, or one just below it, is built on its own.
func (b *builder) isPackage(dir string) bool {
	for _, name := range manifests {
		if b.in.Tree.Has(path.Join(dir, name)) {
			return true
		}
	}
	for _, file := range b.in.Tree.Files {
		if dir != b.project && path.Dir(path.Dir(file)) == dir && slices.Contains(manifests, path.Base(file)) {
			return true
		}
	}
	return false
}

// testsBeside reports whether tests of the project lie outside of one folder.
func (b *builder) testsBeside(dir string) bool {
	for file, code := range b.in.Tree.Python {
		if b.in.Tree.Class(file) != source.Test || source.Under(file, dir) || !b.mine(file) {
			continue
		}
		for _, f := range code.Outline().Funcs {
			if strings.HasPrefix(f.Name, "test") && f.Asserts > 0 {
				return true
			}
		}
	}
	return false
}
