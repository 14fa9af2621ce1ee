package ci

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// travisPhases are the parts of a job in their order. What comes after the
// script cannot fail the build.
var travisPhases = []string{"before_install", "install", "before_script", "script", "after_success", "after_script"}

// Travis reads a .travis.yml (https://config.travis-ci.com).
func Travis(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	doc := d.docs[0]
	triggers := []Trigger{Push, Change, Tag}
	if only := doc.Get("branches", "only").Texts(); len(only) > 0 {
		triggers = opts.branches(only, triggers...)
	}
	t := &travis{document: d, doc: doc, pipeline: &Pipeline{Path: file, Host: "travis", Name: file}}
	triggers = narrowBy(triggers, doc.Get("if").Text(), t.atom)
	jobs := append(doc.Get("jobs", "include").Items(), doc.Get("matrix", "include").Items()...)
	staged := false
	for _, j := range jobs {
		staged = staged || j.Get("stage").Exists()
	}
	if !staged || doc.Get("script").Exists() {
		t.job("build", doc, yamldoc.Value{}, triggers)
	}
	for _, j := range jobs {
		if j.Get("script").Exists() || j.Get("deploy").Exists() {
			t.job("", j, doc, triggers)
		}
	}
	if len(t.pipeline.Jobs) == 0 {
		return nil, nil
	}
	return []*Pipeline{t.pipeline.ready()}, nil
}

type travis struct {
	*document
	doc      yamldoc.Value
	pipeline *Pipeline
	stage    string
	before   []string // jobs of the stages before
	now      []string // jobs of this stage
}

// job makes a job; what it does not say itself comes from the top of the file.
func (t *travis) job(name string, v, base yamldoc.Value, triggers []Trigger) {
	if t.pipeline.full() {
		return
	}
	if stage := v.Get("stage").Text(); stage != "" && stage != t.stage {
		t.stage, t.before, t.now = stage, append(t.before, t.now...), nil
	}
	for _, key := range []string{"name", "stage"} {
		name = firstText(name, v.Get(key).Text())
	}
	job := Job{ID: fmt.Sprintf("%s (%d)", firstText(name, "job"), len(t.pipeline.Jobs)+1), Line: v.Line(), Needs: append([]string{}, t.before...)}
	if name == "build" {
		job.ID, job.Line = name, max(1, t.doc.Get("script").Line())
	}
	job.If = v.Get("if").Text()
	if strings.Contains(job.If, "cron") { // the timer stands in Travis: the condition says that there is one
		triggers = append(slices.Clone(triggers), Schedule)
	}
	job.Triggers = narrowBy(triggers, job.If, t.atom)
	for _, phase := range travisPhases {
		part := v.Get(phase)
		if !part.Exists() {
			part = base.Get(phase)
		}
		like := Step{} // each line's result is the build's
		if strings.HasPrefix(phase, "after") {
			like.Swallowed = phase
		}
		job.Steps = append(job.Steps, t.runs(part, like)...)
	}
	job.Steps = carryDir(job.Steps)
	if !t.opts.Budget.put(t.pipeline, job) {
		return
	}
	t.now = append(t.now, job.ID)
	deploy := v.Get("deploy")
	list := deploy.Items()
	if deploy.IsMap() {
		list = []yamldoc.Value{deploy}
	}
	for _, d := range list {
		t.deploy(d, job)
	}
}

// deploy makes a job of a deployment: it runs for pushes to the default branch
// unless it says otherwise, never for change requests.
func (t *travis) deploy(d yamldoc.Value, after Job) {
	on := d.Get("on")
	out := []Trigger{Push}
	if on.Get("tags").Text() == "true" {
		out = []Trigger{Tag}
	}
	if branch := on.Get("branch").Text(); branch != "" {
		out = t.opts.branches([]string{branch}, out...)
	}
	step := Step{Path: t.path, Line: d.Line(), Uses: "travis/" + d.Get("provider").Text(), With: t.opts.Budget.texts(d)}
	if script := d.Get("script"); script.Exists() {
		step = t.run(script, Step{})
	}
	t.opts.Budget.put(t.pipeline, Job{
		ID: after.ID + "/deploy", Line: d.Line(), Needs: []string{after.ID}, Triggers: out, Steps: []Step{step},
	})
}

// atom is the truth of one comparison of Travis' conditions.
func (t *travis) atom(text string, trigger Trigger) truth {
	text = strings.TrimSpace(text)
	name, rest, _ := strings.Cut(text, " ")
	upper := strings.ToUpper(strings.TrimSpace(rest))
	switch name {
	case "tag":
		return truthOf(trigger == Tag).equal(upper == "IS PRESENT" || strings.HasPrefix(upper, "="))
	case "type":
		kind := map[Trigger]string{Push: "push", Branch: "push", Tag: "push", Change: "pull_request", Schedule: "cron", Event: "api"}[trigger]
		holds := strings.Contains(rest, kind)
		return truthOf(holds).equal(!strings.HasPrefix(upper, "!=") && !strings.HasPrefix(upper, "NOT"))
	case "branch":
		_, op, right, ok := comparison(text, "!=", "=")
		if !ok {
			return maybe
		}
		if trigger == Tag { // its name stands for the branch
			return truthOf(op != "=")
		}
		toDefault := t.opts.isDefault([]string{right})
		if trigger == Change { // its branch is the one that it goes to
			return anyOf(toDefault, toDefault).equal(op == "=")
		}
		return t.opts.githubRef("refs/heads/"+right, trigger).equal(op == "=")
	case "fork":
		return maybe
	}
	return maybe
}
