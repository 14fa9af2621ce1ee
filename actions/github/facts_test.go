package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/result"
)

func at(days int) time.Time {
	return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -days)
}

// past is a repository that trains on Mondays, gates changes and deploys.
func past() githubtest.Past {
	return githubtest.Past{
		Workflows: []githubtest.Workflow{
			{ID: 1, Path: ".github/workflows/ci.yml", State: "active"},
			{ID: 2, Path: ".github/workflows/train.yml", State: "active"},
			{ID: 3, Path: ".github/workflows/old.yml", State: "disabled_inactivity"},
			{ID: 4, Path: ".github/workflows/release.yml", State: "active"},
		},
		Runs: []githubtest.Run{
			{ID: 19, Path: ".github/workflows/ci.yml", Event: "push", Conclusion: "cancelled", Branch: "main", By: "ada", At: at(0)},
			{ID: 18, Path: ".github/workflows/ci.yml", Event: "push", Conclusion: "success", Branch: "main", By: "ada", At: at(1), Jobs: map[string]string{"test (3.12)": "success", "deploy": "skipped"}},
			{ID: 17, Path: ".github/workflows/ci.yml", Event: "pull_request", Conclusion: "success", Branch: "main", By: "eve", At: at(1)},
			{ID: 16, Path: ".github/workflows/train.yml", Event: "schedule", Conclusion: "failure", Branch: "main", By: "ada", At: at(2)},
			{ID: 15, Path: ".github/workflows/train.yml", Event: "schedule", Conclusion: "success", Branch: "main", By: "ada", At: at(9), Jobs: map[string]string{"train": "success"}},
			{ID: 14, Path: ".github/workflows/release.yml", Event: "push", Conclusion: "success", Branch: "v1.0", By: "ada", At: at(20), Jobs: map[string]string{"publish": "success"}},
		},
		Releases:     []githubtest.Release{{Tag: "v1.0", By: "github-actions[bot]", At: at(20), Assets: []string{"model.onnx"}}},
		Tags:         []string{"v1.0", "churn@v1.0.0"},
		Environments: []githubtest.Environment{{Name: "production", Rules: []string{"required_reviewers"}}, {Name: "staging"}},
		Deployments: []githubtest.Deployment{
			{ID: 71, Environment: "production", By: "github-actions[bot]", At: at(3), States: []string{"inactive", "success", "in_progress"}},
			{ID: 70, Environment: "production", By: "ada", At: at(4), States: []string{"failure"}},
		},
		Rules: []map[string]any{
			{"type": "required_status_checks", "ruleset_id": 1, "ruleset_source": "x", "ruleset_source_type": "Repository", "parameters": map[string]any{"strict_required_status_checks_policy": true, "required_status_checks": []any{map[string]any{"context": "test (3.12)"}}}},
			{"type": "non_fast_forward", "ruleset_id": 1, "ruleset_source": "x", "ruleset_source_type": "Repository"},
		},
		Changes: []githubtest.Change{
			{By: "ada", Number: 3, Approved: []string{"bea"}},
			{By: "ada", Number: 3, Approved: []string{"bea"}},             // a second commit of the same
			{By: "bea", Number: 2, Approved: []string{"codecov[bot]"}},    // a program's approval
			{By: "dependabot[bot]", Number: 1, Approved: []string{"ada"}}, // a program's change
			{By: "ada"}, // pushed
			{By: "github-actions[bot]"},
			{By: "eve", Number: 9, Approved: []string{"eve"}}, // one's own approval
		},
		Issues:   []githubtest.PastIssue{{Title: "Drift in age", By: "github-actions[bot]", State: "closed", Labels: []string{"drift"}, At: at(40)}},
		Scanning: "enabled",
	}
}

func facts(t *testing.T, s *githubtest.Server) result.ForgeFacts {
	t.Helper()
	o := options(s)
	o.Web.Most = actions.MostRequests
	host, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return host.Facts(t.Context())
}

func TestFacts(t *testing.T) {
	s := githubtest.New(t)
	s.Past = past()
	got := facts(t, s)
	on := true
	const web = "https://github.com/" + githubtest.Repository
	run := func(id int, path, event string, passed bool, days int, bot bool, jobs ...result.ForgeJob) result.ForgeRun {
		return result.ForgeRun{Path: ".github/workflows/" + path, Number: int64(id), Event: event, Passed: passed, At: at(days), Bot: bot, URL: fmt.Sprintf("%s/actions/runs/%d", web, id), Jobs: jobs}
	}
	workflow := func(path, state string) result.ForgeWorkflow {
		return result.ForgeWorkflow{Path: ".github/workflows/" + path, State: state, URL: web + "/blob/main/.github/workflows/" + path}
	}
	want := result.ForgeFacts{
		Host: "github", Repository: web, Branch: "main", Requests: got.Requests,
		Workflows: []result.ForgeWorkflow{workflow("ci.yml", "active"), workflow("train.yml", "active"), workflow("old.yml", "disabled_inactivity"), workflow("release.yml", "active")},
		Runs: []result.ForgeRun{
			run(18, "ci.yml", "push", true, 1, false, result.ForgeJob{Name: "deploy"}, result.ForgeJob{Name: "test (3.12)", Ran: true, Passed: true}),
			run(16, "train.yml", "schedule", false, 2, true),
			run(15, "train.yml", "schedule", true, 9, true, result.ForgeJob{Name: "train", Ran: true, Passed: true}),
			run(14, "release.yml", "tag", true, 20, false, result.ForgeJob{Name: "publish", Ran: true, Passed: true}),
		},
		Releases:       []result.ForgeRelease{{Tag: "v1.0", At: at(20), Bot: true, URL: web + "/releases/tag/v1.0", Assets: []string{"model.onnx"}}},
		Tags:           []string{"v1.0", "churn@v1.0.0"},
		Deployments:    []result.ForgeDeployment{{Environment: "production", Passed: true, At: at(3), Bot: true, URL: web + "/deployments/production"}},
		Environments:   []result.ForgeEnvironment{{Name: "production", Protected: true, Reviewed: true}, {Name: "staging"}},
		Protection:     &result.ForgeProtection{Checks: []string{"test (3.12)"}, URL: web + "/rules?ref=refs/heads/main"},
		Review:         &result.ForgeReview{Changes: 4, Approved: 1, Direct: 1, URL: web + "/pulls?q=is%3Apr+is%3Amerged"},
		SecretScanning: &on,
		Issues:         got.Issues,
	}
	for i := range got.Environments {
		got.Environments[i].URL = ""
	}
	wantSame(t, "facts", want, got)
	if len(got.Issues) != 1 || !got.Issues[0].Bot || !got.Issues[0].Closed {
		t.Errorf("issues: %+v", got.Issues)
	}
}

// However much there is to ask, it is asked within bounds.
func TestFactsAreBounded(t *testing.T) {
	s := githubtest.New(t)
	s.Past = past()
	for i := range 60 {
		path := fmt.Sprintf(".github/workflows/w%d.yml", i)
		s.Past.Workflows = append(s.Past.Workflows, githubtest.Workflow{ID: int64(100 + i), Path: path, State: "active"})
		branch := "main"
		if i%2 == 0 {
			branch = "v1.0"
		}
		s.Past.Runs = append(s.Past.Runs, githubtest.Run{ID: int64(500 + i), Path: path, Event: "push", Conclusion: "success", Branch: branch, By: "ada", At: at(i), Jobs: map[string]string{"a": "success"}})
		s.Past.Deployments = append(s.Past.Deployments, githubtest.Deployment{ID: int64(900 + i), Environment: fmt.Sprint("env", i), By: "ada", At: at(i), States: []string{"success"}})
	}
	got := facts(t, s)
	if n := len(s.Requests()); n != got.Requests || n > actions.MostRequests {
		t.Errorf("%d requests came, %d were counted, at most %d may be", n, got.Requests, actions.MostRequests)
	}
	if len(got.Missing) > 0 {
		t.Errorf("missing: %v", got.Missing)
	}
}

// Whatever the forge answers, there are facts, and what is missing is said.
func TestFactsUnderFire(t *testing.T) {
	broken := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"workflow_runs": [{"id"`))
		panic(http.ErrAbortHandler)
	}
	code := func(status int, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"401": code(401), "403": code(403), "404": code(404), "429": code(429, "Retry-After", "3600"), "500": code(500), "half a body": broken,
		"nonsense": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>sign in</html>")) },
		"late":     func(http.ResponseWriter) { time.Sleep(300 * time.Millisecond) },
	} {
		for _, which := range []string{"", "/actions/runs", "/rules/", "/deployments", "/graphql"} {
			t.Run(name+" "+which, func(t *testing.T) {
				t.Parallel()
				s := githubtest.New(t)
				s.Past = past()
				s.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.Contains(r.URL.Path, which) {
						return false
					}
					answer(w)
					return true
				}
				o := options(s)
				o.Web.Most, o.Web.Timeout, o.Web.Patience = actions.MostRequests, 100*time.Millisecond, time.Second
				host, err := github.New(o)
				if err != nil {
					t.Fatal(err)
				}
				got := host.Facts(t.Context())
				if len(got.Missing) == 0 {
					t.Error("nothing is said to be missing")
				}
				for _, line := range got.Missing {
					if !strings.Contains(line, "hide") || strings.Contains(line, githubtest.Token) {
						t.Errorf("missing: %q", line)
					}
				}
				if got.Requests > actions.MostRequests {
					t.Errorf("%d requests", got.Requests)
				}
			})
		}
	}
}
