package github_test

import (
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github/githubtest"
)

// An approval is the last opinion of somebody who may write, other than the author.
func TestApprovals(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC) }
	review := func(minute int, by, state string, writer bool) githubtest.Review {
		return githubtest.Review{By: by, State: state, Commit: head, Body: "by " + by, At: at(minute), Writer: writer, Teams: []string{"acme/ml-leads"}}
	}
	for way, prepare := range map[string]func(*githubtest.Server){
		"GraphQL":               func(*githubtest.Server) {},
		"GraphQL without teams": func(s *githubtest.Server) { s.NoTeams = true },
		"REST":                  func(s *githubtest.Server) { s.NoGraphQL = true },
	} {
		t.Run(way, func(t *testing.T) {
			s := server(t)
			prepare(s)
			for _, r := range []githubtest.Review{
				review(1, "bob", "CHANGES_REQUESTED", true), review(2, "cat", "APPROVED", true), review(3, "dan", "APPROVED", true),
				review(4, "bob", "APPROVED", true), review(5, "dan", "CHANGES_REQUESTED", true), review(6, "eve", "APPROVED", false),
				review(7, "ada", "APPROVED", true), review(8, "fay", "DISMISSED", true), review(9, "bob", "COMMENTED", true), review(10, "gus", "APPROVED", true),
			} {
				s.AddReview(r)
			}
			got, err := open(t, options(s)).Approvals(t.Context(), 41)
			if err != nil {
				t.Fatal(err)
			}
			var want []actions.Approval
			for _, r := range []githubtest.Review{review(2, "cat", "", true), review(4, "bob", "", true), review(10, "gus", "", true)} {
				approval := actions.Approval{By: r.By, Commit: r.Commit, At: r.At, Body: r.Body}
				if way == "GraphQL" {
					approval.Teams = []string{"@acme/ml-leads"}
				}
				want = append(want, approval)
			}
			for i := range got {
				if !strings.Contains(got[i].URL, "#pullrequestreview-") {
					t.Errorf("the approval's address is %q", got[i].URL)
				}
				got[i].URL = ""
			}
			wantSame(t, "approvals", want, got)
		})
	}
}

// Whoever may write can edit what others wrote: GitHub says so, and it is passed on.
func TestAnApprovalThatSomebodyElseEdited(t *testing.T) {
	s := server(t)
	for by, editor := range map[string]string{"bob": "", "cat": "mallory", "dan": "Dan"} {
		s.AddReview(githubtest.Review{By: by, State: "APPROVED", Commit: head, Body: "/muster waive x: y", At: time.Now(), Writer: true, EditedBy: editor})
	}
	approvals, err := open(t, options(s)).Approvals(t.Context(), 41)
	if err != nil || len(approvals) != 3 {
		t.Fatal(approvals, err)
	}
	for _, a := range approvals {
		if want := map[string]string{"cat": "mallory"}[a.By]; a.EditedBy != want {
			t.Errorf("that of %s was edited by %q", a.By, a.EditedBy)
		}
	}
}
