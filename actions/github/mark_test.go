package github_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/github/githubtest"
)

const name = "muster / tumours"

func mark(state actions.State) actions.Mark {
	return actions.Mark{
		Name: name, Commit: head, State: state, Title: "denied: roc_auc is worse", Summary: "**worse**", URL: "https://github.com/acme/tumours/actions/runs/1",
	}
}

func remarks(n int) []actions.Annotation {
	var list []actions.Annotation
	for i := range n {
		list = append(list, actions.Annotation{Path: "params.yaml", Line: i + 1, Level: actions.LevelFailure, Title: "worse", Message: fmt.Sprint(i)})
	}
	return list
}

func TestCheck(t *testing.T) {
	s := server(t)
	s.AddCheck("other-app", name, head, "success") // another App's of the same name
	s.AddCheck("github-actions", "muster / others", head, "success")
	s.AddCheck("github-actions", name, newer, "success")
	host := open(t, options(s))
	set := func(m actions.Mark, writes int) {
		t.Helper()
		_, before := host.Count()
		marked, err := host.Mark(t.Context(), m)
		if err != nil || marked.By != "check" || !strings.Contains(marked.URL, "/runs/") {
			t.Fatalf("marked %+v (%v)", marked, err)
		}
		if _, after := host.Count(); after-before != writes {
			t.Errorf("%d writes, want %d", after-before, writes)
		}
	}
	last := func(want githubtest.Check, checks int) {
		t.Helper()
		all := s.Checks()
		if len(all) != 3+checks {
			t.Fatalf("there are %d check runs, want 3 and %d", len(all), checks)
		}
		got := all[len(all)-1]
		got.ExternalID = ""
		want.Name, want.Commit, want.Title, want.URL = name, head, mark("").Title, mark("").URL
		wantSame(t, "check run", want, got)
	}

	set(mark(actions.Pending), 1)
	last(githubtest.Check{Status: "in_progress", Summary: "**worse**"}, 1)
	set(mark(actions.Failure), 1)
	last(githubtest.Check{Status: "completed", Conclusion: "failure", Summary: "**worse**"}, 1)
	set(mark(actions.Failure), 0) // the same job again
	set(mark(actions.Pending), 1)
	last(githubtest.Check{Status: "in_progress", Summary: "**worse**"}, 1)

	many := mark(actions.Failure)
	many.Annotations = remarks(120)
	set(many, 3)
	last(githubtest.Check{Status: "completed", Conclusion: "failure", Summary: "**worse**", Annotations: 120}, 1)
	set(many, 0)
	set(mark(actions.Neutral), 2) // annotations cannot be taken back, but the state of the one before can
	last(githubtest.Check{Status: "completed", Conclusion: "neutral", Summary: "**worse**"}, 2)
	if before := s.Checks()[3]; before.Conclusion != "neutral" {
		t.Errorf("the check run that was replaced is still %s", before.Conclusion)
	}
	long := mark(actions.Success)
	long.Summary = strings.Repeat("▇", 70000)
	set(long, 1)
	last(githubtest.Check{Status: "completed", Conclusion: "success", Summary: strings.Repeat("▇", 65534) + "…"}, 2)
	for i, check := range s.Checks()[:3] {
		if check.Conclusion != "success" || check.Annotations != 0 {
			t.Errorf("check run %d, which is not ours, is %+v", i, check)
		}
	}
}

// A job that dies between two batches of annotations leaves the verdict, and the next adds none twice.
func TestCheckThatIsNotComplete(t *testing.T) {
	s := server(t)
	many := mark(actions.Failure)
	many.Annotations = remarks(80)
	broken := true
	s.Intercept = failing(func(request string) bool { return broken && strings.HasPrefix(request, "PATCH") }, 502)
	if _, err := open(t, options(s)).Mark(t.Context(), many); err == nil {
		t.Fatal("there is no error")
	}
	if checks := s.Checks(); len(checks) != 1 || checks[0].Conclusion != "failure" {
		t.Errorf("the check runs are %+v", checks)
	}
	patches := 0
	for _, request := range s.Requests() {
		if strings.HasPrefix(request, "PATCH") {
			patches++
		}
	}
	if patches != 1 {
		t.Errorf("the annotations were sent %d times: each time adds them", patches)
	}
	broken = false
	if _, err := open(t, options(s)).Mark(t.Context(), many); err != nil {
		t.Error(err)
	}
	checks := s.Checks()
	if newest := checks[len(checks)-1]; len(checks) != 2 || newest.Annotations != 80 || newest.Conclusion != "failure" {
		t.Errorf("the check runs are %+v", checks)
	}
}

// A job that dies while it replaces another one's check run leaves nothing that says what
// it did not decide: the other one, run again, sets its verdict anew.
func TestCheckThatWasNotReplaced(t *testing.T) {
	s := server(t)
	denied := mark(actions.Failure)
	denied.Annotations = remarks(1)
	if _, err := open(t, options(s)).Mark(t.Context(), denied); err != nil {
		t.Fatal(err)
	}
	s.Intercept = failing(func(request string) bool {
		return strings.HasPrefix(request, "POST") && strings.HasSuffix(request, "check-runs")
	}, 502)
	if _, err := open(t, options(s)).Mark(t.Context(), mark(actions.Success)); err == nil {
		t.Fatal("there is no error")
	}
	s.Intercept = nil
	if _, err := open(t, options(s)).Mark(t.Context(), denied); err != nil {
		t.Error(err)
	}
	for _, check := range s.Checks() {
		if check.Conclusion != "failure" {
			t.Errorf("a check run is still %s", check.Conclusion)
		}
	}
}

func TestStatus(t *testing.T) {
	for cause, prepare := range map[string]func(*githubtest.Server){
		"no checks: write": func(s *githubtest.Server) { s.Lacks["checks"] = true },
		"a person's token": func(s *githubtest.Server) { s.Login, s.App = "ada", "" },
	} {
		t.Run(cause, func(t *testing.T) {
			s := server(t)
			prepare(s)
			host := open(t, options(s))
			for _, m := range []actions.Mark{mark(actions.Pending), mark(actions.Failure), mark(actions.Failure), mark(actions.Neutral)} {
				marked, err := host.Mark(t.Context(), m)
				if err != nil || marked != (actions.Marked{By: "status", URL: m.URL}) {
					t.Errorf("marked %+v (%v)", marked, err)
				}
			}
			long := mark(actions.Success)
			long.Title = strings.Repeat("▇", 200)
			if _, err := host.Mark(t.Context(), long); err != nil {
				t.Error(err)
			}
			title := mark("").Title
			want := []string{name + " pending " + title, name + " failure " + title, name + " success " + title, name + " success " + strings.Repeat("▇", 139) + "…"}
			wantSame(t, "statuses", want, s.Statuses(head))
		})
	}
}

func TestMarkAsItIsAskedFor(t *testing.T) {
	s := server(t)
	o := options(s)
	o.Mark = "status"
	if marked, err := open(t, o).Mark(t.Context(), mark(actions.Success)); err != nil || marked.By != "status" || len(s.Checks()) != 0 {
		t.Errorf("marked by %+v (%v), with check runs %+v", marked, err, s.Checks())
	}
	s.Lacks["checks"] = true
	o.Mark = "check"
	_, err := open(t, o).Mark(t.Context(), mark(actions.Success))
	if !errors.Is(err, actions.ErrForbidden) || !strings.Contains(hint(err), "checks: write") || len(s.Statuses(head)) != 1 {
		t.Errorf("the error is %v (%s), the statuses %q", err, hint(err), s.Statuses(head))
	}
}

func TestNothingMayBeMarked(t *testing.T) {
	s := server(t)
	s.Lacks["checks"], s.Lacks["statuses"] = true, true
	_, err := open(t, options(s)).Mark(t.Context(), mark(actions.Success))
	if !errors.Is(err, actions.ErrForbidden) || !strings.Contains(hint(err), "statuses: write") || !strings.Contains(err.Error(), "checks: write") {
		t.Errorf("the error is %v (%s)", err, hint(err))
	}
	bad := mark(actions.Success)
	bad.Commit = "main"
	if _, err := open(t, options(s)).Mark(t.Context(), bad); err == nil {
		t.Error("a branch was marked")
	}
}

// Where the token cannot say whose it is, it still marks, by a check run of its own.
func TestMarkOfNobody(t *testing.T) {
	s := server(t)
	s.NoGraphQL = true
	s.AddCheck("github-actions", name, head, "success")
	marked, err := open(t, options(s)).Mark(t.Context(), mark(actions.Failure))
	checks := s.Checks()
	if err != nil || marked.By != "check" || len(checks) != 2 || checks[1].Conclusion != "failure" {
		t.Errorf("marked %+v (%v): %+v", marked, err, checks)
	}
}
