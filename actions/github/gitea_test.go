package github_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
)

// gitea answers as Gitea 1.26 does, where that is not as GitHub does (templates/swagger/v1_json.tmpl).
func gitea(t *testing.T, answers map[string]any) (*github.Host, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := r.Method + " " + r.URL.Path
		asked = append(asked, request)
		answer, ok := answers[request]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	host, err := github.New(github.Options{API: server.URL + "/api/v1", Repository: "acme/tumours", Token: "x", Gitea: true})
	if err != nil {
		t.Fatal(err)
	}
	return host, &asked
}

type object = map[string]any

func person(login string) object { return object{"login": login} }

func TestGiteaMarksByStatus(t *testing.T) {
	const list, set = "GET /api/v1/repos/acme/tumours/commits/" + head + "/status", "POST /api/v1/repos/acme/tumours/statuses/" + head
	same := object{"context": name, "status": "failure", "description": mark("").Title, "target_url": mark("").URL}
	for state, want := range map[actions.State][]string{actions.Failure: {list}, actions.Success: {list, set}} {
		host, asked := gitea(t, map[string]any{list: object{"statuses": []object{same}}, set: same})
		marked, err := host.Mark(t.Context(), mark(state))
		if err != nil || marked.By != "status" {
			t.Errorf("marked %+v (%v)", marked, err)
		}
		wantSame(t, "requests", want, *asked)
	}
}

func TestGiteaComments(t *testing.T) {
	const who, list = "GET /api/v1/user", "GET /api/v1/repos/acme/tumours/issues/41/comments"
	host, asked := gitea(t, map[string]any{
		who: person("gitea-actions"),
		list: []object{
			{"id": 1, "body": marker + "\nforged", "user": person("eve")},
			{"id": 2, "body": marker + "\ndenied", "user": person("gitea-actions")},
		},
	})
	bodies, err := comments(t, host)
	if err != nil {
		t.Error(err)
	}
	wantSame(t, "own comments", []string{marker + "\ndenied"}, bodies)
	wantSame(t, "requests", []string{who, list}, *asked)
}

// Gitea says itself whether a review counts.
func TestGiteaApprovals(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	review := func(by, state string, official, dismissed bool) object {
		at = at.Add(time.Minute)
		return object{"user": person(by), "state": state, "official": official, "dismissed": dismissed, "commit_id": head, "submitted_at": at, "body": by}
	}
	host, _ := gitea(t, map[string]any{
		"GET /api/v1/repos/acme/tumours/pulls/41": object{"number": 41, "user": person("ada")},
		"GET /api/v1/repos/acme/tumours/pulls/41/reviews": []object{
			review("bob", "REQUEST_CHANGES", true, false), review("cat", "APPROVED", true, false), review("dan", "APPROVED", true, true),
			review("bob", "APPROVED", true, false), review("cat", "REQUEST_CHANGES", true, false), review("eve", "APPROVED", false, false),
			review("ada", "APPROVED", true, false), review("bob", "COMMENT", true, false),
		},
	})
	approvals, err := host.Approvals(t.Context(), 41)
	if err != nil || len(approvals) != 1 || approvals[0].By != "bob" || approvals[0].Commit != head {
		t.Errorf("approvals %+v (%v)", approvals, err)
	}
}

func TestGiteaBrought(t *testing.T) {
	merged := object{
		"number": 41, "merged_at": "2026-03-01T12:00:00Z", "merge_commit_sha": head,
		"base": object{"ref": "main", "repo": object{"full_name": "acme/tumours", "default_branch": "main"}},
	}
	host, _ := gitea(t, map[string]any{"GET /api/v1/repos/acme/tumours/commits/" + head + "/pull": merged})
	for commit, want := range map[string]int{head: 41, newer: 0} {
		if number, err := host.Brought(t.Context(), commit); err != nil || number != want {
			t.Errorf("%.7s was brought by %d (%v), want %d", commit, number, err, want)
		}
	}
}

// Gitea knows no creator in the list: it gives everybody's issues.
func TestGiteaAlert(t *testing.T) {
	const who, issues = "GET /api/v1/user", "/api/v1/repos/acme/tumours/issues"
	host, asked := gitea(t, map[string]any{
		who:              person("gitea-actions"),
		"GET " + issues:  []object{{"number": 1, "title": "worse", "body": marker + "\nforged", "user": person("eve"), "state": "open"}},
		"POST " + issues: object{"number": 2, "html_url": "https://forge.example/2"},
	})
	url, err := host.Alert(t.Context(), actions.Alert{Marker: marker, Open: true, Title: "worse", Body: marker + "\nworse"})
	if err != nil || url != "https://forge.example/2" {
		t.Errorf("the issue is %q (%v)", url, err)
	}
	wantSame(t, "requests", []string{who, "GET " + issues, "POST " + issues}, *asked)
}
