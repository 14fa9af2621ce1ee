package reach

import (
	"cmp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
)

// sessions are the sessions that a command of nox names.
func sessions(args []string) []string {
	var out []string
	for i, a := range args {
		if a != "-s" && a != "--session" && a != "--sessions" && a != "-e" {
			continue
		}
		for _, name := range args[i+1:] {
			if strings.HasPrefix(name, "-") {
				break
			}
			name, _, _ = strings.Cut(name, "-3") // the version of Python behind it
			out = append(out, name)
		}
	}
	return out
}

// sessionMethods are the methods by which a session runs commands, with what they put
// before the words that they are given (https://nox.thea.codes/en/stable/config.html).
var sessionMethods = map[string][]string{
	"run": nil, "run_always": nil, "run_install": nil, "install": {"pip", "install"}, "conda_install": {"conda", "install"},
}

// nox follows the literal commands of session.run in a noxfile: of the sessions
// that are named, or of all.
func (g *graph) nox(p place, file string, names []string) []string {
	return g.once(p, file+"#"+strings.Join(names, ","), func() []string {
		mod := g.tree.Python[file].Module()
		var out []string
		for _, c := range mod.Calls {
			before, does := sessionMethods[c.Method()]
			if !does || !strings.HasPrefix(c.Receiver, "session") || !inSession(mod, c, names) {
				continue
			}
			args := slices.Clone(before)
			for _, a := range c.Args {
				if a.Name == "" && a.Literal {
					args = append(args, a.Value)
				}
			}
			inner := p.at(file)
			if codes, ok := c.Arg("success_codes"); ok && len(codes.Items) != 1 {
				inner.swallowed = cmp.Or(p.swallowed, "success_codes accepts a failure")
			}
			out = append(out, g.command(inner, args, c.Line)...)
		}
		return out
	})
}

// inSession reports whether a call stands in one of the sessions.
func inSession(mod *python.Module, c python.Call, names []string) bool {
	if len(names) == 0 || c.Func < 0 {
		return true
	}
	name := mod.Funcs[c.Func].Name
	return slices.ContainsFunc(names, func(n string) bool { return strings.ReplaceAll(n, "-", "_") == name }) ||
		!slices.ContainsFunc(mod.Funcs, func(f python.Func) bool { return slices.Contains(names, f.Name) })
}
