package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/catalogue"
)

// isSilent reports whether a call of a tracker tells it to keep nothing: mode="disabled"
// (https://docs.wandb.ai/ref/python/init), mode="debug" of Neptune, disable=True of
// MLflow's autolog, disabled=True of Comet.
func isSilent(c python.Call) bool {
	return slices.ContainsFunc(c.Args, func(a python.Arg) bool {
		switch {
		case !a.Literal:
			return false
		case a.Name == "mode":
			return a.Value == "disabled" || a.Value == "debug"
		case a.Name == "disable", a.Name == "disabled":
			return a.Value == "True"
		}
		return false
	})
}

// beginners are the last parts of calls with which a tracker begins a run.
var beginners = []string{"init", "init_run", "start", "Experiment"}

// silent are the trackers that a file begins only so that they keep nothing.
func silent(c *catalogue.Catalogue, mod *python.Module, imported map[string]bool) map[string]bool {
	always := silencedInCode(c, mod)
	out := maps.Clone(always)
	for _, call := range mod.Calls {
		if call.Decorator || !slices.Contains(beginners, call.Method()) {
			continue
		}
		for _, m := range c.Call(call, imported) {
			if m.As != "tracking" {
				continue
			}
			if out == nil {
				out = map[string]bool{}
			}
			before, known := out[m.Tool]
			out[m.Tool] = always[m.Tool] || isSilent(call) && (before || !known)
		}
	}
	return out
}

// keepsNothing reports whether a use of a tracker is one of what keeps nothing.
func keepsNothing(m catalogue.Match, call python.Call, silent map[string]bool) bool {
	if m.As != "tracking" && !strings.HasPrefix(m.As, "registry.") {
		return false
	}
	return silent[m.Tool] || m.As == "tracking" && isSilent(call)
}

// silencedInCode are the trackers that a file silences by a variable of the
// environment, whatever is asked of it.
func silencedInCode(c *catalogue.Catalogue, mod *python.Module) map[string]bool {
	var out map[string]bool
	for _, call := range mod.Calls {
		if call.Conditional || !strings.HasPrefix(call.Name, "os.environ.") || call.Method() != "__setitem__" && call.Method() != "setdefault" {
			continue
		}
		name, _ := call.Positional(0)
		value, ok := call.Positional(1)
		if tool := c.Silences(name.Value, value.Value); ok && value.Literal && tool != "" {
			if out == nil {
				out = map[string]bool{}
			}
			out[tool] = true
		}
	}
	return out
}
