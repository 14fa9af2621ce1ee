package python_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/python"
)

// TestTexts wants what the first argument of f, or the path of write_text, comes to.
func TestTexts(t *testing.T) {
	const head = "import os, sys\nfrom pathlib import Path\nimport os.path as p\n"
	tests := map[string]struct{ src, want string }{
		"literal":            {`f("a.csv")`, "a.csv"},
		"comment, string":    {"# f('b')\n'''f(\"c\")'''\nf('a')  # f('d')", "a"},
		"constant":           {"A = 'a.csv'\nf(A)", "a.csv"},
		"path":               {"f(Path('data') / 'a.csv')", "data/a.csv"},
		"constant path":      {"D = Path('data')\nA = D / 'x' / 'a.csv'\nf(A)", "data/x/a.csv"},
		"join":               {"D = 'data'\nf(os.path.join(D, 'a.csv'))", "data/a.csv"},
		"join by alias":      {"f(p.join('data', 'a.csv'))", "data/a.csv"},
		"sum":                {"D = 'data/'\nf(D + 'a.csv')", "data/a.csv"},
		"formatted":          {"D = 'data'\nf(f'{D}/a.csv')", "data/a.csv"},
		"formatted, unknown": {"f(f'{D}/a.csv')", ""},
		"in a function":      {"D = 'data'\ndef g():\n  x = D + '/a'\n  f(x)", "data/a"},
		"hidden":             {"A = 'a.csv'\ndef g():\n  A = h()\n  f(A)", ""},
		"bound twice":        {"A = 'a.csv'\nA = 'b.csv'\nf(A)", ""},
		"method":             {"A = Path('m.json')\nA.write_text('x')", "m.json"},
		"method of a call":   {"Path('m.json').write_text(f2('y'))", "m.json"},
		"method in a call":   {"print(1 + (Path('d') / 'm.json').write_text('x'))", "d/m.json"},
		"beside the file":    {"H = Path(__file__).resolve().parent\nf(H / 'a.csv')", "a.csv"},
		"dirname":            {"f(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'a.csv'))", "a.csv"},
		"two up":             {"f(Path(__file__).parent.parent / 'a.csv')", "../a.csv"},
		"argument":           {"args = parse()\nf(args.data)", "\x00data\x00"},
		"argv":               {"f(os.path.join(sys.argv[2], 'a'))", "\x002\x00/a"},
		"unknown call":       {"f(where('a.csv'))", ""},
		"an escape":          {`f("a\tb")`, ""},
		"a lone slash":       {"f('a' /)", ""},
		"parameter":          {"def g(p: str, q=1):\n  f(os.path.join(p, f'{q}.csv'))", "\x00=p\x00/\x00=q\x00.csv"},
		"parameter, bound":   {"def g(p):\n  p = h()\n  f(p)", ""},
		"str":                {"A = Path('a')\nf(str(A))", "a"},
	}
	for name, tt := range tests {
		var got string
		for _, c := range python.Read([]byte(head + tt.src)).Calls {
			if c.Name == "f" && len(c.Args) > 0 {
				got = c.Args[0].Text
			}
			if c.On != "" {
				got = c.On
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestKeysOfADictionary(t *testing.T) {
	mod := python.Read([]byte(`pd.DataFrame({"id": rows["id"], "label": {"not": 1}, key: 3, "score": f(x, y)})`))
	if diff := cmp.Diff([]string{"id", "label", "score"}, mod.Calls[0].Args[0].Keys); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfDictionariesInAModule(t *testing.T) {
	mod := python.Read([]byte(`
LIMITS = {"low": 1, name: 2}
def health():
    out = {"version": "1.0", "model": {"run_id": run.info.run_id}}
    out["commit"] = sha
    rows["a"] == 3
    return out
`))
	want := []python.Pair{
		{Name: "low", Line: 2, Func: -1, Fixed: true},
		{Name: "version", Line: 4, Fixed: true},
		{Name: "model", Line: 4},
		{Name: "run_id", Line: 4},
		{Name: "commit", Line: 5, Value: "sha"},
	}
	if diff := cmp.Diff(want, mod.Pairs); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsOfAClass(t *testing.T) {
	mod := python.Read([]byte("class Promote(Job):\n    alias: str = 'x'\n    version: int | None = None\n    other = 1\n    def run(self):\n        local: int = 2\n"))
	if diff := cmp.Diff([]string{"alias", "version"}, mod.Classes[0].Fields); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsOfAFrame(t *testing.T) {
	mod := python.Read([]byte("log.merge(labels[[\"id\", \"y\"]], on=\"id\")\nlog.merge(labels[\"id\"])\n"))
	for i, want := range []string{"labels", ""} {
		if a, _ := mod.Calls[i].Positional(0); a.Written != want {
			t.Errorf("argument %d is written %q, want %q", i, a.Written, want)
		}
	}
}
