package facts

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// driftBranches makes facts of the branches that frameworks other than Airflow have, where
// what was measured decides: sensors of Dagster, conditions of Kubeflow's pipelines, of
// Argo's workflows and of Databricks' jobs.
func (b *builder) driftBranches(g *callGraph) {
	decided := b.sitesOf("drift.decision")
	for _, m := range b.ownModules() {
		b.sensors(g, m, decided)
		b.conditionsOfKubeflow(g, m)
	}
	for _, file := range b.ownYAML() {
		switch text := string(b.in.Tree.Text[file]); {
		case strings.Contains(text, "condition_task"):
			b.eachDoc(file, func(doc yamldoc.Value) { b.conditionsOfDatabricks(file, doc) })
		case strings.Contains(text, "argoproj.io") && strings.Contains(text, "when:"):
			b.eachDoc(file, func(doc yamldoc.Value) { b.conditionsOfArgo(file, doc) })
		}
	}
}

// sensors makes facts of sensors that ask for drift, and then ask for a run
// (https://docs.dagster.io/guides/automate/sensors).
func (b *builder) sensors(g *callGraph, m module, decided map[site]bool) {
	for i, f := range m.mod.Funcs {
		if !slices.ContainsFunc(f.Decorators, func(d string) bool { return strings.HasPrefix(d, "dagster.") && strings.HasSuffix(d, "sensor") }) {
			continue
		}
		s := site{m.file, i}
		calls := g.calls(s)
		asks := decided[s] || slices.ContainsFunc(calls, asksForDrift)
		if at := slices.IndexFunc(calls, func(c python.Call) bool { return c.Method() == "RunRequest" }); asks && at >= 0 {
			b.note(m, "retrain.branch", "a sensor by "+f.Name, calls[at].Line, f.Name)
		}
	}
}

// conditionsOfKubeflow makes facts of the conditions of a pipeline that measures drift
// before (https://www.kubeflow.org/docs/components/pipelines/user-guides/core-functions/control-flow).
func (b *builder) conditionsOfKubeflow(g *callGraph, m module) {
	for _, c := range m.mod.Calls {
		if !strings.HasPrefix(c.Name, "kfp.") || c.Func < 0 || c.Method() != "If" && c.Method() != "Condition" {
			continue
		}
		if slices.ContainsFunc(g.calls(site{m.file, c.Func}), func(o python.Call) bool { return o.Line < c.Line && asksForDrift(o) }) {
			b.note(m, "retrain.branch", "a condition of "+m.mod.FuncName(c.Func), c.Line, m.mod.FuncName(c.Func))
		}
	}
}

// asksTask is a condition on what a step or task before gave; taskValue names the task of
// Databricks that it asks (https://docs.databricks.com/aws/en/jobs/conditional-tasks).
var (
	asksTask  = regexp.MustCompile(`\{\{(steps|tasks|inputs|workflow)\.[^}]*(drift|retrain|degrad)|\{\{(steps|tasks)\.[\w-]*(drift|monitor|check|measure|detect)[\w-]*\.(outputs|exitCode|status)`)
	taskValue = regexp.MustCompile(`\{\{\s*tasks\.([\w-]+)\.values\.([\w-]+)`)
	aboutTask = regexp.MustCompile(`(?i)drift|retrain|degrad|monitor|detect`)
)

// conditionsOfDatabricks makes facts of the condition tasks that ask a task about drift, and
// which another task waits for.
func (b *builder) conditionsOfDatabricks(file string, doc yamldoc.Value) {
	for _, job := range doc.Get("resources", "jobs").Entries() {
		tasks := job.Value.Get("tasks").Items()
		waited := waitedFor(tasks)
		for _, t := range tasks {
			m := taskValue.FindStringSubmatch(t.Get("condition_task", "left").Text() + t.Get("condition_task", "right").Text())
			if m == nil || !aboutTask.MatchString(m[1]+" "+m[2]) || !waited[t.Get("task_key").Text()] {
				continue
			}
			b.branch(file, t.Get("condition_task").Line(), "the task "+t.Get("task_key").Text(), []Link{{ID: file + "#" + job.Key}})
		}
	}
}

// waitedFor are the tasks by whose outcome another one runs.
func waitedFor(tasks []yamldoc.Value) map[string]bool {
	out := map[string]bool{}
	for _, t := range tasks {
		for _, d := range t.Get("depends_on").Items() {
			if d.Get("outcome").Exists() {
				out[d.Get("task_key").Text()] = true
			}
		}
	}
	return out
}

// conditionsOfArgo makes facts of the conditions of steps
// (https://argo-workflows.readthedocs.io/en/latest/walk-through/conditionals).
func (b *builder) conditionsOfArgo(file string, doc yamldoc.Value) {
	const deep = 12
	doc.Scalars(deep, func(key string, v yamldoc.Value) {
		if (key == "when" || strings.HasSuffix(key, ".when")) && asksTask.MatchString(v.Text()) {
			b.branch(file, v.Line(), "when "+v.Text(), b.entriesOf(file))
		}
	})
}

func (b *builder) branch(file string, line int, subject string, links []Link) {
	b.add(Fact{
		Category: "retrain.branch", Subject: shorten(subject), Path: file, Line: max(line, 1), Context: string(source.Source), Entries: links,
	})
}

// worthAlert is an alert about the model or its data.
var worthAlert = regexp.MustCompile(`(?i)drift|psi|accuracy|f1|auc|rmse|degrad|performance|quality|confidence|prediction`)

// alertsThatTrain makes facts of receivers of Alertmanager that ask a service of the
// project's own to train, where a rule is about the model or its data
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
func (b *builder) alertsThatTrain() {
	about := slices.ContainsFunc(b.set.Facts["alert.rule"], func(f Fact) bool {
		text, _ := f.Detail["about"].(string)
		return f.Detail["unloaded"] != true && worthAlert.MatchString(text)
	})
	served := b.trainingRoutes()
	if !about || len(served) == 0 {
		return
	}
	const deep = 12
	for _, file := range b.ownYAML() {
		if !strings.Contains(string(b.in.Tree.Text[file]), "webhook_configs") {
			continue
		}
		b.eachDoc(file, func(doc yamldoc.Value) {
			doc.Scalars(deep, func(key string, v yamldoc.Value) {
				at := slices.IndexFunc(served, func(r reference) bool { return strings.HasSuffix(v.Text(), r.path) })
				if strings.HasSuffix(key, "webhook_configs.url") && at >= 0 {
					b.add(Fact{
						Category: "retrain.alert", Subject: "an alert asks for " + v.Text(), Path: file, Line: max(v.Line(), 1),
						Context: string(source.Source), Entries: b.links(served[at].file),
					})
				}
			})
		})
	}
}
