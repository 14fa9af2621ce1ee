package ci

import (
	"fmt"
	"maps"
	"regexp"
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
	// children are the files of the pipelines that jobs start.
	children []string
}

type gitlabFile struct {
	path string
	doc  yamldoc.Value
}

// GitLab reads a .gitlab-ci.yml with the local files that it includes. One
// pipeline is returned for each file that has jobs.
func GitLab(path string, data []byte, opts Options) ([]*Pipeline, error) {
	return readGitLab(path, data, opts, maxTemplates)
}

func readGitLab(path string, data []byte, opts Options, depth int) ([]*Pipeline, error) {
	g := &gitlab{opts: opts}
	if err := g.load(path, data); err != nil {
		return nil, err
	}
	triggers := g.workflow()
	var out []*Pipeline
	for _, f := range g.files {
		p := &Pipeline{Path: f.path, Host: "gitlab", Name: f.path, Triggers: triggers}
		for _, e := range f.doc.Entries() {
			if isGitLabJob(e) {
				p.Jobs = append(p.Jobs, g.job(e, triggers))
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
	return append(out, g.started(depth)...), nil
}

// started reads the pipelines that jobs start: nothing else does.
func (g *gitlab) started(depth int) []*Pipeline {
	var out []*Pipeline
	for i, file := range g.children {
		data, ok := g.opts.include(file)
		if !ok || depth == 0 || i >= maxIncludes || slices.Contains(g.children[:i], file) {
			continue
		}
		list, err := readGitLab(file, data, g.opts, depth-1)
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
func (g *gitlab) field(job yamldoc.Value, key string, depth int) yamldoc.Value {
	if v := job.Get(key); v.Exists() || depth > 5 {
		return v
	}
	bases := job.Get("extends").Texts()
	for _, base := range slices.Backward(bases) {
		if v := g.field(g.get(base), key, depth+1); v.Exists() {
			return v
		}
	}
	return yamldoc.Value{}
}

func (g *gitlab) job(e yamldoc.Entry, triggers []Trigger) Job {
	field := func(key string) yamldoc.Value { return g.field(e.Value, key, 0) }
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
		job.Needs = append(job.Needs, need.Text()+need.Get("job").Text())
	}
	if needs := field("needs"); needs.IsList() && len(job.Needs) == 0 {
		job.Needs = []string{}
	}
	job.Environment = field("environment").Text() + field("environment").Get("name").Text()
	job.Image = field("image").Text() + field("image").Get("name").Text()
	env := g.get("variables").StringMap()
	maps.Copy(env, field("variables").StringMap())
	job.Steps = append(job.Steps, g.steps(field, env)...)
	return job
}

// mayFail reports whether a job may fail: it says so itself, or all of the rules
// that run it do.
func (g *gitlab) mayFail(field func(string) yamldoc.Value) bool {
	if field("allow_failure").Text() == "true" {
		return true
	}
	running, forgiving := 0, 0
	for _, r := range field("rules").Items() {
		if r.Get("when").Text() == "never" {
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
	if depth > 5 {
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

// jobTriggers returns what starts a job, by rules or by only and except.
func (g *gitlab) jobTriggers(field func(string) yamldoc.Value, triggers []Trigger) []Trigger {
	if rules := field("rules"); rules.Exists() {
		return g.rules(rules, []Trigger{Push, Tag, Change, Schedule, Manual, Event})
	}
	only := field("only")
	if refs := only.Get("refs"); refs.Exists() {
		only = refs
	}
	names := only.Texts()
	if len(names) == 0 {
		names = []string{}
		for _, t := range triggers {
			names = append(names, string(t))
		}
	}
	except := field("except").Texts()
	var out []Trigger
	for _, name := range names {
		if t := g.only(name); t != "" && !slices.Contains(except, name) {
			out = add(out, t)
		}
	}
	return out
}

// only maps a word of only: to its trigger.
func (g *gitlab) only(name string) Trigger {
	switch name {
	case "branches", "pushes", "push":
		return Push
	case "merge_requests", "change":
		return Change
	case "tags", "tag":
		return Tag
	case "schedules", "schedule":
		return Schedule
	case "web", "manual":
		return Manual
	case "api", "triggers", "pipelines", "event":
		return Event
	case "branch", "release", "after", "call", "other":
		return ""
	}
	if g.opts.isDefault([]string{name}) {
		return Push
	}
	return Branch
}

// rules returns the triggers under which one of the rules runs the job.
func (g *gitlab) rules(rules yamldoc.Value, all []Trigger) []Trigger {
	var out, stopped []Trigger
	for _, rule := range rules.Items() {
		fits := g.rule(rule.Get("if").Text(), all)
		when := rule.Get("when").Text()
		for _, t := range fits {
			switch {
			case slices.Contains(stopped, t):
			case when == "never":
				stopped = add(stopped, t)
			case when == "manual":
				out = add(out, Manual)
			default:
				out = add(out, t)
			}
		}
		if rule.Get("if").Text() == "" && !rule.Get("changes").Exists() && !rule.Get("exists").Exists() {
			break // it holds always
		}
	}
	return out
}

// rule returns the triggers under which one condition can hold.
func (g *gitlab) rule(cond string, all []Trigger) []Trigger {
	candidates := append(slices.Clone(all), Branch)
	out := narrowBy(candidates, strings.TrimSpace(cond), g.atom)
	out = slices.DeleteFunc(slices.Clone(out), func(t Trigger) bool {
		return t == Schedule && !strings.Contains(cond, "schedule") || t == Event && !namesEvent.MatchString(cond)
	})
	if slices.Contains(out, Push) || cond == "" {
		out = slices.DeleteFunc(slices.Clone(out), func(t Trigger) bool { return t == Branch })
	}
	return out
}

// namesEvent finds the sources that stand for a call from outside. Timers and
// calls are kept outside the file: only a rule that names them says that there
// are any.
var namesEvent = regexp.MustCompile(`["'](?:trigger|api|pipeline|parent_pipeline|webhook|chat)["']`)

// atom is the truth of one comparison of a rule
// (https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions).
func (g *gitlab) atom(text string, t Trigger) truth {
	text = strings.TrimSpace(text)
	left, op, right, ok := comparison(text, "==", "!=", "=~", "!~")
	if !ok {
		return g.variable(strings.Trim(text, "${}"), t)
	}
	name := strings.Trim(left, "${}")
	equal := strings.HasPrefix(op, "=")
	if right == "null" || right == "" {
		return g.variable(name, t).equal(!equal)
	}
	switch {
	case name == "CI_PIPELINE_SOURCE":
		return gitlabSources(op, right, t).equal(equal)
	case name == "CI_COMMIT_BRANCH" || name == "CI_COMMIT_REF_NAME" || name == "CI_COMMIT_REF_SLUG":
		return g.branch(name, op, right, t).equal(equal)
	case name == "CI_COMMIT_TAG":
		return anyOf(false, t == Tag).equal(equal)
	case strings.HasPrefix(name, "CI_MERGE_REQUEST_"):
		if t != Change {
			return no.equal(equal)
		}
		return maybe
	}
	return g.own(name, op, right, t)
}

// gitlabSources is the truth of "this source starts the pipeline"; a pattern
// may name several.
func gitlabSources(op, right string, t Trigger) truth {
	if strings.HasSuffix(op, "~") {
		for _, name := range []string{"merge_request_event", "push", "schedule", "web", "api", "trigger"} {
			if strings.Contains(right, name) && sameSource(gitlabSource(name), t) {
				return maybe
			}
		}
		return no
	}
	return truthOf(sameSource(gitlabSource(right), t))
}

func sameSource(source, t Trigger) bool {
	return source == t || source == Push && (t == Tag || t == Branch)
}

// branch is the truth of "the branch is that one".
func (g *gitlab) branch(name, op, right string, t Trigger) truth {
	if t == Tag || t == Change && name == "CI_COMMIT_BRANCH" {
		return no
	}
	if right == "$CI_DEFAULT_BRANCH" || right == "${CI_DEFAULT_BRANCH}" {
		return truthOf(t != Branch && t != Change)
	}
	if strings.HasSuffix(op, "~") {
		plain := strings.Trim(strings.NewReplacer("^", "", "$", "", "(", "", ")", "", "\\", "").Replace(right), "/")
		names := strings.Split(plain, "|")
		return anyOf(false, t == Branch || t == Change || g.opts.isDefault(names) || strings.ContainsAny(plain, ".*[+"))
	}
	return g.opts.githubRef("refs/heads/"+right, t)
}

// variable is the truth of a variable alone: it is set, and not empty.
func (g *gitlab) variable(name string, t Trigger) truth {
	switch {
	case name == "CI_COMMIT_TAG":
		return truthOf(t == Tag)
	case name == "CI_COMMIT_BRANCH":
		return truthOf(t != Tag && t != Change)
	case strings.HasPrefix(name, "CI_MERGE_REQUEST_"):
		return truthOf(t == Change)
	case name == "CI_COMMIT_REF_NAME" || name == "CI_DEFAULT_BRANCH" || name == "CI_PIPELINE_SOURCE":
		return yes
	}
	return maybe
}

// own is the truth of a comparison with a variable that the file gives a value
// to: whoever starts a pipeline by hand may give it another one.
func (g *gitlab) own(name, op, right string, t Trigger) truth {
	v := g.get("variables", name)
	value := v.Text() + v.Get("value").Text()
	if value == "" || strings.HasSuffix(op, "~") || t == Manual {
		return maybe
	}
	return truthOf(value == right).equal(op == "==")
}

func gitlabSource(name string) Trigger {
	switch name {
	case "merge_request_event", "external_pull_request_event":
		return Change
	case "push":
		return Push
	case "schedule":
		return Schedule
	case "web":
		return Manual
	}
	return Event
}

// stages gives each job without needs those of the stage before it.
func (g *gitlab) stages(pipelines []*Pipeline) {
	order := g.get("stages").Texts()
	if len(order) == 0 {
		order = []string{"build", "test", "deploy"}
	}
	byStage := map[int][]string{}
	stageOf := func(id string) int {
		stage := g.field(g.get(id), "stage", 0).Text()
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
