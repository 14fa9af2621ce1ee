package shell

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// exitStatuses are the variables that the script leaves with: "exit $failed", or a
// branch that looks at the variable and leaves with a failure.
func exitStatuses(file *syntax.File) map[string]bool {
	out := map[string]bool{}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch cmd := n.(type) {
		case *syntax.CallExpr:
			if len(cmd.Args) > 1 && (cmd.Args[0].Lit() == "exit" || cmd.Args[0].Lit() == "return") {
				readInto(out, cmd.Args[1])
			}
		case *syntax.IfClause:
			if anyExits(cmd) {
				for _, stmt := range cmd.Cond {
					readInto(out, stmt)
				}
			}
		}
		return true
	})
	return out
}

// readInto adds the variables that a part of the script reads.
func readInto(out map[string]bool, part syntax.Node) {
	syntax.Walk(part, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
			out[p.Param.Value] = true
		}
		return true
	})
}

// remembers reports whether a command without words keeps a failure in a variable
// that the script leaves with: "check || failed=$?".
func (w *walker) remembers(call *syntax.CallExpr) bool {
	return slices.ContainsFunc(call.Assigns, func(a *syntax.Assign) bool {
		return a.Name != nil && w.statuses[a.Name.Value] && a.Value != nil && a.Value.Lit() != "0"
	})
}
