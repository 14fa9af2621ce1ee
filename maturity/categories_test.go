package maturity_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/maturity/catalogue"
)

// TestCategoriesHoldTogether: what a rule asks for is made by the catalogue or by
// code, and what they make is asked for by a rule or by code. A name that only one
// side has is a typing mistake, or work that nobody reads.
func TestCategoriesHoldTogether(t *testing.T) {
	asked := askedByRules(t)
	made, read := inCode(t)
	tools, err := catalogue.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools.Tools {
		for _, u := range tool.Uses {
			made[u.As] = "tool " + tool.ID
		}
		for _, category := range tool.Declares {
			made[category] = "tool " + tool.ID
		}
	}
	for category, by := range asked {
		if made[category] == "" {
			t.Errorf("%s asks for %q, which nothing makes", by, category)
		}
	}
	delete(made, "unresolved") // rules read these from a list of their own
	for category, by := range made {
		if asked[category] == "" && read[category] == "" {
			t.Errorf("%s makes %q, which nothing reads", by, category)
		}
	}
}

var (
	// asking is a call of a function of lib.rego that takes a category, a list of
	// them, or the name of a list.
	asking = regexp.MustCompile(`\b(?:of|any_of|wired|unwired|checked|released|in_ci)\((\[[^\]]*\]|"[^"]*"|\w+)\)`)
	lists  = regexp.MustCompile(`(?m)^(\w+) := (\["[^\]]*"\])$`)
	quoted = regexp.MustCompile(`"([^"]+)"`)
)

// askedByRules are the categories that rules ask for, each with a rule that does.
func askedByRules(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("rubric/*.rego")
	if err != nil || len(names) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	out := map[string]string{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]string{}
		for _, m := range lists.FindAllStringSubmatch(string(src), -1) {
			byName[m[1]] = m[2]
		}
		for _, m := range asking.FindAllStringSubmatch(string(src), -1) {
			for _, q := range quoted.FindAllStringSubmatch(m[1]+byName[m[1]], -1) {
				out[q[1]] = filepath.Base(name)
			}
		}
	}
	return out
}

// inCode finds the categories in the code that makes and reads facts: made is
// what becomes the field Category, a key of Facts that is set, or an argument for a
// parameter of that name; read is every other text.
func inCode(t *testing.T) (made, read map[string]string) {
	t.Helper()
	files := parsedCode(t)
	parameters := map[string]map[string]int{} // by package, where functions take a category
	for name, file := range files {
		dir := filepath.Dir(name)
		if parameters[dir] == nil {
			parameters[dir] = map[string]int{}
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if at := slices.Index(parametersOf(fn), "category"); at >= 0 {
					parameters[dir][fn.Name.Name] = at
				}
			}
		}
	}
	made, read = map[string]string{}, map[string]string{}
	for name, file := range files {
		makes := map[ast.Expr]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, e := range categoriesIn(n, parameters[filepath.Dir(name)]) {
				makes[e] = true
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				if makes[lit] {
					made[text] = name
				} else {
					read[text] = name
				}
			}
			return true
		})
	}
	return made, read
}

// categoriesIn are the expressions that a node makes a category of.
func categoriesIn(n ast.Node, parameters map[string]int) []ast.Expr {
	var out []ast.Expr
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Category" {
			out = append(out, n.Value)
		}
	case *ast.CallExpr:
		if at, ok := parameters[called(n.Fun)]; ok && at < len(n.Args) {
			out = append(out, n.Args[at])
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if index, ok := left.(*ast.IndexExpr); ok && called(index.X) == "Facts" {
				out = append(out, index.Index)
			}
			if strings.EqualFold(called(left), "category") && i < len(n.Rhs) {
				out = append(out, n.Rhs[i])
			}
		}
	}
	return out
}

// called is the last name of an expression: add of b.add.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func parametersOf(fn *ast.FuncDecl) []string {
	var out []string
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			out = append(out, name.Name)
		}
	}
	return out
}

// parsedCode are the files of the packages that make facts.
func parsedCode(t *testing.T) map[string]*ast.File {
	t.Helper()
	out := map[string]*ast.File{}
	for _, dir := range []string{".", "cues", "facts", "forge", "languages", "settings"} {
		names, err := fs.Glob(os.DirFS(dir), "*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			name = filepath.Join(dir, name)
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = file
		}
	}
	return out
}
