package python_test

import (
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/python"
)

func texts(words []python.Word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.Text)
	}
	return strings.Join(out, " ")
}

func TestNamesAndKeys(t *testing.T) {
	for src, want := range map[string][2]string{
		"a, (b, self.c) = split(x)":                    {"a b c", ""},
		"a: dict[str, int] = {}":                       {"a", ""},
		"a.b = 1":                                      {"b", ""},
		"for i, row in rows:\n  pass":                  {"i row", ""},
		"f(a == b)":                                    {"", ""},
		"tags = {'commit': sha, 'n': {'inner': 1}}":    {"tags", "commit n inner"},
		"meta['dataset'] = 1\nmeta[0] = x['no']":       {"meta", "dataset"},
		"log(dict(git_commit=sha), key='value')":       {"", "git_commit key"},
		"x = {f'{a}': 1}\ny = ['a', 'b']\nz = q['r':]": {"x y z", ""},
	} {
		mod := python.Read([]byte(src))
		if got := [2]string{texts(mod.Names), texts(mod.Keys)}; got != want {
			t.Errorf("%q gives %q, want %q", src, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for src, want := range map[string]int{
		"def f(x):\n  if x:\n    raise ValueError(x)":                            1,
		"def f(x):\n  assert x":                                                  1,
		"import sys\ndef f(x):\n  if x:\n    sys.exit(1)":                        1,
		"def f(x):\n  try:\n    g()\n  except E:\n    raise":                     0,
		"def f(x):\n  try:\n    g()\n  except E as e:\n    if e:\n      raise F": 0,
		"def f(x):\n  return x  # raise":                                         0,
	} {
		mod := python.Read([]byte(src))
		if mod.Refuses != want || mod.Funcs[0].Refuses != want {
			t.Errorf("%q refuses %d times, its function %d, want %d", src, mod.Refuses, mod.Funcs[0].Refuses, want)
		}
	}
}
