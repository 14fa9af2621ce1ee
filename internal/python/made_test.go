package python_test

import (
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/python"
)

func TestMadeUpComparisons(t *testing.T) {
	for name, tt := range map[string]struct {
		src         string
		fixed, idle bool
	}{
		"two measures":           {"new, old = a(), b()\nif new.f1 > old.f1:\n  promote()", false, false},
		"a literal":              {"def f():\n  old_f1 = 0.9\n  if new_f1 > old_f1:\n    promote()", true, false},
		"a constant":             {"OLD_F1 = 0.9\ndef f():\n  return new_f1 > OLD_F1", true, false},
		"a dictionary":           {"old = {'f1': 0.9, 'auc': 0.8}\nif new['f1'] > old['f1']:\n  promote()", true, false},
		"dictionary that fills":  {"old = {'f1': 0.0}\nold['f1'] = read()\nif new['f1'] > old['f1']:\n  promote()", false, false},
		"default":                {"old_f1 = 0.0\nif runs:\n  old_f1 = read()\nif new_f1 > old_f1:\n  promote()", false, false},
		"default of a failure":   {"try:\n  old_f1 = read()\nexcept KeyError:\n  old_f1 = 0.0\nif new_f1 > old_f1:\n  promote()", false, false},
		"number in any case":     {"old_f1 = 0.9\nif runs:\n  old_f1 = 0.8\nif new_f1 > old_f1:\n  promote()", true, false},
		"default and tuple":      {"old_f1 = 0.0\nold_f1, when = read()\nif new_f1 > old_f1:\n  promote()", false, false},
		"default and loop":       {"best = 0.0\nfor best in runs:\n  if new_f1 > best:\n    promote()", false, false},
		"function of a number":   {"def current():\n  return 0.0\ndef f():\n  old_f1 = current()\n  if new_f1 > old_f1:\n    promote()", true, false},
		"function with fallback": {"def current():\n  if not runs:\n    return 0.0\n  return runs[0].f1\ndef f():\n  old_f1 = current()\n  if new_f1 > old_f1:\n    promote()", false, false},
		"with a margin":          {"margin = 0.01\nif new_f1 > old_f1 + margin:\n  promote()", false, false},
		"only said":              {"if new_f1 < old_f1:\n  print('it is worse than before')\npromote()", false, true},
		"logged":                 {"if new_f1 < old_f1:\n  logger.warning('worse')\nelse:\n  logger.info('better')\npromote()", false, true},
		"else decides":           {"if new_f1 < old_f1:\n  print('it is worse')\nelse:\n  promote()", false, false},
		"told to a script":       {"if new_f1 > old_f1:\n  print('promote=true')", false, false},
		"told to a file":         {"if new_f1 > old_f1:\n  print('it is so', file=out)", false, false},
		"nested":                 {"if new_f1 > old_f1:\n  print('it is better')\n  for a in b:\n    promote(a)", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			compares := python.Read([]byte(tt.src)).Compares
			if len(compares) != 1 {
				t.Fatalf("%d comparisons", len(compares))
			}
			if c := compares[0]; c.Fixed != tt.fixed || c.Idle != tt.idle {
				t.Errorf("fixed %t, idle %t", c.Fixed, c.Idle)
			}
		})
	}
}

func TestCallsOfOneThingTwice(t *testing.T) {
	for name, tt := range map[string]struct {
		src  string
		want bool
	}{
		"two frames":     {"a = read(1)\nb = read(2)\ntest(a, b)", false},
		"one frame":      {"a = read(1)\ntest(a, a)", true},
		"by keyword":     {"test(ref=a, cur=a, columns=c)", true},
		"a copy":         {"a = read(1)\nb = a.copy()\ntest(a, b)", true},
		"a copy before":  {"a = read(1)\nb = a.copy()\na = read(2)\ntest(a, b)", false},
		"halves":         {"b = a.sample(frac=0.5)\nc = a.drop(b.index)\ntest(b, c)", true},
		"a split":        {"b, c = train_test_split(a)\ntest(b, c)", true},
		"columns":        {"b = a.drop(columns=['y'])\nd = c.drop(columns=['y'])\ntest(b, d)", false},
		"drawn":          {"import numpy as np\na = np.random.normal(0, 1, 9)\nb = np.random.normal(1, 1, 9)\ntest(a, b)", true},
		"drawn frames":   {"import numpy as np\nimport pandas as pd\na = pd.DataFrame({'x': np.random.rand(9)})\nb = pd.DataFrame({'x': np.random.rand(9)})\ntest(a, b)", true},
		"samples of two": {"import numpy as np\na = np.random.choice(x, 9)\nb = np.random.choice(y, 9)\ntest(a, b)", false},
		"literals":       {"test(1, 1)", false},
		"by another name": {
			"def f(a):\n  b = a\n  test(a, b)", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := false
			for _, c := range python.Read([]byte(tt.src)).Calls {
				got = got || c.Name == "test" && c.Twice
			}
			if got != tt.want {
				t.Errorf("twice is %t", got)
			}
		})
	}
}

func TestForgivenCalls(t *testing.T) {
	for name, tt := range map[string]struct {
		src  string
		want bool
	}{
		"alone":           {"check(df)", false},
		"said":            {"try:\n  check(df)\nexcept Exception as e:\n  print('not valid', e)", true},
		"said after":      {"try:\n  df = check(df)\n  print('all is well')\nexcept SchemaError:\n  logger.error('no')", true},
		"passed":          {"try:\n  check(df)\nexcept:\n  pass", true},
		"raised again":    {"try:\n  check(df)\nexcept Exception:\n  raise", false},
		"ends":            {"try:\n  check(df)\nexcept Exception:\n  sys.exit(1)", false},
		"returns":         {"def f():\n  try:\n    check(df)\n  except Exception:\n    return False", false},
		"the rest is off": {"try:\n  check(df)\n  train(df)\nexcept Exception:\n  print('it did not work')", false},
		"a block follows": {"try:\n  check(df)\n  for a in b:\n    train(a)\nexcept Exception:\n  print('it did not work')", false},
		"another failure": {"try:\n  check(df)\nexcept ImportError:\n  pass", false},
	} {
		t.Run(name, func(t *testing.T) {
			calls := python.Read([]byte(tt.src)).Calls
			got := slices.ContainsFunc(calls, func(c python.Call) bool { return c.Name == "check" && c.Forgiven })
			if got != tt.want {
				t.Errorf("forgiven is %t", got)
			}
		})
	}
}
