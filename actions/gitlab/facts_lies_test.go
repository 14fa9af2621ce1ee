package gitlab_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/internal/result"
)

// lied are the facts of a GitLab that answers requests with a part in their path so.
func lied(t *testing.T, part string, answer http.HandlerFunc) result.ForgeFacts {
	t.Helper()
	s := server(t)
	s.Past = past()
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		answer(w, r)
		return true
	}
	manners := quick
	manners.Most, manners.MaxBody, manners.Tries = actions.MostRequests, 8<<20, 1
	host, err := gitlab.New(gitlab.Options{API: s.URL, Project: "7", Token: gitlab.Token{Value: "developer", From: "GITLAB_TOKEN"}, Web: manners})
	if err != nil {
		t.Fatal(err)
	}
	return host.Facts(t.Context())
}

// parts are of the paths of all that is asked.
var parts = []string{"", "/releases", "/tags", "/pipelines", "/jobs", "/pipeline_schedules", "/protected_branches", "/protected_environments", "/environments", "/deployments", "/issues", "/merge_requests", "/approvals", "/commits"}

// Whatever stands where an answer belongs, there are facts; what is no answer is missing.
func TestLies(t *testing.T) {
	for lie, none := range map[string]bool{
		"null": true, "7": true, `"x"`: true, "": true, "[": true,
		"{}": false, "[]": false, "[null]": false, "[[]]": false, `[{"id": "x", "name": 7}]`: false, `{"name": null}`: false,
		"[" + strings.Repeat("{},", 100_000) + "{}]": false,
	} {
		for _, part := range parts {
			got := lied(t, part, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Link", "<"+r.URL.String()+`>; rel="next"`)
				w.Header().Set("X-Next-Page", "1")
				_, _ = io.WriteString(w, lie)
			})
			if none && len(got.Missing) == 0 {
				t.Errorf("%s answers %.20q, and nothing is missing", part, lie)
			}
			if len(got.Issues) > 200 || len(got.Releases) > 100 || len(got.Runs) > 200 || got.Requests > actions.MostRequests {
				t.Errorf("%s answers %.20q: %d issues, %d releases, %d runs after %d requests", part, lie, len(got.Issues), len(got.Releases), len(got.Runs), got.Requests)
			}
			for _, line := range got.Missing {
				if !strings.Contains(line, "hide") || len(line) > 1000 {
					t.Errorf("%s answers %.20q: missing %.200q", part, lie, line)
				}
			}
		}
	}
}

// A token goes to the GitLab that it is for, and nowhere that one leads to.
func TestFactsLedAstray(t *testing.T) {
	var told atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Private-Token") != "" || r.Header.Get("Authorization") != "" || r.Header.Get("Job-Token") != "" {
			told.Add(1)
		}
		_, _ = io.WriteString(w, `[]`)
	}))
	defer other.Close()
	for _, part := range parts {
		lied(t, part, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
		got := lied(t, part, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
		if got.Requests > actions.MostRequests || len(got.Missing) == 0 {
			t.Errorf("%s: %d requests, missing %q", part, got.Requests, got.Missing)
		}
	}
	if told.Load() > 0 {
		t.Errorf("the other host was told the token %d times", told.Load())
	}
}
