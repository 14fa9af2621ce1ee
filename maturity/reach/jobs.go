package reach

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/maturity/ci"
)

// jobs makes an entry of each job of each CI pipeline.
func (g *graph) jobs() {
	for _, pl := range g.opts.Pipelines {
		for _, r := range pl.Remote {
			g.result.Unresolved = append(g.result.Unresolved, Unresolved{pl.Path, r.Line, r.What})
		}
		g.pipeline(pl, func(j ci.Job) []ci.Trigger {
			if len(j.Triggers) == 1 && j.Triggers[0] == ci.Call {
				return nil // followed from whoever calls it
			}
			return j.Triggers
		})
	}
}

// pipeline makes an entry of each job of a pipeline that the triggers start.
func (g *graph) pipeline(pl *ci.Pipeline, triggers func(ci.Job) []ci.Trigger) {
	made := map[string]string{} // id → entry
	runs := map[string][]string{}
	for _, job := range pl.Jobs {
		started := triggers(job)
		if len(started) == 0 && job.Off == "" {
			continue
		}
		e := Entry{
			ID: pl.Path + "#" + job.ID, Kind: KindJob, Path: cmp.Or(job.Path, pl.Path), Line: job.Line, Name: "job " + job.ID,
			Chain: pl.Path, Triggers: slices.Clone(started), Host: pl.Host, If: job.If, Off: job.Off,
			Environment: job.Environment,
		}
		for _, need := range job.Needs {
			e.Needs = append(e.Needs, pl.Path+"#"+need)
		}
		p := g.entry(e, ".", besides(pl.Path), besides(cmp.Or(job.Path, pl.Path)))
		p.host = pl.Host
		g.result.Entries[len(g.result.Entries)-1].Chain = pl.Path
		made[job.ID] = p.entry
		runs[job.ID] = g.job(p, job)
	}
	g.stages(pl, made, runs)
}

// besides is the second folder that the commands of a pipeline may name files
// from: the one in which definitions of tasks stand beside their scripts.
func besides(file string) string {
	if dir := path.Dir(file); !strings.HasPrefix(dir, ".") {
		return dir
	}
	return "."
}

// maxStages bounds the jobs of a pipeline that are looked at as its stages.
const maxStages = 200

// stages keeps jobs that wait for one another as one sequence.
func (g *graph) stages(pl *ci.Pipeline, made map[string]string, runs map[string][]string) {
	linked := map[string]bool{}
	for _, job := range pl.Jobs {
		for _, need := range job.Needs {
			if made[need] != "" && made[job.ID] != "" {
				linked[need], linked[job.ID] = true, true
			}
		}
	}
	if len(linked) < 2 || len(linked) > maxStages {
		return
	}
	var steps []Step
	last := ""
	for _, job := range pl.Jobs {
		if linked[job.ID] && job.Off == "" {
			steps = append(steps, Step{Path: cmp.Or(job.Path, pl.Path), Line: job.Line, Name: job.ID, Files: runs[job.ID], Swallowed: job.Swallowed})
			if last == "" || len(runs[job.ID]) > 0 {
				last = made[job.ID]
			}
		}
	}
	g.sequence(Sequence{Kind: "jobs", Path: cmp.Or(pl.Jobs[0].Path, pl.Path), Line: pl.Jobs[0].Line, Name: "of " + path.Base(pl.Path), Entry: last, Steps: steps, Connected: true})
}

// job follows the steps of a job, or the reusable pipeline that it consists of.
// It returns the Python files that run.
func (g *graph) job(p place, job ci.Job) []string {
	p.swallowed = cmp.Or(p.swallowed, job.Swallowed)
	p.cond = cmp.Or(p.cond, job.If)
	p.reported = slices.ContainsFunc(job.Steps, failsWithReport)
	if job.Uses != "" {
		return g.reusable(p, job)
	}
	var steps []Step
	for _, s := range job.Steps {
		if s.Off != "" {
			continue
		}
		at, before := p, len(steps)
		at.swallowed, at.cond, at.env = cmp.Or(p.swallowed, s.Swallowed), cmp.Or(s.If, p.cond), s.Env
		for _, v := range sortedKeys(s.Env) {
			at.quiet = g.quieted(at.quiet, []string{v + "=" + s.Env[v]})
		}
		if s.Path != "" {
			at.path = s.Path
		}
		if s.Dir != "" {
			at.dirs = g.into(p.dirs, s.Dir)
		}
		if s.Run != "" {
			steps = append(steps, g.jobStep(at, s)...)
		}
		if len(s.Args) > 0 {
			s.RunLine = max(s.RunLine, s.Line)
			steps = append(steps, Step{
				Path: at.path, Line: s.RunLine, Name: strings.Join(s.Args, " "), Files: g.command(at, s.Args, s.RunLine), Swallowed: at.swallowed,
			})
		}
		if s.Uses != "" {
			steps = append(steps, Step{Path: at.path, Line: s.Line, Name: s.Uses, Files: g.action(at, s), Swallowed: at.swallowed})
		}
		if p.host != "azure" || len(files(steps[before:])) > 0 { // Azure hands all variables to all steps: who starts Python may read them
			for _, v := range sortedKeys(s.Env) {
				g.variable(at, s.Env[v])
			}
		}
	}
	g.sequence(Sequence{Kind: "job", Path: p.path, Line: job.Line, Name: job.ID, Entry: p.entry, Steps: steps})
	return files(steps)
}

// failsWithReport reports whether a step reads the reports of tests that ran before
// it, and fails where one of them says so.
func failsWithReport(s ci.Step) bool {
	name, _, _ := strings.Cut(strings.ToLower(s.Uses), "@")
	if s.Off != "" || s.Swallowed != "" {
		return false
	}
	switch name {
	case "publishtestresults":
		return s.With["failTaskOnFailedTests"] == "true"
	case "dorny/test-reporter":
		return s.With["fail-on-error"] != "false"
	case "mikepenz/action-junit-report":
		return s.With["fail_on_failure"] == "true"
	}
	return false
}

// reportsTests reports whether a command writes what its tests did into a file.
func reportsTests(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return strings.Contains(strings.ToLower(a), "junit") })
}

// variable follows a variable of a pipeline that names a script of the
// repository: tasks of a platform take the scripts of their steps so.
func (g *graph) variable(p place, value string) {
	if !strings.HasSuffix(value, ".py") || strings.ContainsAny(value, " $\n") {
		return
	}
	if f := g.resolve(p.dirs, value); f != "" {
		g.python(p, f)
		return
	}
	var found []string
	for f := range g.tree.Python {
		if strings.HasSuffix(f, "/"+value) {
			found = append(found, f)
		}
	}
	if len(found) == 1 {
		g.python(p, found[0])
	}
}

// reusable follows a workflow that a job calls. What the called jobs ask of the
// event holds for the caller's.
func (g *graph) reusable(p place, job ci.Job) []string {
	name, local := strings.CutPrefix(job.Uses, "./")
	if !local {
		g.result.Hits = append(g.result.Hits, Hit{Entry: p.entry, Uses: job.Uses, Path: p.path, Line: job.Line, Dir: ".", Swallowed: p.swallowed, If: p.cond})
		g.result.Unresolved = append(g.result.Unresolved, Unresolved{p.path, job.Line, "the workflow " + job.Uses + " lies elsewhere"})
		return nil
	}
	// Workflows may call themselves, or one another more often than can be followed.
	return g.once(p, path.Clean(name)+"\x00"+p.cond, func() []string { return g.called(p, name) })
}

// called follows the jobs of a workflow that another one calls.
func (g *graph) called(p place, name string) []string {
	caller, _ := g.result.Entry(p.entry)
	var out []string
	for _, pl := range g.pipelines[path.Clean(name)] {
		if p.depth > MaxDepth {
			continue
		}
		opts := ci.Options{DefaultBranch: pl.DefaultBranch}
		for _, inner := range pl.Jobs {
			if g.followed++; g.full(p) {
				return out
			}
			if inner.Off == "" && len(opts.Narrow(caller.Triggers, inner.If)) > 0 {
				out = append(out, g.job(p.at(name), inner)...)
			}
		}
	}
	return out
}

// link gives pipelines that start one another one chain, and the trigger After
// to those that another one starts.
func (g *graph) link() {
	joined := chainsOf(g.result.Entries)
	defer joined.settle()
	g.joinSpawned(joined)
	starting := map[string][]*ci.Pipeline{} // by host
	for _, pl := range g.opts.Pipelines {
		if slices.Contains(pl.Triggers, ci.Push) || slices.Contains(pl.Triggers, ci.Schedule) {
			starting[pl.Host] = append(starting[pl.Host], pl)
		}
	}
	byName := map[string]string{}
	for _, pl := range g.opts.Pipelines {
		if pl.Name != "" {
			byName[pl.Name] = pl.Path
		}
		byName[path.Base(pl.Path)] = pl.Path
		byName[pl.Path] = pl.Path
	}
	for _, pl := range g.opts.Pipelines {
		for _, name := range pl.Follows {
			if from, ok := byName[name]; ok {
				joined.join(from, pl.Path)
				continue
			}
			unnamed(joined, pl, starting)
		}
	}
	for _, h := range g.result.Hits {
		if target := byName[dispatched(h)]; target != "" {
			e, _ := g.result.Entry(h.Entry)
			if e.Off != "" || e.Kind != KindJob {
				continue
			}
			joined.join(e.Chain, target)
			joined.triggered(target)
		}
	}
}

// dispatched returns the workflow that a command starts: "gh workflow run x".
func dispatched(h Hit) string {
	if len(h.Args) > 3 && h.Args[0] == "gh" && h.Args[1] == "workflow" && h.Args[2] == "run" {
		if names := positional(h.Args[3:]); len(names) > 0 {
			return names[0]
		}
	}
	if strings.Contains(h.Uses, "workflow-dispatch") {
		return path.Base(h.With["workflow"])
	}
	if m := workflowInScript.FindStringSubmatch(h.With["script"]); m != nil && strings.Contains(h.Uses, "github-script") {
		return path.Base(m[1])
	}
	return ""
}

// workflowInScript is how a script of actions/github-script names the workflow that it
// starts (https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event).
var workflowInScript = regexp.MustCompile(`createWorkflowDispatch\b[^;]{0,300}?workflow_id\s*:\s*['"` + "`" + `]([^'"` + "`" + `]+)`)

// unnamed links a pipeline that follows one whose name only the host knows to
// the pipelines of the same host that pushes or timers start. They are then one chain.
func unnamed(joined *chains, pl *ci.Pipeline, starting map[string][]*ci.Pipeline) {
	list := starting[pl.Host]
	for _, other := range list {
		if other != pl {
			joined.join(other.Path, pl.Path)
		}
	}
	if len(list) > 1 {
		starting[pl.Host] = list[:1]
	}
}
