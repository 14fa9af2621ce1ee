package reach

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
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
	case "just", "task", "go-task", "mise", "poe", "pdm", "hatch", "tox", "nox", "npm", "yarn", "pnpm", "pixi", "taskipy", "devbox", "bun":
		return g.runnerCommand(p, name, rest)
	case "flask":
		return g.flask(p, rest)
	case "uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "uwsgi", "litestar", "sanic", "robyn", "faust", "fastapi", "celery", "streamlit", "serve", "bentoml", "litserve", "waitress-serve", "chainlit", "gradio", "rq", "dagster", "prefect", "metaflow", "papermill", "jupyter":
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
				return g.command(p, append([]string{cmp.Or(tool, "torchrun")}, args[i+2:]...), line)
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
	case "pytest", "tox", "nox", "invoke", "uvicorn", "gunicorn", "flask", "hypercorn", "fastapi", "streamlit", "dvc", "mlflow", "poetry", "pip", "build", "twine",
		"ruff", "mypy", "black", "flake8", "pylint", "prefect", "celery", "bentoml", "papermill", "jupyter", "kedro", "spacy", "weasel", "slipcover", "luigi":
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
	if app := shell.Flag(args, "-A", "--app", "-m", "-k"); app != "" {
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

// flask follows the application that Flask finds: the one that is named, that of the
// environment, or app.py and wsgi.py (https://flask.palletsprojects.com/en/stable/cli).
func (g *graph) flask(p place, args []string) []string {
	if out := g.serverCommand(p, args); len(out) > 0 || !slices.Contains(args, "run") {
		return out
	}
	if app := p.env["FLASK_APP"]; app != "" {
		app, _, _ = strings.Cut(app, ":")
		if f := g.resolve(p.dirs, app); strings.HasSuffix(f, ".py") {
			return g.python(p, f)
		}
		return g.module(p, strings.ReplaceAll(strings.TrimSuffix(app, ".py"), "/", "."))
	}
	if f := g.find(p.dirs, "wsgi.py", "app.py"); f != "" {
		return g.python(p, f)
	}
	return nil
}
