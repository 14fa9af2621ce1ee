package ci

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// jenkins is the state of reading one Jenkinsfile.
type jenkins struct {
	opts     Options
	pipeline *Pipeline
	// off are the parameters that are false unless somebody says otherwise.
	off    map[string]bool
	values map[string]string // texts that the file gives names to
	needs  []string          // the stages that end before the next one begins
	asked  bool              // a person was asked before
	alike  map[string]int    // how many stages have a name
}

// jenkinsScope is where a step stands.
type jenkinsScope struct {
	triggers  []Trigger
	swallowed string
	dir       string
	env       map[string]string
	cond      string
}

// Jenkins reads a Jenkinsfile, declarative or scripted
// (https://www.jenkins.io/doc/book/pipeline/syntax/). How a job is connected
// with the repository stands in Jenkins itself: a file at the place where
// multibranch jobs look is built for pushes and change requests.
func Jenkins(file string, data []byte, opts Options) ([]*Pipeline, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("read pipeline: larger than %d KB", maxFile>>10)
	}
	top, opts := &groovy{body: readGroovy(string(data))}, opts.budgeted()
	j := &jenkins{
		opts: opts, off: map[string]bool{}, values: map[string]string{}, alike: map[string]int{},
		pipeline: &Pipeline{Path: file, Host: "jenkins", Name: file},
	}
	scope := jenkinsScope{triggers: []Trigger{Push, Change}, env: map[string]string{}}
	if file != "Jenkinsfile" {
		scope.triggers = []Trigger{Elsewhere}
	}
	j.declarations(top, &scope)
	if has(top.body, "buildingTag", "tag") {
		scope.triggers = add(scope.triggers, Tag)
	}
	scope.triggers = append(scope.triggers, Manual)
	for _, s := range top.body {
		if s.name == "pipeline" {
			j.declarative(s, scope)
		} else {
			j.stage(&groovy{name: "stage", line: s.line, body: []*groovy{s}}, scope, nil)
		}
	}
	if len(j.pipeline.Jobs) == 0 {
		return nil, nil
	}
	sortJobs(j.pipeline.Jobs)
	return []*Pipeline{j.pipeline.ready()}, nil
}

// declarations reads triggers, parameters and the texts that have names.
func (j *jenkins) declarations(top *groovy, scope *jenkinsScope) {
	top.walk(func(s *groovy) {
		switch s.name {
		case "cron", "parameterizedCron":
			if strings.TrimSpace(s.value("")) != "" {
				scope.triggers = add(scope.triggers, Schedule)
			}
		case "pollSCM", "githubPush":
			scope.triggers = add(scope.triggers, Push)
		case "upstream":
			scope.triggers = add(scope.triggers, After)
			j.pipeline.Follows = append(j.pipeline.Follows, firstText(s.value("upstreamProjects"), s.value("")))
		case "GenericTrigger":
			scope.triggers = add(scope.triggers, Event)
		case "booleanParam":
			j.off[s.value("name")] = s.value("defaultValue") == "false"
		case "=":
			if a := s.args; len(a) == 1 && a[0].text {
				j.values[strings.TrimPrefix(a[0].name, "env.")] = a[0].value
			}
		case "Library", "library", "@Library":
			j.pipeline.Remote = append(j.pipeline.Remote, Remote{s.line, "the shared library " + s.value("") + " lies elsewhere"})
		}
	})
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// declarative reads pipeline { agent …, environment …, stages …, post … }.
func (j *jenkins) declarative(p *groovy, scope jenkinsScope) {
	var before []*groovy
	if agent := p.find("agent"); agent != nil {
		before = append(before, agent)
	}
	j.stages(p.find("stages"), scope, before)
	if post := p.find("post"); post != nil {
		scope.swallowed = "it runs after the build"
		j.stage(&groovy{name: "stage", line: post.line, args: []groovyArg{{value: "post"}}, body: post.body}, scope, nil)
	}
}

// stages reads stages that run one after another, or at the same time.
func (j *jenkins) stages(list *groovy, scope jenkinsScope, before []*groovy) {
	if list == nil {
		return
	}
	parallel := strings.HasPrefix(list.name, "parallel")
	needs, ended := j.needs, []string{}
	for _, s := range list.body {
		if s.name != "stage" {
			continue
		}
		if parallel {
			j.needs = needs
		}
		j.stage(s, scope, before)
		before = nil
		ended = append(ended, j.needs...)
	}
	if parallel && len(ended) > 0 {
		j.needs = ended
	}
}

// stage makes a job of a stage's steps, and reads the stages inside it.
func (j *jenkins) stage(s *groovy, scope jenkinsScope, before []*groovy) {
	scope.env = j.opts.Budget.copied(scope.env)
	job := Job{ID: firstText(s.value(""), "script"), Line: s.line, Needs: slices.Clone(j.needs), Triggers: scope.triggers}
	if when := s.find("when"); when != nil {
		job.Triggers, job.If = j.when(when, scope.triggers), "when"
	}
	j.asked = j.asked || s.find("input") != nil
	if j.asked {
		job.Triggers = []Trigger{Manual}
	}
	scope.triggers = job.Triggers
	if job.Needs == nil {
		job.Needs = []string{}
	}
	for _, b := range before {
		j.step(b, scope, &job)
	}
	j.steps(s.body, scope, &job)
	if len(job.Steps) > 0 {
		j.unique(&job)
		j.opts.Budget.put(j.pipeline, job)
		j.needs = []string{job.ID}
	}
	for _, inner := range s.body {
		if inner.name == "stages" || inner.name == "parallel" {
			j.stages(inner, scope, nil)
		}
	}
}

// unique gives stages of the same name different ones.
func (j *jenkins) unique(job *Job) {
	base := job.ID
	for j.alike[job.ID] > 0 {
		j.alike[base]++
		job.ID = fmt.Sprintf("%s %d", base, j.alike[base])
	}
	j.alike[job.ID] = 1
}

// steps reads the statements of a block.
func (j *jenkins) steps(list []*groovy, scope jenkinsScope, job *Job) {
	looks := sync.OnceValue(func() bool { return has(list, "error") })
	for i, s := range list {
		inner := scope
		if s.name == "try" {
			inner.swallowed = firstText(inner.swallowed, caught(list[i+1:]))
		}
		if status, _ := s.arg("returnStatus"); status.value == "true" && !looks() {
			inner.swallowed = firstText(inner.swallowed, "returnStatus: true, and nothing looks at it")
		}
		j.step(s, inner, job)
	}
}

// caught says that what follows a try block makes its failure good.
func caught(rest []*groovy) string {
	for _, s := range rest {
		if s.name != "catch" && s.name != "finally" {
			return ""
		}
		if s.name == "catch" && !has(s.body, "error") && !setsResult(s.body) {
			return "try and catch"
		}
	}
	return ""
}

// setsResult reports whether a block says that the build failed.
func setsResult(list []*groovy) bool {
	found := false
	for _, g := range list {
		g.walk(func(s *groovy) {
			for _, a := range s.args {
				found = found || a.name == "currentBuild.result" && strings.HasPrefix(a.value, "FAIL")
			}
		})
	}
	return found
}

// step reads one statement: a command, or something around commands.
func (j *jenkins) step(s *groovy, scope jenkinsScope, job *Job) {
	for _, inner := range s.inner {
		j.step(inner, scope, job)
	}
	switch s.name {
	case "sh", "bat", "powershell", "pwsh":
		j.command(s, scope, job)
		return
	case "stage":
		if len(job.Steps) > 0 || job.ID != s.value("") {
			j.stage(s, scope, nil)
		}
		return
	case "stages", "parallel", "when", "options", "parameters", "triggers", "tools", "properties", "input":
		if s.name == "parallel" && has(s.body, "stage") && !slices.Contains([]string{"pipeline"}, job.ID) && len(s.inner) == 0 {
			return
		}
		j.asked = j.asked || s.name == "input"
		return
	case "environment":
		for _, e := range s.body {
			if len(e.args) == 1 {
				scope.env[e.args[0].name] = e.args[0].value
			}
		}
		return
	case "dir":
		scope.dir = strings.TrimPrefix(scope.dir+"/"+j.text(s.value("")), "/")
	case "catchError":
		if result := s.value("buildResult"); result != "" && result != "FAILURE" && result != "null" {
			scope.swallowed = firstText(scope.swallowed, "catchError(buildResult: "+result+")")
		}
	case "warnError", "unstable":
		scope.swallowed = firstText(scope.swallowed, s.name)
	case "if":
		scope.triggers = j.expression(s.cond, scope.triggers)
		scope.cond = firstText(strings.TrimSpace(s.cond), scope.cond)
	case "dockerfile", "agent":
		j.agent(s, scope, job)
	}
	j.docker(s, scope, job)
	j.steps(s.body, scope, job)
}

// agent notes the image that the agent builds or uses.
func (j *jenkins) agent(s *groovy, scope jenkinsScope, job *Job) {
	for _, d := range append(s.body, s) {
		if d.name == "image" {
			job.Image = d.value("")
		}
		if d.name == "dockerfile" || slices.ContainsFunc(s.args, func(a groovyArg) bool { return a.value == "dockerfile" }) {
			file, dir := "Dockerfile", "."
			for _, o := range d.body {
				switch o.name {
				case "filename":
					file = o.value("")
				case "dir":
					dir = o.value("")
				}
			}
			j.add(Step{Line: d.line, Args: []string{"docker", "build", "-f", strings.TrimPrefix(dir+"/"+file, "./"), dir}}, scope, job)
			return
		}
	}
}

// docker takes the calls of the Docker plugin for the commands they stand for.
func (j *jenkins) docker(s *groovy, scope jenkinsScope, job *Job) {
	switch {
	case strings.HasPrefix(s.name, "docker.build"):
		args := []string{"docker", "build", "-t", j.text(s.value(""))}
		if texts := s.args; len(texts) > 1 {
			args = append(args, strings.Fields(j.text(texts[1].value))...)
		} else {
			args = append(args, ".")
		}
		j.add(Step{Line: s.line, Args: args}, scope, job)
		if strings.HasSuffix(s.name, ".push") {
			j.add(Step{Line: s.line, Args: []string{"docker", "push", args[3]}}, scope, job)
		}
	case strings.HasSuffix(s.name, ".push") && s.cond != "":
		j.add(Step{Line: s.line, Args: []string{"docker", "push", j.text(s.value(""))}}, scope, job)
	case s.name == "build":
		if name := firstText(s.value("job"), s.value("")); name != "" {
			j.add(Step{Line: s.line, Args: []string{"jenkins", "build", name}}, scope, job)
		}
	}
}

// command makes a step of sh and its like. Jenkins starts the shell with -xe,
// unless the script says how.
func (j *jenkins) command(s *groovy, scope jenkinsScope, job *Job) {
	script, ok := s.arg("script")
	if !ok {
		script, ok = s.arg("")
	}
	if !ok || !script.text {
		return
	}
	text := j.text(script.value)
	trimmed := strings.TrimLeft(text, " \t\n")
	at := script.line + strings.Count(text[:len(text)-len(trimmed)], "\n")
	j.add(Step{
		Line: s.line, Run: trimmed, RunLine: at, ErrExit: s.name == "sh" && !strings.HasPrefix(trimmed, "#!"),
	}, scope, job)
}

func (j *jenkins) add(step Step, scope jenkinsScope, job *Job) {
	step.Dir, step.Swallowed, step.Env, step.If = scope.dir, scope.swallowed, scope.env, scope.cond
	step.Triggers = scope.triggers
	if len(scope.triggers) == 0 && len(job.Triggers) > 0 {
		step.Off = "its condition fits nothing that starts the build"
	}
	if j.opts.Budget.step(step) {
		job.Steps = append(job.Steps, step)
	}
}

var interpolated = regexp.MustCompile(`\$\{([^}]*)\}`)

// text puts in the values that are known; what Groovy would compute becomes a
// word that no command is called.
func (j *jenkins) text(s string) string {
	return Replaced(interpolated, s, func(m string) string {
		name := strings.TrimPrefix(strings.TrimSpace(m[2:len(m)-1]), "env.")
		if v, ok := j.values[name]; ok && !strings.Contains(v, "${") {
			return v
		}
		if strings.ContainsAny(name, ".()[] ?\"'") {
			return Unknown
		}
		return "${" + name + "}"
	})
}
