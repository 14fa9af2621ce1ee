// Package forge turns what a forge tells of a repository into facts beside those
// of its files, before the rules see either: how the jobs of the repository's own
// pipelines ended, what was released and deployed, and what the default branch
// refuses. It knows no client: the facts come as plain values ([result.ForgeFacts]).
package forge

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/facts"
)

// maxRuns is how many runs of an entry the rules see.
const maxRuns = 20

// teller puts facts into the set of one project.
type teller struct {
	set  *facts.Set
	told *result.ForgeFacts
	jobs map[string]ci.Job // by the ID of their entry
	now  time.Time
}

// Add puts what a forge told into a project's facts. Now is what ages are counted from.
func Add(set *facts.Set, told *result.ForgeFacts, pipelines []*ci.Pipeline, now time.Time) {
	if told == nil {
		return
	}
	t := &teller{set: set, told: told, jobs: map[string]ci.Job{}, now: now}
	for _, p := range pipelines {
		for _, job := range p.Jobs {
			t.jobs[p.Path+"#"+job.ID] = job
		}
	}
	t.fact(facts.Fact{Category: "forge", Subject: told.Repository, URL: told.Repository})
	t.entries()
	t.protection()
	t.review()
	t.releases()
	t.deployments()
	t.others()
}

// Told reports whether the forge said what a criterion needs of it: a token may not
// be allowed to see how a branch is protected, or who approved what.
func Told(told *result.ForgeFacts, criterion string) bool {
	switch {
	case told == nil:
		return false
	case criterion == "branch-protection":
		return told.Protection != nil
	case criterion == "code-review":
		return told.Review != nil
	}
	return true
}

// fact adds one fact of the forge.
func (t *teller) fact(f facts.Fact) {
	f.Tool, f.Context, f.URL = t.told.Host, "forge", cmp.Or(f.URL, t.told.Repository)
	f.Path = cmp.Or(f.Path, strings.TrimPrefix(strings.TrimPrefix(f.URL, "https://"), "http://"))
	if f.Entries == nil {
		f.Entries = []facts.Link{}
	}
	t.set.Facts[f.Category] = append(t.set.Facts[f.Category], f)
}

// age is how many days ago something was. What is said to be of tomorrow did not happen:
// it is older than anything that counts.
func (t *teller) age(at time.Time) int {
	const day = 24 * time.Hour
	if t.now.Sub(at) < -day {
		return longAgo
	}
	return min(max(0, int(t.now.Sub(at)/day)), longAgo)
}

// longAgo is a number of days that nothing is proven by.
const longAgo = 100_000

// stamp is empty for a time that is not known.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// entries gives the entries of CI jobs their runs, and switches off what the forge
// has switched off.
func (t *teller) entries() {
	states := map[string]string{}
	for _, w := range t.told.Workflows {
		states[w.Path] = w.State
	}
	runs := map[string][]result.ForgeRun{}
	for _, r := range t.told.Runs {
		runs[r.Path] = append(runs[r.Path], r)
	}
	for id, e := range t.set.Entries {
		state, known := states[e.Path]
		if e.Kind != "ci-job" || !known {
			continue
		}
		if state != "active" && e.Off == "" {
			e.Off = "the forge has switched it off (" + strings.ReplaceAll(state, "_", " ") + ")"
		}
		if none := t.told.Schedules; none != nil && *none == 0 && e.Off == "" && onlyTimed(e) {
			e.Off = "no schedule of the forge is active"
		}
		e.Known, e.Runs = true, t.runsOf(id, runs[e.Path])
		t.set.Entries[id] = e
	}
}

// onlyTimed reports whether nothing but a timer starts an entry.
func onlyTimed(e facts.Entry) bool {
	return len(e.Triggers) == 1 && e.Triggers[0] == ci.Schedule
}

// runsOf are the runs of one entry. Of a run whose jobs are not known, a job without
// a condition ended as the run did; of any other job nothing is known.
func (t *teller) runsOf(id string, runs []result.ForgeRun) []facts.Run {
	out := []facts.Run{}
	job := t.jobs[id]
	for _, r := range runs {
		passed, ran := r.Passed, job.If == "" && job.Uses == ""
		if r.Jobs != nil {
			passed, ran = ended(job, r.Jobs)
		}
		if ran && len(out) < maxRuns {
			out = append(out, facts.Run{Passed: passed, Event: r.Event, Bot: r.Bot, Age: t.age(r.At), Time: stamp(r.At), URL: r.URL})
		}
	}
	return out
}

// ended reports how a job ended in a run: all that ran under its name must have passed.
func ended(job ci.Job, jobs []result.ForgeJob) (passed, ran bool) {
	passed = true
	for _, j := range jobs {
		if j.Ran && Names(job, j.Name) {
			passed, ran = passed && j.Passed, true
		}
	}
	return passed && ran, ran
}

// protection makes a fact of each check that the default branch requires, reached by
// the entries that the check is of.
func (t *teller) protection() {
	p := t.told.Protection
	if p == nil {
		return
	}
	t.fact(facts.Fact{
		Category: "forge.protection", Subject: "the rules of " + t.told.Branch, URL: p.URL,
		Detail: map[string]any{"checks": len(p.Checks), "anyPipeline": p.AnyPipeline, "approvals": p.Approvals, "forcePush": p.ForcePush},
	})
	for _, check := range p.Checks {
		var links []facts.Link
		for _, id := range t.ids() {
			if Names(t.jobs[id], check) {
				links = append(links, facts.Link{ID: id})
			}
		}
		t.fact(facts.Fact{Category: "forge.check", Subject: "the check " + check + " is required", URL: p.URL, Entries: links})
	}
}

// ids are the entries of jobs, in one order.
func (t *teller) ids() []string {
	var out []string
	for id := range t.jobs {
		if _, ok := t.set.Entries[id]; ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (t *teller) review() {
	r := t.told.Review
	if r == nil {
		return
	}
	t.fact(facts.Fact{
		Category: "forge.review", Subject: "how the newest changes were merged", URL: r.URL,
		Detail: map[string]any{"changes": r.Changes, "approved": r.Approved, "direct": r.Direct},
	})
}

// modelFiles are the endings of files that hold a model.
var modelFiles = []string{".onnx", ".pt", ".pth", ".pkl", ".joblib", ".h5", ".keras", ".safetensors", ".gguf", ".tflite", ".mlmodel", ".model", ".bin"}

func (t *teller) releases() {
	for _, r := range t.told.Releases {
		models := slices.ContainsFunc(r.Assets, func(name string) bool { return slices.Contains(modelFiles, path.Ext(name)) })
		t.fact(facts.Fact{
			Category: "forge.release", Subject: "release " + r.Tag, URL: r.URL, Time: stamp(r.At),
			Detail: map[string]any{"age": t.age(r.At), "bot": r.Bot, "models": models},
		})
	}
}

func (t *teller) deployments() {
	for _, d := range t.told.Deployments {
		t.fact(facts.Fact{
			Category: "forge.deployment", Subject: "deployment to " + d.Environment, URL: d.URL, Time: stamp(d.At),
			Detail: map[string]any{"age": t.age(d.At), "bot": d.Bot, "passed": d.Passed, "environment": d.Environment},
		})
	}
	for _, e := range t.told.Environments {
		t.fact(facts.Fact{
			Category: "forge.environment", Subject: "environment " + e.Name, URL: e.URL,
			Detail: map[string]any{"environment": e.Name, "protected": e.Protected, "reviewed": e.Reviewed},
		})
	}
}

func (t *teller) others() {
	if on := t.told.SecretScanning; on != nil {
		t.fact(facts.Fact{Category: "forge.secrets", Subject: "secret scanning", URL: t.told.Repository, Detail: map[string]any{"on": *on}})
	}
	for _, i := range t.told.Issues {
		labels := i.Labels
		if labels == nil {
			labels = []string{}
		}
		t.fact(facts.Fact{
			Category: "forge.issue", Subject: i.Title, URL: i.URL, Time: stamp(i.At),
			Detail: map[string]any{"age": t.age(i.At), "bot": i.Bot, "closed": i.Closed, "labels": labels},
		})
	}
}
