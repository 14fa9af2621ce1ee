package reach

import (
	"cmp"
	"slices"

	"github.com/muster-ci/muster/internal/python"
)

// exits are the calls by which a program hands its result on.
var exits = []string{"sys.exit", "exit", "quit", "os._exit", "SystemExit"}

// runsTests follows the tests that a program of Python runs itself, by unittest or
// pytest: unittest.main() ends the program with their result, the others leave that
// to it (https://docs.python.org/3/library/unittest.html#unittest.main,
// https://docs.pytest.org/en/stable/how-to/usage.html#calling-pytest-from-python-code).
func (g *graph) runsTests(p place, mod *python.Module) {
	if mod == nil {
		return
	}
	told := slices.ContainsFunc(mod.Calls, func(c python.Call) bool { return slices.Contains(exits, c.Name) })
	for _, c := range mod.Calls {
		inner := p
		inner.conditional = p.conditional || c.Conditional
		switch c.Name {
		case "unittest.main":
			if exit, ok := c.Arg("exit"); ok && exit.Value == "False" && !told {
				inner.swallowed = cmp.Or(p.swallowed, "unittest.main(exit=False)")
			}
			g.command(inner, []string{"python", "-m", "unittest"}, c.Line)
		case "pytest.main", "unittest.TextTestRunner().run":
			if !told {
				inner.swallowed = cmp.Or(p.swallowed, "the result of the tests is not handed on")
			}
			g.command(inner, testCommand(c), c.Line)
		}
	}
}

// testCommand is the command that a call does the work of.
func testCommand(c python.Call) []string {
	if c.Name != "pytest.main" {
		return []string{"python", "-m", "unittest"}
	}
	words := []string{"pytest"}
	if args, ok := c.Positional(0); ok {
		words = append(words, args.Items...)
	}
	return words
}
