package facts

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// tests makes a fact of each file with tests: how many there are, how many of
// them assert something, whether they reach the project's own code.
func (b *builder) tests() {
	for _, file := range b.in.Tree.Files {
		if !b.mine(file) || b.in.Tree.Class(file) != source.Test {
			continue
		}
		if mod := b.in.Tree.Python[file].Module(); mod != nil {
			b.pythonTests(file, mod)
		} else if src := b.in.Tree.Text[file]; src != nil && strings.HasSuffix(file, "_test.go") {
			b.goTests(file, src)
		} else if src != nil {
			b.otherTests(file, src)
		}
	}
	b.smokeTests()
}

// pythonTests counts the test functions of a file.
func (b *builder) pythonTests(file string, mod *python.Module) {
	tests, asserting, skipped, line := 0, 0, 0, 0
	whole := wholeModuleSkipped(mod)
	left, skips := leftOut(mod), skipsOf(mod)
	for i, f := range mod.Funcs {
		if !strings.HasPrefix(f.Name, "test") || f.Parent >= 0 {
			continue
		}
		tests++
		switch {
		case whole || isSkipped(f.Decorators) || skips.test(f) || left[i]:
			skipped++
		case f.Asserts > 0:
			if asserting++; line == 0 {
				line = f.Line
			}
		}
	}
	if tests == 0 {
		return
	}
	own := b.ownCode(file)
	if !whole {
		b.integrationTests(file, mod, own != "")
	}
	b.test(file, max(line, 1), tests, asserting, skipped, own)
}

func (b *builder) test(file string, line, tests, asserting, skipped int, own string) {
	b.add(Fact{
		Category: "test.file", Subject: path.Base(file), Path: file, Line: line, Context: string(source.Test),
		Detail: map[string]any{"tests": tests, "asserting": asserting, "skipped": skipped, "own": own},
	})
	if how := namedTogether(file); how != "" {
		b.together(file, line, how, asserting > 0 && own != "")
	}
}

// isSkipped reports whether a test never runs, or may fail as it likes.
func isSkipped(decorators []string) bool {
	for _, d := range decorators {
		switch {
		case strings.HasSuffix(d, "mark.skip"), d == "unittest.skip", strings.HasSuffix(d, "mark.xfail"):
			return true
		}
	}
	return false
}

// leftOut are the functions that skip themselves before they call anything else.
func leftOut(mod *python.Module) map[int]bool {
	out, begun := map[int]bool{}, map[int]bool{}
	for _, c := range mod.Calls {
		if c.Func < 0 || c.Decorator || begun[c.Func] {
			continue
		}
		begun[c.Func] = true
		out[c.Func] = (c.Name == "pytest.skip" || c.Name == "pytest.xfail" || c.Name == "self.skipTest") && !c.Conditional && !c.Guarded
	}
	return out
}

// wholeModuleSkipped reports whether a file says at its top that none of its
// tests run.
func wholeModuleSkipped(mod *python.Module) bool {
	for _, c := range mod.Calls {
		if c.Name == "pytest.mark.skip" && c.Func < 0 && !c.Decorator {
			return true // pytestmark = pytest.mark.skip(…)
		}
		if c.Name == "pytest.skip" && c.Func < 0 && !c.Conditional {
			if a, ok := c.Arg("allow_module_level"); ok && a.Value == "True" {
				return true
			}
		}
	}
	return false
}

// goTests counts the test functions of a file of Go. Tests of a package reach
// the package's code.
func (b *builder) goTests(file string, src []byte) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	tests, asserting, line := 0, 0, 0
	for _, decl := range parsed.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Body == nil || !strings.HasPrefix(fn.Name.Name, "Test") && !strings.HasPrefix(fn.Name.Name, "Fuzz") || fn.Name.Name == "TestMain" {
			continue
		}
		tests++
		if goAsserts(fn.Body) {
			if asserting++; line == 0 {
				line = fset.Position(fn.Pos()).Line
			}
		}
	}
	if tests > 0 {
		b.test(file, max(line, 1), tests, asserting, 0, cmp.Or(b.goPackage(file), b.goImport(parsed)))
	}
}

// goAsserts reports whether a test can fail: t.Error, t.Fatal, or a call that
// is handed the t.
func goAsserts(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return !found
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			switch sel.Sel.Name {
			case "Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow":
				found = true
			}
		}
		for _, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && id.Name == "t" {
				found = true
			}
		}
		return !found
	})
	return found
}

// goImport returns a file of a package of this module that a test imports.
func (b *builder) goImport(parsed *ast.File) string {
	_, after, _ := strings.Cut("\n"+string(b.in.Tree.Text["go.mod"]), "\nmodule ")
	module, _, _ := strings.Cut(after, "\n")
	for _, imp := range parsed.Imports {
		name := strings.Trim(imp.Path.Value, `"`)
		rel, ok := strings.CutPrefix(name, strings.TrimSpace(module)+"/")
		if f := b.firstIn(rel, ".go"); ok && module != "" && f != "" {
			return f
		}
	}
	return ""
}

// goPackage returns a file of the package beside a test.
func (b *builder) goPackage(file string) string {
	dir := path.Dir(file)
	for _, f := range b.below(dir) {
		if path.Dir(f) == dir && strings.HasSuffix(f, ".go") && !strings.HasSuffix(f, "_test.go") {
			return f
		}
	}
	return ""
}
