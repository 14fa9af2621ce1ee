package github

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// The bounds of what is asked about runs: workflows that are asked for alone, and
// runs that are asked for their jobs.
const (
	maxAlone = 8
	maxJobs  = 11
)

// timestamp is a time that may be null.
type timestamp struct{ time.Time }

// workflow is as in "List repository workflows".
type workflow struct {
	ID      int64  `json:"id"`
	Path    string `json:"path"`
	State   string `json:"state"`
	HTMLURL string `json:"html_url"`
}

// workflowRun is as in "List workflow runs for a repository".
type workflowRun struct {
	ID         int64     `json:"id"`
	WorkflowID int64     `json:"workflow_id"`
	Path       string    `json:"path"`
	Event      string    `json:"event"`
	Conclusion string    `json:"conclusion"`
	HeadBranch string    `json:"head_branch"`
	UpdatedAt  timestamp `json:"updated_at"`
	HTMLURL    string    `json:"html_url"`
	Actor      *account  `json:"triggering_actor"`
}

type workflowRuns struct {
	Runs web.List[workflowRun] `json:"workflow_runs"`
}

// runs reads which workflows are active, how those of the default branch ended, and
// what the jobs of the newest of them did.
func (f *facts) runs(ctx context.Context) {
	const need, hides = "actions: read", "that CI passes, trains or deploys"
	var known struct{ Workflows web.List[workflow] }
	const off = "that a workflow is switched off"
	if !f.get(ctx, "the workflows", need, off, &known, "actions/workflows?per_page=%d", perList) || !f.whole(known.Workflows != nil, "the workflows", off) {
		return
	}
	for _, w := range known.Workflows {
		f.out.Workflows = append(f.out.Workflows, result.ForgeWorkflow{Path: w.Path, State: w.State, URL: w.HTMLURL})
	}
	var main workflowRuns
	if !f.get(ctx, "the workflow runs", need, hides, &main, "actions/runs?branch=%s&status=completed&exclude_pull_requests=true&per_page=%d", url.QueryEscape(f.out.Branch), perList) || !f.whole(main.Runs != nil, "the workflow runs", hides) {
		return
	}
	f.take(main.Runs)
	asked := 0
	for _, w := range known.Workflows {
		seen := slices.ContainsFunc(f.out.Runs, func(r result.ForgeRun) bool { return r.Path == w.Path })
		if seen || w.State != "active" || !strings.HasPrefix(w.Path, ".github/") || asked == maxAlone {
			continue
		}
		asked++
		var own workflowRuns
		if f.get(ctx, "the runs of "+w.Path, need, hides, &own, "actions/workflows/%d/runs?status=completed&exclude_pull_requests=true&per_page=20", w.ID) && f.whole(own.Runs != nil, "the runs of "+w.Path, hides) {
			f.take(own.Runs)
		}
	}
	slices.SortStableFunc(f.out.Runs, func(a, b result.ForgeRun) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Number, a.Number))
	})
	f.jobs(ctx)
}

// take keeps the runs that prove something: of the default branch, a tag or a release,
// that passed or failed. What was cancelled or skipped says neither.
func (f *facts) take(runs []workflowRun) {
	for _, r := range runs {
		event := f.event(r)
		failed := r.Conclusion == "failure" || r.Conclusion == "timed_out" || r.Conclusion == "startup_failure"
		if event == "" || r.Conclusion != "success" && !failed {
			continue
		}
		file, _, _ := strings.Cut(r.Path, "@")
		f.out.Runs = append(f.out.Runs, result.ForgeRun{
			Path: file, Number: r.ID, Event: event, Passed: !failed, At: r.UpdatedAt.Time, URL: r.HTMLURL,
			Bot: r.Actor.bot() || event == "schedule" || event == "after",
		})
	}
}

// event puts GitHub's words for what started a run into those of workflow files; "" is
// a run of a change request, or of some other branch ("Events that trigger workflows").
func (f *facts) event(r workflowRun) string {
	main := r.HeadBranch == f.out.Branch
	switch r.Event {
	case "release":
		return "release"
	case "push":
		if slices.Contains(f.out.Tags, r.HeadBranch) {
			return "tag"
		}
		if main {
			return "push"
		}
	case "schedule":
		return "schedule"
	case "repository_dispatch":
		return "event"
	case "workflow_run":
		if main {
			return "after"
		}
	case "workflow_dispatch":
		switch {
		case main && r.Actor.bot():
			return "event"
		case main:
			return "manual"
		}
	}
	return ""
}

// jobs asks the newest run of each workflow and event that passed, or failed if none
// did, for its jobs ("List jobs for a workflow run"): a run passes also if the job that
// matters was skipped.
func (f *facts) jobs(ctx context.Context) {
	for _, i := range newest(f.out.Runs) {
		var answer struct {
			Jobs web.List[struct {
				Name       string `json:"name"`
				Conclusion string `json:"conclusion"`
			}] `json:"jobs"`
		}
		run := &f.out.Runs[i]
		what := fmt.Sprintf("the jobs of run %d", run.Number)
		const hides = "that one of them was skipped"
		if !f.get(ctx, what, "actions: read", hides, &answer, "actions/runs/%d/jobs?per_page=%d", run.Number, perList) || !f.whole(answer.Jobs != nil, what, hides) {
			continue
		}
		run.Jobs = []result.ForgeJob{}
		for _, job := range answer.Jobs {
			passed := job.Conclusion == "success"
			run.Jobs = append(run.Jobs, result.ForgeJob{Name: job.Name, Passed: passed, Ran: passed || job.Conclusion == "failure" || job.Conclusion == "timed_out"})
		}
	}
}

// newest are the runs that are asked for their jobs: of each workflow one that passed
// first, then others by what started them.
func newest(runs []result.ForgeRun) []int {
	type key struct {
		path, event string
	}
	var order []int
	taken := map[key]bool{}
	for _, passed := range []bool{true, false} {
		for i, run := range runs {
			k := key{path: run.Path, event: run.Event}
			if run.Passed == passed && !taken[k] {
				taken[k] = true
				order = append(order, i)
			}
		}
	}
	// A workflow's first run goes before the second of another.
	seen := map[string]int{}
	rank := map[int]int{}
	for _, i := range order {
		rank[i] = seen[runs[i].Path]
		seen[runs[i].Path]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	return order[:min(len(order), maxJobs)]
}
