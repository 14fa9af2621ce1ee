package reach_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDead: each case is a module that runs, beside what else there is; the names
// are those of its functions that nothing can call.
func TestDead(t *testing.T) {
	for name, c := range map[string]struct {
		code, more string
		want       []string
	}{
		"called by the module":          {"def a(): pass\na()", "", nil},
		"called by nobody":              {"def a(): pass\ndef b(): pass\nb()", "", []string{"a"}},
		"two that call each other":      {"def a(): b()\ndef b(): a()", "", []string{"a", "b"}},
		"handed on":                     {"def a(): pass\nrun(job=a)", "", nil},
		"in a table":                    {"def a(): pass\nTABLE = {'x': a}", "", nil},
		"named by a string":             {"def a(): pass\ngetattr(me, 'a')()", "", nil},
		"exported":                      {"__all__ = ['a']\ndef a(): pass", "", nil},
		"in a formatted string":         {"def a(): pass\nprint(f'{a(1)}')", "", nil},
		"only documented":               {"def a():\n    '''a() does it'''\n# a()", "", []string{"a"}},
		"decorated":                     {"@app.get('/')\ndef a(): pass", "", nil},
		"decorated by what is quiet":    {"import functools\n@functools.lru_cache\ndef a(): pass", "", []string{"a"}},
		"called by another module":      {"import other\ndef a(): pass", "-- other.py --\nimport x\nx.a()\n", nil},
		"called by what nothing starts": {"def a(): pass", "-- other.py --\nimport x\nx.a()\n", nil},
		"called by a test":              {"def a(): pass", "-- tests/test_x.py --\nimport x\nx.a()\n", []string{"a"}},
		"called by what is dead":        {"def a(): pass", "-- other.py --\nimport x\ndef b():\n  x.a()\n", []string{"a"}},
		"called under another name":     {"import other\ndef a(): pass", "-- other.py --\nfrom x import a as b\nb()\n", nil},
		"imported and no more":          {"import other\ndef a(): pass", "-- other.py --\nfrom x import a\n", []string{"a"}},
		"named by a configuration":      {"def a(): pass", "-- conf.yaml --\n_target_: x.a\n", nil},
		"named by a console script":     {"def a(): pass", "-- pyproject.toml --\n[project.scripts]\nx = 'x:a'\n", nil},
		"named by a page":               {"def a(): pass", "-- docs/a.md --\nCall `a()`.\n", []string{"a"}},
		"a platform's":                  {"def lambda_handler(event, context): pass", "", nil},
		"whatever the user says":        {"import fire\ndef a(): pass\nfire.Fire()", "", nil},
		"a method":                      {"class C:\n    def a(self): self.b()\n    def b(self): pass\n    def c(self): pass\nC().a()", "", []string{"c"}},
		"a class nobody makes":          {"class C:\n    def __init__(self): self.a()\n    def a(self): pass\nx.a()", "", []string{"__init__", "a"}},
		"a class as a type":             {"class C:\n    def __init__(self): pass\ndef f(c: C): pass\nf(1)", "", nil},
		"a class that a framework has":  {"class C(locust.HttpUser):\n    def on_start(self): pass", "", nil},
		"a layer":                       {"import torch\nclass C(torch.nn.Module):\n    def forward(self): pass\nC()", "", nil},
		"a layer that nobody makes":     {"import torch\nclass C(torch.nn.Module):\n    def forward(self): pass", "", []string{"forward"}},
		"derived":                       {"class B:\n    def go(self): self.step()\nclass C(B):\n    def step(self): pass\nC().go()", "", nil},
		"found by its base":             {"class B:\n    def __init_subclass__(cls): pass\nclass C(B):\n    def __init__(self): pass\nB", "", nil},
		"derived in a circle":           {"class B(C):\n    def a(self): pass\nclass C(B):\n    def b(self): pass", "", []string{"a", "b"}},
		"inside one that is dead":       {"def a():\n    def b(): pass\n    b()", "", []string{"a", "b"}},
		"inside one that lives":         {"def a():\n    def b(): pass\n    def c(): pass\n    return b\na()", "", []string{"c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, result := walkTree(t, "-- Makefile --\nall:\n\tpython x.py\n-- x.py --\n"+c.code+"\n"+c.more)
			dead := result.Dead(tree)
			var got []string
			for i, gone := range dead["x.py"] {
				if gone {
					got = append(got, tree.Python["x.py"].Module().Funcs[i].Name)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("dead (-want +got):\n%s", diff)
			}
		})
	}
}
