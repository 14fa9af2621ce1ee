package python_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/python"
)

// TestCodeThatNeverRuns: what is called in each source, conditions left out.
func TestCodeThatNeverRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		src  string
		want []string
	}{
		"after a return":           {"def f():\n  a()\n  return\n  b()\nc()", []string{"a", "c"}},
		"after a raise":            {"def f():\n  raise ValueError\n  b()", nil},
		"after a continue":         {"for x in y:\n  a()\n  continue\n  b()\nc()", []string{"a", "c"}},
		"after a break":            {"while x:\n  break\n  b()\nc()", []string{"c"}},
		"after an exit":            {"import sys\nsys.exit(a())\nb()\ndef f():\n  c()", []string{"sys.exit", "a"}},
		"after a bare exit":        {"exit()\nb()", []string{"exit"}},
		"an exit of their own":     {"def exit(): pass\nexit()\nb()", []string{"exit", "b"}},
		"an exit in an expression": {"import sys\nx = sys.exit() if y else 1\nb()", []string{"sys.exit", "b"}},
		"a test that skips itself": {"import pytest\ndef test():\n  pytest.skip('later')\n  b()", []string{"pytest.skip"}},
		"both branches leave":      {"def f():\n  if x:\n    return 1\n  elif y:\n    raise X\n  else:\n    return 2\n  b()", nil},
		"one branch leaves":        {"def f():\n  if x:\n    return 1\n  elif y:\n    a()\n  else:\n    return 2\n  b()", []string{"a", "b"}},
		"no else":                  {"def f():\n  if x:\n    return 1\n  elif y:\n    return 2\n  b()", []string{"b"}},
		"a try leaves":             {"def f():\n  try:\n    return 1\n  except X:\n    pass\n  b()", []string{"b"}},
		"if True leaves":           {"def f():\n  if True:\n    return 1\n  b()", nil},
		"the same line":            {"def f(): a(); return; b()\nc()", []string{"a", "c"}},

		"if 0":                {"if 0:\n  a()\nb()", []string{"b"}},
		"if None":             {"if None:\n  a()", nil},
		"while False":         {"while False:\n  a()", nil},
		"if not True":         {"if not True:\n  a()", nil},
		"if not __debug__":    {"if not __debug__:\n  a()", nil},
		"and False":           {"if x and (False):\n  a()", nil},
		"or False":            {"if x or False:\n  a()", []string{"a"}},
		"or True":             {"if x or True:\n  a()\nelse:\n  b()", []string{"a"}},
		"else of if True":     {"if True:\n  a()\nelif x:\n  b()\nelse:\n  c()\nd()", []string{"a", "d"}},
		"else of an elif":     {"if x:\n  a()\nelif 1:\n  b()\nelse:\n  c()", []string{"a", "b"}},
		"else of if False":    {"if False:\n  a()\nelse:\n  b()", []string{"b"}},
		"else of a loop":      {"if True:\n  a()\nfor x in y:\n  b()\nelse:\n  c()", []string{"a", "b", "c"}},
		"a conditional value": {"if False if x else True:\n  a()", []string{"a"}},

		"a flag":                     {"FLAG = False\ndef f():\n  if FLAG and x:\n    a()\n  if not FLAG:\n    b()", []string{"b"}},
		"a flag that is annotated":   {"FLAG: bool = False\nif FLAG:\n  a()", nil},
		"a flag of the function":     {"def f():\n  log = False\n  if log:\n    a()", nil},
		"a flag that is set":         {"FLAG = False\nFLAG = x > 1\nif FLAG:\n  a()", []string{"a"}},
		"a flag that is set later":   {"FLAG = False\ndef on():\n  global FLAG\n  FLAG = True\nif FLAG:\n  a()", []string{"a"}},
		"a flag set by its name":     {"FLAG = False\nexec(open(x).read())\nif FLAG:\n  a()", []string{"exec", "open", "open().read", "a"}},
		"a flag that is a parameter": {"FLAG = False\ndef f(FLAG):\n  if FLAG:\n    a()", []string{"a"}},
		"a flag set in a loop":       {"found = False\nfor found in y:\n  if found:\n    a()", []string{"a"}},
		"a flag set in a branch":     {"if x:\n  FLAG = False\n  if FLAG:\n    a()", []string{"a"}},
		"an attribute":               {"args.flag = False\nif args.flag:\n  a()", []string{"a"}},
		"a longer name":              {"LOG = False\nLOG_ALL = True\nif LOG:\n  a()", nil},
		"compared, not set":          {"LOG = False\nif x == LOG == y:\n  pass\nif LOG:\n  a()", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range python.Read([]byte(tt.src)).Calls {
				got = append(got, c.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotebooksRunOn(t *testing.T) {
	mod, err := python.Notebook([]byte(`{"cells": [{"cell_type": "code", "source": "RUN = False\nraise ValueError"}, {"cell_type": "code", "source": "if RUN:\n  a()"}]}`))
	if err != nil || len(mod.Calls) != 1 {
		t.Errorf("%d calls, %v, want one", len(mod.Calls), err)
	}
}

// TestAssertionsThatCannotFail counts the assertions of the first function.
func TestAssertionsThatCannotFail(t *testing.T) {
	for name, tt := range map[string]struct {
		src  string
		want int
	}{
		"swallowed":            {"def test():\n  try:\n    assert f() == 1\n  except:\n    pass", 0},
		"printed":              {"def test():\n  try:\n    assert f() == 1\n  except Exception as e:\n    print(e)", 0},
		"swallowed twice":      {"def test():\n  assert g()\n  try:\n    assert f()\n  except AssertionError:\n    pass\n  except Exception:\n    pass", 1},
		"another error":        {"def test():\n  try:\n    assert f() == 1\n  except KeyError:\n    pass", 1},
		"raised again":         {"def test():\n  try:\n    assert f() == 1\n  except Exception:\n    log()\n    raise", 1},
		"failed":               {"import pytest\ndef test():\n  try:\n    assert f() == 1\n  except Exception as e:\n    pytest.fail(str(e))", 2},
		"outside of the try":   {"def test():\n  try:\n    x = f()\n  except Exception:\n    x = 1\n  assert x", 1},
		"suppressed":           {"import contextlib\ndef test():\n  with contextlib.suppress(AssertionError):\n    assert f()", 0},
		"or True":              {"def test():\n  assert f() or True", 0},
		"what is":              {"def test():\n  x = f()\n  assert x == x", 0},
		"what is there":        {"import pkg\ndef test():\n  assert pkg.train\n  assert pkg.train is not None", 0},
		"what it gives":        {"import pkg\ndef test():\n  assert pkg.train() is not None", 1},
		"what an object has":   {"import pkg\ndef test():\n  pkg = make()\n  assert pkg.ready", 1},
		"deterministic":        {"def test():\n  assert f(1) == f(1)", 1},
		"after a return":       {"def test():\n  return\n  assert f()", 0},
		"in a loop of nothing": {"def test():\n  while False:\n    assert f()", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := python.Read([]byte(tt.src)).Funcs[0].Asserts; got != tt.want {
				t.Errorf("%d assertions, want %d", got, tt.want)
			}
		})
	}
}
