package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// composeFiles are the names that compose looks for
// (https://docs.docker.com/compose/intro/compose-application-model).
var composeFiles = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// composeCommand follows a command of compose whose result is that of a service: "up"
// that is told whose, and "run" without a command of its own. What else it starts are
// entries of their own.
func (g *graph) composeCommand(p place, args []string) []string {
	i := slices.IndexFunc(args, func(a string) bool { return a == "up" || a == "run" })
	if i < 0 {
		return nil
	}
	file, flags := g.composeFile(p, args[:i]), args[i+1:]
	from := shell.Flag(flags, "--exit-code-from")
	if args[i] == "run" && len(flags) > 0 {
		from = flags[len(flags)-1]
	} else if from == "" && !slices.Contains(flags, "--abort-on-container-exit") && !slices.Contains(flags, "--abort-on-container-failure") {
		return nil
	}
	if file == "" || len(g.yaml[file]) == 0 {
		return nil
	}
	return g.once(p, file+"#"+from, func() []string {
		for _, e := range g.yaml[file][0].Get("services").Entries() {
			if from == "" || e.Key == from {
				g.service(p.at(file, path.Dir(file)), path.Dir(file), e.Value)
			}
		}
		return nil
	})
}

// composeFile is the last file that a command of compose is given, which says what
// the others leave open, or the one that it finds.
func (g *graph) composeFile(p place, flags []string) string {
	name := ""
	for i, a := range flags {
		if v, ok := strings.CutPrefix(a, "--file="); ok {
			name = v
		}
		if (a == "-f" || a == "--file") && i+1 < len(flags) {
			name = flags[i+1]
		}
	}
	if name != "" {
		return g.resolve(p.dirs, name)
	}
	return g.find(append(slices.Clone(p.dirs), "."), composeFiles...)
}

// service follows what one service of a compose file builds and runs.
func (g *graph) service(p place, dir string, service yamldoc.Value) {
	p.quiet = g.quieted(p.quiet, environment(service.Get("environment")))
	p.env = with(p.env, environment(service.Get("environment")))
	build, name := service.Get("build"), "Dockerfile"
	context := build.Text()
	if context == "" {
		context = build.Get("context").Text()
	}
	if f := build.Get("dockerfile").Text(); f != "" {
		name = f
	}
	if build.Exists() {
		g.composeBuild(p, service, path.Join(dir, context), name)
		return
	}
	g.serviceCommand(p, service.Get("entrypoint"))
	g.serviceCommand(p, service.Get("command"))
}
