package reach

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// spec is a pipeline definition: dvc.yaml, muster.yaml, MLproject.
type spec struct {
	kind   string
	path   string
	line   int
	stages []stage
	// triggers start it without a person.
	triggers []ci.Trigger
}

// stage is one stage of a definition.
type stage struct {
	name            string
	line            int
	dir             string
	commands        []yamldoc.Value
	program         string // a file of Python that it is
	inputs, outputs []string
}

// templated is what a definition's own templating puts into a command.
var templated = regexp.MustCompile(`\$\{[^}]*\}|\{[A-Za-z_]\w*\}`)

// doubled is what cloud platforms put into a command: ${{inputs.data}}, {{ x }}.
var doubled = regexp.MustCompile(`\$?\{\{[^}]*\}\}`)

// dvc reads the stages of a dvc.yaml.
func dvc(file string, doc yamldoc.Value) spec {
	s := spec{kind: "dvc", path: file, line: doc.Get("stages").Line()}
	for _, e := range doc.Get("stages").Entries() {
		body := e.Value
		if do := body.Get("do"); do.Exists() {
			body = do
		}
		st := stage{name: e.Key, line: e.Line, dir: body.Get("wdir").Text(), inputs: keys(body.Get("deps"))}
		for _, out := range []string{"outs", "metrics", "plots"} {
			st.outputs = append(st.outputs, keys(body.Get(out))...)
		}
		st.commands = commands(body.Get("cmd"))
		s.stages = append(s.stages, st)
	}
	return s
}

// muster reads the stages of a muster.yaml.
func muster(file string, doc yamldoc.Value) spec {
	s := spec{kind: "muster", path: file, line: doc.Get("stages").Line()}
	for _, e := range doc.Get("stages").Entries() {
		st := stage{
			name: e.Key, line: e.Line, inputs: e.Value.Get("inputs").Texts(), outputs: e.Value.Get("outputs").Texts(),
			commands: commands(e.Value.Get("run")),
		}
		st.outputs = append(st.outputs, e.Value.Get("metrics").Texts()...)
		for _, v := range []yamldoc.Value{e.Value.Get("predictions"), e.Value.Get("predictions", "path")} {
			st.outputs = append(st.outputs, v.Texts()...)
		}
		s.stages = append(s.stages, st)
	}
	return s
}

// mlproject reads the entry points of an MLproject.
func mlproject(file string, doc yamldoc.Value) spec {
	s := spec{kind: "mlproject", path: file, line: 1}
	for _, e := range doc.Get("entry_points").Entries() {
		s.stages = append(s.stages, stage{name: e.Key, line: e.Line, commands: commands(e.Value.Get("command"))})
	}
	return s
}

// azureml reads the jobs of an Azure ML pipeline: a file of YAML of type
// "pipeline" (https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json).
func azureml(file string, doc yamldoc.Value) spec {
	s := spec{kind: "azureml", path: file, line: doc.Get("jobs").Line()}
	for _, e := range doc.Get("jobs").Entries() {
		st := stage{name: e.Key, line: e.Line, dir: e.Value.Get("code").Text(), commands: commands(e.Value.Get("command"))}
		for _, in := range e.Value.Get("inputs").Entries() {
			if _, from, ok := strings.Cut(e.Value.Get("inputs", in.Key).Text(), "parent.jobs."); ok {
				st.inputs = append(st.inputs, strings.Split(from, ".")[0])
			}
		}
		st.outputs = []string{e.Key}
		s.stages = append(s.stages, st)
	}
	return s
}

// commands are the command lines of a value: one, or a list.
func commands(v yamldoc.Value) []yamldoc.Value {
	if v.IsList() {
		return v.Items()
	}
	if v.Text() == "" {
		return nil
	}
	return []yamldoc.Value{v}
}

// keys are the paths of a list whose items are paths, or maps with a path as key.
func keys(v yamldoc.Value) []string {
	var out []string
	for _, item := range v.Items() {
		if t := item.Text(); t != "" {
			out = append(out, t)
		}
		for _, e := range item.Entries() {
			out = append(out, e.Key)
		}
	}
	return out
}

// connected reports whether some stage reads what another one writes.
func (s spec) connected() bool {
	made, around := makers{}, makers{}
	for _, st := range s.stages {
		for _, out := range st.outputs {
			made.add(path.Clean(out), st.name)
			for dir := range above(path.Clean(out)) {
				around.add(dir, st.name)
			}
		}
	}
	return slices.ContainsFunc(s.stages, func(st stage) bool {
		return slices.ContainsFunc(st.inputs, func(in string) bool {
			in = path.Clean(in)
			if made.another(in, st.name) || around.another(in, st.name) {
				return true
			}
			for dir := range above(in) {
				if made.another(dir, st.name) {
					return true
				}
			}
			return false
		})
	})
}

// makers are the stages that make what lies at a path, or whether there are several.
type makers map[string]maker

type maker struct {
	stage   string
	several bool
}

func (m makers) add(file, stage string) {
	if have, ok := m[file]; ok {
		m[file] = maker{have.stage, have.several || have.stage != stage}
		return
	}
	m[file] = maker{stage: stage}
}

// another reports whether a stage other than that one makes it.
func (m makers) another(file, stage string) bool {
	have, ok := m[file]
	return ok && (have.several || have.stage != stage)
}

// maxPath is the longest path that a system opens (Linux, PATH_MAX).
const maxPath = 4096

// above are the folders around a path.
func above(file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(file) > maxPath {
			return
		}
		for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if !yield(dir) {
				return
			}
		}
	}
}

// names lists the stages, as far as a line holds them.
func (s spec) names() string {
	const most = 6
	var out []string
	for _, st := range s.stages[:min(len(s.stages), most)] {
		out = append(out, st.name)
	}
	if len(s.stages) > most {
		out = append(out, "…")
	}
	return "stages " + strings.Join(out, ", ")
}

func produces(outputs []string, in string) bool {
	in = path.Clean(in)
	return slices.ContainsFunc(outputs, func(out string) bool {
		out = path.Clean(out)
		return in == out || strings.HasPrefix(in, out+"/") || strings.HasPrefix(out, in+"/")
	})
}

// definitions makes an entry of each pipeline definition: it is started by the
// one command of its tool.
func (g *graph) definitions() {
	for _, f := range sortedKeys(g.specs) {
		s := g.specs[f]
		if len(s.stages) == 0 || s.kind == "mlproject" && len(s.stages[0].commands) == 0 {
			continue
		}
		e := Entry{ID: f, Kind: KindPipeline, Path: f, Line: s.line, Name: s.kind + " pipeline", Triggers: s.triggers}
		if len(s.triggers) > 0 {
			e.Kind = KindTimer
		}
		p := g.entry(e, path.Dir(f))
		g.spec(p, f, nil)
	}
	g.cogs()
}

// cogs makes entries of what a cog.yaml starts: the predictor and the training
// that it names by file and object (https://cog.run/yaml); and of the service that
// a bentofile.yaml packs (https://docs.bentoml.com/en/latest/reference/bentoml/bento-build-options.html).
func (g *graph) cogs() {
	for _, f := range sortedKeys(g.yaml) {
		if len(g.yaml[f]) == 0 {
			continue
		}
		doc := g.yaml[f][0]
		switch path.Base(f) {
		case "cog.yaml", "cog.yml":
			g.packed(f, "cog predict", KindImage, doc.Get("predict"))
			g.packed(f, "cog train", KindPipeline, doc.Get("train"))
		case "bentofile.yaml", "bentofile.yml":
			g.packed(f, "bento service", KindImage, doc.Get("service"))
		}
	}
}

// packed makes an entry of the object of a file, or module, that a tool packs.
func (g *graph) packed(f, name string, kind Kind, v yamldoc.Value) {
	file, _, found := strings.Cut(v.Text(), ":")
	if !found || g.tree.Class(f) != source.Source {
		return
	}
	if !strings.HasSuffix(file, ".py") {
		file = strings.ReplaceAll(file, ".", "/") + ".py"
	}
	if file = g.resolve([]string{path.Dir(f)}, file); file == "" {
		return
	}
	_, key, _ := strings.Cut(name, " ")
	g.python(g.entry(Entry{ID: f + "#" + key, Kind: kind, Path: f, Line: v.Line(), Name: name, Chain: f}, path.Dir(f)), file)
}

// spec follows the stages of a definition; only those that are named, if any are.
func (g *graph) spec(p place, file string, names []string) []string {
	s, ok := g.specs[file]
	if !ok {
		return nil
	}
	return g.once(p, file+"#"+strings.Join(names, ","), func() []string {
		inner := p.at(file, append([]string{path.Dir(file)}, p.dirs...)...)
		var steps []Step
		for _, st := range s.stages {
			if len(names) > 0 && !slices.Contains(names, st.name) {
				continue
			}
			at := inner
			if st.dir != "" {
				at.dirs = g.into(inner.dirs, st.dir)
			}
			step := Step{Path: file, Line: st.line, Name: st.name, Swallowed: p.swallowed, Files: g.python(at, st.program)}
			for _, c := range st.commands {
				text := templated.ReplaceAllString(c.Text(), "VALUE")
				step.Files = append(step.Files, files(g.script(at, text, c.TextLine(), shell.Options{ErrExit: true}))...)
			}
			steps = append(steps, step)
		}
		before := g.earlier(p, file, names)
		steps = append(before, steps...)
		g.sequence(Sequence{
			Kind: s.kind, Path: file, Line: s.line, Name: s.names(), Entry: p.entry, Steps: steps, Connected: s.connected() || len(before) > 0,
		})
		return files(steps)
	})
}

// definitionCommand follows the commands whose work a definition file describes.
func (g *graph) definitionCommand(p place, name string, args []string) []string {
	sub := positional(args)
	if len(sub) == 0 {
		return nil
	}
	dirs := append(slices.Clone(p.dirs), ".")
	switch name {
	case "dvc":
		switch {
		case sub[0] == "repro":
			return g.reproduce(p, dirs, sub[1:])
		case sub[0] == "exp" && len(sub) > 1 && sub[1] == "run":
			return g.reproduce(p, dirs, sub[2:])
		}
	case "mlflow":
		if sub[0] == "run" {
			for _, a := range sub[1:] {
				if f := g.find(g.into(p.dirs, a), "MLproject"); f != "" {
					return g.spec(p, f, nil)
				}
			}
		}
	case "muster":
		if sub[0] == "run" || sub[0] == "ci" || sub[0] == "gate" {
			return g.spec(p, g.find(g.into(p.dirs, shell.Flag(args, "-C", "--dir", "--directory")), "muster.yaml", "muster.yml"), nil)
		}
	case "docker", "podman", "buildah", "docker-compose":
		return g.dockerCommand(p, name, args, sub)
	case "kubectl", "oc", "helm":
		return nil
	}
	return nil
}

// reproduce follows "dvc repro" with its targets: stages of the file that lies
// there, or those of another file, all or one (https://dvc.org/doc/command-reference/repro).
// The files of tests are none of the project's pipelines.
func (g *graph) reproduce(p place, dirs, targets []string) []string {
	var own, out []string
	for _, t := range targets {
		name, stage, _ := strings.Cut(t, ":")
		if path.Base(name) != "dvc.yaml" {
			own = append(own, t)
			continue
		}
		if f := g.resolve(p.dirs, name); f != "" && g.tree.Class(f) == source.Source {
			out = append(out, g.spec(p, f, g.stageNames(f, []string{stage}))...)
		}
	}
	if len(targets) > 0 && len(own) == 0 {
		return out
	}
	f := g.find(dirs, "dvc.yaml")
	return append(out, g.spec(p, f, g.stageNames(f, own))...)
}

// stageNames are the arguments that name stages of the definition.
func (g *graph) stageNames(file string, args []string) []string {
	s := g.specs[file]
	var out []string
	for _, st := range s.stages {
		if slices.Contains(args, st.name) {
			out = append(out, st.name)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
