package ci

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// maxTemplates bounds how deep templates include one another.
const maxTemplates = 4

// azure is the state of reading one pipeline of Azure DevOps.
type azure struct {
	opts     Options
	pipeline *Pipeline
	env      map[string]string
	included map[string]bool
}

// Azure reads a pipeline of Azure DevOps with the local templates that it
// includes. The second result names those templates: they are no pipelines of
// their own. A template that nothing includes gives a pipeline without a trigger.
func Azure(file string, data []byte, opts Options) (*Pipeline, []string, error) {
	docs, err := yamldoc.Read(data)
	if err != nil || len(docs) == 0 {
		if err == nil {
			err = fmt.Errorf("no document")
		}
		return nil, nil, fmt.Errorf("read pipeline: %w", err)
	}
	a := &azure{
		opts: opts, env: map[string]string{}, included: map[string]bool{},
		pipeline: &Pipeline{Path: file, Host: "azure", Name: file},
	}
	a.triggers(docs[0])
	a.part(docs[0], file, Job{ID: "steps", Line: 1, Triggers: a.pipeline.Triggers}, 0)
	return a.pipeline, slices.Sorted(maps.Keys(a.included)), nil
}

// triggers reads trigger:, pr:, schedules: and the pipelines under resources:.
func (a *azure) triggers(doc yamldoc.Value) {
	p := a.pipeline
	if a.enabled(doc.Get("trigger")) {
		p.Triggers = add(p.Triggers, Push)
	}
	if a.enabled(doc.Get("pr")) {
		p.Triggers = add(p.Triggers, Change)
	}
	if len(doc.Get("schedules").Items()) > 0 {
		p.Triggers = add(p.Triggers, Schedule)
	}
	for _, r := range doc.Get("resources", "pipelines").Items() {
		if t := r.Get("trigger"); t.Exists() && t.Text() != "none" && t.Text() != "false" {
			p.Triggers = add(p.Triggers, After)
			p.Follows = append(p.Follows, r.Get("source").Text())
		}
	}
	p.Triggers = add(p.Triggers, Manual)
}

// enabled reads trigger: or pr:; where it is missing, every branch counts.
func (a *azure) enabled(v yamldoc.Value) bool {
	if !v.Exists() {
		return true
	}
	if v.Text() == "none" {
		return false
	}
	branches := v
	if v.IsMap() {
		branches = v.Get("branches", "include")
		if !branches.Exists() {
			return !v.Get("tags").Exists()
		}
	}
	var patterns []string
	for _, name := range branches.Texts() {
		patterns = append(patterns, strings.TrimPrefix(name, "refs/heads/"))
	}
	if len(patterns) == 1 && patterns[0] == "*" {
		return true
	}
	return a.opts.isDefault(patterns)
}

// part reads what stands at one level: variables, stages, jobs or steps.
func (a *azure) part(v yamldoc.Value, file string, job Job, depth int) {
	a.variables(v.Get("variables"), file, depth)
	if v.Get("condition").Text() == "false" {
		job.Off = "condition: false"
	}
	if name := v.Get("environment").Text() + v.Get("environment", "name").Text(); name != "" {
		job.Environment = name
	}
	for _, stage := range v.Get("stages").Items() {
		a.nested(stage, file, job, depth)
	}
	for _, j := range v.Get("jobs").Items() {
		a.nested(j, file, job, depth)
	}
	for _, at := range []yamldoc.Value{v, v.Get("strategy", "runOnce", "deploy"), v.Get("strategy", "canary", "deploy")} {
		if steps := at.Get("steps"); steps.IsList() {
			inner := job
			for _, s := range steps.Items() {
				a.step(s, file, &inner, depth)
			}
			a.pipeline.Jobs = append(a.pipeline.Jobs, inner)
		}
	}
}

// nested reads a stage or job, or the template that stands for it.
func (a *azure) nested(v yamldoc.Value, file string, job Job, depth int) {
	if t := v.Get("template").Text(); t != "" {
		a.template(t, file, depth, func(doc yamldoc.Value, at string) { a.part(doc, at, job, depth+1) })
		return
	}
	for _, key := range []string{"stage", "job", "deployment"} {
		if name := v.Get(key).Text(); name != "" {
			job.ID, job.Line = name, v.Line()
		}
	}
	job.Needs = append([]string{}, v.Get("dependsOn").Texts()...)
	job.If = v.Get("condition").Text()
	if v.Get("continueOnError").Text() == "true" {
		job.Swallowed = "continueOnError: true"
	}
	a.part(v, file, job, depth)
}

// variables notes the values of variables, those of variable templates too.
func (a *azure) variables(v yamldoc.Value, file string, depth int) {
	maps.Copy(a.env, v.StringMap())
	for _, item := range v.Items() {
		if name := item.Get("name").Text(); name != "" {
			a.env[name] = item.Get("value").Text()
		}
		if t := item.Get("template").Text(); t != "" {
			a.template(t, file, depth, func(doc yamldoc.Value, at string) { a.variables(doc.Get("variables"), at, depth+1) })
		}
	}
}

// template reads a local template: relative to the file, or from the root if
// it begins with a slash.
func (a *azure) template(name, file string, depth int, read func(yamldoc.Value, string)) {
	if depth >= maxTemplates || strings.Contains(name, "@") {
		return
	}
	at := path.Join(path.Dir(file), name)
	if after, ok := strings.CutPrefix(name, "/"); ok {
		at = after
	}
	data, ok := a.opts.include(at)
	if !ok {
		return
	}
	if docs, err := yamldoc.Read(data); err == nil && len(docs) > 0 {
		a.included[at] = true
		read(docs[0], at)
	}
}

// step reads a script or task; a multi-line script goes on after a failure
// unless it says set -e.
func (a *azure) step(v yamldoc.Value, file string, job *Job, depth int) {
	if t := v.Get("template").Text(); t != "" {
		a.template(t, file, depth, func(doc yamldoc.Value, at string) {
			for _, s := range doc.Get("steps").Items() {
				a.step(s, at, job, depth+1)
			}
		})
		return
	}
	s := Step{Name: v.Get("displayName").Text(), Path: file, Line: v.Line(), If: v.Get("condition").Text(), Env: a.env}
	if s.If == "false" || v.Get("enabled").Text() == "false" {
		s.Off = "it is switched off"
	}
	if v.Get("continueOnError").Text() == "true" {
		s.Swallowed = "continueOnError: true"
	}
	for _, script := range []yamldoc.Value{v.Get("script"), v.Get("bash"), v.Get("inputs", "inlineScript"), v.Get("inputs", "script")} {
		if t := script.Text(); t != "" {
			s.Run, s.RunLine = azureMacros(t, a.env), script.TextLine()
		}
	}
	s.Dir = azureMacros(v.Get("workingDirectory").Text()+v.Get("inputs", "workingDirectory").Text(), a.env)
	if t := v.Get("task").Text(); t != "" {
		s.Uses, s.With = t, v.Get("inputs").StringMap()
	}
	job.Steps = append(job.Steps, s)
}

// azureMacros replaces $(NAME) by the value of the variable, and the folders
// that Azure names by the root.
func azureMacros(text string, env map[string]string) string {
	text = strings.NewReplacer("$(Build.SourcesDirectory)/", "", "$(Build.SourcesDirectory)", "",
		"$(System.DefaultWorkingDirectory)/", "", "$(System.DefaultWorkingDirectory)", "").Replace(text)
	for range 20 {
		start := strings.Index(text, "$(")
		if start < 0 {
			return text
		}
		end := strings.IndexByte(text[start:], ')')
		if end < 0 {
			return text
		}
		name := text[start+2 : start+end]
		if strings.ContainsAny(name, " \n(") { // a command, not a macro
			return text
		}
		value, ok := env[name]
		if !ok {
			value = Unknown
		}
		text = text[:start] + value + text[start+end+1:]
	}
	return text
}
