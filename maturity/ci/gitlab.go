package ci

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// gitlabKeywords are the keys of .gitlab-ci.yml that are no jobs.
var gitlabKeywords = []string{
	"default", "include", "stages", "variables", "workflow", "image", "services", "before_script",
	"after_script", "cache", "spec", "pages:deploy", "types",
}

// maxIncludes bounds how many files a pipeline may include.
const maxIncludes = 20

// gitlab is the state of reading one pipeline: all documents that belong to it.
type gitlab struct {
	opts   Options
	files  []gitlabFile
	remote []Remote
	// known holds the top-level keys that were looked up, since jobs extend the
	// same few again and again.
	known map[string]yamldoc.Value
	// ruled are the triggers of rules, which jobs share, too.
	ruled map[yamldoc.Value][]Trigger
	// children are the files of the pipelines that jobs start; begun holds those that
	// were read, for this pipeline or one that started it.
	children []string
	begun    map[string]bool
}

type gitlabFile struct {
	path string
	doc  yamldoc.Value
}

// GitLab reads a .gitlab-ci.yml with the local files that it includes. One
// pipeline is returned for each file that has jobs.
func GitLab(path string, data []byte, opts Options) ([]*Pipeline, error) {
	return readGitLab(path, data, opts, map[string]bool{path: true})
}

func readGitLab(path string, data []byte, opts Options, begun map[string]bool) ([]*Pipeline, error) {
	g := &gitlab{opts: opts.budgeted(), begun: begun, ruled: map[yamldoc.Value][]Trigger{}}
	if err := g.load(path, data); err != nil {
		return nil, err
	}
	triggers := g.workflow()
	var out []*Pipeline
	for _, f := range g.files {
		p := &Pipeline{Path: f.path, Host: "gitlab", Name: f.path, Triggers: triggers}
		for _, e := range f.doc.Entries() {
			if isGitLabJob(e) && !p.full() {
				g.opts.Budget.put(p, g.job(e, triggers))
			}
		}
		if len(p.Jobs) > 0 {
			out = append(out, p)
		}
	}
	g.stages(out)
	if len(out) > 0 {
		out[0].Remote = g.remote
	}
	return append(out, g.started()...), nil
}

// started reads the pipelines that jobs start: nothing else does.
func (g *gitlab) started() []*Pipeline {
	var out []*Pipeline
	for _, file := range g.children {
		data, ok := g.opts.include(file)
		if !ok || g.begun[file] || len(g.begun) > maxIncludes {
			continue
		}
		g.begun[file] = true
		list, err := readGitLab(file, data, g.opts, g.begun)
		if err != nil {
			continue
		}
		for _, p := range list {
			p.Triggers = []Trigger{Call}
			for j := range p.Jobs {
				p.Jobs[j].Triggers = p.Triggers
			}
		}
		out = append(out, list...)
	}
	return out
}

func isGitLabJob(e yamldoc.Entry) bool {
	return !strings.HasPrefix(e.Key, ".") && !slices.Contains(gitlabKeywords, e.Key) && e.Value.IsMap()
}

// load reads a file and those that it includes.
func (g *gitlab) load(path string, data []byte) error {
	docs, err := yamldoc.Read(data)
	if err != nil {
		return fmt.Errorf("read pipeline: %w", err)
	}
	if len(docs) == 0 {
		return nil
	}
	doc := docs[len(docs)-1] // a document before it holds the spec
	g.files = append(g.files, gitlabFile{path, doc})
	g.remote = append(g.remote, remoteIncludes(path, doc.Get("include"))...)
	for _, local := range g.opts.expand(localIncludes(doc.Get("include"))) {
		if len(g.files) > maxIncludes || slices.ContainsFunc(g.files, func(f gitlabFile) bool { return f.path == local }) {
			continue
		}
		if data, ok := g.opts.include(local); ok {
			if err := g.load(local, data); err != nil {
				return fmt.Errorf("%s: %w", local, err)
			}
		}
	}
	return nil
}

// remoteIncludes are the parts of a pipeline that lie in other projects. GitLab's
// own templates (security scans and the like) are none of the project's work.
func remoteIncludes(file string, include yamldoc.Value) []Remote {
	values := include.Items()
	if !include.IsList() {
		values = []yamldoc.Value{include}
	}
	var out []Remote
	for _, v := range values {
		name := v.Get("remote").Text() + v.Get("project").Text() + v.Get("component").Text()
		if t := v.Text(); strings.Contains(t, "://") {
			name = t
		}
		if name != "" {
			out = append(out, Remote{v.Line(), "the pipeline " + name + " that " + file + " includes lies elsewhere"})
		}
	}
	return out
}

func localIncludes(include yamldoc.Value) []string {
	values := include.Items()
	if !include.IsList() {
		values = []yamldoc.Value{include}
	}
	var out []string
	for _, v := range values {
		local := v.Get("local").Text()
		if t := v.Text(); t != "" && !strings.Contains(t, "://") {
			local = t
		}
		if local != "" {
			out = append(out, strings.TrimPrefix(local, "/"))
		}
	}
	return out
}

// get looks a top-level key up in all files; the file itself wins over what it includes.
func (g *gitlab) get(path ...string) yamldoc.Value {
	for _, f := range g.files {
		if v := f.doc.Get(path...); v.Exists() {
			return v
		}
	}
	return yamldoc.Value{}
}

// workflow returns what starts pipelines at all: without workflow:rules pushes
// and whatever people start, and timers that only the web page knows.
func (g *gitlab) workflow() []Trigger {
	if rules := g.get("workflow", "rules"); rules.Exists() {
		return g.rules(rules, []Trigger{Push, Tag, Change, Schedule, Manual, Event})
	}
	return []Trigger{Push, Tag, Manual}
}

// field returns a job's keyword, from the job or from what it extends.
func (g *gitlab) field(job yamldoc.Value, key string) yamldoc.Value {
	budget := maxBases
	return g.inherited(job, key, 0, &budget)
}

// maxBases bounds how many jobs one job inherits a keyword from: each may extend
// several, which extend several more.
const maxBases = 100

func (g *gitlab) inherited(job yamldoc.Value, key string, depth int, budget *int) yamldoc.Value {
	if v := job.Get(key); v.Exists() || depth > 5 {
		return v
	}
	for _, base := range slices.Backward(job.Get("extends").Texts()) {
		if *budget--; *budget < 0 {
			break
		}
		if v := g.inherited(g.top(base), key, depth+1, budget); v.Exists() {
			return v
		}
	}
	return yamldoc.Value{}
}

// top looks a job up by its name.
func (g *gitlab) top(name string) yamldoc.Value {
	v, ok := g.known[name]
	if !ok {
		v = g.get(name)
		if g.known == nil {
			g.known = map[string]yamldoc.Value{}
		}
		g.known[name] = v
	}
	return v
}

func (g *gitlab) job(e yamldoc.Entry, triggers []Trigger) Job {
	field := func(key string) yamldoc.Value { return g.field(e.Value, key) }
	job := Job{ID: e.Key, Line: e.Line, Triggers: g.jobTriggers(field, triggers)}
	if g.mayFail(field) {
		job.Swallowed = "allow_failure: true"
	}
	g.child(field("trigger"), &job)
	switch when := field("when").Text(); {
	case when == "never":
		job.Off = "when: never"
	case when == "manual":
		job.Triggers = []Trigger{Manual}
	case len(job.Triggers) == 0:
		job.Off = "none of its rules can hold"
	}
	for _, need := range field("needs").Items() {
		if !g.opts.Budget.take(1) {
			break
		}
		job.Needs = append(job.Needs, need.Text()+need.Get("job").Text())
	}
	if needs := field("needs"); needs.IsList() && len(job.Needs) == 0 {
		job.Needs = []string{}
	}
	job.Environment = field("environment").Text() + field("environment").Get("name").Text()
	job.Image = field("image").Text() + field("image").Get("name").Text()
	env := g.opts.Budget.copied(g.opts.Budget.texts(g.get("variables")))
	maps.Copy(env, g.opts.Budget.texts(field("variables")))
	job.Steps = append(job.Steps, g.steps(field, env)...)
	return job
}

// mayFail reports whether a job may fail: it says so itself, or all of the rules
// that run it do.
func (g *gitlab) mayFail(field func(string) yamldoc.Value) bool {
	allowed := field("allow_failure")
	codes := allowed.Get("exit_codes")
	if allowed.Text() == "true" || slices.Contains(append(codes.Texts(), codes.Text()), "1") {
		return true // most tools say 1 where they found something
	}
	running, forgiving := 0, 0
	for _, r := range field("rules").Items() {
		if r.Get("when").Text() == "never" || !g.opts.Budget.take(1) {
			continue
		}
		running++
		if r.Get("allow_failure").Text() == "true" {
			forgiving++
		}
	}
	return running > 0 && running == forgiving
}

// child notes the pipeline that a job starts: one of this project runs as part
// of this one, one of another project lies elsewhere.
func (g *gitlab) child(v yamldoc.Value, job *Job) {
	if name := v.Text() + v.Get("project").Text(); name != "" {
		g.remote = append(g.remote, Remote{job.Line, "the pipeline of " + name + " lies elsewhere"})
	}
	include := v.Get("include")
	for _, local := range localIncludes(include) {
		g.children = append(g.children, local)
		job.Steps = append(job.Steps, Step{Line: job.Line, RunLine: job.Line, Args: []string{"gitlab-child", local}})
	}
}

// steps makes one step of the job's script, so that a cd in it holds for what
// follows. GitLab's runner starts bash with errexit and pipefail.
func (g *gitlab) steps(field func(string) yamldoc.Value, env map[string]string) []Step {
	before := field("before_script")
	if !before.Exists() {
		before = g.get("before_script")
	}
	if !before.Exists() {
		before = g.get("default", "before_script")
	}
	var steps []Step
	for _, part := range []yamldoc.Value{before, field("script")} {
		for _, line := range g.lines(part, 0) {
			steps = append(steps, Step{
				Line: line.Line(), Run: line.Text(), RunLine: line.TextLine(), ErrExit: true, PipeFail: true, Env: env,
			})
		}
	}
	return carryDir(steps)
}

// lines flattens a script with its nested lists and references.
func (g *gitlab) lines(v yamldoc.Value, depth int) []yamldoc.Value {
	if depth > 5 || !g.opts.Budget.step(Step{Run: v.Text()}) {
		return nil
	}
	if v.Tag() == "!reference" {
		return g.lines(g.get(v.Texts()...), depth+1)
	}
	if v.Text() != "" {
		return []yamldoc.Value{v}
	}
	var out []yamldoc.Value
	for _, item := range v.Items() {
		out = append(out, g.lines(item, depth+1)...)
	}
	return out
}

// stages gives each job without needs those of the stage before it.
func (g *gitlab) stages(pipelines []*Pipeline) {
	order := g.get("stages").Texts()
	if len(order) == 0 {
		order = []string{"build", "test", "deploy"}
	}
	byStage := map[int][]string{}
	stageOf := func(id string) int {
		stage := g.field(g.top(id), "stage").Text()
		if stage == "" {
			stage = "test"
		}
		return slices.Index(order, stage)
	}
	for _, p := range pipelines {
		for _, j := range p.Jobs {
			byStage[stageOf(j.ID)] = append(byStage[stageOf(j.ID)], j.ID)
		}
	}
	for _, p := range pipelines {
		for i := range p.Jobs {
			if p.Jobs[i].Needs != nil {
				continue
			}
			for stage := stageOf(p.Jobs[i].ID) - 1; stage >= 0 && len(p.Jobs[i].Needs) == 0; stage-- {
				p.Jobs[i].Needs = byStage[stage]
			}
		}
	}
}
