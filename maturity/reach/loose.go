package reach

import (
	"cmp"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
)

// plainLines follows the lines of a script for PowerShell or cmd that read the
// same in any shell; such a script goes on after a failure.
func (g *graph) plainLines(p place, s ci.Step) []Step {
	lines := strings.Split(strings.TrimRight(s.Run, "\n"), "\n")
	var out []Step
	for i, line := range lines {
		commands, err := shell.Read(line, shell.Options{})
		if err != nil || len(line) == 0 {
			continue
		}
		inner := p
		if i < len(lines)-1 {
			inner.swallowed = cmp.Or(p.swallowed, "the script goes on after a failure")
		}
		for _, c := range commands {
			if to, ok := chdir(c.Args); ok {
				p.dirs = g.into(p.dirs, strings.ReplaceAll(to, "\\", "/"))
				continue
			}
			at := s.RunLine + i
			out = append(out, Step{Path: p.path, Line: at, Name: strings.Join(c.Args, " "), Files: g.command(inner.with(c), c.Args, at), Swallowed: inner.swallowed})
		}
	}
	return out
}
