package reach

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
)

// Handing is a place at which code or a command starts another pipeline of the
// repository by its name.
type Handing struct {
	Path string
	Line int
	// Func is the index of the innermost function of the module around it, or -1.
	Func int
	// Name is what is started, as it is called there.
	Name string
	// To are the entries that it starts.
	To []string
	// From are the entries that reach the place.
	From []string
}

// naming tells by which kind of name a pipeline is started.
type naming int

const (
	byDAG        naming = iota // of Airflow
	byDeployment               // of Prefect
	byWorkflow                 // a file of GitHub Actions
	byDispatch                 // whatever listens to an event of the repository
	byPlatform                 // of SageMaker
)

// routesTo are the paths of interfaces that start a pipeline, with its name:
// https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html,
// https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event,
// https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event,
// https://docs.gitlab.com/api/pipeline_triggers.
var routesTo = []struct {
	naming naming
	re     *regexp.Regexp
}{
	{byDAG, regexp.MustCompile(`(?:^|/)dags/([^/]+)/dagRuns/?$`)},
	{byWorkflow, regexp.MustCompile(`/actions/workflows/([^/]+)/dispatches/?$`)},
	{byDispatch, regexp.MustCompile(`(?:^|/)repos/[^ ]*?(/)dispatches/?$`)},
	{byDispatch, regexp.MustCompile(`/projects/[^ ]*?(/)(?:trigger/)?pipeline/?$`)},
}

// maxHandings bounds the places that are kept.
const maxHandings = 1000

// handOn joins what starts other pipelines of the repository by their names to
// them: they lie on one chain, and what nobody has to start starts the others, too.
func (g *graph) handOn() {
	names := g.pipelineNames()
	for _, file := range g.tree.Files {
		if code := g.tree.Python[file]; code != nil && g.tree.Class(file) == source.Source && mayHand(code.Outline()) {
			g.handsIn(file, code.Module(), names)
		}
	}
	for _, h := range g.result.Hits {
		g.handsBy(h, names)
	}
	g.settleHandings()
}

// pipelineNames are the entries of the pipelines that can be started by a name.
func (g *graph) pipelineNames() map[naming]map[string][]string {
	out := map[naming]map[string][]string{byDAG: {}, byDeployment: {}, byWorkflow: {}, byDispatch: {}, byPlatform: {}}
	byPath := map[string][]string{}
	for _, e := range g.result.Entries {
		switch e.Kind {
		case KindPipeline, KindTimer:
			byPath[e.Path] = append(byPath[e.Path], e.ID)
			if name, ok := strings.CutPrefix(e.Name, "Prefect deployment "); ok {
				out[byDeployment][name] = append(out[byDeployment][name], e.ID)
			}
		case KindJob:
			out[byWorkflow][path.Base(e.Path)] = append(out[byWorkflow][path.Base(e.Path)], e.ID)
			if slices.Contains(e.Triggers, ci.Event) {
				out[byDispatch]["/"] = append(out[byDispatch]["/"], e.ID)
			}
		}
	}
	for _, pl := range g.opts.Pipelines {
		if base := path.Base(pl.Path); pl.Name != "" && len(out[byWorkflow][base]) > 0 {
			out[byWorkflow][pl.Name] = append(out[byWorkflow][pl.Name], out[byWorkflow][base]...)
		}
	}
	for _, f := range g.opts.Flows {
		for _, c := range g.tree.Python[f.File].Module().Calls {
			if naming, name := g.pipelineName(f.File, c); name != "" {
				out[naming][name] = append(out[naming][name], byPath[f.File]...)
			}
		}
	}
	if several(out[byPlatform]["pipeline"]) {
		delete(out[byPlatform], "pipeline") // which of them is meant only a run knows
	}
	return out
}

// several reports whether entries are of more than one file.
func several(entries []string) bool {
	return slices.ContainsFunc(entries, func(id string) bool {
		file, _, _ := strings.Cut(id, "#")
		first, _, _ := strings.Cut(entries[0], "#")
		return file != first
	})
}

// pipelineName is the name that a call gives a pipeline.
func (g *graph) pipelineName(file string, c python.Call) (naming, string) {
	method := c.Method()
	switch {
	case strings.HasPrefix(c.Name, "airflow.") && (method == "DAG" || method == "dag"):
		if name := g.textOf(file, c, "dag_id", 0); name != "" {
			return byDAG, name
		}
		mod := g.tree.Python[file].Module()
		if at := mod.Decorated(c); c.Decorator && at >= 0 { // the decorated function has the name
			return byDAG, mod.Funcs[at].Name
		}
	case c.Name == "sagemaker.workflow.pipeline.Pipeline":
		return byPlatform, "pipeline" // its name is told by variables: a repository has one
	case method == "serve" || method == "deploy" || method == "to_deployment" || method == "build_from_flow":
		return byDeployment, g.textOf(file, c, "name", -1)
	}
	return byDAG, ""
}

// textOf is the text of an argument, by its keyword or its place. A constant may be
// another module's.
func (g *graph) textOf(file string, c python.Call, keyword string, at int) string {
	a, ok := c.Arg(keyword)
	if !ok && at >= 0 {
		a, ok = c.Positional(at)
	}
	switch {
	case !ok || strings.Contains(a.Text, python.Hole):
		return ""
	case a.Text != "":
		return a.Text
	case a.Literal:
		return a.Value
	}
	return g.opts.Constant(file, a.Value)
}

// mayHand reports whether a module may start a pipeline, by what its outline says.
func mayHand(outline *python.Module) bool {
	return slices.ContainsFunc(outline.Calls, func(c python.Call) bool {
		switch c.Method() {
		case "TriggerDagRunOperator", "trigger_dag", "run_deployment", "start_pipeline_execution":
			return true
		}
		return len(outline.Routes) > 0 && asksService(c)
	})
}

// handsIn finds the places in a module that start a pipeline.
func (g *graph) handsIn(file string, mod *python.Module, names map[naming]map[string][]string) {
	for _, c := range mod.Calls {
		switch c.Method() {
		case "TriggerDagRunOperator":
			g.hand(Site{file, c.Func}, c.Line, byDAG, g.textOf(file, c, "trigger_dag_id", 0), names)
		case "trigger_dag":
			g.hand(Site{file, c.Func}, c.Line, byDAG, g.textOf(file, c, "dag_id", 0), names)
		case "start_pipeline_execution":
			g.hand(Site{file, c.Func}, c.Line, byPlatform, "pipeline", names)
		case "run_deployment":
			_, name, _ := strings.Cut(g.textOf(file, c, "name", 0), "/")
			g.hand(Site{file, c.Func}, c.Line, byDeployment, name, names)
		}
	}
	if !slices.ContainsFunc(mod.Calls, asksService) {
		return
	}
	for _, w := range mod.Routes {
		for _, r := range routesTo {
			m := r.re.FindStringSubmatch(w.Text)
			if m == nil {
				continue
			}
			wanted := []string{m[1]}
			if strings.Contains(m[1], "{") {
				wanted = g.namesNear(file, names[r.naming])
			}
			for _, name := range wanted {
				g.hand(Site{file, w.Func}, w.Line, r.naming, name, names)
			}
		}
	}
}

// asksService reports whether a call sends something to a service.
func asksService(c python.Call) bool {
	switch c.Method() {
	case "post", "request", "urlopen", "Request", "put", "send", "run":
		return true
	}
	return false
}

// namesNear are the names of pipelines that a module, or one that imports it, has
// as a text: what a function there is told to start.
func (g *graph) namesNear(file string, known map[string][]string) []string {
	var out []string
	for _, other := range g.tree.Files {
		if g.tree.Python[other] == nil || g.tree.Class(other) != source.Source || other != file && !slices.Contains(g.imports.next(other), file) {
			continue
		}
		mod := g.tree.Python[other].Module()
		for _, c := range mod.Calls {
			for _, a := range c.Args {
				if known[a.Value] != nil && a.Literal {
					out = append(out, a.Value)
				}
			}
		}
		for _, f := range mod.Funcs {
			for _, name := range sortedKeys(f.Defaults) {
				if known[f.Defaults[name]] != nil {
					out = append(out, f.Defaults[name])
				}
			}
		}
		for _, name := range sortedKeys(mod.Texts) {
			if known[mod.Texts[name]] != nil {
				out = append(out, mod.Texts[name])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hand keeps that a module starts a pipeline.
func (g *graph) hand(at Site, line int, by naming, name string, names map[naming]map[string][]string) {
	if to := names[by][name]; len(to) > 0 && len(g.result.Handings) < maxHandings {
		g.result.Handings = append(g.result.Handings, Handing{Path: at.File, Line: line, Func: at.Func, Name: name, To: to, From: g.result.running(at)})
	}
}

// handsBy keeps that a command starts a pipeline.
func (g *graph) handsBy(h Hit, names map[naming]map[string][]string) {
	by, name := byDAG, ""
	line := strings.Join(h.Args, " ")
	switch words := positional(h.Args); {
	case dispatched(h) != "":
		by, name = byWorkflow, dispatched(h)
	case strings.HasPrefix(line, "airflow dags trigger ") && len(words) > 3:
		name = words[3]
	case strings.HasPrefix(line, "prefect deployment run ") && len(words) > 3:
		by = byDeployment
		_, name, _ = strings.Cut(words[3], "/")
	case strings.Contains(h.Uses, "github-script") && strings.Contains(h.With["script"], "createDispatchEvent"):
		by, name = byDispatch, "/"
	case len(words) > 0 && (path.Base(words[0]) == "curl" || path.Base(words[0]) == "wget") || strings.HasPrefix(line, "gh api "):
		for _, a := range h.Args {
			for _, r := range routesTo {
				if m := r.re.FindStringSubmatch(a); m != nil {
					by, name = r.naming, m[1]
				}
			}
		}
	}
	if to := names[by][name]; len(to) > 0 && len(g.result.Handings) < maxHandings {
		g.result.Handings = append(g.result.Handings, Handing{Path: h.Path, Line: h.Line, Func: g.callAt(h), Name: name, To: to, From: []string{h.Entry}})
	}
}

// callAt is the function whose call runs a command of a module, -1 if none does.
func (g *graph) callAt(h Hit) int {
	code := g.tree.Python[h.Path]
	if code == nil {
		return -1
	}
	for _, c := range code.Module().Calls {
		if c.Line == h.Line && !c.Decorator {
			return c.Func
		}
	}
	return -1
}

// settleHandings joins the chains of what starts one another, and gives the trigger
// After to what something starts by itself.
func (g *graph) settleHandings() {
	for range maxRounds {
		changed := false
		for _, h := range g.result.Handings {
			for _, from := range h.From {
				e := &g.result.Entries[g.result.byID[from]]
				if e.Off != "" || !startsItself(e.Triggers) && e.Kind != KindJob && e.Kind != KindPipeline {
					continue // a server has a button that people press, a page is read by them
				}
				for _, to := range h.To {
					changed = g.follow(e, &g.result.Entries[g.result.byID[to]]) || changed
				}
			}
		}
		if !changed {
			return
		}
	}
}

// follow makes an entry one that another one starts.
func (g *graph) follow(from, to *Entry) bool {
	if from.ID == to.ID {
		return false
	}
	changed := false
	if startsItself(from.Triggers) && !slices.Contains(to.Triggers, ci.After) && to.Off == "" {
		to.Triggers, changed = append(slices.Clone(to.Triggers), ci.After), true
	}
	if a, b := from.Chain, to.Chain; a != b {
		changed = true
		for i := range g.result.Entries {
			if g.result.Entries[i].Chain == b {
				g.result.Entries[i].Chain = a
			}
		}
	}
	return changed
}

// startsItself reports whether one of the triggers is no person.
func startsItself(triggers []ci.Trigger) bool {
	return slices.ContainsFunc(triggers, func(t ci.Trigger) bool {
		return t != ci.Manual && t != ci.Call && t != ci.Elsewhere && t != ci.Change && t != ci.Other && t != ci.Branch
	})
}
