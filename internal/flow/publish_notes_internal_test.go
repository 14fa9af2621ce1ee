package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
)

// whoShouldLook is that line of a comment.
func whoShouldLook(comment string) string {
	_, rest, _ := strings.Cut(comment, "**Who should look:** ")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// A change that does not pass names the owners of the pipeline and of what it is
// about, by the base's word: the change here takes the file away. Nobody is called.
func TestOwnersOfADenial(t *testing.T) {
	g, _ := underReview(t, "* @acme/everybody\nmuster.yaml @grace @acme/ml-leads\n/params.yaml @Grace @heidi\n/data/ @ida\n")
	tests := map[string]struct {
		verdict result.Verdict
		changes []string
		host    actions.HostName
		want    string
	}{
		"denied":           {verdict: result.Deny, host: actions.GitHub, want: "`@grace`, `@acme/ml-leads`"},
		"undecided":        {verdict: result.Undecided, host: actions.GitHub, want: "`@grace`, `@acme/ml-leads`"},
		"what it is about": {verdict: result.Deny, changes: []string{"params.yaml", "../x"}, host: actions.GitHub, want: "`@grace`, `@acme/ml-leads`, `@heidi`, `@acme/everybody`"},
		"passed":           {verdict: result.Pass, host: actions.GitHub},
		"nobody reads it":  {verdict: result.Deny, host: actions.Gitea},
	}
	for name, test := range tests {
		host := newForge()
		job := jobOf(host, firstHead)
		job.Project, job.Base, job.Event.Host = g.Project, g.Base, test.host
		out := decided(test.verdict, firstHead, 0)
		for _, path := range test.changes {
			out.Report.Decision.Changes = append(out.Report.Decision.Changes, result.Difference{Kind: "parameter", Path: path, Line: 1, Name: "x"})
		}
		published(t, job, out)
		if got := whoShouldLook(host.Bodies()[0]); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// The comment leads to the whole report, where each host keeps it.
func TestReportOfAJob(t *testing.T) {
	g, _ := underReview(t, owned)
	const job = "https://forge.example/acme/jobs/7"
	for host, want := range map[actions.HostName]string{
		actions.GitHub: job + "#artifacts",
		actions.GitLab: job + "/artifacts/file/.muster/report.html",
		actions.Gitea:  "",
	} {
		ci := CI{Project: g.Project, Event: actions.Event{Host: host, JobURL: job}}
		if got := ci.notes(t.Context(), Outcome{}).Report; got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// A mark that is a failure says why, also where the model passed; so does the comment.
func TestFailureIsNotCalledAPass(t *testing.T) {
	two := 2
	notDue := Outcome{Report: result.Report{Pipeline: "tumours", Run: &result.Run{Status: result.RunPassed, NoModel: "train is not due"}}}
	tests := map[string]struct {
		out         Outcome
		title, line string
	}{
		"below the level":         {levelled(decided(result.Pass, firstHead, 0), &two), "Failed: maturity level 2 is below the 3 that are asked for; the model passed", "### ❌ tumours: failed, "},
		"denied, and below it":    {levelled(decided(result.Deny, firstHead, 0), &two), "Denied: ", "### ❌ tumours: denied, "},
		"not due, and below it":   {levelled(notDue, &two), "Failed: maturity level 2 is below", "### ❌ tumours: failed, "},
		"nothing was decided":     {Outcome{Report: result.Report{Pipeline: "tumours", Run: &result.Run{Status: result.RunPassed}}}, "Failed: nothing was decided", "### ❌ tumours: failed, "},
		"nothing at all was done": {Outcome{Report: result.Report{Pipeline: "tumours"}}, "Failed: nothing was decided", "### ❌ tumours: failed, "},
	}
	for name, test := range tests {
		host := newForge()
		job := jobOf(host, firstHead)
		job.MinLevel = 3
		published(t, job, test.out)
		mark := host.Marks(firstHead)[0]
		if mark.State != actions.Failure || !strings.HasPrefix(mark.Title, test.title) || !strings.HasPrefix(mark.Summary, test.line) {
			t.Errorf("%s: %s %q\n%.200s", name, mark.State, mark.Title, mark.Summary)
		}
		if body := host.Bodies()[0]; !strings.Contains(body, test.line) {
			t.Errorf("%s: the comment begins with\n%.200s", name, body)
		}
	}
}

// How far a decision reaches is said once, at the end.
func TestLimitsAreSaidOnce(t *testing.T) {
	for anew, want := range map[string]string{
		"": "guards against mistakes, not malice", "the model that run 7 made elsewhere": "Evaluated anew: the model that run 7 made elsewhere.",
	} {
		host := newForge()
		out := decided(result.Deny, firstHead, 0)
		out.Report.Decision.Receipt.Anew = anew
		published(t, jobOf(host, firstHead), out)
		for _, text := range []string{host.Bodies()[0], host.Marks(firstHead)[0].Summary} {
			if diff := cmp.Diff(1, strings.Count(text, want)); diff != "" || (anew != "" && strings.Contains(text, "not malice")) {
				t.Errorf("%q is there %d times in\n%s", want, strings.Count(text, want), text)
			}
		}
	}
}
