package reach

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/shell"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// services makes entries of what compose, Kubernetes and Prefect start.
func (g *graph) services() {
	for _, f := range sortedKeys(g.yaml) {
		if g.tree.Class(f) != source.Source {
			continue
		}
		for _, doc := range g.yaml[f] {
			base := path.Base(f)
			switch {
			case doc.Get("services").IsMap() && (strings.Contains(base, "compose") || doc.Get("version").Exists()):
				g.compose(f, doc)
			case base == "prefect.yaml" || base == "prefect.yml":
				g.prefect(f, doc)
			case base == "render.yaml":
				g.render(f, doc)
			case base == "heroku.yml":
				g.heroku(f, doc)
			case base == "app.yaml":
				g.appEngine(f, doc)
			case doc.Get("kind").Text() != "" && doc.Get("apiVersion").Text() != "":
				g.manifest(f, doc)
			}
		}
	}
}

// maxManifest bounds how deep a manifest is searched for containers.
const maxManifest = 14

// manifest makes an entry of a Kubernetes or Argo object that runs containers.
func (g *graph) manifest(file string, doc yamldoc.Value) {
	kind := doc.Get("kind").Text()
	e := Entry{
		ID: file + "#" + kind + "/" + doc.Get("metadata", "name").Text(), Kind: KindService, Path: file,
		Line: doc.Get("kind").Line(), Name: kind + " " + doc.Get("metadata", "name").Text(), Chain: file,
	}
	switch kind {
	case "CronJob", "CronWorkflow":
		e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Schedule}
		if doc.Get("spec", "suspend").Text() == "true" {
			e.Off = "suspend: true"
		}
	case "Sensor": // of Argo Events: what it depends on starts what it holds
		e.Kind, e.Triggers = KindTimer, []ci.Trigger{ci.Event}
	}
	found := containers(doc.Get("spec"), maxManifest)
	if template := g.workflowTemplate(doc); template.Exists() {
		found = append(found, containers(template.Get("spec"), maxManifest)...)
	}
	programs := programs(kind, doc)
	if len(found) == 0 && len(programs) == 0 {
		return
	}
	p := g.entry(e, ".", path.Dir(file))
	var steps []Step
	for _, command := range programs {
		steps = append(steps, Step{Path: file, Line: e.Line, Name: strings.Join(command, " "), Files: g.command(p, command, e.Line)})
	}
	for _, c := range found {
		step := Step{Path: file, Line: c.Line(), Name: containerName(c), Files: g.container(p, c)}
		steps = append(steps, step)
	}
	if strings.Contains(kind, "Workflow") || strings.HasPrefix(kind, "Pipeline") {
		g.sequence(Sequence{Kind: strings.ToLower(kind), Path: file, Line: e.Line, Name: e.Name, Entry: p.entry, Steps: steps, Connected: true})
	}
}

// containerName tells a container from others of the same image.
func containerName(c yamldoc.Value) string {
	return cmp.Or(c.Get("name").Text(), strings.Join(append(append([]string{c.Get("image").Text()}, c.Get("command").Texts()...), c.Get("args").Texts()...), " "))
}

var importPath = regexp.MustCompile(`(?m)^[ -]*import_path:\s*["']?([\w.]+:\w+)`)

// programs are the commands that an object of an operator names other than by its
// containers: applications of Ray Serve and jobs of Ray
// (https://docs.ray.io/en/latest/cluster/kubernetes), and those of Spark
// (https://kubeflow.github.io/spark-operator).
func programs(kind string, doc yamldoc.Value) [][]string {
	const most = 20
	spec := doc.Get("spec")
	var out [][]string
	switch kind {
	case "RayService":
		for _, m := range importPath.FindAllStringSubmatch(spec.Get("serveConfigV2").Text(), most) {
			out = append(out, []string{"serve", "run", m[1]})
		}
	case "RayJob":
		if words := strings.Fields(spec.Get("entrypoint").Text()); len(words) > 0 {
			out = append(out, words)
		}
	case "SparkApplication", "ScheduledSparkApplication":
		for _, s := range []yamldoc.Value{spec, spec.Get("template")} {
			if f := s.Get("mainApplicationFile").Text(); f != "" {
				out = append(out, []string{"python", strings.TrimPrefix(f, "local://")})
			}
		}
	}
	return out
}

// workflowTemplate is the template of Argo that a workflow, or the one that a timer
// or sensor submits, names (https://argo-workflows.readthedocs.io/en/latest/workflow-templates).
func (g *graph) workflowTemplate(doc yamldoc.Value) yamldoc.Value {
	name := ""
	doc.Get("spec").Scalars(maxManifest, func(key string, v yamldoc.Value) {
		if strings.HasSuffix(key, "workflowTemplateRef.name") && name == "" {
			name = v.Text()
		}
	})
	if name == "" {
		return yamldoc.Value{}
	}
	for _, f := range sortedKeys(g.yaml) {
		for _, other := range g.yaml[f] {
			if kind := other.Get("kind").Text(); (kind == "WorkflowTemplate" || kind == "ClusterWorkflowTemplate") && other.Get("metadata", "name").Text() == name {
				return other
			}
		}
	}
	return yamldoc.Value{}
}

// container follows what one container runs: its command, a script, or the
// command of its image.
func (g *graph) container(p place, c yamldoc.Value) []string {
	p.quiet = g.quieted(p.quiet, environment(c.Get("env")))
	for _, key := range []string{"source", "script"} {
		text := c.Get(key)
		if text.Text() == "" {
			continue
		}
		if strings.HasPrefix(path.Base(strings.Join(c.Get("command").Texts(), " ")), "python") {
			return g.code(p, text.Text())
		}
		return files(g.script(p, placeholders(text.Text()), text.TextLine(), shell.Options{ErrExit: true}))
	}
	words := c.Get("command").Texts()
	words = append(words, c.Get("args").Texts()...)
	if len(words) > 0 && c.Get("command").Exists() {
		return g.command(p, words, c.Line())
	}
	g.waiting = append(g.waiting, pulled{place: p, image: c.Get("image").Text(), args: words})
	return nil
}

// containers finds the containers in the spec of an object.
func containers(v yamldoc.Value, depth int) []yamldoc.Value {
	if depth == 0 {
		return nil
	}
	var out []yamldoc.Value
	if v.Get("image").Text() != "" && (v.Get("command").Exists() || v.Get("args").Exists() || v.Get("name").Exists() || v.Get("source").Exists()) {
		return []yamldoc.Value{v}
	}
	for _, e := range v.Entries() {
		out = append(out, containers(e.Value, depth-1)...)
	}
	for _, item := range v.Items() {
		out = append(out, containers(item, depth-1)...)
	}
	return out
}

// keepTime gives the trigger of a schedule to the services that run a file with a
// timer in it.
func (g *graph) keepTime() {
	for i := range g.result.Entries {
		e := &g.result.Entries[i]
		if e.Kind != KindService && e.Kind != KindImage {
			continue
		}
		for _, file := range g.opts.Timers {
			if _, runs := g.result.runs[file][e.ID]; runs && !slices.Contains(e.Triggers, ci.Schedule) {
				e.Triggers = append(e.Triggers, ci.Schedule)
			}
		}
	}
}

// prefect makes entries of the deployments of a prefect.yaml.
func (g *graph) prefect(file string, doc yamldoc.Value) {
	for _, d := range doc.Get("deployments").Items() {
		entrypoint, _, _ := strings.Cut(cmp.Or(d.Get("entrypoint").Text(), d.Get("flow").Text()), ":")
		e := Entry{
			ID: file + "#" + d.Get("name").Text(), Kind: KindPipeline, Path: file, Line: d.Line(),
			Name: "Prefect deployment " + d.Get("name").Text(),
		}
		for _, s := range append(d.Get("schedules").Items(), d.Get("schedule")) {
			timed := s.Get("cron").Exists() || s.Get("interval").Exists() || s.Get("rrule").Exists()
			if timed && s.Get("active").Text() != "false" {
				e.Kind, e.Triggers, e.Line = KindTimer, []ci.Trigger{ci.Schedule}, s.Line()
			}
		}
		if f := g.resolve([]string{path.Dir(file), "."}, entrypoint); f != "" {
			g.python(g.entry(e, path.Dir(file)), f)
		}
	}
}
