package gitlab_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab"
	"github.com/muster-ci/muster/actions/gitlab/gitlabtest"
	"github.com/muster-ci/muster/internal/web"
)

const (
	first  = "1111111111111111111111111111111111111111"
	second = "2222222222222222222222222222222222222222"
	merged = "3333333333333333333333333333333333333333"
)

// quick waits as a test can.
var quick = web.Options{Pause: time.Millisecond, Patience: 2 * time.Second, Timeout: 2 * time.Second}

// server has merge request !3, and a token of each kind.
func server(t *testing.T) *gitlabtest.Server {
	t.Helper()
	s := gitlabtest.New(t)
	s.Grant("reporter", gitlabtest.Grant{User: "muster-bot", Role: gitlabtest.Reporter})
	s.Grant("developer", gitlabtest.Grant{User: "muster-bot", Role: gitlabtest.Developer})
	s.Grant("stranger", gitlabtest.Grant{User: "eve"})
	s.Grant("job", gitlabtest.Grant{User: "ada", Role: gitlabtest.Developer, Job: true})
	s.Open(gitlabtest.MergeRequest{IID: 3, SHA: first})
	return s
}

// job is the host of a job in the pipeline of !3, with some of its variables changed.
func job(t *testing.T, s *gitlabtest.Server, changed map[string]string) *gitlab.Host {
	t.Helper()
	env := map[string]string{
		"CI_API_V4_URL": s.URL, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "7", "CI_PROJECT_URL": "https://gitlab.example.com/acme/tumours",
		"CI_PIPELINE_ID": "41", "CI_COMMIT_SHA": first, "CI_DEFAULT_BRANCH": "main", "CI_MERGE_REQUEST_IID": "3", "CI_JOB_TOKEN": "job",
	}
	maps.Copy(env, changed)
	host, err := gitlab.FromEnv(func(name string) (string, bool) { value, ok := env[name]; return value, ok }, gitlab.Options{Web: quick})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func as(token string) map[string]string { return map[string]string{"MUSTER_TOKEN": token} }

// mine are the bodies of the host's own comments.
func mine(t *testing.T, host *gitlab.Host) []string {
	t.Helper()
	var list []string
	for comment, err := range host.Comments(t.Context(), 3) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, comment.Body)
	}
	return list
}

func TestChange(t *testing.T) {
	s := server(t)
	s.Open(gitlabtest.MergeRequest{IID: 4, SHA: second, Fork: true, State: "closed", Target: "next", Author: "eve"})
	host := job(t, s, nil) // a job's own token reads
	tests := map[int]actions.Change{
		3: {Number: 3, Head: first, Base: "main", Author: "ada", Open: true},
		4: {Number: 4, Head: second, Base: "next", Author: "eve", Fork: true},
	}
	for number, want := range tests {
		got, err := host.Change(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("!%d (-want +got):\n%s", number, diff)
		}
	}
	if _, err := host.Change(t.Context(), 5); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("a merge request that is not there: %v", err)
	}
}

func TestBrought(t *testing.T) {
	s := server(t)
	s.Open(gitlabtest.MergeRequest{IID: 5, SHA: second, State: "merged", MergeCommit: merged})
	s.Open(gitlabtest.MergeRequest{IID: 6, SHA: first, State: "merged", Target: "next", MergeCommit: first})
	s.Open(gitlabtest.MergeRequest{IID: 9, SHA: strings.Repeat("9", 40), State: "merged", Commits: []string{merged}}) // it had the commit, and did not make it
	host := job(t, s, nil)
	for commit, want := range map[string]int{merged: 5, second: 5, first: 0, strings.Repeat("4", 40): 0} {
		if got, err := host.Brought(t.Context(), commit); err != nil || got != want {
			t.Errorf("%s was brought by !%d, %v; want !%d", commit, got, err, want)
		}
	}
	if _, err := host.Brought(t.Context(), "../../user"); err == nil {
		t.Error("a way through the API is taken for a commit")
	}
}

// The note is found among thousands, and nobody else's is taken for it.
func TestComments(t *testing.T) {
	s := server(t)
	host := job(t, s, as("reporter"))
	s.Say(3, "eve", "<!-- muster:hosts -->\nmine, says eve")
	for i := range 250 {
		s.Say(3, "ada", fmt.Sprintf("note %d", i))
	}
	written, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "<!-- muster:hosts -->\ndenied"})
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("https://gitlab.example.com/acme/tumours/-/merge_requests/3#note_%d", written.ID); written.URL != want {
		t.Errorf("the note is at %s, want %s", written.URL, want)
	}
	s.Approve(3, "muster-bot", false) // GitLab's own note of the same user
	written.Body = "<!-- muster:hosts -->\npassed"
	if _, err := host.PutComment(t.Context(), 3, written); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{written.Body}, mine(t, host)); diff != "" {
		t.Errorf("own notes (-want +got):\n%s", diff)
	}
	if err := host.DeleteComment(t.Context(), 3, written.ID); err != nil {
		t.Fatal(err)
	}
	if err := host.DeleteComment(t.Context(), 3, written.ID); err != nil {
		t.Errorf("a note that is gone: %v", err)
	}
	if got := mine(t, host); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if _, err := host.PutComment(t.Context(), 3, written); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("a note that somebody deleted: %v", err)
	}
}

// What a line of a note tells GitLab to do with the token's rights is not done.
func TestQuickActions(t *testing.T) {
	const body = "<!-- muster:hosts -->\n/approve\r\n  /merge\n> /close\n\t/label ~a\nas /close and a/b and https://x/y\n| /table |\n"
	s := server(t)
	host := job(t, s, as("reporter"))
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: body}); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Alert(t.Context(), actions.Alert{Marker: "<!-- muster:hosts -->", Open: true, Title: "x", Body: body}); err != nil {
		t.Fatal(err)
	}
	want := "<!-- muster:hosts -->\n\\/approve\r\n  \\/merge\n> \\/close\n\t\\/label ~a\nas /close and a/b and https://x/y\n| /table |\n"
	if diff := cmp.Diff([]string{want, want}, []string{s.Notes(3)[0].Body, s.Issues()[0].Description}); diff != "" {
		t.Errorf("note and issue (-want +got):\n%s", diff)
	}
}

// Whoever stops at the first note has read one page.
func TestCommentsAreReadLazily(t *testing.T) {
	s := server(t)
	host := job(t, s, as("reporter"))
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "first"}); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		s.Say(3, "ada", "later")
	}
	before := len(s.Log())
	for comment, err := range host.Comments(t.Context(), 3) {
		if err != nil || comment.Body != "first" {
			t.Errorf("the first is %q, %v", comment.Body, err)
		}
		break
	}
	want := []string{"GET /user", "GET /projects/7/merge_requests/3/notes"}
	if diff := cmp.Diff(want, s.Log()[before:]); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestMark(t *testing.T) {
	mark := actions.Mark{Name: "muster / hosts", Commit: first, State: actions.Pending, Title: "train is not due", URL: "https://gitlab.example.com/job/1"}
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: first, Jobs: "success"})
	host := job(t, s, as("developer"))
	for _, state := range []actions.State{actions.Pending, actions.Pending, actions.Failure, actions.Failure, actions.Success, actions.Neutral} {
		mark.State = state
		marked, err := host.Mark(t.Context(), mark)
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		if want := (actions.Marked{By: "status", URL: mark.URL}); marked != want {
			t.Errorf("%s is marked by %v, want %v", state, marked, want)
		}
	}
	var states []string
	for _, status := range s.Statuses(41) {
		states = append(states, status.State)
		if status.Name != mark.Name || status.URL != mark.URL || status.Description != mark.Title {
			t.Errorf("the status is %+v", status)
		}
	}
	// Pending became failed; and what says the same again is no status of its own.
	if diff := cmp.Diff([]string{"failed", "success"}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if writes := s.Writes(); writes != 3 {
		t.Errorf("%d writes, want 3", writes)
	}
}

// Where GitLab runs the pipeline on the merge of change and target, the head's state
// is that pipeline's: nobody waits for a status that is in another.
func TestMarkOfMergedResult(t *testing.T) {
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: merged, Jobs: "success"})
	host := job(t, s, map[string]string{"MUSTER_TOKEN": "developer", "CI_COMMIT_SHA": merged, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": first})
	long := strings.Repeat("é", 300)
	if _, err := host.Mark(t.Context(), actions.Mark{Name: "muster / hosts", Commit: first, State: actions.Failure, Title: long}); err != nil {
		t.Fatal(err)
	}
	list := s.Statuses(41)
	if len(list) != 1 || list[0].State != "failed" || list[0].Description != strings.Repeat("é", 254)+"…" {
		t.Errorf("the pipeline's statuses: %+v", list)
	}
}

func TestStatusCheck(t *testing.T) {
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: first})
	host := job(t, s, map[string]string{"MUSTER_TOKEN": "developer", "MUSTER_STATUS_CHECK": "12"})
	mark := actions.Mark{Name: "muster / hosts", Commit: first, State: actions.Failure}
	if _, err := host.Mark(t.Context(), mark); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("a check that the tier does not have: %v", err)
	}
	s.Ultimate = true
	for state, want := range map[actions.State]string{actions.Failure: "failed", actions.Pending: "pending", actions.Success: "passed", actions.Neutral: "passed"} {
		mark.State = state
		if _, err := host.Mark(t.Context(), mark); err != nil || s.Check(3, 12) != want {
			t.Errorf("%s is answered as %q, %v; want %q", state, s.Check(3, 12), err, want)
		}
	}
	s.Push(3, second)
	if _, err := host.Mark(t.Context(), mark); err == nil {
		t.Error("the check of a commit that is no longer the last was answered without an error")
	}
}

func TestAlert(t *testing.T) {
	s := server(t)
	host := job(t, s, as("reporter"))
	alert := actions.Alert{Marker: "<!-- muster:hosts:alert -->", Title: "hosts is denied on main", Body: "<!-- muster:hosts:alert -->\nworse", Open: true}
	s.File("eve", "hosts is denied on main", alert.Body) // somebody else's
	for range 120 {
		s.File("muster-bot", "another pipeline", "<!-- muster:other:alert -->\nworse")
	}
	url := ""
	for _, body := range []string{alert.Body, alert.Body, "still worse"} {
		alert.Body = body
		again, err := host.Alert(t.Context(), alert)
		if err != nil || url != "" && url != again {
			t.Fatalf("%s, %v; want %s", again, err, url)
		}
		url = again
	}
	alert.Open = false
	for range 2 {
		if _, err := host.Alert(t.Context(), alert); err != nil {
			t.Fatal(err)
		}
	}
	issues := s.Issues()
	want := gitlabtest.Issue{IID: 122, Author: "muster-bot", Title: alert.Title, Description: alert.Marker + "\nstill worse", State: "closed"}
	if diff := cmp.Diff(want, issues[len(issues)-1]); diff != "" || len(issues) != 122 {
		t.Errorf("%d issues; the last (-want +got):\n%s", len(issues), diff)
	}
	if issues[0].State != "opened" {
		t.Error("an issue of somebody else was closed")
	}
	if writes := s.Writes(); writes != 3 {
		t.Errorf("%d writes, want 3: opened, updated, closed", writes)
	}
}

// What a token may not do is said with what would.
func TestTokens(t *testing.T) {
	s := server(t)
	s.Lock(3)
	mark := actions.Mark{Name: "muster / hosts", Commit: first, State: actions.Success}
	note := func(host *gitlab.Host) error {
		_, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "hello"})
		return err
	}
	status := func(host *gitlab.Host) error { _, err := host.Mark(t.Context(), mark); return err }
	approvals := func(host *gitlab.Host) error { _, err := host.Approvals(t.Context(), 3); return err }
	alert := func(host *gitlab.Host) error {
		_, err := host.Alert(t.Context(), actions.Alert{Marker: "m", Open: true})
		return err
	}
	comments := func(host *gitlab.Host) error {
		for _, err := range host.Comments(t.Context(), 3) {
			return err
		}
		return nil
	}
	tests := map[string]struct {
		token string
		do    func(*gitlab.Host) error
		is    error
		hint  string
		sent  int
	}{
		"a job's token writes a note":         {"", note, actions.ErrForbidden, "role Reporter", 0},
		"a job's token looks for its notes":   {"", comments, actions.ErrForbidden, "role Reporter", 0},
		"a job's token sets a status":         {"", status, actions.ErrForbidden, "role Developer", 0},
		"a job's token reads approvals":       {"", approvals, actions.ErrForbidden, "role Reporter", 0},
		"a job's token opens an issue":        {"", alert, actions.ErrForbidden, "role Reporter", 0},
		"a reporter sets a status":            {"reporter", status, actions.ErrForbidden, "role Developer", 2},
		"a token that nobody knows":           {"gone", note, actions.ErrForbidden, "has expired", 2},
		"a stranger in a locked conversation": {"stranger", note, actions.ErrForbidden, "role Reporter", 2},
		"a stranger looks at approvals":       {"stranger", approvals, actions.ErrNotFound, "role Reporter", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := len(s.Log())
			err := tt.do(job(t, s, as(tt.token)))
			if !errors.Is(err, tt.is) {
				t.Fatalf("the error is %v, want %v", err, tt.is)
			}
			hinted, ok := errors.AsType[interface {
				error
				Hint() string
			}](err)
			if !ok || !strings.Contains(hinted.Hint(), tt.hint) {
				t.Errorf("the hint does not say %q: %v", tt.hint, err)
			}
			if sent := len(s.Log()) - before; sent != tt.sent {
				t.Errorf("%d requests were sent, want %d", sent, tt.sent)
			}
		})
	}
	if len(s.Notes(3)) != 0 || len(s.Issues()) != 0 {
		t.Error("something was written")
	}
}

func TestLocked(t *testing.T) {
	s := server(t)
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		http.Error(w, `{"message":"403 Forbidden"}`, http.StatusForbidden)
		return true
	}
	host := job(t, s, as("reporter"))
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "x"}); errors.Is(err, actions.ErrLocked) {
		t.Errorf("it is not locked: %v", err)
	}
	s.Lock(3)
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "x"}); !errors.Is(err, actions.ErrLocked) {
		t.Errorf("in a locked conversation: %v", err)
	}
}

func TestFromEnv(t *testing.T) {
	_, err := gitlab.FromEnv(func(string) (string, bool) { return "", false }, gitlab.Options{})
	if !errors.Is(err, actions.ErrNoToken) {
		t.Errorf("without a token: %v", err)
	}
	for _, address := range []string{"ftp://gitlab.example.com/api/v4", "gitlab.example.com", "https://"} {
		env := map[string]string{"CI_API_V4_URL": address, "GITLAB_TOKEN": "x"}
		if _, err := gitlab.FromEnv(func(name string) (string, bool) { value, ok := env[name]; return value, ok }, gitlab.Options{}); err == nil {
			t.Errorf("%s is taken for an API's address", address)
		}
	}
}

// In the pipeline of a fork the merge request is in the other project.
func TestFork(t *testing.T) {
	s := server(t)
	s.Run(gitlabtest.Pipeline{ID: 41, SHA: first, Project: gitlabtest.ForkID})
	host := job(t, s, map[string]string{"CI_PROJECT_ID": "8", "MUSTER_TOKEN": "developer"})
	if _, err := host.PutComment(t.Context(), 3, actions.Comment{Body: "x"}); err != nil {
		t.Error(err)
	}
	if _, err := host.Mark(t.Context(), actions.Mark{Name: "m", Commit: first, State: actions.Failure}); err != nil {
		t.Error(err)
	}
	if list := s.Statuses(41); len(list) != 1 {
		t.Errorf("the fork's pipeline has the statuses %v", list)
	}
}
