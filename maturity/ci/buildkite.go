package ci

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// buildkite is the state of reading a pipeline of Buildkite.
type buildkite struct {
	*document
	pipeline *Pipeline
	asks     map[string]bool
	before   []string // what ends before the next step begins
	since    []string // what began after that
	env      map[string]string
}

// Buildkite reads a pipeline of Buildkite
// (https://buildkite.com/docs/pipelines/configure/step-types). The file that
// agents upload by default is built for pushes and change requests; when others
// are uploaded, only Buildkite or a command knows.
func Buildkite(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	b := &buildkite{document: d, asks: map[string]bool{}, pipeline: &Pipeline{Path: file, Host: "buildkite", Name: file}}
	doc := d.docs[0]
	steps := doc.Get("steps")
	if doc.IsList() {
		steps = doc
	}
	b.env = b.opts.Budget.texts(doc.Get("env"))
	triggers := []Trigger{Push, Change, Tag, Manual}
	if base := file[strings.LastIndexByte(file, '/')+1:]; !strings.HasPrefix(base, "pipeline.y") && !strings.HasPrefix(base, "buildkite.y") {
		triggers = []Trigger{Elsewhere}
	}
	for _, s := range steps.Items() {
		b.step(s, triggers, maxCommands)
	}
	b.pipeline.afterPerson(b.asks)
	if len(b.pipeline.Jobs) == 0 {
		return nil, nil
	}
	return []*Pipeline{b.pipeline.ready()}, nil
}

// step reads one step of any type.
func (b *buildkite) step(s yamldoc.Value, triggers []Trigger, depth int) {
	switch {
	case b.pipeline.full():
	case s.Text() == "wait" || s.Get("wait").Exists() || s.Get("waiter").Exists() || s.Get("type").Text() == "wait":
		b.before, b.since = b.since, nil
	case s.Text() == "block" || s.Get("block").Exists() || s.Get("input").Exists():
		id := b.id(s, "block")
		b.asks[id] = s.Text() == "block" || s.Get("block").Exists()
		b.opts.Budget.put(b.pipeline, Job{ID: id, Line: s.Line(), Triggers: triggers, Needs: slices.Concat(b.before, b.since)})
		b.before, b.since = []string{id}, nil
	case s.Get("group").Exists() && depth > 0:
		for _, inner := range s.Get("steps").Items() {
			b.step(inner, triggers, depth-1)
		}
	case s.Get("trigger").Exists():
		b.pipeline.Remote = append(b.pipeline.Remote, Remote{s.Line(), "the pipeline " + s.Get("trigger").Text() + " lies elsewhere"})
	default:
		b.command(s, triggers)
	}
}

func (b *buildkite) id(s yamldoc.Value, kind string) string {
	for _, key := range []string{"key", "id", "identifier", "label", "name", "block"} {
		if t := s.Get(key).Text(); t != "" {
			return t
		}
	}
	return fmt.Sprintf("%s %d", kind, len(b.pipeline.Jobs)+1)
}

// command makes a job of a command step. The agent stops at the first failure.
func (b *buildkite) command(s yamldoc.Value, triggers []Trigger) {
	job := Job{ID: b.id(s, "step"), Line: s.Line(), If: s.Get("if").Text(), Needs: append([]string{}, b.before...)}
	for _, need := range s.Get("depends_on").Items() {
		job.Needs = append(job.Needs, need.Text()+need.Get("step").Text())
	}
	if need := s.Get("depends_on").Text(); need != "" {
		job.Needs = append(job.Needs, need)
	}
	started := b.filtered(s.Get("branches").Text(), triggers)
	if strings.Contains(job.If, `"schedule"`) { // the timer stands in Buildkite: the condition says that there is one
		started = append(slices.Clone(started), Schedule)
	}
	job.Triggers = narrowBy(started, job.If, b.atom)
	if soft := s.Get("soft_fail"); soft.Text() == "true" || soft.IsList() {
		job.Swallowed = "soft_fail"
	}
	if skip := s.Get("skip").Text(); skip != "" && skip != "false" {
		job.Off = "skip: " + skip
	}
	like := Step{ErrExit: true, Env: b.opts.Budget.texts(s.Get("env"))}
	env := b.opts.Budget.copied(b.env)
	maps.Copy(env, like.Env)
	like.Env = env
	for _, key := range []string{"command", "commands"} {
		job.Steps = append(job.Steps, b.runs(s.Get(key), like)...)
	}
	job.Steps = append(carryDir(job.Steps), b.plugins(s.Get("plugins"), like)...)
	if len(job.Steps) == 0 {
		return
	}
	b.opts.Budget.put(b.pipeline, job)
	b.since = append(b.since, job.ID)
}

// plugins are what a step uses beside its command.
func (b *buildkite) plugins(v yamldoc.Value, like Step) []Step {
	var out []Step
	add := func(at yamldoc.Value, name string, with yamldoc.Value) {
		like.Path, like.Line, like.Uses, like.With = b.path, at.Line(), strings.Replace(name, "#", "@", 1), b.opts.Budget.texts(with)
		out = append(out, like)
	}
	for _, item := range v.Items() {
		if t := item.Text(); t != "" {
			add(item, t, yamldoc.Value{})
		}
		for _, e := range item.Entries() {
			add(item, e.Key, e.Value)
		}
	}
	for _, e := range v.Entries() {
		add(e.Value, e.Key, e.Value)
	}
	return out
}

// filtered reads branches: "main release/* !x".
func (b *buildkite) filtered(patterns string, triggers []Trigger) []Trigger {
	list := strings.Fields(patterns)
	if len(list) == 0 {
		return triggers
	}
	if slices.ContainsFunc(list, func(p string) bool { return !strings.HasPrefix(p, "!") }) {
		out := b.opts.branches(list, triggers...)
		return slices.DeleteFunc(slices.Clone(out), func(t Trigger) bool { return t == Tag || t == Change && b.opts.isDefault(list) })
	}
	if !b.opts.isDefault(append([]string{"**"}, list...)) {
		return slices.DeleteFunc(slices.Clone(triggers), func(t Trigger) bool { return t == Push })
	}
	return triggers
}

// atom is the truth of one comparison of if:.
func (b *buildkite) atom(text string, t Trigger) truth {
	left, op, right, ok := comparison(text, "==", "!=", "=~", "!~")
	if !ok || t == Elsewhere {
		return maybe
	}
	equal := strings.HasPrefix(op, "=")
	switch left {
	case "build.branch", "build.env(\"BUILDKITE_BRANCH\")":
		return b.opts.githubRef("refs/heads/"+strings.Trim(right, "/^$"), t).equal(equal)
	case "build.tag":
		if right == "null" || right == "" {
			equal = !equal
		}
		return truthOf(t == Tag).equal(equal)
	case "build.pull_request.id", "build.pull_request.base_branch":
		if right == "null" {
			equal = !equal
		}
		return truthOf(t == Change).equal(equal)
	case "build.source":
		name := map[Trigger]string{Push: "webhook", Change: "webhook", Tag: "webhook", Schedule: "schedule", Manual: "ui"}[t]
		return truthOf(name == right).equal(equal)
	}
	return maybe
}
