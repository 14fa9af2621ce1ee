package ci

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// drone is the state of reading a pipeline of Drone or Woodpecker.
type drone struct {
	*document
	pipeline *Pipeline
}

// Drone reads a .drone.yml: one pipeline a document
// (https://docs.drone.io/pipeline/overview/).
func Drone(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	r := &drone{document: d, pipeline: &Pipeline{Path: file, Host: "drone", Name: file}}
	for i, doc := range d.docs {
		if kind := doc.Get("kind").Text(); kind != "pipeline" && kind != "" {
			continue
		}
		name := firstText(doc.Get("name").Text(), fmt.Sprintf("pipeline %d", i+1))
		triggers := r.when(doc.Get("trigger"), []Trigger{Push, Change, Tag})
		r.steps(name, doc.Get("steps"), triggers, doc.Get("depends_on").Texts())
	}
	return r.done(), nil
}

// Woodpecker reads .woodpecker.yml or one of the files of .woodpecker/
// (https://woodpecker-ci.org/docs/usage/workflow-syntax).
func Woodpecker(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	r := &drone{document: d, pipeline: &Pipeline{Path: file, Host: "woodpecker", Name: file}}
	doc := d.docs[0]
	triggers := []Trigger{Push, Change, Tag}
	if branches := doc.Get("branches"); branches.Exists() { // before version 1
		triggers = opts.branches(append(branches.Texts(), branches.Get("include").Texts()...), triggers...)
	}
	steps := doc.Get("steps")
	if !steps.Exists() {
		steps = doc.Get("pipeline")
	}
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	r.steps(name, steps, r.when(doc.Get("when"), triggers), doc.Get("depends_on").Texts())
	return r.done(), nil
}

func (r *drone) done() []*Pipeline {
	if len(r.pipeline.Jobs) == 0 {
		return nil
	}
	return []*Pipeline{r.pipeline.ready()}
}

// steps makes jobs of the steps of one pipeline: those that the same triggers
// start are one job, since they run in one workspace, one after another.
func (r *drone) steps(name string, steps yamldoc.Value, triggers []Trigger, needs []string) {
	type named struct {
		name string
		step yamldoc.Value
	}
	var list []named
	for _, s := range steps.Items() {
		list = append(list, named{s.Get("name").Text(), s})
	}
	for _, e := range steps.Entries() {
		list = append(list, named{e.Key, e.Value})
	}
	job := Job{ID: name, Line: steps.Line(), Triggers: triggers, Needs: append([]string{}, needs...)}
	for _, s := range list {
		own := r.when(s.step.Get("when"), triggers)
		if !slices.Equal(own, job.Triggers) {
			job = r.next(job, Job{ID: name + "/" + s.name, Line: s.step.Line(), Triggers: own, If: "when"})
		}
		job.Steps = append(job.Steps, r.step(s.name, s.step)...)
	}
	r.next(job, Job{})
}

// next ends one job and begins the one after it.
func (r *drone) next(job, after Job) Job {
	after.Needs = append([]string{}, job.Needs...)
	if len(job.Steps) > 0 {
		r.opts.Budget.put(r.pipeline, job)
		after.Needs = []string{job.ID}
	}
	return after
}

// step reads the commands of a step, which stop at a failure, or the plugin
// that its image is.
func (r *drone) step(name string, s yamldoc.Value) []Step {
	like := Step{Name: name, ErrExit: true, Env: r.opts.Budget.texts(s.Get("environment"))}
	if s.Get("failure").Text() == "ignore" {
		like.Swallowed = "failure: ignore"
	}
	if s.Get("detach").Text() == "true" {
		like.Swallowed = "detach: true"
	}
	if commands := s.Get("commands"); commands.Exists() {
		out := carryDir(r.runs(commands, like))
		if dir := s.Get("directory").Text(); dir != "" {
			for i := range out {
				out[i].Dir = path.Join(dir, out[i].Dir)
			}
		}
		return out
	}
	if image := s.Get("image").Text(); image != "" {
		like.Path, like.Line, like.Uses, like.With = r.path, s.Line(), image, r.opts.Budget.texts(s.Get("settings"))
		return []Step{like}
	}
	return nil
}

// droneEvents maps the names of events.
var droneEvents = map[string]Trigger{
	"push": Push, "pull_request": Change, "pull_request_closed": Other, "tag": Tag, "cron": Schedule, "manual": Manual,
	"custom": Event, "promote": Manual, "rollback": Manual, "deployment": Manual, "release": Release,
}

// when returns the triggers that conditions let through; a list of them is
// alternatives.
func (r *drone) when(v yamldoc.Value, triggers []Trigger) []Trigger {
	if !v.Exists() {
		return triggers
	}
	if v.IsList() {
		var out []Trigger
		for _, item := range v.Items() {
			for _, t := range r.when(item, triggers) {
				out = add(out, t)
			}
		}
		return out
	}
	out := slices.Clone(triggers)
	if names := conditionList(v.Get("event")); len(names) > 0 {
		out = nil
		for _, name := range names {
			if t := droneEvents[name]; t != "" {
				out = add(out, t)
			}
		}
	}
	for _, name := range v.Get("event", "exclude").Texts() {
		out = slices.DeleteFunc(out, func(t Trigger) bool { return t == droneEvents[name] })
	}
	if v.Get("cron").Exists() {
		out = []Trigger{Schedule}
	}
	if branches := conditionList(v.Get("branch")); len(branches) > 0 {
		out = r.opts.branches(branches, out...)
	}
	for _, ref := range conditionList(v.Get("ref")) {
		out = narrowBy(out, ref, func(text string, t Trigger) truth { return r.opts.githubRef(strings.TrimSuffix(text, "*"), t) })
	}
	return out
}

// conditionList reads a list, one text, or a map with include.
func conditionList(v yamldoc.Value) []string {
	return append(v.Texts(), v.Get("include").Texts()...)
}
