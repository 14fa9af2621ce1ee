package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/source"
)

// testLanguage is how tests look in a language other than Python and Go.
type testLanguage struct {
	comment *regexp.Regexp
	// test is the head of a test, claim what makes it fail, skip what leaves it out.
	test, claim, skip *regexp.Regexp
	// own finds a file of the project that a file of tests reaches.
	own func(b *builder, file, text string) string
}

var slashes = regexp.MustCompile(`(?m)//.*$|(?s)/\*.*?\*/`)

// testLanguages are by the endings of their files: testthat and tinytest
// (https://testthat.r-lib.org), JUnit, ScalaTest and MUnit, Julia's Test, and the
// runners of JavaScript.
var testLanguages = map[string]testLanguage{
	".r": {
		comment: regexp.MustCompile(`(?m)#.*$`), test: regexp.MustCompile(`\b(?:test_that|it)\s*\(`), claim: regexp.MustCompile(`\bexpect_\w+\s*\(|\bexpect\s*\(|\bstopifnot\s*\(`),
		skip: regexp.MustCompile(`\bskip\s*\(`), own: (*builder).ownR,
	},
	".jl": {
		comment: regexp.MustCompile(`(?m)#.*$`), test: regexp.MustCompile(`@testset\b`), claim: regexp.MustCompile(`@test(?:_throws|_logs|_warn)?\b`),
		skip: regexp.MustCompile(`@test_skip|@test_broken`), own: (*builder).ownJulia,
	},
	".java": {
		comment: slashes, test: regexp.MustCompile(`@(?:Parameterized)?Test\b`), claim: regexp.MustCompile(`\bassert\w*\s*\(|\bverify\s*\(|\bexpect\w*\s*\(|\bfail\s*\(|\bassert\s`),
		skip: regexp.MustCompile(`@(?:Disabled|Ignore)\b`), own: (*builder).ownJVM,
	},
	".kt": {
		comment: slashes, test: regexp.MustCompile(`@(?:Parameterized)?Test\b`), claim: regexp.MustCompile(`\bassert\w*\s*[({]|\bverify\s*[({]|\bshouldBe\b`),
		skip: regexp.MustCompile(`@(?:Disabled|Ignore)\b`), own: (*builder).ownJVM,
	},
	".scala": {
		comment: slashes, test: regexp.MustCompile(`\btest\s*\("|\bin\s*\{|\bit\s*\("|@Test\b`),
		claim: regexp.MustCompile(`\bassert\w*\s*\(|\bshould(?:Be|Equal)?\b|\bmust(?:Be|Equal)?\b|\bintercept\[|\bexpect\w*\(`),
		skip:  regexp.MustCompile(`\bignore\s*[("{]|\bpending\b`), own: (*builder).ownJVM,
	},
	".js": javaScript, ".ts": javaScript, ".jsx": javaScript, ".tsx": javaScript, ".mjs": javaScript,
}

var javaScript = testLanguage{
	comment: regexp.MustCompile(`(?m)(?:^|\s)//.*$|(?s)/\*.*?\*/`), test: regexp.MustCompile(`\b(?:it|test)(?:\.each\([^)]*\))?\s*\(`),
	claim: regexp.MustCompile(`\bexpect\s*\(|\bassert(?:\.\w+)?\s*\(`), skip: regexp.MustCompile(`\b(?:it|test|describe)\.(?:skip|todo)\s*\(`), own: (*builder).ownScript,
}

// otherTests counts the tests of a file in one of these languages.
func (b *builder) otherTests(file string, src []byte) {
	lang, ok := testLanguages[strings.ToLower(path.Ext(file))]
	if !ok {
		return
	}
	text := lang.comment.ReplaceAllString(string(src), "")
	tests, claims := len(lang.test.FindAllString(text, -1)), len(lang.claim.FindAllString(text, -1))
	skipped := len(lang.skip.FindAllString(text, -1))
	if tests == 0 && claims > 0 && strings.HasSuffix(file, "runtests.jl") {
		tests = 1
	}
	if tests == 0 {
		return
	}
	line := 1
	if at := lang.test.FindStringIndex(string(src)); at != nil {
		line += strings.Count(string(src[:at[0]]), "\n")
	}
	skipped = min(skipped, tests)
	b.test(file, line, tests, min(tests-skipped, claims), skipped, lang.own(b, file, text))
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
		if f := b.lookFor(name, b.around(path.Dir(file), file)); f != "" {
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
			if f := b.lookFor("src/"+name+".jl", b.around(path.Dir(file), file)); f != "" {
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
