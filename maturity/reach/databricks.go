package reach

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/source"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// bundles makes an entry of each job of a Databricks bundle
// (https://docs.databricks.com/dev-tools/bundles/resources), of dbx
// (https://dbx.readthedocs.io/en/latest/reference/deployment) or of a file that the
// command line creates it from (https://docs.databricks.com/api/workspace/jobs/create):
// its tasks run in order, by a timer or trigger if it has one that is not paused.
func (g *graph) bundles() {
	for _, f := range sortedKeys(g.yaml) {
		if g.tree.Class(f) != source.Source {
			continue
		}
		for _, doc := range g.yaml[f] {
			for _, job := range doc.Get("resources", "jobs").Entries() {
				g.bundleJob(f, job)
			}
			g.listedJobs(f, doc)
		}
	}
	for _, f := range g.tree.Files {
		src := g.tree.Text[f]
		if path.Ext(f) != ".json" || g.tree.Class(f) != source.Source || len(src) > maxYAML ||
			!bytes.Contains(src, []byte(`_task"`)) || !taskOfJob.Match(src) {
			continue
		}
		docs, err := yamldoc.Read(src) // JSON is YAML
		if err != nil || len(docs) == 0 {
			continue // templates of other tools are none
		}
		if docs[0].Get("name").Text() != "" {
			g.bundleJob(f, yamldoc.Entry{Key: docs[0].Get("name").Text(), Value: docs[0], Line: 1})
		}
		g.listedJobs(f, docs[0])
	}
}

// taskOfJob is what only a job of Databricks has.
var taskOfJob = regexp.MustCompile(`"(notebook_task|spark_python_task|python_wheel_task)"`)

// listedJobs are the jobs that a deployment file of dbx lists for each environment.
func (g *graph) listedJobs(file string, doc yamldoc.Value) {
	for _, around := range []yamldoc.Value{doc, doc.Get("environments")} {
		for _, env := range around.Entries() {
			for _, key := range []string{"jobs", "workflows"} {
				for _, job := range env.Value.Get(key).Items() {
					if name := job.Get("name").Text(); name != "" {
						g.bundleJob(file, yamldoc.Entry{Key: env.Key + "/" + name, Value: job, Line: job.Line()})
					}
				}
			}
		}
	}
}

// tasksOf are the tasks of a job: the job itself, where it has one only.
func tasksOf(job yamldoc.Value) []yamldoc.Value {
	for _, key := range []string{"notebook_task", "spark_python_task", "python_wheel_task"} {
		if job.Get(key).Exists() {
			return []yamldoc.Value{job}
		}
	}
	return job.Get("tasks").Items()
}

func (g *graph) bundleJob(file string, job yamldoc.Entry) {
	e := Entry{ID: file + "#" + job.Key, Kind: KindPipeline, Path: file, Line: job.Line, Name: "Databricks job " + job.Key}
	for _, key := range []string{"schedule", "trigger", "continuous"} {
		v := job.Value.Get(key)
		if !v.Exists() {
			continue
		}
		if g.paused(file, v.Get("pause_status").Text()) {
			continue
		}
		t := ci.Schedule
		if v.Get("file_arrival").Exists() || v.Get("table_update").Exists() {
			t = ci.Event
		}
		e.Kind, e.Triggers, e.Line = KindTimer, append(e.Triggers, t), v.Line()
	}
	if len(tasksOf(job.Value)) == 0 {
		return
	}
	p := g.entry(e, path.Dir(file), ".")
	var steps []Step
	for _, t := range tasksOf(job.Value) {
		steps = append(steps, Step{Path: file, Line: t.Line(), Name: t.Get("task_key").Text(), Files: g.bundleTask(p.at(file), t)})
	}
	g.sequence(Sequence{Kind: "databricks", Path: file, Line: job.Line, Name: job.Key, Entry: p.entry, Steps: steps, Connected: true})
}

// storeScheme is how dbx names a file that it brings to a store.
var storeScheme = regexp.MustCompile(`^file:(fuse:)?//`)

// bundleTask follows the script, notebook or console script of a task.
func (g *graph) bundleTask(p place, t yamldoc.Value) []string {
	for _, v := range []yamldoc.Value{t.Get("spark_python_task", "python_file"), t.Get("notebook_task", "notebook_path")} {
		name := storeScheme.ReplaceAllString(doubled.ReplaceAllString(v.Text(), ""), "")
		if i := strings.LastIndex(name, "}"); i >= 0 { // ${workspace.file_path}/…
			name = strings.TrimPrefix(name[i+1:], "/")
		}
		for _, ending := range []string{"", ".py", ".ipynb"} {
			if f := g.resolve(p.dirs, strings.TrimPrefix(name+ending, "./")); f != "" && name != "" {
				return g.python(p, f)
			}
		}
		// A workspace has folders of its own, to which notebooks are brought.
		if found := g.imports.byName(path.Base(name), "."); strings.HasPrefix(name, "/") && len(found) == 1 {
			return g.python(p, found[0])
		}
	}
	if s, ok := g.scripts[t.Get("python_wheel_task", "entry_point").Text()]; ok {
		return g.module(p, s.module)
	}
	return nil
}

// bundle gives the jobs of a bundle that a command deploys or runs to whoever
// does so: what they run is reached from there.
func (g *graph) bundle(p place) []string {
	f := g.find(append(slices.Clone(p.dirs), "."), "databricks.yml", "databricks.yaml")
	if f == "" {
		return nil
	}
	return g.once(p, f, func() []string {
		var out []string
		for _, doc := range g.yaml[f] {
			for _, job := range doc.Get("resources", "jobs").Entries() {
				for _, t := range job.Value.Get("tasks").Items() {
					out = append(out, g.bundleTask(p.at(f, append([]string{path.Dir(f)}, p.dirs...)...), t)...)
				}
			}
		}
		return out
	})
}
