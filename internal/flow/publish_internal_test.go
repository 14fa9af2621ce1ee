package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/hosttest"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

const (
	firstHead  = "1111111111111111111111111111111111111111"
	secondHead = "2222222222222222222222222222222222222222"
)

// jobOf is a job of change 41 at a commit.
func jobOf(host actions.Host, head string) CI {
	gated := &config.Config{Name: "tumours", Gate: &config.Gate{}, CI: config.DefaultCI()}
	return CI{
		Project: &Project{Config: gated}, Settings: gated.CI, Host: host,
		Event: actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Number: 41, Change: "#41", Head: head, Found: head},
	}
}

// decided is an outcome with a verdict, at a time.
func decided(verdict result.Verdict, head string, minute int) Outcome {
	at := time.Date(2026, 5, 1, 12, minute, 0, 0, time.UTC)
	d := result.Decision{Verdict: verdict, Pipeline: "tumours", Created: at}
	if verdict != result.Pass {
		d.Findings = []result.Finding{{
			Code: "metric-worse", Severity: result.SeverityDeny, Metric: "roc_auc", Message: "it fell",
			Location: &result.Location{Path: "muster.yaml", Line: 7},
		}}
	}
	return Outcome{Report: result.Report{Pipeline: "tumours", Created: at, Commit: head, Decision: &d, Run: &result.Run{Pipeline: "tumours", Status: result.RunPassed}}}
}

func newForge() *hosttest.Host {
	return &hosttest.Host{Request: actions.Change{Number: 41, Head: firstHead, Open: true}}
}

func published(t *testing.T, c CI, out Outcome) Outcome {
	t.Helper()
	out.notes = c.notes(t.Context(), out)
	c.publish(t.Context(), &out)
	return out
}

// A denial, and then the commit that mends it: one comment, in which the denial is
// folded below, and a mark on either commit. A job that runs again changes nothing.
func TestDeniedThenMended(t *testing.T) {
	host := newForge()
	published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, 0))
	before := host.Bodies()
	if len(before) != 1 || !strings.HasPrefix(before[0], "<!-- muster:tumours -->\n### ❌ tumours: denied") {
		t.Fatalf("%q", before)
	}
	again := published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, 30))
	if diff := cmp.Diff(before, host.Bodies()); diff != "" || again.Said.Did[0] != "comment unchanged" {
		t.Errorf("the same job an half hour later changed the comment (%v):\n%s", again.Said.Did, diff)
	}
	host.Push(secondHead)
	mended := published(t, jobOf(host, secondHead), decided(result.Pass, secondHead, 40))
	bodies := host.Bodies()
	if len(bodies) != 1 || !strings.HasPrefix(bodies[0], "<!-- muster:tumours -->\n### ✅ tumours: passed") {
		t.Fatalf("%q", bodies)
	}
	_, folded, _ := strings.Cut(bodies[0], "<details><summary>1 earlier verdict")
	if !strings.Contains(folded, "denied") && !strings.Contains(folded, "Denied") {
		t.Errorf("the denial is not folded below:\n%s", bodies[0])
	}
	states := []actions.State{host.Marks(firstHead)[0].State, host.Marks(secondHead)[0].State}
	if !slices.Equal(states, []actions.State{actions.Failure, actions.Success}) || mended.State != actions.Success {
		t.Errorf("marks are %v", states)
	}
	if p := mended.Report.Published; p == nil || p.Comment == "" || p.Check == "" || len(p.Missing) > 0 {
		t.Errorf("%+v", p)
	}
}

// What somebody edited in the comment is put right by the next job, though the report is
// the same; how long stages took, and which run it was, is no change.
func TestEditedCommentIsPutRight(t *testing.T) {
	host := newForge()
	outcome := func(seconds float64, id string) Outcome {
		out := decided(result.Deny, firstHead, 0)
		out.Report.Decision.Candidate = &result.Model{Digest: strings.Repeat("a", 64), Run: id}
		out.Report.Run.Stages = []result.Stage{{Name: "train", Status: result.StageRan, Seconds: seconds, Log: id}}
		return out
	}
	published(t, jobOf(host, firstHead), outcome(100, "one"))
	before := host.Bodies()
	host.Edit(1, strings.Replace(before[0], "❌ tumours: denied", "✅ tumours: passed", 1))
	published(t, jobOf(host, firstHead), outcome(100, "one"))
	if diff := cmp.Diff(before, host.Bodies()); diff != "" {
		t.Errorf("what was edited stays:\n%s", diff)
	}
	again := published(t, jobOf(host, firstHead), outcome(0.1, "two"))
	if diff := cmp.Diff(before, host.Bodies()); diff != "" || again.Said.Did[0] != "comment unchanged" {
		t.Errorf("the same job, from the cache, changed the comment (%v):\n%s", again.Said.Did, diff)
	}
	marks := host.Marks(firstHead)
	if marks[0].Key == "" || marks[0].Key != marks[2].Key || marks[0].Summary == marks[2].Summary {
		t.Errorf("marks are %+v", marks)
	}
}

// A job whose commit is no longer the change's last one leaves the comment to the newer one's.
func TestForcePushWhileAJobRan(t *testing.T) {
	host := newForge()
	host.Push(secondHead)
	published(t, jobOf(host, secondHead), decided(result.Deny, secondHead, 0))
	before := host.Bodies()
	late := published(t, jobOf(host, firstHead), decided(result.Pass, firstHead, 1))
	if diff := cmp.Diff(before, host.Bodies()); diff != "" || len(late.Said.Missing) > 0 {
		t.Errorf("the comment was overwritten (%v):\n%s", late.Said.Missing, diff)
	}
	if len(host.Marks(firstHead)) != 1 {
		t.Error("its own commit has no mark")
	}
}

// Two jobs of the change at once: one comment, with a verdict.
func TestTwoJobsAtOnce(t *testing.T) {
	for range 50 {
		host := newForge()
		var both sync.WaitGroup
		for i := range 2 {
			both.Go(func() { published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, i)) })
		}
		both.Wait()
		if bodies := host.Bodies(); len(bodies) != 1 {
			t.Fatalf("%d comments", len(bodies))
		}
	}
}

// A host that is down changes no verdict: what could not be said is said.
func TestHostDown(t *testing.T) {
	host := newForge()
	host.Before = func(string) error { return errors.New("connection refused") }
	for verdict, state := range map[result.Verdict]actions.State{result.Deny: actions.Failure, result.Pass: actions.Success, result.Undecided: actions.Failure} {
		out := published(t, jobOf(host, firstHead), decided(verdict, firstHead, 0))
		want := []string{"comment: connection refused\nlook for the comment: connection refused", "mark: connection refused"}
		if diff := cmp.Diff(want, out.Report.Published.Missing); diff != "" {
			t.Error(diff)
		}
		if out.State != state || len(out.Errors) > 0 || out.Report.Decision.Verdict != verdict {
			t.Errorf("%s became %s, %v", verdict, out.State, out.Errors)
		}
	}
}

// Without a token, and for what the job did not look at, nothing is sent, and it is said.
func TestNothingToSpeakWith(t *testing.T) {
	job := jobOf(nil, firstHead)
	job.NoHost = actions.ErrNoToken
	out := published(t, job, decided(result.Pass, firstHead, 0))
	if diff := cmp.Diff([]string{"the job has no token for its host"}, out.Said.Missing); diff != "" {
		t.Error(diff)
	}
	// As on pull_request_target, where what is checked out is the base.
	host := newForge()
	job = jobOf(host, firstHead)
	job.Event.Found = secondHead
	out = published(t, job, decided(result.Pass, secondHead, 0))
	if diff := cmp.Diff([]string{"what is checked out (2222222) is not what the host shows a state for (1111111)"}, out.Said.Missing); diff != "" {
		t.Error(diff)
	}
	if reads, writes := host.Count(); reads+writes > 0 {
		t.Errorf("%d requests", reads+writes)
	}
}

// A fork's job writes nothing and lacks nothing; its log has the annotations.
func TestForkIsToldNothing(t *testing.T) {
	host := newForge()
	job := jobOf(host, firstHead)
	job.Event.Fork = true
	out := published(t, job, decided(result.Deny, firstHead, 0))
	if reads, writes := host.Count(); reads+writes > 0 || len(out.Said.Missing) > 0 {
		t.Errorf("%d requests, missing %v", reads+writes, out.Said.Missing)
	}
	if len(out.Said.Remarks) != 1 {
		t.Errorf("annotations: %v", out.Said.Remarks)
	}
}

// Annotations are shown once: by the check, or by the job's log.
func TestAnnotationsOnce(t *testing.T) {
	for _, noChecks := range []bool{false, true} {
		host := newForge()
		host.NoChecks = noChecks
		out := published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, 0))
		if got := len(host.Marks(firstHead)[0].Annotations); got != 1 {
			t.Errorf("%d annotations in the mark", got)
		}
		if logged := len(out.Said.Remarks) > 0; logged != noChecks {
			t.Errorf("without checks %v: in the log %v", noChecks, logged)
		}
	}
}

// A change cannot name itself like another pipeline for its host: what the base calls it counts.
func TestNameIsTheBases(t *testing.T) {
	host := newForge()
	host.Write("<!-- muster:other -->\ntheirs")
	job := jobOf(host, firstHead)
	job.Project.Config.Name = "other"
	job.Base = &Base{}
	job.Base.Config = &config.Config{Name: "tumours"}
	out := decided(result.Deny, firstHead, 0)
	out.Report.Pipeline = "other"
	published(t, job, out)
	bodies := host.Bodies()
	if bodies[0] != "<!-- muster:other -->\ntheirs" || !strings.HasPrefix(bodies[1], "<!-- muster:tumours -->\n") {
		t.Errorf("%q", bodies)
	}
	if mark := host.Marks(firstHead)[0]; mark.Name != "muster / tumours" {
		t.Errorf("the mark is %q", mark.Name)
	}
}

// A commit may be offered to two branches. What the one with the easier gate lets pass is
// no green mark for the other.
func TestEachBaseHasItsOwnMark(t *testing.T) {
	host := newForge()
	published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, 0))
	lax := jobOf(host, firstHead)
	lax.Event.Base = actions.Base{Branch: "dev", Other: true}
	published(t, lax, decided(result.Pass, firstHead, 0))
	got := map[string]actions.State{}
	for _, mark := range host.Marks(firstHead) {
		got[mark.Name] = mark.State
	}
	want := map[string]actions.State{"muster / tumours": actions.Failure, "muster / tumours into dev": actions.Success}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// On the default branch an issue is open while it is denied or undecided.
func TestIssueWhileDenied(t *testing.T) {
	host := newForge()
	job := jobWithHistory(t, newRemote(t))
	job.Host, job.Settings = host, config.DefaultCI()
	job.Event = actions.Event{Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Head: firstHead, Found: firstHead, Trigger: result.TriggerDefaultBranch}
	for _, step := range []struct {
		out  Outcome
		open int
	}{
		{decided(result.Pass, firstHead, 0), 0},
		{decided(result.Deny, firstHead, 1), 1},
		{decided(result.Undecided, firstHead, 2), 1},
		{Outcome{Report: result.Report{Run: &result.Run{Status: result.RunFailed}}}, 1}, // says nothing about the model
		{withError(decided(result.Pass, firstHead, 3)), 1},                              // was not promoted
		{decided(result.Pass, firstHead, 4), 0},
	} {
		published(t, job, step.out)
		if got := len(host.Alerts()); got != step.open {
			t.Errorf("%d issues are open, want %d", got, step.open)
		}
	}
	if len(host.Bodies()) > 0 || len(host.Marks(firstHead)) != 6 {
		t.Errorf("%d comments, %d marks", len(host.Bodies()), len(host.Marks(firstHead)))
	}
}

func withError(out Outcome) Outcome {
	out.Errors = []error{errors.New("promote: the registry is down")}
	return out
}

// How a commit stands: green only for what passed in all, pending only for what is not due.
func TestState(t *testing.T) {
	two := 2
	failed, notDue, passed := &result.Run{Status: result.RunFailed}, &result.Run{Status: result.RunPassed, NoModel: "train is not due"}, &result.Run{Status: result.RunPassed}
	tests := map[string]struct {
		out      Outcome
		minLevel int
		noGate   bool
		want     actions.State
	}{
		"passed":                        {out: decided(result.Pass, firstHead, 0), want: actions.Success},
		"denied":                        {out: decided(result.Deny, firstHead, 0), want: actions.Failure},
		"undecided":                     {out: decided(result.Undecided, firstHead, 0), want: actions.Failure},
		"a verdict that is none":        {out: decided("", firstHead, 0), want: actions.Failure},
		"passed, and then failed":       {out: withError(decided(result.Pass, firstHead, 0)), want: actions.Failure},
		"not due":                       {out: Outcome{Report: result.Report{Run: notDue}}, want: actions.Pending},
		"not due, and failed":           {out: withError(Outcome{Report: result.Report{Run: notDue}}), want: actions.Failure},
		"a stage failed":                {out: Outcome{Report: result.Report{Run: failed}}, want: actions.Failure},
		"nothing ran":                   {want: actions.Failure},
		"nothing was decided":           {out: Outcome{Report: result.Report{Run: passed}}, want: actions.Failure},
		"there is no gate":              {out: Outcome{Report: result.Report{Run: passed}}, noGate: true, want: actions.Neutral},
		"there is no gate, and no run":  {noGate: true, want: actions.Failure},
		"passed, and below the level":   {out: levelled(decided(result.Pass, firstHead, 0), &two), minLevel: 3, want: actions.Failure},
		"passed, and at the level":      {out: levelled(decided(result.Pass, firstHead, 0), &two), minLevel: 2, want: actions.Success},
		"passed, and there is no level": {out: levelled(decided(result.Pass, firstHead, 0), nil), minLevel: 2, want: actions.Success},
	}
	for name, test := range tests {
		job := jobOf(nil, firstHead)
		job.MinLevel = test.minLevel
		if test.noGate {
			job.Project.Config.Gate = nil
		}
		if got := job.state(test.out); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func levelled(out Outcome, level *int) Outcome {
	out.Report.Assessment = &result.Assessment{Level: level}
	return out
}

// A change that is pending looks like a pass where its host was not told.
func TestPendingIsTold(t *testing.T) {
	pending := Outcome{Report: result.Report{Run: &result.Run{Status: result.RunPassed, NoModel: "train is not due"}}}
	host := newForge()
	job := jobOf(host, firstHead)
	if out := published(t, job, pending); out.Untold(job.Event) || host.Marks(firstHead)[0].State != actions.Pending {
		t.Errorf("untold %v, marks %v", out.Untold(job.Event), host.Marks(firstHead))
	}
	host.Before = func(method string) error {
		if method == "Mark" {
			return actions.ErrForbidden
		}
		return nil
	}
	off, fork := job, job
	off.Settings.Check = "off"
	fork.Event.Fork = true
	for name, job := range map[string]CI{"may not mark": job, "does not mark": off, "is a fork's": fork} {
		if out := published(t, job, pending); !out.Untold(job.Event) {
			t.Errorf("a job that %s counts as told", name)
		}
	}
	main := job
	main.Event.Scope, main.Event.DefaultBranch = result.ScopeDefaultBranch, true
	laptop := job
	laptop.Event.Host = actions.Plain
	for _, job := range []CI{main, laptop} {
		if out := published(t, job, pending); out.Untold(job.Event) {
			t.Errorf("nobody takes %s on %s for a pass", job.Event.Scope, job.Event.Host)
		}
	}
}

// With 50 ms a request, publishing takes no longer than its longest chain of requests.
func TestRequestsOfAChange(t *testing.T) {
	host := newForge()
	for i := range 150 {
		host.Write(fmt.Sprint("comment ", i))
	}
	out := published(t, jobOf(host, firstHead), decided(result.Deny, firstHead, 0))
	if p := out.Report.Published; p.Writes > 8 || p.Reads > 12 || p.Writes != 2 || p.Reads != 5 {
		t.Errorf("%d reads, %d writes", p.Reads, p.Writes)
	}
}

func TestPurposes(t *testing.T) {
	tests := map[purpose]actions.Event{
		ofChange:  {Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Number: 41},
		ofQueue:   {Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Number: 41, Queue: true},
		ofFork:    {Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Number: 41, Fork: true, Queue: true},
		ofBranch:  {Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerChange, Branch: "topic"},
		ofDefault: {Host: actions.GitHub, Scope: result.ScopeDefaultBranch, Trigger: result.TriggerDefaultBranch, Branch: "main", DefaultBranch: true},
		ofTime:    {Host: actions.GitLab, Scope: result.ScopeDefaultBranch, Trigger: result.TriggerSchedule, Branch: "main", DefaultBranch: true},
		ofOther:   {Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerOther, Tag: "v1"},
	}
	for want, event := range tests {
		if got := purposeOf(event); got != want {
			t.Errorf("%+v is of %s, want %s", event, got, want)
		}
	}
	comment := actions.Event{Host: actions.GitHub, Scope: result.ScopeChange, Trigger: result.TriggerOther, Number: 41}
	if got := purposeOf(comment).duty(); got != (duty{}) {
		t.Errorf("a comment on a change request has a job with duties %+v", got)
	}
}
