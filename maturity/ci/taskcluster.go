package ci

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// taskcluster is the state of reading a file of tasks.
type taskcluster struct {
	*document
	pipeline *Pipeline
	// lets are the values that $let gives names to.
	lets map[string]yamldoc.Value
}

// maxJSONE bounds how deep json-e nests.
const maxJSONE = 40

// Taskcluster reads a .taskcluster.yml, version 0 or 1, with the conditions of
// json-e (https://json-e.js.org, https://docs.taskcluster.net/docs/reference/integrations/github).
func Taskcluster(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	t := &taskcluster{document: d, pipeline: &Pipeline{Path: file, Host: "taskcluster", Name: file}, lets: map[string]yamldoc.Value{}}
	t.tasks(d.docs[0].Get("tasks"), []Trigger{Push, Change, Tag, Release}, maxJSONE)
	if len(t.pipeline.Jobs) == 0 {
		return nil, nil
	}
	return []*Pipeline{t.pipeline.ready()}, nil
}

// TaskGraph reads a file of tasks that depend on one another, as a task or hook
// of Taskcluster spawns them. Nothing is returned for a file that is none.
func TaskGraph(file string, data []byte, opts Options) *Pipeline {
	d, err := open(file, data, opts)
	if err != nil {
		return nil
	}
	t := &taskcluster{document: d, pipeline: &Pipeline{Path: file, Host: "taskcluster", Name: file}, lets: map[string]yamldoc.Value{}}
	t.tasks(d.docs[0].Get("tasks"), []Trigger{Call}, maxJSONE)
	if len(t.pipeline.Jobs) == 0 {
		return nil
	}
	return t.pipeline.ready()
}

// tasks walks over a value of tasks, through the operators of json-e.
func (t *taskcluster) tasks(v yamldoc.Value, triggers []Trigger, depth int) {
	if depth == 0 || t.pipeline.full() || len(triggers) == 0 {
		return
	}
	for _, item := range v.Items() {
		t.tasks(item, triggers, depth-1)
	}
	if !v.IsMap() {
		return
	}
	for _, e := range v.Get("$let").Entries() {
		t.lets[e.Key] = e.Value
	}
	switch {
	case v.Get("$if").Exists():
		cond := v.Get("$if").Text()
		t.tasks(v.Get("then"), t.narrow(triggers, cond), depth-1)
		t.tasks(v.Get("else"), t.narrow(triggers, "!("+cond+")"), depth-1)
	case v.Get("in").Exists():
		t.tasks(v.Get("in"), triggers, depth-1)
	case v.Get("$flatten").Exists(), v.Get("$flattenDeep").Exists():
		t.tasks(v.Get("$flatten"), triggers, depth-1)
		t.tasks(v.Get("$flattenDeep"), triggers, depth-1)
	case v.Get("$map").Exists(), v.Get("$switch").Exists(), v.Get("$match").Exists():
		t.branches(v, triggers, depth-1)
	case v.Get("$mergeDeep").Exists():
		t.task(v, v.Get("$mergeDeep").Items(), triggers)
	case v.Get("$merge").Exists():
		t.task(v, v.Get("$merge").Items(), triggers)
	default:
		t.task(v, []yamldoc.Value{v}, triggers)
	}
}

// branches walks over the values of $map, $switch and $match.
func (t *taskcluster) branches(v yamldoc.Value, triggers []Trigger, depth int) {
	for _, e := range v.Entries() {
		if strings.HasPrefix(e.Key, "each(") {
			t.tasks(e.Value, triggers, depth)
		}
	}
	for _, op := range []string{"$switch", "$match"} {
		for _, e := range v.Get(op).Entries() {
			t.tasks(e.Value, t.narrow(triggers, strings.TrimPrefix(e.Key, "$default")), depth)
		}
	}
}

// task makes a job of the parts that together are one task. A part may be the
// name of a value that $let gave, or a condition.
func (t *taskcluster) task(at yamldoc.Value, parts []yamldoc.Value, triggers []Trigger) {
	job := Job{Line: at.Line(), Triggers: triggers, Needs: []string{}}
	step, found := Step{}, false
	env := map[string]string{}
	for _, part := range parts {
		if name := part.Get("$eval").Text(); name != "" {
			part = t.lets[name]
		}
		if cond := part.Get("$if").Text(); cond != "" && part.Get("then").Exists() {
			job.Triggers = t.narrow(job.Triggers, cond)
			part = part.Get("then")
		}
		t.name(&job, part)
		for name, value := range t.opts.Budget.texts(part.Get("payload", "env")) {
			env[name] = t.substitute(value)
		}
		if s, ok := t.argv(part.Get("payload", "command"), Step{}); ok {
			step, found = s, true
		}
		if image := part.Get("payload", "image").Text(); image != "" {
			job.Image = t.substitute(image)
		}
	}
	if !found {
		return
	}
	step.Env, step.Run = env, t.substitute(step.Run)
	for i := range step.Args {
		step.Args[i] = t.substitute(step.Args[i])
	}
	if !t.opts.Budget.step(step) {
		return
	}
	job.Steps = []Step{step}
	if job.ID == "" {
		job.ID = fmt.Sprintf("task %d", len(t.pipeline.Jobs)+1)
	}
	t.opts.Budget.put(t.pipeline, job)
}

var slugid = regexp.MustCompile(`as_slugid\(["']([^"']+)["']\)`)

// name takes what one part says of who the task is and what it waits for.
func (t *taskcluster) name(job *Job, part yamldoc.Value) {
	id := part.Get("ID").Text()
	if m := slugid.FindStringSubmatch(part.Get("taskId", "$eval").Text() + part.Get("taskId").Text()); m != nil {
		id = m[1]
	}
	if name := part.Get("metadata", "name").Text(); id == "" && job.ID == "" {
		id = t.substitute(name)
	}
	if id != "" {
		job.ID, job.Line = id, part.Line()
	}
	for _, key := range []string{"dependencies", "requires"} {
		for _, need := range part.Get(key).Items() {
			name := need.Text()
			if m := slugid.FindStringSubmatch(need.Get("$eval").Text()); m != nil {
				name = m[1]
			}
			if name != "" && key == "dependencies" {
				job.Needs = append(job.Needs, name)
			}
		}
	}
	t.events(job, part)
}

// events reads extra.github.events of version 0.
func (t *taskcluster) events(job *Job, part yamldoc.Value) {
	names := part.Get("extra", "github", "events").Texts()
	if len(names) == 0 {
		return
	}
	job.Triggers = nil
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, "pull_request"):
			job.Triggers = add(job.Triggers, Change)
		case name == "push":
			job.Triggers = t.opts.branches(part.Get("extra", "github", "branches").Texts(), append(job.Triggers, Push)...)
		case name == "release":
			job.Triggers = add(job.Triggers, Release)
		}
	}
}

var jsoneName = regexp.MustCompile(`\$\{\s*([A-Za-z_]\w*)\s*\}`)

// substitute puts in the texts that $let gives names to.
func (t *taskcluster) substitute(text string) string {
	return Replaced(jsoneName, text, func(m string) string {
		if v := t.lets[jsoneName.FindStringSubmatch(m)[1]]; v.Text() != "" && !strings.Contains(v.Text(), "${") {
			return v.Text()
		}
		return m
	})
}

var sliceOf = regexp.MustCompile(`\[[\d:]*:[\d:]*\]`)

// narrow returns the triggers under which a condition of json-e can hold.
func (t *taskcluster) narrow(triggers []Trigger, cond string) []Trigger {
	return narrowBy(triggers, cond, func(text string, trigger Trigger) truth {
		name := map[Trigger]string{Push: "github-push", Tag: "github-push", Change: "github-pull-request", Release: "github-release", Schedule: "cron"}[trigger]
		if left, list, ok := strings.Cut(text, " in "); ok && strings.TrimSpace(left) == "tasks_for" && name != "" {
			return truthOf(strings.Contains(list, `"`+name+`"`) || strings.Contains(list, "'"+name+"'"))
		}
		left, op, right, ok := comparison(text, "==", "!=")
		if !ok || trigger == Call {
			return maybe
		}
		switch left = sliceOf.ReplaceAllString(left, ""); {
		case left == "tasks_for":
			return truthOf(name == right).equal(op == "==")
		case strings.Contains(left, "ref") || strings.Contains(left, "branch"):
			return t.opts.githubRef(right, trigger).equal(op == "==")
		}
		return maybe
	})
}

// TaskclusterHook reads the definition of a hook
// (https://docs.taskcluster.net/docs/reference/core/hooks); nothing is returned
// for a file that is none.
func TaskclusterHook(file string, data []byte, opts Options) *Pipeline {
	var probe struct {
		Schedule []string
		Task     struct{ Payload map[string]any }
	}
	if json.Unmarshal(data, &probe) != nil || probe.Task.Payload == nil {
		return nil
	}
	d, err := open(file, data, opts) // JSON is YAML, and YAML keeps the lines
	if err != nil {
		return nil
	}
	doc := d.docs[0]
	step, ok := d.argv(doc.Get("task", "payload", "command"), Step{Env: d.opts.Budget.texts(doc.Get("task", "payload", "env"))})
	if !ok {
		return nil
	}
	job := Job{ID: doc.Get("metadata", "name").Text(), Line: 1, Needs: []string{}, Image: doc.Get("task", "payload", "image").Text(), Steps: []Step{step}}
	if s := doc.Get("schedule"); len(s.Texts()) > 0 {
		job.Triggers, job.Line = append(job.Triggers, Schedule), s.Line()
	}
	if b := doc.Get("bindings"); len(b.Items()) > 0 {
		job.Triggers = append(job.Triggers, Event)
	}
	job.Triggers = append(job.Triggers, Manual)
	p := &Pipeline{Path: file, Host: "taskcluster", Name: job.ID, Jobs: []Job{job}}
	return p.ready()
}
