package github_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github"
	"github.com/muster-ci/muster/actions/github/githubtest"
	"github.com/muster-ci/muster/internal/web"
)

const (
	head   = "d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7"
	newer  = "e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4e5f6a7d4"
	marker = "<!-- muster:tumours -->"
)

// server has the pull request 41 of ada's.
func server(t *testing.T) *githubtest.Server {
	t.Helper()
	s := githubtest.New(t)
	s.AddPull(githubtest.Pull{Number: 41, Head: head, Base: "main", Author: "ada"})
	return s
}

func options(s *githubtest.Server) github.Options {
	return github.Options{
		API: s.URL, Repository: githubtest.Repository, Token: githubtest.Token,
		Web: web.Options{Agent: "muster/test", Pause: time.Microsecond, Tries: 3},
	}
}

func open(t *testing.T, o github.Options) *github.Host {
	t.Helper()
	host, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestChange(t *testing.T) {
	s := server(t)
	s.AddPull(githubtest.Pull{Number: 42, Head: newer, Base: "next", Author: "eve", Fork: true, Closed: true})
	host := open(t, options(s))
	want := map[int]actions.Change{
		41: {Number: 41, Head: head, Base: "main", Author: "ada", Open: true},
		42: {Number: 42, Head: newer, Base: "next", Author: "eve", Fork: true},
	}
	for number, want := range want {
		got, err := host.Change(t.Context(), number)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "change", want, got)
	}
	if _, err := host.Change(t.Context(), 7); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("a change that is not there: %v", err)
	}
}

// What somebody merged into another branch, or did not merge, brought nothing.
func TestBrought(t *testing.T) {
	s := githubtest.New(t)
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	other := strings.Repeat("b", 40)
	for _, pull := range []githubtest.Pull{
		{Number: 1, Base: "main", Head: newer, Commits: []string{head, other}},
		{Number: 2, Base: "next", Head: newer, Commits: []string{head, other}, Merge: strings.Repeat("a", 40), MergedAt: day(1)},
		{Number: 3, Base: "main", Head: newer, Commits: []string{head}, Merge: strings.Repeat("c", 40), MergedAt: day(4)},
		{Number: 4, Base: "main", Head: newer, Commits: []string{head}, Merge: strings.Repeat("d", 40), MergedAt: day(3)},
		{Number: 5, Base: "main", Head: newer, Merge: strings.Repeat("e", 40), MergedAt: day(5), Commits: []string{strings.Repeat("d", 40)}},
	} {
		pull.Author = "ada"
		s.AddPull(pull)
	}
	host := open(t, options(s))
	for commit, want := range map[string]int{head: 4, strings.Repeat("d", 40): 4, strings.Repeat("e", 40): 5, other: 0, strings.Repeat("f", 40): 0} {
		if got, err := host.Brought(t.Context(), commit); err != nil || got != want {
			t.Errorf("%.7s was brought by %d (%v), want %d", commit, got, err, want)
		}
	}
	if _, err := host.Brought(t.Context(), "main/../.."); err == nil {
		t.Error("a path is a commit")
	}
}

func comments(t *testing.T, host *github.Host) ([]string, error) {
	t.Helper()
	var bodies []string
	for comment, err := range host.Comments(t.Context(), 41) {
		if err != nil {
			return bodies, err
		}
		bodies = append(bodies, comment.Body)
	}
	return bodies, nil
}

// Only what the token's own user wrote is muster's, whoever writes the marker.
func TestComments(t *testing.T) {
	identities := map[string]struct{ login, app string }{
		"a job's own token": {"github-actions[bot]", "github-actions"},
		"an App's":          {"our-app[bot]", "our-app"},
		"a person's":        {"Muster-Bot", ""},
	}
	for name, who := range identities {
		for _, noGraphQL := range []bool{false, who.app == ""} {
			t.Run(name, func(t *testing.T) {
				s := server(t)
				s.Login, s.App, s.NoGraphQL = who.login, who.app, noGraphQL
				s.AddComment(41, "eve", marker+"\nforged")
				host := open(t, options(s))
				made, err := host.PutComment(t.Context(), 41, actions.Comment{Body: marker + "\ndenied"})
				if err != nil || made.ID == 0 || !strings.Contains(made.URL, "#issuecomment-") {
					t.Fatalf("made %+v (%v)", made, err)
				}
				made.Body = marker + "\npassed"
				if _, err := host.PutComment(t.Context(), 41, made); err != nil {
					t.Error(err)
				}
				bodies, err := comments(t, host)
				if err != nil {
					t.Error(err)
				}
				wantSame(t, "own comments", []string{marker + "\npassed"}, bodies)
				for range 2 { // what is gone is deleted
					if err := host.DeleteComment(t.Context(), 41, made.ID); err != nil {
						t.Error(err)
					}
				}
				if left := s.Comments(41); len(left) != 1 || left[0].By != "eve" {
					t.Errorf("left are %+v", left)
				}
			})
		}
	}
}

// Whom the token belongs to is asked once, and never guessed.
func TestUnknownIdentity(t *testing.T) {
	s := server(t)
	s.NoGraphQL = true // and GET /user refuses an App
	s.AddComment(41, "github-actions[bot]", marker)
	bodies, err := comments(t, open(t, options(s)))
	if !errors.Is(err, actions.ErrForbidden) || len(bodies) != 0 {
		t.Errorf("comments %q (%v)", bodies, err)
	}
}

func TestThreeThousandComments(t *testing.T) {
	s := server(t)
	for i := range 3000 {
		s.AddComment(41, "eve", fmt.Sprintf("comment %d", i))
		if i == 50 || i == 2950 {
			s.AddComment(41, s.Login, fmt.Sprintf("own %d", i))
		}
	}
	host := open(t, options(s))
	bodies, err := comments(t, host)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "own comments", []string{"own 50", "own 2950"}, bodies)
	if reads, _ := host.Count(); reads != 1+31 {
		t.Errorf("%d reads, want one for the identity and 31 pages of 100", reads)
	}
	host = open(t, options(s))
	for comment, err := range host.Comments(t.Context(), 41) {
		if err != nil || comment.Body != "own 50" {
			t.Errorf("the first is %q (%v)", comment.Body, err)
		}
		break
	}
	if reads, _ := host.Count(); reads != 2 {
		t.Errorf("%d reads for the first comment, want 2", reads)
	}
}

func TestLockedConversation(t *testing.T) {
	s := server(t)
	s.Locked = true
	_, err := open(t, options(s)).PutComment(t.Context(), 41, actions.Comment{Body: marker})
	if !errors.Is(err, actions.ErrLocked) {
		t.Errorf("the error is %v", err)
	}
}

func TestAlert(t *testing.T) {
	s := server(t)
	s.AddIssue("eve", "mine", marker+"\nforged")
	s.AddIssue(s.Login, "another", "<!-- muster:others -->\ntext")
	host := open(t, options(s))
	set := func(alert actions.Alert, writes int) string {
		t.Helper()
		alert.Marker = marker
		_, before := host.Count()
		url, err := host.Alert(t.Context(), alert)
		if err != nil {
			t.Fatal(err)
		}
		if _, after := host.Count(); after-before != writes {
			t.Errorf("%d writes, want %d", after-before, writes)
		}
		return url
	}
	red := actions.Alert{Open: true, Title: "worse", Body: marker + "\nworse\n"}
	if url := set(actions.Alert{}, 0); url != "" {
		t.Errorf("closed %q, which was not there", url)
	}
	first := set(red, 1)
	if again := set(red, 0); again != first {
		t.Errorf("the alert is %s, and then %s", first, again)
	}
	red.Title = "much worse"
	set(red, 1)
	s.AddIssue(s.Login, "much worse", marker+"\r\nworse") // two jobs at once
	set(red, 1)
	set(actions.Alert{}, 1)
	want := []string{"mine open", "another open", "much worse closed", "much worse closed"}
	var got []string
	for _, issue := range s.Issues() {
		got = append(got, issue.Title+" "+issue.State)
	}
	wantSame(t, "issues", want, got)
	if _, err := host.Alert(t.Context(), actions.Alert{Open: true}); err == nil {
		t.Error("an alert without a marker was opened")
	}
}

func TestAlertWithoutIssues(t *testing.T) {
	s := server(t)
	s.NoIssues = true
	_, err := open(t, options(s)).Alert(t.Context(), actions.Alert{Marker: marker, Open: true})
	if !errors.Is(err, actions.ErrNotFound) || !strings.Contains(hint(err), "settings") {
		t.Errorf("the error is %v (%s)", err, hint(err))
	}
}

func hint(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
