package ci

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// CloudBuild reads a cloudbuild.yaml
// (https://cloud.google.com/build/docs/build-config-file-schema). What starts
// it lies in Google Cloud.
func CloudBuild(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	doc := d.docs[0]
	values := d.opts.Budget.texts(doc.Get("substitutions"))
	job := Job{ID: "build", Line: doc.Get("steps").Line(), Triggers: []Trigger{Elsewhere}, Needs: []string{}}
	for _, s := range doc.Get("steps").Items() {
		if step, ok := d.cloudStep(s, values); ok && d.opts.Budget.step(step) {
			job.Steps = append(job.Steps, step)
		}
	}
	for _, image := range doc.Get("images").Items() {
		job.Steps = append(job.Steps, Step{Path: file, Line: image.Line(), Args: []string{"docker", "push", image.Text()}})
	}
	if len(job.Steps) == 0 {
		return nil, nil
	}
	p := &Pipeline{Path: file, Host: "cloudbuild", Name: file, Jobs: []Job{job}}
	return []*Pipeline{p.ready()}, nil
}

// cloudBuilders are images whose name says which command they run.
var cloudBuilders = regexp.MustCompile(`(?:^|/)(?:cloud-builders|k8s-skaffold|google\.com/cloudsdktool)/([\w-]+)`)

func (d *document) cloudStep(s yamldoc.Value, values map[string]string) (Step, bool) {
	env := d.opts.Budget.copied(values)
	for _, pair := range s.Get("env").Texts() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	step := Step{Name: s.Get("id").Text(), Path: d.path, Line: s.Line(), Dir: s.Get("dir").Text(), Env: env}
	if s.Get("allowFailure").Text() == "true" {
		step.Swallowed = "allowFailure: true"
	}
	if script := s.Get("script"); script.Exists() {
		step.Run, step.RunLine = d.script(script)
		step.ErrExit = !strings.HasPrefix(step.Run, "#!")
		return step, true
	}
	command := s.Get("entrypoint").Text()
	if m := cloudBuilders.FindStringSubmatch(s.Get("name").Text()); command == "" && m != nil {
		command = strings.TrimPrefix(strings.TrimSuffix(m[1], "-slim"), "cloud-")
	}
	if base := path.Base(s.Get("name").Text()); command == "" && strings.Contains(base, "kaniko") || strings.HasPrefix(base, "executor") {
		command = "kaniko"
	}
	args := s.Get("args")
	if isShell(command) && len(args.Items()) > 1 && isScriptFlag(args.Items()[0].Text()) {
		step.Run, step.RunLine = d.script(args.Items()[1])
		step.Run = strings.ReplaceAll(step.Run, "$$", "$")
		step.ErrExit = strings.Contains(args.Items()[0].Text(), "e")
		return step, true
	}
	step.RunLine = step.Line
	if command != "" {
		step.Args = append(step.Args, command)
	}
	if words := args.Texts(); args.IsList() {
		step.Args = append(step.Args, words...)
	} else if t := args.Text(); t != "" {
		step.Args = append(step.Args, strings.Fields(t)...)
	}
	for i, a := range step.Args {
		step.Args[i] = Replaced(cloudVariable, a, func(m string) string {
			return firstText(env[cloudVariable.FindStringSubmatch(m)[1]], m)
		})
	}
	return step, len(step.Args) > 0
}

var cloudVariable = regexp.MustCompile(`\$\{?(_[A-Z0-9_]+)\}?`)

// buildPhases are the phases of a buildspec in their order.
var buildPhases = []string{"install", "pre_build", "build", "post_build"}

// CodeBuild reads a buildspec.yml
// (https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html).
// What starts it lies in AWS.
func CodeBuild(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	phases := d.docs[0].Get("phases")
	env := d.opts.Budget.texts(d.docs[0].Get("env", "variables"))
	job := Job{ID: "build", Line: phases.Line(), Triggers: []Trigger{Elsewhere}, Needs: []string{}}
	for _, name := range buildPhases {
		phase := phases.Get(name)
		like := Step{Env: env}
		if phase.Get("on-failure").Text() == "CONTINUE" {
			like.Swallowed = "on-failure: CONTINUE"
		}
		job.Steps = append(job.Steps, d.runs(phase.Get("commands"), like)...)
	}
	job.Steps = carryDir(job.Steps)
	if len(job.Steps) == 0 {
		return nil, nil
	}
	p := &Pipeline{Path: file, Host: "codebuild", Name: file, Jobs: []Job{job}}
	return []*Pipeline{p.ready()}, nil
}

// Tekton reads the runs of Pipelines as Code in .tekton/
// (https://pipelinesascode.com/docs/guide/authoringprs/), whose annotations say
// what starts them.
func Tekton(file string, data []byte, opts Options) ([]*Pipeline, error) {
	d, err := open(file, data, opts)
	if err != nil {
		return nil, err
	}
	p := &Pipeline{Path: file, Host: "tekton", Name: file}
	for _, doc := range d.docs {
		if doc.Get("kind").Text() != "PipelineRun" {
			continue
		}
		notes := doc.Get("metadata", "annotations").StringMap()
		triggers := tektonTriggers(notes["pipelinesascode.tekton.dev/on-event"], notes["pipelinesascode.tekton.dev/on-cel-expression"])
		if branch := strings.Trim(notes["pipelinesascode.tekton.dev/on-target-branch"], "[] "); branch != "" {
			triggers = opts.branches(strings.Split(strings.ReplaceAll(branch, " ", ""), ","), triggers...)
		}
		for _, task := range append(doc.Get("spec", "pipelineSpec", "tasks").Items(), doc.Get("spec", "pipelineSpec", "finally").Items()...) {
			d.opts.Budget.put(p, d.tektonTask(task, triggers))
		}
	}
	if len(p.Jobs) == 0 {
		return nil, nil
	}
	return []*Pipeline{p.ready()}, nil
}

func tektonTriggers(events, expression string) []Trigger {
	var out []Trigger
	for name, t := range map[string]Trigger{"push": Push, "pull_request": Change} {
		if strings.Contains(events, name) || strings.Contains(expression, `"`+name+`"`) {
			out = add(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// tektonTask makes a job of a task with its steps.
func (d *document) tektonTask(task yamldoc.Value, triggers []Trigger) Job {
	job := Job{ID: task.Get("name").Text(), Line: task.Line(), Triggers: triggers, Needs: append([]string{}, task.Get("runAfter").Texts()...)}
	if job.ID == "" {
		job.ID = fmt.Sprintf("task %d", task.Line())
	}
	for _, s := range task.Get("taskSpec", "steps").Items() {
		for _, step := range d.tektonStep(s) {
			if d.opts.Budget.step(step) {
				job.Steps = append(job.Steps, step)
			}
		}
	}
	return job
}

// tektonStep reads a step: a script, which stops at a failure unless it says
// how it is started, or a command.
func (d *document) tektonStep(s yamldoc.Value) []Step {
	like := Step{Name: s.Get("name").Text(), Path: d.path, Line: s.Line()}
	if s.Get("onError").Text() == "continue" {
		like.Swallowed = "onError: continue"
	}
	if script := s.Get("script"); script.Exists() {
		like.Run, like.RunLine = d.script(script)
		like.ErrExit = !strings.HasPrefix(like.Run, "#!")
		return []Step{like}
	}
	like.Args, like.RunLine = append(s.Get("command").Texts(), s.Get("args").Texts()...), like.Line
	if len(like.Args) == 0 {
		return nil
	}
	return []Step{like}
}

// sortJobs puts jobs into the order in which they stand in the file.
func sortJobs(jobs []Job) {
	slices.SortStableFunc(jobs, func(a, b Job) int { return a.Line - b.Line })
}
