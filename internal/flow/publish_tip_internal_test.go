package flow

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/actions/hosttest"
	"github.com/muster-ci/muster/internal/result"
)

// pushed makes a commit on main at the job's remote, and says which.
func pushed(t *testing.T, job CI) string {
	t.Helper()
	dir := job.Project.Dir
	runGit(t, dir, "-c", "user.name=ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--allow-empty", "-m", "x")
	runGit(t, dir, "push", "--quiet", "origin", "main")
	return strings.TrimSpace(runGit(t, dir, "rev-parse", "HEAD"))
}

// atMain makes the job one of main at a commit.
func atMain(job CI, commit string, host *hosttest.Host) CI {
	job.Host = host
	job.Event = actions.Event{
		Host: actions.GitHub, Scope: result.ScopeDefaultBranch, DefaultBranch: true, Branch: "main", Head: commit, Found: commit, Trigger: result.TriggerDefaultBranch,
	}
	return job
}

// An old job of the default branch that runs again speaks for its own commit only: the
// issue, the badge and the history are those of the newer one.
func TestOldJobOfDefaultBranch(t *testing.T) {
	remote := newRemote(t)
	clone := jobWithHistory(t, remote)
	host := newForge()
	one := pushed(t, clone)
	old := atMain(clone, one, host)
	published(t, old, decided(result.Pass, one, 0))
	two := pushed(t, clone)
	published(t, atMain(clone, two, host), decided(result.Deny, two, 1))
	tip := runGit(t, remote, "rev-parse", "muster/history")

	late := published(t, old, decided(result.Pass, one, 2)) // would close the issue
	if len(host.Alerts()) != 1 || len(late.Said.Missing) > 0 || !slices.ContainsFunc(late.Said.Did, func(s string) bool { return strings.HasPrefix(s, "issue left alone, since main is at "+two[:7]) }) {
		t.Errorf("%d issues; %v, missing %v", len(host.Alerts()), late.Said.Did, late.Said.Missing)
	}
	published(t, old, decided(result.Deny, one, 3)) // says something else than before
	if now := runGit(t, remote, "rev-parse", "muster/history"); now != tip {
		t.Errorf("the old job wrote history: %s", runGit(t, remote, "log", "--format=%s", "muster/history"))
	}
	if got := len(host.Marks(one)); got != 3 {
		t.Errorf("its own commit was marked %d times", got)
	}

	published(t, atMain(clone, two, host), decided(result.Pass, two, 4))
	if len(host.Alerts()) != 0 {
		t.Fatal("the newest job did not close the issue")
	}
	published(t, old, decided(result.Deny, one, 5)) // would open it
	if len(host.Alerts()) != 0 {
		t.Error("the old job opened the issue")
	}
}

// A job that another one overtook, and that has no line yet, gets one, and no badge.
func TestOvertakenJobHasItsLine(t *testing.T) {
	remote := newRemote(t)
	clone := jobWithHistory(t, remote)
	host := newForge()
	one, two := pushed(t, clone), pushed(t, clone)
	published(t, atMain(clone, two, host), decided(result.Pass, two, 0))
	published(t, atMain(clone, one, host), decided(result.Deny, one, 1))
	var commits []string
	for _, p := range points(t, remote) {
		commits = append(commits, p.Commit)
	}
	if diff := cmp.Diff([]string{two, one}, commits); diff != "" {
		t.Error(diff)
	}
	if badge := runGit(t, remote, "show", "muster/history:tumours/badge.svg"); !strings.Contains(badge, "passed") {
		t.Error(badge)
	}
}

// Where nobody knows whether the commit is the last one, no issue is closed, and that is
// said; a denial is.
func TestTipThatNobodyKnows(t *testing.T) {
	clone := jobWithHistory(t, newRemote(t))
	clone.Settings.History = ""
	one, host := pushed(t, clone), newForge()
	job := atMain(clone, one, host)
	runGit(t, clone.Project.Dir, "remote", "set-url", "origin", filepath.Join(t.TempDir(), "gone"))
	published(t, job, decided(result.Deny, one, 0))
	if len(host.Alerts()) != 1 {
		t.Fatal("a denial opened no issue")
	}
	out := published(t, job, decided(result.Pass, one, 1))
	if len(host.Alerts()) != 1 || len(out.Said.Missing) != 1 || !strings.HasPrefix(out.Said.Missing[0], "issue: nobody knows whether "+one[:7]) {
		t.Errorf("%d issues, missing %q", len(host.Alerts()), out.Said.Missing)
	}
}
