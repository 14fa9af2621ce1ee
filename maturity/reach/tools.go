package reach

import (
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// toolCommand follows the commands of tools that find their work by a file of
// their own. The second result is false for other commands.
func (g *graph) toolCommand(p place, name string, args []string) ([]string, bool) {
	switch name {
	case "inv", "invoke", "fab":
		return g.invoke(p, args), true
	case "cdk":
		return g.cdk(p), true
	case "az":
		return append(g.azureML(p, args), g.cloudBuilds(p, name, args)...), true
	case "heroku", "sam", "sls", "serverless", "func":
		return g.cloudBuilds(p, name, args), true
	case "databricks", "dbx":
		return g.bundle(p), true
	case "Rscript", "R", "julia", "littler":
		return g.foreignScript(p, args), true
	case "snakemake":
		return g.snakemake(p, args), true
	case "luigi":
		return g.module(p, shell.Flag(args, "--module")), true
	case "spacy", "weasel":
		return g.spacyProject(p, args), true
	case "kedro":
		return g.kedro(p, args), true
	case "gcloud":
		return append(g.gcloud(p, args), g.cloudBuilds(p, name, args)...), true
	case "sbatch", "bsub", "qsub":
		if f := firstFile(g, p, args); f != "" {
			return g.file(p, f), true
		}
		return nil, true
	}
	return nil, false
}

// firstFile is the first argument that is a file of the repository.
func firstFile(g *graph, p place, args []string) string {
	for _, a := range args {
		if f := g.resolve(p.dirs, a); f != "" && !strings.HasPrefix(a, "-") {
			return f
		}
	}
	return ""
}

// invoke follows tasks of invoke (https://docs.pyinvoke.org): functions of
// tasks.py, or of a package called tasks, that are decorated with task.
func (g *graph) invoke(p place, args []string) []string {
	var out []string
	for _, name := range positional(args) {
		_, short, nested := cutLast(name, ".")
		if !nested {
			short = name
		}
		for _, f := range g.invokeFiles(p) {
			mod := g.tree.Python[f].Module()
			collection := strings.TrimSuffix(path.Base(f), ".py") == name
			for i, fn := range mod.Funcs {
				asked := strings.ReplaceAll(fn.Name, "_", "-") == strings.ReplaceAll(short, "_", "-")
				if isTask(fn) && (asked || collection && isDefault(mod, fn)) {
					out = append(out, g.invokeTask(p.at(f, append([]string{path.Dir(f), "."}, p.dirs...)...), f, mod, i)...)
				}
			}
		}
	}
	return out
}

// decoration is the call that makes a function a task: the last above it.
func decoration(mod *python.Module, fn python.Func) python.Call {
	var found python.Call
	for _, c := range mod.Calls {
		if c.Decorator && c.Line <= fn.Line && c.Line > found.Line && (c.Method() == "task" || c.Name == "task") {
			found = c
		}
	}
	return found
}

// isDefault reports whether a task stands for its whole collection.
func isDefault(mod *python.Module, fn python.Func) bool {
	a, ok := decoration(mod, fn).Arg("default")
	return ok && a.Value == "True"
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

func isTask(fn python.Func) bool {
	return slices.ContainsFunc(fn.Decorators, func(d string) bool { return d == "task" || strings.HasSuffix(d, ".task") })
}

// invokeFiles are the files in which tasks stand.
func (g *graph) invokeFiles(p place) []string {
	if f := g.find(append(slices.Clone(p.dirs), "."), "tasks.py", "fabfile.py"); f != "" && g.tree.Python[f] != nil {
		return []string{f}
	}
	var out []string
	for f := range g.tree.Python {
		if dir := path.Dir(f); path.Base(dir) == "tasks" && slices.Contains(append(slices.Clone(p.dirs), "."), path.Dir(dir)) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

// invokeTask follows the commands that one task runs, and the tasks before it.
func (g *graph) invokeTask(p place, file string, mod *python.Module, index int) []string {
	return g.once(p, file+"#"+mod.Funcs[index].Name, func() []string {
		if p.depth > MaxDepth {
			return nil
		}
		steps := g.before(p, file, mod, index)
		for _, c := range mod.Calls {
			if c.Func != index || c.Method() != "run" || c.Decorator {
				continue
			}
			a, ok := c.Positional(0)
			if !ok || a.Text == "" && !a.Literal {
				continue
			}
			inner := p
			if warn, ok := c.Arg("warn"); ok && warn.Value == "True" {
				inner.swallowed = cmp.Or(p.swallowed, "warn=True")
			}
			text := a.Text
			if a.Literal {
				text = a.Value
			}
			steps = append(steps, g.script(inner, placeholders(text), c.Line, shell.Options{})...)
		}
		g.sequence(Sequence{Kind: "invoke", Path: file, Line: mod.Funcs[index].Line, Name: mod.Funcs[index].Name, Entry: p.entry, Steps: steps})
		return files(steps)
	})
}

// before follows the tasks that a task runs first: pre=[lint, call(train, seed=1)].
func (g *graph) before(p place, file string, mod *python.Module, index int) []Step {
	pre, _ := decoration(mod, mod.Funcs[index]).Arg("pre")
	var steps []Step
	for name := range strings.FieldsSeq(pre.Written) {
		for i, fn := range mod.Funcs {
			if fn.Name == name && i != index && isTask(fn) {
				steps = append(steps, Step{Path: file, Line: fn.Line, Name: name, Files: g.invokeTask(p, file, mod, i), Swallowed: p.swallowed})
			}
		}
	}
	return steps
}

// cdk follows the program that a cdk.json names.
func (g *graph) cdk(p place) []string {
	f := g.find(append(slices.Clone(p.dirs), "."), "cdk.json")
	var doc struct{ App string }
	if f == "" || json.Unmarshal(g.tree.Text[f], &doc) != nil || doc.App == "" {
		return nil
	}
	return g.once(p, f, func() []string {
		return files(g.script(p.at(f, append([]string{path.Dir(f)}, p.dirs...)...), doc.App, 1, shell.Options{}))
	})
}

// foreignScript notes the script of another language that is run, and what it
// takes in by name.
func (g *graph) foreignScript(p place, args []string) []string {
	var out []string
	for _, a := range args {
		if strings.Contains(a, "tar_make") {
			out = append(out, g.targetsOfR(p)...)
		}
		for _, m := range inCode.FindAllStringSubmatch(a, maxNestedJobs) {
			if f := g.resolve(p.dirs, m[1]); f != "" {
				g.foreign(p, f)
			}
		}
		f := g.resolve(p.dirs, a)
		if ext := strings.ToLower(path.Ext(f)); ext == ".r" || ext == ".jl" || ext == ".rmd" || ext == ".qmd" {
			out = append(out, g.foreign(p, f)...)
		}
	}
	return out
}

var targetOfR = regexp.MustCompile(`(?m)^[^#\n]*\b(?:tar_\w+|tarchetypes::tar_\w+)\(\s*(?:name\s*=\s*)?([A-Za-z]\w*)\s*,`)

// targetsOfR follows the pipeline of _targets.R (https://docs.ropensci.org/targets).
func (g *graph) targetsOfR(p place) []string {
	f := g.find(append(slices.Clone(p.dirs), "."), "_targets.R")
	if f == "" {
		return nil
	}
	found := g.foreign(p.at(f, path.Dir(f)), f)
	var steps []Step
	for _, m := range targetOfR.FindAllSubmatchIndex(g.tree.Text[f], maxTargets) {
		line := 1 + strings.Count(string(g.tree.Text[f][:m[2]]), "\n")
		steps = append(steps, Step{Path: f, Line: line, Name: string(g.tree.Text[f][m[2]:m[3]]), Files: found})
	}
	g.sequence(Sequence{Kind: "targets", Path: f, Line: 1, Name: "of " + path.Base(f), Entry: p.entry, Steps: steps, Connected: true})
	return found
}

// inCode is a script that code on the command line of R takes: plumber::plumb('x.R').
var inCode = regexp.MustCompile(`\b(?:plumb|pr|plumb_api|source)\(\s*(?:file\s*=\s*)?["']([^"']+\.[Rr])["']`)

var sourced = regexp.MustCompile(`(?m)^[^#\n]*\b(?:source|include|tar_source|rmarkdown::render|plumb|pr|plumb_api)\(\s*(?:file\s*=\s*)?["']([^"']+)["']`)

// foreign follows a script of another language; it returns that and what it takes in.
func (g *graph) foreign(p place, file string) []string {
	return g.once(p, file, func() []string {
		g.result.note(file, p.entry, Run{Swallowed: p.swallowed, Conditional: p.conditional, Asked: p.asked, If: p.cond})
		out := []string{file}
		if p.depth > MaxDepth {
			return out
		}
		var takes []string
		for _, m := range sourced.FindAllSubmatch(g.tree.Text[file], maxTargets) {
			if f := g.resolve(append([]string{path.Dir(file)}, p.dirs...), string(m[1])); f != "" {
				takes = append(takes, f)
			}
		}
		for _, f := range append(takes, g.imports.next(file)...) {
			out = append(out, g.foreign(p.at(file), f)...)
		}
		return out
	})
}

// kedro follows the pipelines that "kedro run" finds.
func (g *graph) kedro(p place, args []string) []string {
	if len(args) == 0 || args[0] != "run" {
		return nil
	}
	var out []string
	for _, f := range g.tree.Files {
		if g.tree.Python[f] == nil {
			continue
		}
		base := path.Base(f)
		inPipelines := path.Base(path.Dir(path.Dir(f))) == "pipelines" && (base == "pipeline.py" || base == "__init__.py")
		if base == "pipeline_registry.py" || inPipelines {
			out = append(out, g.python(p.at(p.path), f)...)
		}
	}
	return out
}

var localScript = regexp.MustCompile(`(?:^|,)(local-package-path|script)=([^,]+)`)

// gcloud follows the local script of a custom job of Vertex AI.
func (g *graph) gcloud(p place, args []string) []string {
	spec := shell.Flag(args, "--worker-pool-spec")
	if spec == "" {
		return nil
	}
	dir, script := "", ""
	for _, m := range localScript.FindAllStringSubmatch(spec, -1) {
		if m[1] == "script" {
			script = m[2]
		} else {
			dir = m[2]
		}
	}
	if f := g.resolve(g.into(p.dirs, dir), script); f != "" {
		return g.python(p, f)
	}
	return nil
}

// azureML follows "az ml job create -f job.yml" and its like.
func (g *graph) azureML(p place, args []string) []string {
	if len(args) < 3 || args[0] != "ml" {
		return nil
	}
	f := g.resolve(p.dirs, shell.Flag(args, "--file", "-f"))
	if f == "" || len(g.yaml[f]) == 0 {
		return nil
	}
	return g.azureMLFile(p.at(p.path), f, g.yaml[f][0], maxNestedJobs)
}

// maxNestedJobs bounds how deep jobs and components name one another.
const maxNestedJobs = 5

// azureMLFile follows a job, component, schedule or deployment of Azure Machine
// Learning (https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview).
func (g *graph) azureMLFile(p place, file string, doc yamldoc.Value, depth int) []string {
	if depth == 0 || p.depth > MaxDepth {
		return nil
	}
	dirs := append([]string{path.Dir(file)}, p.dirs...)
	for _, code := range []yamldoc.Value{doc.Get("code"), doc.Get("code_configuration", "code")} {
		if t := strings.TrimPrefix(code.Text(), "file:"); t != "" {
			dirs = append([]string{path.Join(path.Dir(file), t)}, dirs...)
		}
	}
	at := p.at(file, dirs...)
	var out []string
	if script := g.resolve(dirs, doc.Get("code_configuration", "scoring_script").Text()); script != "" {
		out = append(out, g.python(at, script)...)
	}
	if command := doc.Get("command"); command.Text() != "" {
		out = append(out, files(g.script(at, placeholders(command.Text()), command.TextLine(), shell.Options{}))...)
	}
	var steps []Step
	for _, job := range doc.Get("jobs").Entries() {
		found := g.azureMLFile(p, file, job.Value, depth-1)
		for _, key := range []string{"component", "trial"} {
			found = append(found, g.azureMLRef(p, file, job.Value.Get(key), depth)...)
		}
		steps = append(steps, Step{Path: file, Line: job.Line, Name: job.Key, Files: found, Swallowed: p.swallowed})
		out = append(out, found...)
	}
	for _, key := range []string{"create_job", "trial", "component"} {
		out = append(out, g.azureMLRef(p, file, doc.Get(key), depth)...)
	}
	if len(steps) > 1 {
		g.sequence(Sequence{Kind: "azureml", Path: file, Line: doc.Get("jobs").Line(), Name: path.Base(file), Entry: p.entry, Steps: steps, Connected: true})
	}
	return out
}

// azureMLRef follows a component or job that is named by its file, or stands in place.
func (g *graph) azureMLRef(p place, file string, v yamldoc.Value, depth int) []string {
	if v.IsMap() {
		return g.azureMLFile(p, file, v, depth-1)
	}
	f := g.resolve([]string{path.Dir(file)}, strings.TrimPrefix(strings.TrimPrefix(v.Text(), "file:"), "./"))
	if f == "" || len(g.yaml[f]) == 0 {
		return nil
	}
	return g.azureMLFile(p, f, g.yaml[f][0], depth-1)
}

// toxFile returns the environments that tox finds in a folder.
func (g *graph) toxFile(dirs []string) string {
	for _, name := range []string{"tox.ini", "setup.cfg", "pyproject.toml"} {
		f := g.find(dirs, name)
		if f == "" {
			continue
		}
		if g.files[f] == nil && name == "setup.cfg" {
			g.files[f] = tasks.Tox(g.tree.Text[f])
		}
		if legacy, ok := g.toml[f].Lookup("tool", "tox", "legacy_tox_ini"); ok && g.files[f+"#tox"] == nil {
			g.files[f+"#tox"] = tasks.Tox([]byte(strings.Repeat("\n", max(0, legacy.Line-1)) + strings.Join(legacy.Strings, "\n")))
			return f + "#tox"
		}
		if t := g.files[f]; t != nil && len(t.Targets) > 0 && name != "pyproject.toml" {
			return f
		}
	}
	return ""
}
