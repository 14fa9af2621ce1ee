package gitlab_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/actions/gitlab/gitlabtest"
	"github.com/muster-ci/muster/internal/result"
)

func ago(days int) time.Time {
	return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -days)
}

func pipeline(id int, source, status string, days int) map[string]any {
	return map[string]any{"id": id, "ref": "main", "source": source, "status": status, "updated_at": ago(days), "web_url": fmt.Sprintf("https://gitlab.example.com/acme/tumours/-/pipelines/%d", id)}
}

// past is a project that trains by a schedule, and merges only what passed.
func past() gitlabtest.Past {
	person := func(name string) map[string]any { return map[string]any{"username": name} }
	return gitlabtest.Past{
		"": map[string]any{
			"id": 7, "web_url": "https://gitlab.example.com/acme/tumours", "default_branch": "main", "ci_config_path": "",
			"merge_method": "merge", "only_allow_merge_if_pipeline_succeeds": true, "allow_merge_on_skipped_pipeline": nil,
		},
		"/releases": []map[string]any{{
			"tag_name": "v1.0", "released_at": ago(20), "author": person("project_7_bot_5a"), "_links": map[string]any{"self": "https://gitlab.example.com/acme/tumours/-/releases/v1.0"},
			"assets": map[string]any{"links": []any{map[string]any{"name": "model.onnx"}}},
		}},
		"/repository/tags": []map[string]any{{"name": "v1.0"}},
		"/pipelines": []map[string]any{
			pipeline(95, "push", "canceled", 0), pipeline(94, "push", "success", 1), pipeline(93, "schedule", "failed", 2),
			pipeline(92, "schedule", "success", 9), pipeline(91, "merge_request_event", "success", 10),
		},
		"/pipelines/94/jobs":       []map[string]any{{"name": "test 1/2", "status": "success"}, {"name": "deploy", "status": "manual"}},
		"/pipelines/92/jobs":       []map[string]any{{"name": "train", "status": "success"}},
		"/pipelines/93/jobs":       []map[string]any{{"name": "train", "status": "failed"}},
		"/pipeline_schedules":      []map[string]any{{"active": true}, {"active": false}},
		"/protected_branches/main": map[string]any{"name": "main", "allow_force_push": false},
		"/protected_environments":  []map[string]any{{"name": "production", "required_approval_count": 1}},
		"/environments":            []map[string]any{{"name": "production"}, {"name": "staging"}},
		"/deployments": []map[string]any{{
			"iid": 2, "status": "success", "created_at": ago(3), "user": person("ada"), "environment": map[string]any{"name": "production"},
			"deployable": map[string]any{"name": "deploy", "pipeline": map[string]any{"source": "schedule"}},
		}},
		"/merge_requests": []map[string]any{
			{"iid": 3, "author": person("ada"), "merge_commit_sha": merged}, {"iid": 4, "author": person("renovate-bot")},
		},
		"/repository/commits": []map[string]any{{"id": merged, "author_name": "ada"}, {"id": second, "author_name": "eve"}},
	}
}

func witness(t *testing.T, s *gitlabtest.Server, token string) *gitlab.Host {
	t.Helper()
	manners := quick
	manners.Most, manners.Tries = actions.MostRequests, 3
	host, err := gitlab.New(gitlab.Options{API: s.URL, Project: gitlabtest.ProjectPath, Token: gitlab.Token{Value: token, From: "GITLAB_TOKEN"}, Web: manners})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func TestFacts(t *testing.T) {
	s := server(t)
	s.Past, s.Premium = past(), true
	s.Approve(3, "bea", false)
	got := witness(t, s, "developer").Facts(t.Context())
	const web = "https://gitlab.example.com/acme/tumours"
	run := func(id int, event string, passed bool, days int, jobs ...result.ForgeJob) result.ForgeRun {
		return result.ForgeRun{Path: ".gitlab-ci.yml", Number: int64(id), Event: event, Passed: passed, At: ago(days), Bot: event == "schedule", URL: fmt.Sprintf("%s/-/pipelines/%d", web, id), Jobs: jobs}
	}
	one := 1
	want := result.ForgeFacts{
		Host: "gitlab", Repository: web, Branch: "main", Requests: got.Requests,
		Workflows: []result.ForgeWorkflow{{Path: ".gitlab-ci.yml", State: "active", URL: web + "/-/pipelines"}},
		Runs: []result.ForgeRun{
			run(94, "push", true, 1, result.ForgeJob{Name: "test 1/2", Ran: true, Passed: true}, result.ForgeJob{Name: "deploy"}),
			run(93, "schedule", false, 2, result.ForgeJob{Name: "train", Ran: true}), run(92, "schedule", true, 9, result.ForgeJob{Name: "train", Ran: true, Passed: true}),
		},
		Schedules:    &one,
		Releases:     []result.ForgeRelease{{Tag: "v1.0", At: ago(20), Bot: true, URL: web + "/-/releases/v1.0", Assets: []string{"model.onnx"}}},
		Tags:         []string{"v1.0"},
		Deployments:  []result.ForgeDeployment{{Environment: "production", Passed: true, At: ago(3), Bot: true}},
		Environments: []result.ForgeEnvironment{{Name: "production", Protected: true, Reviewed: true}, {Name: "staging"}},
		Protection:   &result.ForgeProtection{AnyPipeline: true},
		Review:       &result.ForgeReview{Changes: 2, Approved: 1, Direct: 1},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(result.ForgeDeployment{}, "URL"), cmpopts.IgnoreFields(result.ForgeEnvironment{}, "URL"),
		cmpopts.IgnoreFields(result.ForgeProtection{}, "URL"), cmpopts.IgnoreFields(result.ForgeReview{}, "URL"),
	}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if n := len(s.Log()); n != got.Requests || n > actions.MostRequests || s.Writes() > 0 {
		t.Errorf("%d requests came, %d were counted; %d writes", n, got.Requests, s.Writes())
	}
}

// A branch that is not protected is an answer; what a reporter may not see is missing.
func TestFactsOfLess(t *testing.T) {
	s := server(t)
	s.Past = past()
	delete(s.Past, "/protected_branches/main")
	got := witness(t, s, "developer").Facts(t.Context())
	if got.Protection == nil || !got.Protection.ForcePush || len(got.Missing) > 0 {
		t.Errorf("protection %+v, missing %v", got.Protection, got.Missing)
	}
	got = witness(t, s, "reporter").Facts(t.Context())
	if got.Protection != nil || got.Schedules != nil || len(got.Missing) != 3 || !strings.Contains(got.Missing[0], "may hide that a schedule is switched off") {
		t.Errorf("protection %+v, missing %q", got.Protection, got.Missing)
	}
	got = witness(t, s, "stranger").Facts(t.Context())
	if len(got.Missing) != 1 || got.Requests != 1 {
		t.Errorf("a stranger: %+v", got)
	}
}

// Many merge requests, pipelines and jobs are asked within bounds.
func TestFactsAreBounded(t *testing.T) {
	s := server(t)
	s.Past, s.Premium = past(), true
	var requests, pipelines []map[string]any
	for i := range 60 {
		iid := 100 + i
		s.Open(gitlabtest.MergeRequest{IID: iid, SHA: first})
		requests = append(requests, map[string]any{"iid": iid, "author": map[string]any{"username": "ada"}})
		pipelines = append(pipelines, pipeline(1000+i, []string{"push", "schedule", "api", "web", "pipeline", "trigger"}[i%6], "success", i))
	}
	s.Past["/merge_requests"], s.Past["/pipelines"] = requests, pipelines
	got := witness(t, s, "developer").Facts(t.Context())
	if n := len(s.Log()); n > actions.MostRequests || len(got.Missing) > 0 || got.Review.Changes < 12 {
		t.Errorf("%d requests, missing %v, %+v", n, got.Missing, got.Review)
	}
}

// Whatever GitLab answers, there are facts, and what is missing is said.
func TestFactsUnderFire(t *testing.T) {
	code := func(status int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(status) }
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"401": code(401), "403": code(403), "404": code(404), "429": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(429) },
		"500": code(500), "half a body": reset, "nonsense": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
		"late": func(http.ResponseWriter) { time.Sleep(300 * time.Millisecond) },
	} {
		for _, which := range []string{"", "/pipelines", "/deployments", "/approvals"} {
			t.Run(name+" "+which, func(t *testing.T) {
				t.Parallel()
				s := server(t)
				s.Past = past()
				s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.Contains(r.URL.Path, which) {
						return false
					}
					answer(w)
					return true
				}
				manners := quick
				manners.Most, manners.Timeout, manners.Patience = actions.MostRequests, 100*time.Millisecond, time.Second
				host, err := gitlab.New(gitlab.Options{API: s.URL, Project: "7", Token: gitlab.Token{Value: "developer", From: "GITLAB_TOKEN"}, Web: manners})
				if err != nil {
					t.Fatal(err)
				}
				got := host.Facts(t.Context())
				if len(got.Missing) == 0 || got.Requests > actions.MostRequests {
					t.Errorf("missing %v after %d requests", got.Missing, got.Requests)
				}
				for _, line := range got.Missing {
					if !strings.Contains(line, "hide") {
						t.Errorf("missing: %q", line)
					}
				}
			})
		}
	}
}
