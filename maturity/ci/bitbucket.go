package ci

import (
	"fmt"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// bitbucket is the state of reading a bitbucket-pipelines.yml.
type bitbucket struct {
	*document
	pipeline *Pipeline
	asks     map[string]bool
}

// Bitbucket reads a bitbucket-pipelines.yml
// (https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/).
func Bitbucket(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	b := &bitbucket{document: d, asks: map[string]bool{}, pipeline: &Pipeline{Path: file, Host: "bitbucket", Name: file}}
	pipelines := d.docs[0].Get("pipelines")
	onDefault := false // the branch has a pipeline of its own
	for _, e := range pipelines.Get("branches").Entries() {
		triggers := opts.branches(braces(e.Key), Push)
		onDefault = onDefault || triggers[0] == Push
		b.list(e.Key, e.Value, triggers)
	}
	triggers := []Trigger{Push, Change}
	if onDefault {
		triggers = []Trigger{Change} // the pushes of whatever is about to be merged
	}
	b.list("default", pipelines.Get("default"), triggers)
	for section, t := range map[string]Trigger{"pull-requests": Change, "tags": Tag, "custom": Manual} {
		for _, e := range pipelines.Get(section).Entries() {
			b.list(e.Key, e.Value, []Trigger{t})
		}
	}
	b.pipeline.afterPerson(b.asks)
	if len(b.pipeline.Jobs) == 0 {
		return nil, nil
	}
	sortJobs(b.pipeline.Jobs)
	return []*Pipeline{b.pipeline.ready()}, nil
}

// braces takes "{main,develop}" apart.
func braces(pattern string) []string {
	if len(pattern) > 1 && pattern[0] == '{' && pattern[len(pattern)-1] == '}' {
		return splitTop(pattern[1:len(pattern)-1], ",")
	}
	return []string{pattern}
}

// list reads the steps of one pipeline, in order.
func (b *bitbucket) list(name string, list yamldoc.Value, triggers []Trigger) {
	var needs []string
	for _, item := range list.Items() {
		needs = b.item(name, item, triggers, needs)
	}
}

// item reads a step, stage or group of parallel steps. It returns the jobs that
// end before the next one begins.
func (b *bitbucket) item(name string, item yamldoc.Value, triggers []Trigger, needs []string) []string {
	if s := item.Get("step"); s.Exists() {
		return []string{b.step(name, s, triggers, needs, yamldoc.Value{})}
	}
	if stage := item.Get("stage"); stage.Exists() {
		for _, inner := range stage.Get("steps").Items() {
			needs = []string{b.step(name, inner.Get("step"), triggers, needs, stage)}
		}
		return needs
	}
	parallel := item.Get("parallel")
	list := parallel.Items()
	if parallel.IsMap() {
		list = parallel.Get("steps").Items()
	}
	var ended []string
	for _, inner := range list {
		ended = append(ended, b.step(name, inner.Get("step"), triggers, needs, yamldoc.Value{}))
	}
	if len(ended) == 0 {
		return needs
	}
	return ended
}

// step makes a job of a step. Its script runs in one shell that stops at a failure.
func (b *bitbucket) step(pipeline string, s yamldoc.Value, triggers []Trigger, needs []string, stage yamldoc.Value) string {
	if b.pipeline.full() {
		return ""
	}
	id := fmt.Sprintf("%s/%s", pipeline, firstText(s.Get("name").Text(), fmt.Sprintf("step %d", len(b.pipeline.Jobs)+1)))
	job := Job{
		ID: id, Line: s.Line(), Triggers: triggers, Needs: append([]string{}, needs...),
		Environment: firstText(s.Get("deployment").Text(), stage.Get("deployment").Text()),
		Image:       firstText(s.Get("image").Text(), s.Get("image", "name").Text()),
	}
	if s.Get("trigger").Text() == "manual" || stage.Get("trigger").Text() == "manual" {
		b.asks[id] = true
	}
	for _, item := range s.Get("script").Items() {
		if pipe := item.Get("pipe").Text(); pipe != "" {
			job.Steps = append(job.Steps, Step{Path: b.path, Line: item.Line(), Uses: pipe, With: b.opts.Budget.texts(item.Get("variables"))})
			continue
		}
		job.Steps = append(job.Steps, b.runs(item, Step{ErrExit: true})...)
	}
	job.Steps = carryDir(job.Steps)
	job.Steps = append(job.Steps, b.runs(s.Get("after-script"), Step{Swallowed: "it runs after the step"})...)
	b.opts.Budget.put(b.pipeline, job)
	return id
}
