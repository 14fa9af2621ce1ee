package flow

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// runGit runs git, and returns what it printed.
func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// newRemote is an empty repository elsewhere.
func newRemote(t *testing.T) string {
	t.Helper()
	remote := filepath.Join(t.TempDir(), "remote.git")
	runGit(t, ".", "init", "--quiet", "--bare", remote)
	return remote
}

// jobWithHistory is a job of the default branch in a clone of its own.
func jobWithHistory(t *testing.T, remote string) CI {
	t.Helper()
	dir := t.TempDir()
	runGit(t, dir, "init", "--quiet", "--initial-branch=main")
	runGit(t, dir, "remote", "add", "origin", remote)
	job := jobOf(nil, firstHead)
	folder, err := stages.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	job.Project.Dir, job.Project.Folder = dir, folder
	job.Event = actions.Event{Host: actions.Plain, Scope: result.ScopeLocal, DefaultBranch: true, Branch: "main", Head: firstHead, Found: firstHead}
	job.Settings.History = "muster/history"
	return job
}

func points(t *testing.T, remote string) []result.Milestone {
	t.Helper()
	var all []result.Milestone
	for line := range strings.Lines(runGit(t, remote, "show", "muster/history:tumours/history.jsonl")) {
		var p result.Milestone
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// Each job of the default branch adds a line and the badge; one that runs again adds nothing.
func TestHistoryOfDefaultBranch(t *testing.T) {
	remote := newRemote(t)
	job := jobWithHistory(t, remote)
	score, level := 0.91, 2
	out := levelled(decided(result.Pass, firstHead, 0), &level)
	out.Report.Decision.Comparison = []result.Compared{{Metric: "roc_auc", Candidate: &score}}
	out.Report.Promotion = &result.Promotion{Status: result.Promoted, To: "v3"}
	if done := published(t, job, out); !cmp.Equal(done.Said.Did, []string{"there is no host to tell", "history kept on muster/history"}) {
		t.Fatalf("%v, missing %v", done.Said.Did, done.Said.Missing)
	}
	tip := runGit(t, remote, "rev-parse", "muster/history")
	again := decided(result.Pass, firstHead, 30)
	again.Report.Decision.Comparison, again.Report.Assessment = out.Report.Decision.Comparison, out.Report.Assessment
	again.Report.Promotion = &result.Promotion{Status: result.Unchanged, To: "v3"}
	if done := published(t, job, again); !cmp.Equal(done.Said.Did, []string{"there is no host to tell", "history unchanged"}) || tip != runGit(t, remote, "rev-parse", "muster/history") {
		t.Errorf("a job that ran again wrote: %v %v", done.Said.Did, done.Said.Missing)
	}
	job.Event.Head, job.Event.Found = secondHead, secondHead
	published(t, job, decided(result.Deny, secondHead, 40))
	want := []result.Milestone{
		{Commit: firstHead, Time: out.Report.Created, Verdict: "pass", Level: &level, Metrics: map[string]float64{"roc_auc": 0.91}, Version: "v3"},
		{Commit: secondHead, Time: decided(result.Deny, secondHead, 40).Report.Created, Verdict: "deny"},
	}
	if diff := cmp.Diff(want, points(t, remote)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if badge := runGit(t, remote, "show", "muster/history:tumours/badge.svg"); !strings.Contains(badge, "tumours: denied") {
		t.Error(badge)
	}
	if data := runGit(t, remote, "show", "muster/history:tumours/badge.json"); !strings.Contains(data, `"message":"denied","color":"red"`) {
		t.Error(data)
	}
	if message := runGit(t, remote, "log", "-1", "--format=%s", "muster/history"); message != "tumours: deny at 2222222 [skip ci]\n" {
		t.Error(message)
	}
}

// Jobs that push at once all get through, each with its line.
func TestHistoryOfJobsAtOnce(t *testing.T) {
	remote := newRemote(t)
	const jobs = 4
	var all sync.WaitGroup
	for i := range jobs {
		job := jobWithHistory(t, remote)
		all.Go(func() {
			head := strings.Repeat(string(rune('a'+i)), 40)
			job.Event.Head, job.Event.Found = head, head
			out := published(t, job, decided(result.Pass, head, i))
			if len(out.Said.Missing) > 0 {
				t.Errorf("missing: %v", out.Said.Missing)
			}
		})
	}
	all.Wait()
	if got := len(points(t, remote)); got != jobs {
		t.Errorf("%d lines, want %d", got, jobs)
	}
}

// The history never lands on a branch that holds something else, and what keeps it from
// being written changes no verdict.
func TestHistoryElsewhere(t *testing.T) {
	for branch, why := range map[string]string{
		"main":        "history: branch main holds something else; name one for the history alone in ci.history",
		"../../main":  "is no name of a branch",
		"-x":          "is no name of a branch",
		"muster/late": "find remote",
	} {
		job := jobWithHistory(t, newRemote(t))
		job.Settings.History, job.Settings.Issue = branch, false
		if branch == "muster/late" {
			runGit(t, job.Project.Dir, "remote", "remove", "origin")
		}
		out := published(t, job, decided(result.Pass, firstHead, 0))
		if len(out.Said.Missing) != 1 || !strings.Contains(out.Said.Missing[0], why) || out.State != actions.Success {
			t.Errorf("%s: %s, %v", branch, out.State, out.Said.Missing)
		}
	}
}

// Only the default branch has a history: a change adds nothing, whatever its section says.
func TestHistoryOfChange(t *testing.T) {
	remote := newRemote(t)
	job := jobWithHistory(t, remote)
	job.Event = jobOf(nil, firstHead).Event
	published(t, job, decided(result.Pass, firstHead, 0))
	if out := runGit(t, remote, "for-each-ref"); out != "" {
		t.Errorf("a change pushed %s", out)
	}
}
