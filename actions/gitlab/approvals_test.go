package gitlab_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/gitlab/gitlabtest"
)

// leads is the one group of the code owners' rule, which names Bo too.
var leads = [][]string{{"@acme/ml-leads"}}

const page = "https://gitlab.example.com/acme/tumours/-/merge_requests/3"

// approvals are those of !3, without their times.
func approvals(t *testing.T, s *gitlabtest.Server) []actions.Approval {
	t.Helper()
	list, err := job(t, s, as("reporter")).Approvals(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func hold(t *testing.T, want, got []actions.Approval) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(actions.Approval{}, "At")); diff != "" {
		t.Errorf("approvals (-want +got):\n%s", diff)
	}
}

// A waiver is what an approver wrote about the version that was approved.
func TestApprovals(t *testing.T) {
	s := server(t)
	s.Premium = true
	s.Say(3, "olga", "/muster waive slice-worse: old words")
	s.Push(3, second)
	s.Say(3, "eve", "/muster waive slice-worse: please")
	s.Say(3, "olga", "looks harmless")
	s.Say(3, "olga", "/muster waive slice-worse: 31 rows, agreed with Bo")
	s.Approve(3, "olga", true)
	s.Approve(3, "bo", true)
	hold(t, []actions.Approval{
		{By: "olga", Among: leads, Commit: second, Body: "looks harmless\n\n/muster waive slice-worse: 31 rows, agreed with Bo", URL: page},
		{By: "bo", Commit: second, URL: page},
	}, approvals(t, s))
}

// An approval that stands although something was pushed since is one of the old commit.
func TestApprovalsOfAnOlderCommit(t *testing.T) {
	s := server(t)
	s.Premium = true
	s.Say(3, "olga", "/muster waive slice-worse: fine")
	s.Approve(3, "olga", true)
	s.Push(3, second)
	hold(t, []actions.Approval{{By: "olga", Among: leads, Commit: first, Body: "/muster waive slice-worse: fine", URL: page}}, approvals(t, s))
}

// Nobody waives for themselves, whatever the project counts; and what looks like
// GitLab's own note is not.
func TestApprovalsOfTheAuthor(t *testing.T) {
	s := server(t)
	s.Premium = true
	s.Say(3, "ada", "/muster waive slice-worse: I am sure")
	s.Approve(3, "ada", true)
	hold(t, nil, approvals(t, s))
}

// Of a rule with groups that nobody sees, nobody knows whom it names.
func TestApprovalsByHiddenGroups(t *testing.T) {
	s := server(t)
	s.Premium, s.Hidden = true, true
	s.Approve(3, "olga", true)
	hold(t, []actions.Approval{{By: "olga", Commit: first, URL: page}}, approvals(t, s))
}

func TestApprovalsWithoutPremium(t *testing.T) {
	s := server(t)
	if got := approvals(t, s); got != nil {
		t.Errorf("approvals of nobody: %v", got)
	}
	s.Approve(3, "olga", true)
	hold(t, []actions.Approval{{By: "olga", Commit: first, URL: page}}, approvals(t, s))
}

// Where GitLab's note of the approval is too far back, nobody knows what was approved.
func TestApprovalsAmongThousandsOfNotes(t *testing.T) {
	s := server(t)
	s.Premium = true
	s.Say(3, "olga", "/muster waive slice-worse: fine")
	s.Approve(3, "olga", true)
	for range 1000 {
		s.Say(3, "olga", "approved this merge request")
	}
	hold(t, []actions.Approval{{By: "olga", Among: leads, URL: page}}, approvals(t, s))
}
