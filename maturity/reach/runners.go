package reach

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/tasks"
)

// makeCommand follows the targets of make.
func (g *graph) makeCommand(p place, args []string) []string {
	dirs := p.dirs
	var targets []string
	name := ""
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case (a == "-C" || a == "--directory") && i+1 < len(args):
			dirs = g.into(dirs, args[i+1])
			i++
		case (a == "-f" || a == "--file") && i+1 < len(args):
			name = args[i+1]
			i++
		case a == "-j" || strings.HasPrefix(a, "-"):
			if (a == "-i" || a == "--ignore-errors" || a == "-k") && p.swallowed == "" {
				p.swallowed = map[bool]string{true: "make " + a + " ignores errors"}[a != "-k"]
			}
		case strings.Contains(a, "=") || a == "$()":
		default:
			targets = append(targets, a)
		}
	}
	file := g.find(dirs, "GNUmakefile", "Makefile", "makefile")
	if name != "" {
		file = g.resolve(dirs, name)
	}
	return g.run(p, file, targets)
}

// run follows targets of a task file; without names, the first.
func (g *graph) run(p place, file string, names []string) []string {
	f := g.files[file]
	if len(names) == 0 {
		if t, ok := f.First(); ok {
			names = []string{t.Name}
		}
	}
	var out []string
	for _, name := range names {
		if t, ok := f.Get(name); ok {
			out = append(out, g.target(p, file, t)...)
		}
	}
	return out
}

// target follows what a target needs, then its own lines, each a shell of its own.
func (g *graph) target(p place, file string, t tasks.Target) []string {
	return g.once(p, file+"#"+t.Name, func() []string {
		if p.depth > MaxDepth {
			return nil
		}
		dir := path.Dir(file)
		if path.Base(dir) == ".config" {
			dir = path.Dir(dir)
		}
		errExit := !g.files[file].GoesOn()
		file, _, _ := strings.Cut(file, "#") // one that stands inside another
		inner := p.at(file, append([]string{dir}, p.dirs...)...)
		var steps []Step
		for _, need := range t.Needs {
			if n, ok := g.files[file].Get(need); ok {
				steps = append(steps, Step{Path: file, Line: n.Line, Name: need, Files: g.target(p.deeper(), file, n), Swallowed: p.swallowed})
			}
		}
		for _, l := range t.Lines {
			line := inner
			if l.Ignored {
				line.swallowed = cmp.Or(line.swallowed, "the task runner ignores its failure")
			}
			steps = append(steps, g.script(line, l.Text, l.Line, shell.Options{ErrExit: errExit})...)
		}
		g.sequence(Sequence{Kind: "target", Path: file, Line: t.Line, Name: t.Name, Entry: p.entry, Steps: steps})
		return files(steps)
	})
}

// runnerCommand follows the other task runners.
func (g *graph) runnerCommand(p place, name string, args []string) []string {
	full := args
	if dir := shell.Flag(args, "-C", "--cwd", "--prefix", "--dir", "--working-directory"); dir != "" {
		p.dirs = g.into(p.dirs, dir)
	}
	args = skipFlags(args, "task")
	switch name {
	case "tox":
		return g.tox(p, full)
	case "nox":
		if f := g.find(append(p.dirs, "."), "noxfile.py"); g.tree.Python[f] != nil {
			return g.nox(p, f, sessions(full))
		}
		return nil
	case "mise", "pdm", "hatch", "npm", "yarn", "pnpm", "pixi", "poe", "devbox", "bun":
		if len(args) > 0 && (args[0] == "run" || args[0] == "r" || args[0] == "run-script") {
			args = skipFlags(args[1:], "task")
		}
	}
	if len(args) == 0 {
		return nil
	}
	files := map[string][]string{
		"just": {"justfile", "Justfile"}, "task": {"Taskfile.yml", "Taskfile.yaml"}, "go-task": {"Taskfile.yml"},
		"mise": {"mise.toml", ".mise.toml", ".config/mise.toml"}, "npm": {"package.json"}, "yarn": {"package.json"}, "pnpm": {"package.json"},
		"pixi": {"pixi.toml"}, "bun": {"package.json"}, "devbox": {"devbox.json"},
	}[name]
	if f := g.find(append(p.dirs, "."), files...); f != "" && g.files[f] != nil {
		if t, ok := g.files[f].Get(args[0]); ok {
			return g.target(p, f, given(t, name, args[1:]))
		}
	}
	if name == "yarn" || name == "pnpm" { // no script: a program of a package
		return g.command(p, args, p.line)
	}
	if out, ok := g.pyprojectTask(p, name, args[0]); ok {
		return out
	}
	if name == "pdm" || name == "hatch" || name == "pixi" || name == "mise" || name == "devbox" { // not a task: a command
		if _, command, found := strings.Cut(args[0], ":"); found {
			args = append([]string{command}, args[1:]...)
		}
		return g.command(p, args, 0)
	}
	return nil
}

// given is a script of a package.json with the words that stand behind its name, which
// are handed on to its command (https://docs.npmjs.com/cli/commands/npm-run-script).
func given(t tasks.Target, runner string, words []string) tasks.Target {
	if len(words) == 0 || len(t.Lines) == 0 || runner != "npm" && runner != "yarn" && runner != "pnpm" && runner != "bun" {
		return t
	}
	t.Lines = slices.Clone(t.Lines)
	last := &t.Lines[len(t.Lines)-1]
	for _, w := range words {
		if w != "--" {
			last.Text += " '" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	t.Name += " " + strings.Join(words, " ")
	return t
}

// ownScript follows a script of the project that "rye run" or "pipenv run" names in the
// place of a program; taken is what stands before it.
func (g *graph) ownScript(p place, taken []string, name string) []string {
	if slices.Contains(taken, "rye") {
		out, _ := g.pyprojectTask(p, "rye", name)
		return out
	}
	if slices.Contains(taken, "pipenv") {
		f := g.find(append(slices.Clone(p.dirs), "."), "Pipfile")
		return g.run(p, f, []string{name})
	}
	return nil
}

// pyprojectTask follows a task that a pyproject.toml defines.
func (g *graph) pyprojectTask(p place, tool, name string) ([]string, bool) {
	readers := map[string]func(*tasks.TOML) *tasks.File{
		"poe": tasks.Poe, "pdm": tasks.Pdm, "hatch": tasks.Hatch, "task": tasks.Taskipy, "taskipy": tasks.Taskipy, "pixi": tasks.Pixi, "rye": tasks.Rye,
	}
	read := readers[tool]
	f := g.find(append(p.dirs, "."), "pyproject.toml")
	if read == nil || f == "" || g.toml[f] == nil {
		return nil, false
	}
	table := read(g.toml[f])
	t, ok := table.Get(name)
	if !ok {
		return nil, false
	}
	if g.files[f] == nil {
		g.files[f] = table
	}
	return g.target(p, f, t), true
}

// tox follows the commands of the environments that are named, or of all. An
// environment without commands of its own has those of the nameless one.
func (g *graph) tox(p place, args []string) []string {
	f := g.toxFile(append(slices.Clone(p.dirs), "."))
	if f == "" || g.files[f] == nil {
		return nil
	}
	names := strings.Split(shell.Flag(args, "-e", "-m"), ",")
	var out []string
	for _, t := range g.files[f].Targets {
		if names[0] == "" || t.Name == "" || slices.Contains(names, t.Name) {
			out = append(out, g.target(p, f, t)...)
		}
	}
	return out
}
