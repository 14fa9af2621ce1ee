package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/languages"
	"github.com/muster-ci/muster/maturity/source"
)

// otherTests counts the tests of a file in a language that no parser of ours reads.
func (b *builder) otherTests(file string, src []byte) {
	if t, ok := languages.CountTests(file, string(src)); ok {
		b.test(file, t.Line, t.Count, t.Asserting, t.Skipped, b.tested(file, t.Code))
	}
}

// tested finds a file of the project that a file of tests reaches.
func (b *builder) tested(file, text string) string {
	switch strings.ToLower(path.Ext(file)) {
	case ".r":
		return b.ownR(file, text)
	case ".jl":
		return b.ownJulia(file, text)
	case ".java", ".kt", ".scala":
		return b.ownJVM(file, text)
	}
	return b.ownScript(file, text)
}

// root returns the folder of the project that a file belongs to, by the file
// that every project of its language has.
func (b *builder) root(file string, markers ...string) string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		for _, m := range markers {
			if b.in.Tree.Has(path.Join(dir, m)) {
				return dir
			}
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// firstIn returns a file of code below a folder with one of the endings.
func (b *builder) firstIn(dir string, endings ...string) string {
	for _, f := range b.below(dir) {
		if slices.Contains(endings, path.Ext(f)) && b.in.Tree.Class(f) == source.Source {
			return f
		}
	}
	return ""
}

var (
	sourced        = regexp.MustCompile(`\b(?:source|sys\.source|include)\(\s*(?:(?:testthat::)?test_path\(|here::here\(|here\(|joinpath\(@__DIR__,\s*|file\.path\()?\s*["']([^)]+?)["']\s*\)`)
	usedJulia      = regexp.MustCompile(`(?m)^\s*(?:using|import)\s+(.+)$`)
	importedJVM    = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)|^\s*import\s+(?:static\s+)?([\w.]+)`)
	importedScript = regexp.MustCompile(`(?:from|import|require\()\s*\(?\s*["'](\.{1,2}/[^"']+|@/[^"']+|~/[^"']+)["']`)
)

// ownR: a package's tests see what is in its folder R; others source files.
func (b *builder) ownR(file, text string) string {
	for _, m := range sourced.FindAllStringSubmatch(text, -1) {
		name := strings.NewReplacer(`", "`, "/", `","`, "/", `', '`, "/").Replace(m[1])
		for strings.HasPrefix(name, "../") {
			name = name[3:]
		}
		if f := b.in.Tree.LookFor(name, b.around(path.Dir(file), file)); f != "" {
			return f
		}
	}
	if dir := b.root(file, "DESCRIPTION"); dir != "" {
		return b.firstIn(path.Join(dir, "R"), ".R", ".r")
	}
	return ""
}

// ownJulia: tests use the package that their project is called.
func (b *builder) ownJulia(file, text string) string {
	for _, m := range usedJulia.FindAllStringSubmatch(text, -1) {
		for _, name := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' || r == ':' }) {
			if f := b.in.Tree.LookFor("src/"+name+".jl", b.around(path.Dir(file), file)); f != "" {
				return f
			}
		}
	}
	for _, m := range sourced.FindAllStringSubmatch(text, -1) {
		if f := path.Join(path.Dir(file), m[1]); b.in.Tree.Has(f) && b.in.Tree.Class(f) == source.Source {
			return f
		}
	}
	return ""
}

// ownJVM: a test lies in the package that it tests, or imports it.
func (b *builder) ownJVM(file, text string) string {
	module, _, ok := strings.Cut(file, "src/test/")
	if !ok {
		return ""
	}
	for _, m := range importedJVM.FindAllStringSubmatch(text, -1) {
		name := strings.ReplaceAll(m[1]+m[2], ".", "/")
		for _, f := range b.below(module + "src/main") {
			if strings.HasSuffix(strings.TrimSuffix(f, path.Ext(f)), "/"+name) || strings.HasSuffix(path.Dir(f), "/"+name) {
				return f
			}
		}
	}
	return ""
}

// ownScript: a test imports a file by its path.
func (b *builder) ownScript(file, text string) string {
	for _, m := range importedScript.FindAllStringSubmatch(text, -1) {
		name := strings.TrimPrefix(strings.TrimPrefix(m[1], "@/"), "~/")
		for _, dir := range []string{path.Dir(file), "src", path.Join(b.root(file, "package.json"), "src")} {
			for _, end := range []string{"", ".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.js"} {
				f := path.Join(dir, name) + end
				if b.in.Tree.Has(f) && b.in.Tree.Class(f) != source.Test {
					return f
				}
			}
		}
	}
	return ""
}
