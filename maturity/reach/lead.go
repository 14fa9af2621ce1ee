package reach

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// lead goes where a command leads: another script, a target, a Python file.
func (g *graph) lead(p place, args []string, line int) []string {
	name, rest := path.Base(args[0]), args[1:]
	if f := g.resolve(p.dirs, strings.TrimPrefix(args[0], "./")); f != "" && (strings.Contains(args[0], "/") || path.Ext(f) == ".sh") {
		return g.file(p, f) // a bare name is one that an image copied to where commands lie
	}
	switch name {
	case "python", "python3", "python2", "py", "pypy", "pypy3", "python3.10", "python3.11", "python3.12", "python3.13":
		return g.pythonCommand(p, rest, line)
	case "bash", "sh", "zsh", "source", ".":
		return g.shellCommand(p, rest, line)
	case "make", "gmake":
		return g.makeCommand(p, rest)
	case "just", "task", "go-task", "mise", "poe", "pdm", "hatch", "tox", "nox", "npm", "yarn", "pnpm", "pixi", "taskipy":
		return g.runnerCommand(p, name, rest)
	case "uvicorn", "gunicorn", "hypercorn", "fastapi", "flask", "celery", "streamlit", "serve", "bentoml", "litserve", "waitress-serve", "chainlit", "gradio", "rq", "dagster", "prefect", "metaflow", "papermill", "jupyter":
		return g.serverCommand(p, rest)
	case "dvc", "mlflow", "muster", "docker", "docker-compose", "podman", "kubectl", "oc", "helm", "buildah":
		return g.definitionCommand(p, name, rest)
	case "pytest", "py.test", "echo", "printf", "pip", "pip3", "git", "cp", "mv", "rm", "mkdir", "cat", "ls", "chmod", "curl":
		return nil
	}
	if out, ok := g.toolCommand(p, name, rest); ok {
		return out
	}
	if s, ok := g.scripts[name]; ok {
		return g.module(p, s.module)
	}
	return g.named(p, rest)
}

// named follows a definition that a command of an unknown tool names: a YAML
// file that has an entrypoint, as the job files of many platforms do.
func (g *graph) named(p place, args []string) []string {
	for _, a := range args {
		if !yamldoc.IsYAML(a) {
			continue
		}
		f := g.resolve(p.dirs, a)
		if len(g.yaml[f]) == 0 {
			continue
		}
		doc := g.yaml[f][0]
		if served := g.served(p.at(f), doc); len(served) > 0 {
			return served
		}
		for _, key := range []string{"entrypoint", "command", "run"} {
			v := doc.Get(key)
			if v.Text() == "" {
				continue
			}
			if !strings.Contains(v.Text(), " ") && strings.Contains(v.Text(), ":") {
				module, _, _ := strings.Cut(v.Text(), ":")
				return g.module(p.at(f), module)
			}
			return files(g.script(p.at(f, append([]string{"."}, p.dirs...)...), v.Text(), v.TextLine(), shell.Options{}))
		}
	}
	return nil
}

// served follows the applications of a configuration of Ray Serve, which may stand
// in the definition of a service of Anyscale
// (https://docs.ray.io/en/latest/serve/production-guide/config.html).
func (g *graph) served(p place, doc yamldoc.Value) []string {
	var out []string
	for _, v := range append([]yamldoc.Value{doc, doc.Get("ray_serve_config")}, append(doc.Get("applications").Items(), doc.Get("ray_serve_config", "applications").Items()...)...) {
		if module, _, found := strings.Cut(v.Get("import_path").Text(), ":"); found {
			out = append(out, g.module(p, module)...)
		}
	}
	return out
}

// file follows a file that is started by its path.
func (g *graph) file(p place, f string) []string {
	if strings.HasSuffix(f, ".py") {
		return g.python(p, f)
	}
	return g.shellFile(p, f, shell.Options{})
}

// module follows a Python module that is started by its name.
func (g *graph) module(p place, name string) []string {
	dirs := append(slices.Clone(p.dirs), ".")
	for _, find := range []func(name, dir string) []string{g.imports.started, g.imports.module} {
		for _, dir := range dirs {
			found := find(name, dir)
			if len(found) == 0 {
				continue
			}
			last := found[len(found)-1]
			if main := path.Join(path.Dir(last), "__main__.py"); strings.HasSuffix(last, "__init__.py") && g.tree.Has(main) {
				return append(g.python(p, last), g.python(p, main)...)
			}
			return g.python(p, last)
		}
	}
	return nil
}

// pythonCommand follows "python file", "python -m module" and "python -c code".
func (g *graph) pythonCommand(p place, args []string, line int) []string {
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-m" && i+1 < len(args):
			if args[i+1] == "coverage" || args[i+1] == "torch.distributed.run" || args[i+1] == "torch.distributed.launch" || args[i+1] == "accelerate.commands.launch" {
				tool := map[string]string{"coverage": "coverage"}[args[i+1]]
				return g.command(p, append([]string{firstOf(tool, "torchrun")}, args[i+2:]...), line)
			}
			if isTool(args[i+1]) {
				return g.command(p, args[i+1:], line)
			}
			return g.module(p, args[i+1])
		case a == "-c" && i+1 < len(args):
			return g.code(p, args[i+1])
		case a == "-W" || a == "-X":
			i++
		case strings.HasPrefix(a, "-"):
		default:
			if f := g.resolve(p.dirs, a); f != "" {
				return append(g.python(p, f), g.chosen(p, f, args[i+1:])...)
			}
			return nil
		}
	}
	return nil
}

// isTool names modules that are commands under the same name.
func isTool(module string) bool {
	switch module {
	case "pytest", "tox", "nox", "invoke", "uvicorn", "gunicorn", "streamlit", "dvc", "mlflow", "poetry", "pip", "build", "twine",
		"ruff", "mypy", "black", "flake8", "pylint", "prefect", "celery", "bentoml", "papermill", "jupyter", "kedro":
		return true
	}
	return false
}

// waits reports whether a module does nothing when it is imported only.
func (g *graph) waits(p place, name string) bool {
	for _, dir := range append(slices.Clone(p.dirs), ".") {
		if found := g.imports.module(name, dir); len(found) > 0 {
			mod := g.tree.Python[found[len(found)-1]].Module()
			return mod != nil && (mod.Main || !mod.Runs)
		}
	}
	return false
}

// calledOf reports whether a piece of Python calls something of what it imports.
func calledOf(mod *python.Module, imp python.Import) bool {
	name := strings.Trim(imp.Module+"."+imp.Name, ".*")
	return slices.ContainsFunc(mod.Calls, func(c python.Call) bool {
		return imp.Name == "*" || c.Name == name || strings.HasPrefix(c.Name, name+".") || strings.HasPrefix(c.Name, name+"(")
	})
}

// code follows what a piece of Python on the command line imports.
func (g *graph) code(p place, src string) []string {
	mod := python.Read([]byte(src))
	var out []string
	for _, imp := range mod.Imports {
		name := strings.Trim(imp.Module+"."+imp.Name, ".*")
		if !calledOf(mod, imp) && g.waits(p, name) {
			continue // "import package" alone shows that it can be imported
		}
		out = append(out, g.module(p, name)...)
	}
	return out
}

// shellCommand follows "bash script" and "bash -c text".
func (g *graph) shellCommand(p place, args []string, line int) []string {
	opts := shell.Options{}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-o" && i+1 < len(args):
			opts.PipeFail = opts.PipeFail || args[i+1] == "pipefail"
			opts.ErrExit = opts.ErrExit || args[i+1] == "errexit"
			i++
		case strings.HasPrefix(a, "-"):
			opts.ErrExit = opts.ErrExit || strings.Contains(a, "e") && !strings.HasPrefix(a, "--")
			if strings.HasSuffix(a, "c") && !strings.HasPrefix(a, "--") && i+1 < len(args) {
				return files(g.script(p.at(p.path), args[i+1], line, opts))
			}
		default:
			if f := g.resolve(p.dirs, a); f != "" {
				return g.shellFile(p, f, opts)
			}
			return nil
		}
	}
	return nil
}

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
				line.swallowed = firstOf(line.swallowed, "the task runner ignores its failure")
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
	args = skipFlags(args, "other")
	switch name {
	case "tox":
		return g.tox(p, full)
	case "nox":
		if f := g.find(append(p.dirs, "."), "noxfile.py"); g.tree.Python[f] != nil {
			return g.nox(p, f, sessions(full))
		}
		return nil
	case "mise", "pdm", "hatch", "npm", "yarn", "pnpm", "pixi", "poe":
		if len(args) > 0 && (args[0] == "run" || args[0] == "r" || args[0] == "run-script") {
			args = skipFlags(args[1:], "other")
		}
	}
	if len(args) == 0 {
		return nil
	}
	files := map[string][]string{
		"just": {"justfile", "Justfile"}, "task": {"Taskfile.yml", "Taskfile.yaml"}, "go-task": {"Taskfile.yml"},
		"mise": {"mise.toml", ".mise.toml", ".config/mise.toml"}, "npm": {"package.json"}, "yarn": {"package.json"}, "pnpm": {"package.json"},
		"pixi": {"pixi.toml"},
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
	if name == "pdm" || name == "hatch" || name == "pixi" || name == "mise" { // not a task: a command
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
	if len(words) == 0 || len(t.Lines) == 0 || runner != "npm" && runner != "yarn" && runner != "pnpm" {
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

// pyprojectTask follows a task that a pyproject.toml defines.
func (g *graph) pyprojectTask(p place, tool, name string) ([]string, bool) {
	readers := map[string]func(*tasks.TOML) *tasks.File{
		"poe": tasks.Poe, "pdm": tasks.Pdm, "hatch": tasks.Hatch, "task": tasks.Taskipy, "taskipy": tasks.Taskipy, "pixi": tasks.Pixi,
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
	names := strings.Split(flag(args, "-e", "-m"), ",")
	var out []string
	for _, t := range g.files[f].Targets {
		if names[0] == "" || t.Name == "" || slices.Contains(names, t.Name) {
			out = append(out, g.target(p, f, t)...)
		}
	}
	return out
}

// serverCommand follows a server that is started with the name of a module or file.
func (g *graph) serverCommand(p place, args []string) []string {
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			continue
		}
		if f := g.resolve(p.dirs, a); f != "" && (strings.HasSuffix(f, ".py") || strings.HasSuffix(f, ".ipynb")) {
			return g.startNotebook(p, f)
		}
		if module, _, ok := strings.Cut(a, ":"); ok {
			if out := g.module(p, strings.ReplaceAll(strings.TrimSuffix(module, ".py"), "/", ".")); out != nil {
				return out
			}
		}
	}
	if app := flag(args, "-A", "--app", "-m", "-k"); app != "" {
		app, _, _ = strings.Cut(app, ":")
		return g.module(p, app)
	}
	return g.named(p, args)
}

// startNotebook follows a file that a server or notebook runner starts.
func (g *graph) startNotebook(p place, file string) []string {
	return g.python(p, file)
}

// jobStep follows one step of a CI job.
func (g *graph) jobStep(p place, s ci.Step) []Step {
	if s.Python {
		return []Step{{Path: p.path, Line: s.Line, Name: s.Name, Files: g.code(p, s.Run)}}
	}
	if s.Loose {
		return g.plainLines(p, s)
	}
	return g.script(p, s.Run, s.RunLine, shell.Options{ErrExit: s.ErrExit, PipeFail: s.PipeFail})
}
