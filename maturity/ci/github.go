package ci

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/muster-ci/muster/maturity/yamldoc"
)

// GitHub reads a workflow of GitHub Actions. Where actionlint finds the file
// broken beyond use, the error says where.
func GitHub(path string, data []byte, opts Options) (*Pipeline, error) {
	opts = opts.budgeted()
	if err := boundAliases(data); err != nil {
		return nil, err
	}
	wf, errs := actionlint.Parse(data)
	if wf == nil || len(wf.Jobs) == 0 {
		if len(errs) > 0 {
			return nil, fmt.Errorf("read workflow: line %d: %s", errs[0].Line, errs[0].Message)
		}
		return nil, fmt.Errorf("read workflow: no jobs")
	}
	p := &Pipeline{Path: path, Host: "github", Name: text(wf.Name), DefaultBranch: opts.DefaultBranch}
	for _, event := range wf.On {
		p.event(event, opts)
	}
	p.Only = onlyFor(wf.On)
	all := stepReader{opts: opts, env: map[string]string{}}
	all.addEnv(wf.Env)
	for _, id := range inOrder(wf.Jobs) {
		if !p.full() {
			opts.Budget.put(p, githubJob(wf, wf.Jobs[id], p.Triggers, opts, all))
		}
	}
	p.Triggers = settled(p.Triggers, "")
	sortJobs(p.Jobs)
	p.inherit()
	return p, nil
}

// inOrder are the names of jobs in the order in which they stand in the file.
func inOrder(jobs map[string]*actionlint.Job) []string {
	names := slices.Sorted(maps.Keys(jobs))
	slices.SortStableFunc(names, func(a, b string) int { return line(jobs[a].Pos) - line(jobs[b].Pos) })
	return names
}

// aliased is text that has both an anchor and an alias of YAML, or looks like it.
var aliased = regexp.MustCompile(`(?s)(?:^|[\s,{\[:?-])&[^\s&].*[\s,{\[:?-]\*[^\s*]`)

// boundAliases refuses a workflow whose aliases stand for more than is read: actionlint
// reads what they stand for as often as they do.
func boundAliases(data []byte) error {
	if !aliased.Match(data) {
		return nil
	}
	docs, _ := yamldoc.Read(data) // what is wrong with it, actionlint says
	if slices.ContainsFunc(docs, yamldoc.Value.Cut) {
		return errors.New("read workflow: its aliases stand for too much")
	}
	return nil
}

// inherit takes from each job the triggers under which a job that it needs does
// not run: it is skipped together with that one, unless its condition says not.
func (p *Pipeline) inherit() {
	byID := map[string]*Job{}
	for i := range p.Jobs {
		byID[strings.ToLower(p.Jobs[i].ID)] = &p.Jobs[i]
	}
	for range min(len(p.Jobs), maxChain) { // as often as a chain of jobs can be long
		changed := false
		for i := range p.Jobs {
			changed = p.Jobs[i].inherit(byID) || changed
		}
		if !changed {
			return
		}
	}
}

// maxChain bounds how long a chain of jobs is followed.
const maxChain = 100

func (j *Job) inherit(byID map[string]*Job) bool {
	if strings.Contains(j.If, "always()") || strings.Contains(j.If, "cancelled()") || strings.Contains(j.If, "failure()") {
		return false
	}
	before := len(j.Triggers)
	for _, id := range j.Needs {
		need := byID[strings.ToLower(id)]
		if need == nil {
			continue
		}
		j.Triggers = slices.DeleteFunc(slices.Clone(j.Triggers), func(t Trigger) bool { return !slices.Contains(need.Triggers, t) })
		if need.Off != "" && j.Off == "" {
			j.Off = "it needs the job " + need.ID + ", which never runs"
			return true
		}
	}
	if len(j.Triggers) == 0 && j.Off == "" {
		j.Off = "a job that it needs never runs with it"
	}
	return len(j.Triggers) != before
}

// event adds what one event of "on:" means.
func (p *Pipeline) event(event actionlint.Event, opts Options) {
	hook, ok := event.(*actionlint.WebhookEvent)
	if !ok {
		if t, known := eventTriggers[event.EventName()]; known {
			p.Triggers = add(p.Triggers, t)
		}
		return
	}
	if !opts.touches(hook.Paths, hook.PathsIgnore) {
		p.Idle = append(p.Idle, "on."+hook.EventName()+": its path filters fit no file")
		return
	}
	switch t := eventTriggers[hook.EventName()]; t {
	case Push:
		p.push(hook, opts)
	case Change:
		if filtered(hook.Branches, hook.BranchesIgnore, opts) {
			p.Triggers = add(p.Triggers, changeType(hook.Types))
		}
	case After:
		p.Triggers = add(p.Triggers, After)
		p.Follows = append(p.Follows, texts(hook.Workflows)...)
	case "":
		p.Triggers = add(p.Triggers, Other)
	default:
		p.Triggers = add(p.Triggers, t)
	}
}

// onlyFor are the patterns of paths that every event of changes asks for.
func onlyFor(events []actionlint.Event) []string {
	var out []string
	for _, event := range events {
		hook, ok := event.(*actionlint.WebhookEvent)
		if !ok || eventTriggers[hook.EventName()] != Push && eventTriggers[hook.EventName()] != Change {
			continue
		}
		if hook.Paths == nil || len(hook.Paths.Values) == 0 {
			return nil
		}
		out = append(out, texts(hook.Paths.Values)...)
	}
	return out
}

// merged is a pull request that is closed: with the right condition it means
// that something came to the default branch.
const merged Trigger = "merged"

// changeType tells the pull requests that are checked while they are open from
// those that somebody labels, and those that are closed.
func changeType(types []*actionlint.String) Trigger {
	names := texts(types)
	if len(names) == 0 {
		return Change
	}
	for _, name := range names {
		switch name {
		case "opened", "synchronize", "reopened", "ready_for_review", "checks_requested":
			return Change
		}
	}
	if slices.Contains(names, "closed") {
		return merged
	}
	return Other
}

// settled says what the end of a pull request comes down to: a push, if the
// condition asks for a merge.
func settled(triggers []Trigger, cond string) []Trigger {
	var out []Trigger
	for _, t := range triggers {
		if t == merged {
			t = Other
			if strings.Contains(cond, "merged") {
				t = Push
			}
		}
		out = add(out, t)
	}
	return out
}

// touches reports whether a filter of paths lets some file of the repository through.
func (o Options) touches(only, ignore *actionlint.WebhookEventFilter) bool {
	if only != nil && len(only.Values) > 0 && !o.anyFile(texts(only.Values)) {
		return false
	}
	return ignore == nil || !slices.Contains(texts(ignore.Values), "**")
}

// push tells pushes to the default branch, to others, and of tags apart.
func (p *Pipeline) push(hook *actionlint.WebhookEvent, opts Options) {
	branches := hook.Branches != nil || hook.BranchesIgnore != nil
	tags := hook.Tags != nil || hook.TagsIgnore != nil
	if tags || !branches {
		p.Triggers = add(p.Triggers, Tag)
	}
	if tags && !branches {
		return
	}
	if filtered(hook.Branches, hook.BranchesIgnore, opts) {
		p.Triggers = add(p.Triggers, Push)
	} else {
		p.Triggers = add(p.Triggers, Branch)
	}
}

// filtered reports whether the filters let the default branch through.
func filtered(only, ignore *actionlint.WebhookEventFilter, opts Options) bool {
	if only != nil && len(only.Values) > 0 {
		return opts.isDefault(texts(only.Values))
	}
	return ignore == nil || !opts.isDefault(texts(ignore.Values))
}

// githubJob reads a job. All is what the steps of all jobs have.
func githubJob(wf *actionlint.Workflow, j *actionlint.Job, triggers []Trigger, opts Options, all stepReader) Job {
	job := Job{ID: text(j.ID), Name: text(j.Name), Line: line(j.Pos), Needs: texts(j.Needs), If: text(j.If)}
	if j.ID != nil {
		job.Line = line(j.ID.Pos)
	}
	job.Triggers = settled(opts.narrow(triggers, job.If), job.If)
	switch {
	case never(job.If):
		job.Off, job.Triggers = "if: false", settled(triggers, "")
	case len(job.Triggers) == 0:
		job.Off = "its condition fits none of the workflow's triggers"
	}
	if isTrue(j.ContinueOnError) {
		job.Swallowed = "continue-on-error on the job"
	}
	if j.Environment != nil {
		job.Environment = environments(j.Strategy, text(j.Environment.Name))
	}
	if j.Container != nil {
		job.Image = text(j.Container.Image)
	}
	if j.WorkflowCall != nil {
		job.Uses, job.With = text(j.WorkflowCall.Uses), map[string]string{}
		for name, in := range j.WorkflowCall.Inputs {
			job.With[name] = text(in.Value)
		}
	}
	s := stepReader{opts: opts, triggers: opts.narrow(triggers, job.If), defaults: []*actionlint.Defaults{j.Defaults, wf.Defaults}, env: opts.Budget.copied(all.env)}
	if j.RunsOn != nil {
		s.windows = slices.ContainsFunc(texts(j.RunsOn.Labels), func(label string) bool { return strings.HasPrefix(label, "windows") })
	}
	s.addEnv(j.Env)
	for _, step := range j.Steps {
		for _, values := range combinations(j.Strategy, stepText(step)+s.dir()) {
			st := s.step(step, values)
			if !opts.Budget.step(st) {
				return job
			}
			job.Steps = append(job.Steps, st)
		}
	}
	return job
}

// stepReader reads the steps of one job.
type stepReader struct {
	windows  bool
	opts     Options
	triggers []Trigger              // of the job
	defaults []*actionlint.Defaults // of the job, of the workflow
	env      map[string]string
}

func (s *stepReader) addEnv(env *actionlint.Env) {
	if env == nil {
		return
	}
	names := slices.Sorted(maps.Keys(env.Vars))
	s.opts.Budget.many = s.opts.Budget.many || len(names) > yamldoc.MaxStrings
	for _, name := range names[:min(len(names), yamldoc.MaxStrings)] {
		if v := env.Vars[name]; v.Name != nil && v.Value != nil {
			s.env[v.Name.Value] = v.Value.Value
		}
	}
}

// dir is the default working directory.
func (s *stepReader) dir() string {
	for _, d := range s.defaults {
		if d != nil && d.Run != nil && d.Run.WorkingDirectory != nil {
			return d.Run.WorkingDirectory.Value
		}
	}
	return ""
}

// shell is the default shell.
func (s *stepReader) shell() string {
	for _, d := range s.defaults {
		if d != nil && d.Run != nil && d.Run.Shell != nil {
			return d.Run.Shell.Value
		}
	}
	return ""
}

func (s *stepReader) step(st *actionlint.Step, values map[string]string) Step {
	inner := stepReader{opts: s.opts, env: s.opts.Budget.copied(s.env)}
	values = maps.Clone(values)
	inner.addEnv(st.Env)
	for _, name := range slices.Sorted(maps.Keys(inner.env)) {
		inner.env[name] = substitute(inner.env[name], values)
		if !s.opts.Budget.take(len(inner.env[name]) / pieceOf) {
			break
		}
		values["env."+strings.ToLower(name)] = inner.env[name]
	}
	out := Step{Name: text(st.Name), Line: line(st.Pos), If: text(st.If), Env: inner.env}
	out.Triggers = settled(s.opts.narrow(s.triggers, out.If), out.If)
	switch {
	case never(out.If):
		out.Off = "if: false"
	case len(out.Triggers) == 0 && len(s.triggers) > 0:
		out.Off = "its condition fits none of the job's triggers"
	}
	if isTrue(st.ContinueOnError) {
		out.Swallowed = "continue-on-error on the step"
	}
	switch exec := st.Exec.(type) {
	case *actionlint.ExecRun:
		s.run(exec, values, &out)
	case *actionlint.ExecAction:
		out.Uses, out.With = text(exec.Uses), map[string]string{}
		for name, in := range exec.Inputs {
			out.With[name] = s.input(text(in.Value), out.Triggers, values)
		}
	}
	return out
}

func (s *stepReader) run(exec *actionlint.ExecRun, values map[string]string, out *Step) {
	out.Run = substitute(text(exec.Run), values)
	if exec.Run != nil {
		out.RunLine = line(exec.Run.Pos)
		if strings.Contains(exec.Run.Value, "\n") { // a block begins on the next line
			out.RunLine++
		}
	}
	shell := text(exec.Shell)
	if shell == "" {
		shell = s.shell()
	}
	if shell == "" && s.windows {
		shell = "pwsh"
	}
	out.Python = strings.HasPrefix(shell, "python")
	out.Loose = strings.HasPrefix(shell, "pwsh") || strings.HasPrefix(shell, "powershell") || strings.HasPrefix(shell, "cmd")
	out.ErrExit = shell == "" || shell == "bash" || shell == "sh" || strings.Contains(shell, "-e")
	out.PipeFail = shell == "bash" || strings.Contains(shell, "pipefail")
	out.Dir = s.dir()
	if exec.WorkingDirectory != nil {
		out.Dir = exec.WorkingDirectory.Value
	}
	out.Dir = substitute(out.Dir, values)
}
