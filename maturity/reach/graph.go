package reach

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/tasks"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Options are what the walk must know beside the tree.
type Options struct {
	Pipelines []*ci.Pipeline
	// Pages are those of the tree; nil if nobody else has them.
	Pages *Pages
	Flows []Flow
	// Timers are the files that give something a schedule while they run.
	Timers []string
	// Constant is the value of a constant that a file has, or imports, by that name.
	Constant func(file, name string) string
	// Foreign reports whether a top-level Python module is a known package of
	// somebody else, so that no file of that name is taken for it.
	Foreign func(module string) bool
	// Silences names the tool that a variable of the environment makes keep nothing.
	Silences func(name, value string) string
}

// graph is what commands are followed through.
type graph struct {
	tree    *source.Tree
	opts    Options
	imports *importer
	files   map[string]*tasks.File     // task files by path
	toml    map[string]*tasks.TOML     // by path
	yaml    map[string][]yamldoc.Value // by path
	scripts map[string]script          // console scripts by name
	specs   map[string]spec            // pipeline definitions by path
	images  map[string]image           // Dockerfiles by path
	result  *Result
	// followed counts what was followed, text the bytes of scripts that were parsed; cut
	// is true once there was too much.
	followed, text int
	cut            bool
	// alike counts the entries of one name.
	alike   map[string]int
	seen    map[string][]string // entry and place → Python files that run there
	running map[string]bool     // entry and place that is being followed
	// started is what modules start.
	started map[*python.Module]starts
	// byName are the files that import what a variable names.
	byName map[string]bool
	// pipelines are those of CI by their file.
	pipelines map[string][]*ci.Pipeline
	spawns    []spawn  // pipelines that commands start
	waiting   []pulled // containers whose image may be built here
	made      *producers
}

// script is a console script.
type script struct {
	path   string
	line   int
	module string
}

// Walk follows everything that the tree runs.
func Walk(tree *source.Tree, opts Options) *Result {
	if opts.Foreign == nil {
		opts.Foreign = func(string) bool { return false }
	}
	if opts.Constant == nil {
		opts.Constant = func(string, string) string { return "" }
	}
	if opts.Pages == nil {
		opts.Pages = NewPages(tree)
	}
	g := &graph{
		tree: tree, opts: opts, imports: newImporter(tree, opts.Foreign),
		files: map[string]*tasks.File{}, toml: map[string]*tasks.TOML{}, yaml: map[string][]yamldoc.Value{},
		scripts: map[string]script{}, specs: map[string]spec{}, images: map[string]image{},
		result: &Result{runs: map[string]map[string]Run{}, byID: map[string]int{}}, seen: map[string][]string{},
		alike: map[string]int{}, running: map[string]bool{}, started: map[*python.Module]starts{}, byName: map[string]bool{}, pipelines: map[string][]*ci.Pipeline{},
	}
	g.result.imports = g.imports
	for _, pl := range opts.Pipelines {
		g.pipelines[pl.Path] = append(g.pipelines[pl.Path], pl)
	}
	g.load()
	g.jobs()
	g.definitions()
	g.services()
	g.charts()
	g.bundles()
	g.schedules()
	g.functions()
	g.connected()
	g.snakefiles()
	g.flows()
	g.targets()
	g.consoleScripts()
	g.documented()
	g.daemons()
	g.pulled()
	g.spawned()
	g.link()
	g.keepTime()
	g.loops()
	g.handOn()
	g.lambdaSteps()
	g.result.finish()
	return g.result
}

// load parses the files that commands lead through.
func (g *graph) load() {
	for _, f := range g.tree.Files {
		if mod := g.tree.Python[f].Outline(); mod != nil && path.Base(f) == "setup.py" {
			g.installs(f, setupCommands(mod.Installs))
		}
		src, ok := g.tree.Text[f]
		if !ok {
			continue
		}
		switch g.tree.Class(f) {
		case source.Source, source.Test, source.Example:
			g.loadFile(f, src)
			if g.files[f].Cut() {
				g.broken(f, errors.New("it has too many targets: it was read in part"))
			}
		}
	}
}

// setupCommands are the commands of the entry points that a setup.py names: name → module.
func setupCommands(points []python.Word) map[string]tasks.Line {
	out := map[string]tasks.Line{}
	for _, w := range points {
		name, target, _ := strings.Cut(w.Text, "=")
		module, _, _ := strings.Cut(target, ":")
		out[strings.TrimSpace(name)] = tasks.Line{Text: strings.TrimSpace(module), Line: w.Line}
	}
	return out
}

func (g *graph) loadFile(f string, src []byte) {
	base := path.Base(f)
	switch {
	case strings.EqualFold(base, "makefile") || base == "GNUmakefile" || path.Ext(base) == ".mk":
		g.files[f] = tasks.Make(src)
	case strings.EqualFold(base, "justfile"):
		g.files[f] = tasks.Just(src)
	case base == "tox.ini":
		g.files[f] = tasks.Tox(src)
	case base == "setup.cfg":
		g.installs(f, tasks.SetupScripts(src))
	case base == "package.json":
		g.files[f] = tasks.NPM(src)
	case base == "devbox.json":
		g.files[f] = tasks.Devbox(src)
	case base == "Pipfile":
		g.files[f] = tasks.Pipenv(tasks.ReadTOML(src))
	case path.Ext(base) == ".toml":
		g.loadTOML(f, src)
	case yamldoc.IsYAML(base):
		g.loadYAML(f, src)
	case base == "MLproject":
		docs, err := g.tree.YAML(f)
		if g.broken(f, err); err == nil && len(docs) > 0 {
			g.specs[f] = mlproject(f, docs[0])
		}
	case IsDockerfile(base):
		img, err := dockerfile(src)
		g.broken(f, err)
		g.images[f] = img
	}
}

// installs keeps the commands that a package installs.
func (g *graph) installs(f string, scripts map[string]tasks.Line) {
	for name, s := range scripts {
		if _, taken := g.scripts[name]; !taken {
			g.scripts[name] = script{path: f, line: s.Line, module: s.Text}
		}
	}
}

// broken notes a file that cannot be read, or not to its end.
func (g *graph) broken(f string, err error) {
	if err != nil {
		g.result.Unread = append(g.result.Unread, Unresolved{Path: f, What: err.Error()})
	}
}

// IsDockerfile reports whether a file is a Dockerfile, by its name.
func IsDockerfile(base string) bool {
	lower := strings.ToLower(base)
	return strings.HasPrefix(lower, "dockerfile") || strings.HasPrefix(lower, "containerfile") || strings.HasSuffix(lower, ".dockerfile")
}

// loadTOML reads task tables and console scripts.
func (g *graph) loadTOML(f string, src []byte) {
	doc := tasks.ReadTOML(src)
	g.toml[f] = doc
	switch path.Base(f) {
	case "mise.toml", ".mise.toml":
		g.files[f] = tasks.Mise(doc)
	case "pixi.toml":
		g.files[f] = tasks.Pixi(doc)
	case "pyproject.toml":
		for name, v := range tasks.Scripts(doc) {
			if _, taken := g.scripts[name]; !taken {
				module, _, _ := strings.Cut(v.Strings[0], ":")
				g.scripts[name] = script{path: f, line: v.Line, module: module}
			}
		}
	}
}

// maxYAML bounds the files that are looked at as pipelines or manifests.
const maxYAML = 1 << 20

func mayBePipeline(f string, src []byte) bool {
	return len(src) <= maxYAML && !strings.HasPrefix(f, ".github/")
}

func (g *graph) loadYAML(f string, src []byte) {
	if !mayBePipeline(f, src) {
		return
	}
	docs, err := g.tree.YAML(f)
	g.broken(f, err)
	g.yaml[f] = docs
	if len(docs) == 0 {
		return
	}
	switch base := path.Base(f); {
	case base == "dvc.yaml":
		g.specs[f] = dvc(f, docs[0])
	case base == "muster.yaml" || base == "muster.yml":
		g.specs[f] = muster(f, docs[0])
	case docs[0].Get("type").Text() == "pipeline" && len(docs[0].Get("jobs").Entries()) > 0:
		g.specs[f] = azureml(f, docs[0])
	case base == "project.yml" && docs[0].Get("commands").IsList():
		g.specs[f] = spacyProject(f, docs[0])
	case base == "metadata.yaml" && path.Base(path.Dir(path.Dir(f))) == "pipelines" && docs[0].Get("blocks").IsList():
		g.specs[f] = mage(f, docs[0])
	case base == "pipeline.yaml" && docs[0].Get("tasks").IsList() && docs[0].Get("apiVersion").Text() == "":
		g.specs[f] = ploomber(f, docs[0])
	case docs[0].Get("namespace").Text() != "" && strings.Contains(string(src), "io.kestra."):
		g.specs[f] = kestra(f, docs[0])
	case strings.EqualFold(base, "taskfile.yml") || strings.EqualFold(base, "taskfile.yaml"):
		g.files[f] = tasks.Taskfile(docs[0])
	}
}

// find returns the first of the files that lies in one of the folders.
func (g *graph) find(dirs []string, names ...string) string {
	for _, dir := range dirs {
		for _, name := range names {
			if f := path.Join(dir, name); g.tree.Has(f) {
				return f
			}
		}
	}
	return ""
}

// resolve finds the file that a command names, seen from the folders in which
// it may run. An absolute path is one inside a container: its leading parts are
// taken off until a file fits.
func (g *graph) resolve(dirs []string, name string) string {
	if strings.HasPrefix(name, "$") && (!strings.HasPrefix(name, "$(") || strings.HasPrefix(name, "$()/")) {
		return g.resolveVariable(dirs, name)
	}
	if name == "" || strings.ContainsAny(name, "$*") {
		return ""
	}
	if strings.HasPrefix(name, "/") {
		for rest := strings.TrimPrefix(path.Clean(name), "/"); rest != ""; {
			if f := g.find([]string{"."}, rest); f != "" {
				return f
			}
			if f := g.find(dirs, rest); f != "" {
				return f
			}
			_, after, more := strings.Cut(rest, "/")
			if !more {
				return ""
			}
			rest = after
		}
	}
	return g.find(append(slices.Clone(dirs), "."), name)
}

// resolveVariable finds a Python file below a folder that only a variable, or the
// output of a command, names:
// where it would be from here, or the one file of the project with that path.
func (g *graph) resolveVariable(dirs []string, name string) string {
	_, rest, ok := strings.Cut(name, "/")
	if !ok || !strings.HasSuffix(rest, ".py") || strings.ContainsAny(rest, "$*") {
		return ""
	}
	if f := g.find(append(slices.Clone(dirs), "."), rest); f != "" {
		return f
	}
	if found := g.imports.byName(strings.TrimSuffix(path.Clean(rest), ".py"), "."); len(found) == 1 {
		return found[0]
	}
	return ""
}

// finish puts everything into one order, so that the same tree gives the same result.
func (r *Result) finish() {
	slices.SortStableFunc(r.Unread, func(a, b Unresolved) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
	slices.SortStableFunc(r.Hits, func(a, b Hit) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
}
