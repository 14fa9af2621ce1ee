package ci

import (
	"fmt"
	"maps"
	"regexp"
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
	// templates are those that were parsed; read and size count what was put in of them.
	templates  map[string]azureTemplate
	read, size int
	// params are what the template that is being read was given.
	params map[string]yamldoc.Value
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
		opts: opts.budgeted(), env: map[string]string{}, included: map[string]bool{}, templates: map[string]azureTemplate{},
		pipeline: &Pipeline{Path: file, Host: "azure", Name: file},
	}
	a.triggers(docs[0])
	a.params = defaults(docs[0], nil)
	a.part(docs[0], file, Job{ID: "steps", Line: 1, Triggers: a.pipeline.Triggers}, 0)
	a.extends(docs[0], file)
	a.pipeline.chain()
	return a.pipeline, slices.Sorted(maps.Keys(a.included)), nil
}

// triggers reads trigger:, pr:, schedules: and the pipelines under resources:.
func (a *azure) triggers(doc yamldoc.Value) {
	p := a.pipeline
	if a.enabled(doc.Get("trigger")) {
		p.Triggers = add(p.Triggers, Push)
	}
	// GitHub builds change requests where pr: is missing, Azure Repos never does;
	// who switched trigger: off wants neither.
	if pr := doc.Get("pr"); a.enabled(pr) && (pr.Exists() || doc.Get("trigger").Text() != "none") {
		p.Triggers = add(p.Triggers, Change)
	}
	for _, s := range doc.Get("schedules").Items() {
		if s.Get("cron").Exists() && a.enabled(s) {
			p.Triggers = add(p.Triggers, Schedule)
		}
	}
	if len(doc.Get("resources", "webhooks").Items()) > 0 {
		p.Triggers = add(p.Triggers, Event)
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
	if only := v.Get("paths", "include").Texts(); len(only) > 0 && !a.opts.anyPath(only) {
		return false
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
	before := ""
	for _, stage := range a.flat(v.Get("stages"), maxNesting) {
		before = a.stage(stage, file, job, before, depth)
	}
	for _, j := range a.flat(v.Get("jobs"), maxNesting) {
		a.nested(j, file, job, depth)
	}
	inner, found := job, false
	for _, kind := range []string{"", "runOnce", "rolling", "canary"} {
		steps := v.Get("steps")
		if kind != "" {
			steps = v.Get("strategy", kind, "deploy", "steps")
		}
		for _, s := range a.flat(steps, maxNesting) {
			a.step(s, file, &inner, depth)
			found = true
		}
	}
	if found {
		a.opts.Budget.put(a.pipeline, inner)
	}
}

// stage reads a stage; without dependsOn it waits for the one before it.
func (a *azure) stage(v yamldoc.Value, file string, job Job, before string, depth int) string {
	name := v.Get("stage").Text()
	if !v.Get("dependsOn").Exists() && before != "" && name != "" {
		job.Needs = []string{before}
	}
	a.nested(v, file, job, depth)
	if name == "" {
		return before
	}
	return name
}

// nested reads a stage or job, or the template that stands for it.
func (a *azure) nested(v yamldoc.Value, file string, job Job, depth int) {
	if v.Get("template").Exists() {
		a.template(v, file, depth, func(doc yamldoc.Value, at string) { a.part(doc, at, job, depth+1) })
		return
	}
	for _, key := range []string{"stage", "job", "deployment"} {
		if name := v.Get(key).Text(); name != "" {
			job.ID, job.Line = a.text(name), v.Line()
			if key == "stage" {
				job.Stage = job.ID
			} else if job.Stage != "" {
				job.ID = job.Stage + "/" + job.ID
			}
		}
	}
	job.Needs = append(slices.Clone(job.Needs), v.Get("dependsOn").Texts()...)
	if cond := a.text(v.Get("condition").Text()); cond != "" {
		job.If = cond
		job.Triggers = narrowBy(job.Triggers, azureCondition(cond), a.atom)
		if len(job.Triggers) == 0 {
			job.Off = "its condition fits nothing that starts the pipeline"
		}
	}
	if v.Get("continueOnError").Text() == "true" {
		job.Swallowed = "continueOnError: true"
	}
	a.part(v, file, job, depth)
}

// variables notes the values of variables, those of variable templates too.
func (a *azure) variables(v yamldoc.Value, file string, depth int) {
	maps.Copy(a.env, a.opts.Budget.texts(v))
	for _, item := range v.Items() {
		if name := item.Get("name").Text(); name != "" {
			a.env[name] = item.Get("value").Text()
		}
		if item.Get("template").Exists() {
			a.template(item, file, depth, func(doc yamldoc.Value, at string) { a.variables(doc.Get("variables"), at, depth+1) })
		}
	}
}

// azureMacros replaces $(NAME) by the value of the variable, and the folders
// that Azure names by the root.
func azureMacros(text string, env map[string]string) string {
	text = strings.NewReplacer("$(Build.SourcesDirectory)/", "", "$(Build.SourcesDirectory)", "",
		"$(System.DefaultWorkingDirectory)/", "", "$(System.DefaultWorkingDirectory)", "").Replace(text)
	return Replaced(azureMacro, text, func(m string) string {
		value, ok := env[m[2:len(m)-1]]
		if !ok || strings.Contains(value, "$(") {
			return Unknown
		}
		return value
	})
}

// azureMacro is the name of a variable; with a blank in it, it is a command of
// the shell.
var azureMacro = regexp.MustCompile(`\$\([\w.-]+\)`)
