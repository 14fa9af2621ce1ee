package ci

import (
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// kinds is the state of reading the kinds of a Taskgraph.
type kinds struct {
	root     string // the folder that holds the kinds, the images and the scripts
	opts     Options
	pipeline *Pipeline
	jobs     map[string][]string // the jobs of each kind
}

// kind is one file of a kind, with the folder's name.
type kind struct {
	*document
	name     string
	defaults yamldoc.Value
	// before are the kinds that this one depends on.
	before []string
}

// Kinds reads the kinds that a decision task of Taskcluster makes its tasks of
// (https://taskcluster-taskgraph.readthedocs.io/en/latest/concepts/kind.html),
// given their files and the folder around them. What transforms in Python add
// is not seen. Nothing is returned if no kind has a task.
func Kinds(root string, files []string, opts Options) (*Pipeline, error) {
	g := &kinds{root: root, opts: opts.budgeted(), jobs: map[string][]string{}}
	g.pipeline = &Pipeline{Path: path.Join(root, "config.yml"), Host: "taskcluster", Name: "taskgraph"}
	if _, ok := opts.include(g.pipeline.Path); !ok && len(files) > 0 {
		g.pipeline.Path = files[0]
	}
	for _, file := range files {
		data, ok := opts.include(file)
		if !ok {
			continue
		}
		d, err := open(file, data, g.opts)
		if err != nil {
			return nil, err
		}
		g.kind(kind{document: d, name: path.Base(path.Dir(file))})
	}
	if len(g.pipeline.Jobs) == 0 {
		return nil, nil
	}
	g.link()
	g.pull()
	return g.pipeline.ready(), nil
}

// kind reads the tasks of a kind, and of the files beside it that it names.
func (g *kinds) kind(k kind) {
	doc := k.docs[0]
	k.before = doc.Get("kind-dependencies").Texts()
	k.defaults = either(doc, "task-defaults", "job-defaults")
	g.tasks(k, either(doc, "tasks", "jobs"))
	for _, name := range either(doc, "tasks-from", "jobs-from").Texts() {
		file := path.Join(path.Dir(k.path), name)
		data, ok := g.opts.include(file)
		if !ok {
			continue
		}
		if d, err := open(file, data, g.opts); err == nil {
			more := k
			more.document = d
			g.tasks(more, d.docs[0])
		}
	}
}

// either returns the value of the first key that is there: older Taskgraphs
// called tasks jobs.
func either(v yamldoc.Value, key, older string) yamldoc.Value {
	if found := v.Get(key); found.Exists() {
		return found
	}
	return v.Get(older)
}

func (g *kinds) tasks(k kind, list yamldoc.Value) {
	for _, e := range list.Entries() {
		if g.pipeline.full() || !e.Value.IsMap() {
			continue
		}
		job := Job{ID: label(k.name + "-" + e.Key), Path: k.path, Line: e.Line, Needs: []string{}}
		job.Triggers = startedFor(k.get(e.Value, "run-on-tasks-for"))
		job.Needs = append(job.Needs, k.needs(e.Value)...)
		if step, ok := g.step(k, e.Key, e.Value); ok {
			job.Steps = []Step{step}
		}
		g.opts.Budget.put(g.pipeline, job)
		g.jobs[k.name] = append(g.jobs[k.name], job.ID)
	}
}

// label writes a task's name as others name it: parts that are filled in twice
// stand in double braces.
func label(name string) string {
	return strings.NewReplacer("{{", "{", "}}", "}").Replace(name)
}

// get returns what a task says, else what its kind says for all.
func (k kind) get(task yamldoc.Value, keys ...string) yamldoc.Value {
	if v := task.Get(keys...); v.Exists() {
		return v
	}
	return k.defaults.Get(keys...)
}

// startedFor returns the triggers of a task that says for which events of the
// decision task it runs: for all, if it says nothing.
func startedFor(v yamldoc.Value) []Trigger {
	if !v.Exists() {
		return []Trigger{Push, Change}
	}
	var out []Trigger
	for _, name := range v.Texts() {
		switch {
		case name == "all":
			out = add(add(out, Push), Change)
		case strings.HasPrefix(name, "github-push"):
			out = add(out, Push)
		case strings.HasPrefix(name, "github-pull-request"):
			out = add(out, Change)
		case name == "github-release":
			out = add(out, Release)
		case name == "cron":
			out = add(out, Schedule)
		}
	}
	return out
}

// needs returns the labels of what a task waits for, and the kinds of which it
// waits for every task, with a star behind.
func (k kind) needs(task yamldoc.Value) []string {
	var out []string
	for _, e := range k.get(task, "dependencies").Entries() {
		out = append(out, label(e.Value.Text()))
	}
	for _, of := range []string{"toolchain", "fetch"} {
		for _, name := range k.get(task, "fetches", of).Texts() {
			out = append(out, of+"-"+name)
		}
	}
	if image := k.get(task, "worker", "docker-image", "in-tree").Text(); image != "" {
		out = append(out, "docker-image-"+image)
	}
	if from := k.get(task, "from-deps"); from.Exists() {
		before := k.before
		if some := from.Get("kinds").Texts(); len(some) > 0 {
			before = some
		}
		for _, name := range before {
			out = append(out, name+"*")
		}
	}
	return out
}

// checkout are the ways in which a command names the folder of the sources.
var checkout = strings.NewReplacer("${VCS_PATH}/", "", "$VCS_PATH/", "", "{checkout}/", "", "{workdir}/", "")

// step is what a task runs, where its file shows it.
func (g *kinds) step(k kind, name string, task yamldoc.Value) (Step, bool) {
	like := Step{Path: k.path, Line: task.Line(), RunLine: task.Line(), Env: k.opts.Budget.texts(k.get(task, "worker", "env"))}
	if k.name == "docker-image" {
		if definition := task.Get("definition").Text(); definition != "" {
			name = definition
		}
		like.Args = []string{"docker", "build", "-f", path.Join(g.root, "docker", name, "Dockerfile"), "."}
		return like, true
	}
	if script := k.get(task, "run", "script"); k.get(task, "run", "using").Text() == "toolchain-script" && script.Text() != "" {
		like.Args = []string{"bash", path.Join(g.root, "scripts", "toolchain", script.Text())}
		return like, true
	}
	command := k.get(task, "run", "command")
	if !command.Exists() {
		return Step{}, false
	}
	step, ok := k.argv(command, like)
	step.Run = checkout.Replace(step.Run)
	for i := range step.Args {
		step.Args[i] = checkout.Replace(step.Args[i])
	}
	return step, ok
}

// link replaces the labels that jobs wait for by the jobs that have them, or by
// all of the kind with which a label begins: the rest is filled in by transforms.
func (g *kinds) link() {
	known := map[string]bool{}
	for _, j := range g.pipeline.Jobs {
		known[j.ID] = true
	}
	for i := range g.pipeline.Jobs {
		j := &g.pipeline.Jobs[i]
		needs := []string{}
		for _, name := range j.Needs {
			found := []string{name}
			if !known[name] {
				found = g.jobs[g.kindOf(name)]
			}
			for _, id := range found {
				if len(needs) <= MaxNeeds && id != j.ID && !slices.Contains(needs, id) {
					needs = append(needs, id)
				}
			}
		}
		j.Needs = needs
	}
}

// kindOf is the longest name of a kind with which a label begins, or "".
func (g *kinds) kindOf(name string) string {
	name, all := strings.CutSuffix(name, "*")
	best := ""
	for of := range g.jobs {
		if (name == of || !all && strings.HasPrefix(name, of+"-")) && len(of) > len(best) {
			best = of
		}
	}
	return best
}

// pull gives a task the triggers of those that wait for it: it runs with them.
// What then has none is for people to start, by an action.
func (g *kinds) pull() {
	at := map[string]int{}
	for i, j := range g.pipeline.Jobs {
		at[j.ID] = i
	}
	for range maxChain {
		changed := false
		for _, j := range g.pipeline.Jobs {
			for _, need := range j.Needs {
				before := &g.pipeline.Jobs[at[need]]
				for _, t := range j.Triggers {
					if !slices.Contains(before.Triggers, t) {
						before.Triggers, changed = append(before.Triggers, t), true
					}
				}
			}
		}
		if !changed {
			break
		}
	}
	for i := range g.pipeline.Jobs {
		if j := &g.pipeline.Jobs[i]; len(j.Triggers) == 0 {
			j.Triggers = []Trigger{Manual}
		}
	}
}
