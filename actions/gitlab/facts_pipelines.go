package gitlab

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/web"
)

// maxPipelines is how many pipelines are asked for their jobs.
const maxPipelines = 9

// pipelines reads how those of the default branch and of tags ended, and what the jobs
// of the newest of each source did ("List all project pipelines", "List all pipeline jobs").
func (f *facts) pipelines(ctx context.Context) {
	const hides = "that CI passes, trains or deploys"
	f.out.Workflows = []result.ForgeWorkflow{{Path: f.file, State: "active", URL: f.out.Repository + "/-/pipelines"}}
	for _, query := range []string{"ref=" + url.QueryEscape(f.out.Branch), "scope=tags"} {
		var list web.List[struct {
			ID        int64     `json:"id"`
			Status    string    `json:"status"`
			Source    string    `json:"source"`
			Ref       string    `json:"ref"`
			UpdatedAt time.Time `json:"updated_at"`
			WebURL    string    `json:"web_url"`
		}]
		if !f.get(ctx, "the pipelines", roleReporter, hides, &list, "/pipelines?per_page=50&%s", query) {
			continue
		}
		for _, p := range list {
			tag := slices.Contains(f.out.Tags, p.Ref) && p.Ref != f.out.Branch
			event := event(p.Source, tag)
			if event == "" || p.Status != "success" && p.Status != "failed" {
				continue
			}
			f.out.Runs = append(f.out.Runs, result.ForgeRun{
				Path: f.file, Number: p.ID, Event: event, Passed: p.Status == "success", At: p.UpdatedAt, URL: p.WebURL, Bot: unattended(p.Source),
			})
		}
	}
	slices.SortStableFunc(f.out.Runs, func(a, b result.ForgeRun) int { return b.At.Compare(a.At) })
	f.schedules(ctx)
	f.jobs(ctx)
}

// event puts GitLab's sources of pipelines into the words of pipeline files; "" is one
// that proves nothing ("CI_PIPELINE_SOURCE predefined variable values").
func event(source string, tag bool) string {
	switch source {
	case "push":
		if tag {
			return "tag"
		}
		return "push"
	case "schedule":
		return "schedule"
	case "api", "trigger":
		return "event"
	case "pipeline", "parent_pipeline":
		return "after"
	case "web", "chat":
		return "manual"
	}
	return ""
}

// unattended reports whether no person started a pipeline.
func unattended(source string) bool {
	return slices.Contains([]string{"schedule", "api", "trigger", "pipeline", "parent_pipeline"}, source)
}

// schedules tells where all of them are switched off ("List all pipeline schedules").
func (f *facts) schedules(ctx context.Context) {
	var list web.List[struct {
		Active bool `json:"active"`
	}]
	if !f.get(ctx, "the schedules", roleDeveloper, "that a schedule is switched off", &list, "/pipeline_schedules?per_page=100") {
		return
	}
	active := 0
	for _, s := range list {
		if s.Active {
			active++
		}
	}
	f.out.Schedules = &active
}

// jobs asks the newest pipelines for theirs, of each source in turn.
func (f *facts) jobs(ctx context.Context) {
	taken := map[string]int{}
	asked := 0
	for i := range f.out.Runs {
		run := &f.out.Runs[i]
		if taken[run.Event] == 2 || asked == maxPipelines {
			continue
		}
		taken[run.Event]++
		asked++
		var list web.List[struct {
			Name         string `json:"name"`
			Status       string `json:"status"`
			AllowFailure bool   `json:"allow_failure"`
		}]
		what := fmt.Sprintf("the jobs of pipeline %d", run.Number)
		if !f.get(ctx, what, roleReporter, "that one of them was skipped", &list, "/pipelines/%d/jobs?per_page=100", run.Number) {
			continue
		}
		run.Jobs = []result.ForgeJob{}
		for _, job := range list {
			passed := job.Status == "success"
			run.Jobs = append(run.Jobs, result.ForgeJob{Name: job.Name, Passed: passed, Ran: passed || job.Status == "failed"})
		}
	}
}
