package facts

import (
	"cmp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// testMemo keeps what several tests ask of a file.
type testMemo struct {
	spans    map[*python.Module][]span
	fixtures map[string][]fixture // by file
}

// callsIn are the calls of a function and of those that stand in it, and perhaps a few
// more: a file of ten thousand tests is gone through once, not once for each of them.
// All calls are those of -1.
func (b *builder) callsIn(mod *python.Module, fn int) []python.Call {
	if fn < 0 {
		return mod.Calls
	}
	memo := &b.memo.tests
	if memo.spans == nil {
		memo.spans = map[*python.Module][]span{}
	}
	spans, ok := memo.spans[mod]
	if !ok {
		spans = spansOf(mod)
		memo.spans[mod] = spans
	}
	return mod.Calls[spans[fn].from:spans[fn].to]
}

// span is a stretch of a module's calls.
type span struct{ from, to int }

// spansOf finds for each function where its calls begin and end: the code of a function
// stands in one piece.
func spansOf(mod *python.Module) []span {
	out := make([]span, len(mod.Funcs))
	for i, c := range mod.Calls {
		for fn := c.Func; fn >= 0; fn = mod.Funcs[fn].Parent {
			if out[fn].to == 0 {
				out[fn].from = i
			}
			out[fn].to = i + 1
		}
	}
	return out
}

// fixture is a function that prepares what a test asks for by its name.
type fixture struct {
	name, how  string // how it reaches several parts together
	parameters []string
}

// preparing are the fixtures of a file.
func (b *builder) preparing(file string) []fixture {
	memo := &b.memo.tests
	list, ok := memo.fixtures[file]
	mod := b.in.Tree.Python[file].Module()
	if ok || mod == nil {
		return list
	}
	names := fixtureNames(mod)
	for i, fn := range mod.Funcs {
		if slices.ContainsFunc(fn.Decorators, func(d string) bool { return strings.Contains(d, "fixture") }) {
			list = append(list, fixture{cmp.Or(names[i], fn.Name), b.reaches(file, mod, i), fn.Parameters})
		}
	}
	if memo.fixtures == nil {
		memo.fixtures = map[string][]fixture{}
	}
	memo.fixtures[file] = list
	return list
}

// fixtureNames are the names that functions are given as fixtures:
// @pytest.fixture(name="client").
func fixtureNames(mod *python.Module) map[int]string {
	out := map[int]string{}
	for _, c := range mod.Calls {
		if !c.Decorator || c.Method() != "fixture" {
			continue
		}
		if a, ok := c.Arg("name"); ok && a.Literal {
			out[mod.Decorated(c)] = a.Value
		}
	}
	return out
}

// setUps say how the preparation of each class of tests reaches several parts.
func (b *builder) setUps(file string, mod *python.Module) map[string]string {
	out := map[string]string{}
	for i, f := range mod.Funcs {
		if out[f.Class] == "" && f.Class != "" && (strings.HasPrefix(f.Name, "setUp") || strings.HasPrefix(f.Name, "setup")) {
			out[f.Class] = b.reaches(file, mod, i)
		}
	}
	return out
}

// skips are what leaves tests of a file out: classes that are skipped, and the lines of
// decorators whose condition always holds.
type skips struct {
	classes map[string]bool
	lines   map[int]bool
}

func skipsOf(mod *python.Module) skips {
	s := skips{map[string]bool{}, map[int]bool{}}
	for _, c := range mod.Classes {
		if isSkipped(c.Decorators) {
			s.classes[c.Name] = true
		}
	}
	for _, c := range mod.Calls {
		if !c.Decorator || !strings.HasSuffix(c.Method(), "skipif") && c.Method() != "skipIf" {
			continue
		}
		if a, ok := c.Positional(0); ok && a.Value == "True" {
			s.lines[c.Line] = true
		}
	}
	return s
}

// test reports whether a test is left out.
func (s skips) test(f python.Func) bool {
	if f.Class != "" && s.classes[f.Class] {
		return true
	}
	for line := f.Line - len(f.Decorators); line <= f.Line; line++ {
		if s.lines[line] {
			return true
		}
	}
	return false
}
