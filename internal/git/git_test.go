package git_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/git"
)

// repository makes a working copy with two commits on main and returns its folder.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	// A developer's own configuration must not change what is tested.
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	run(t, dir, "init", "--quiet", "--initial-branch=main")
	write(t, dir, "a.txt", "one")
	write(t, dir, "sub/b ä\n.txt", "two")
	run(t, dir, "add", ".")
	commit(t, dir)
	return dir
}

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "m")
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *git.Repository {
	t.Helper()
	repo, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func TestOpenOutsideAWorkingCopy(t *testing.T) {
	if _, err := git.Open(t.Context(), t.TempDir()); !errors.Is(err, git.ErrNoRepository) {
		t.Errorf("error is %v, want ErrNoRepository", err)
	}
}

func TestHeadAndBranch(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	if head := repo.Head(t.Context()); len(head) != 40 {
		t.Errorf("head is %q", head)
	}
	if branch := repo.Branch(t.Context()); branch != "main" {
		t.Errorf("branch is %q", branch)
	}
	run(t, dir, "checkout", "--quiet", "--detach")
	if branch := repo.Branch(t.Context()); branch != "" {
		t.Errorf("branch is %q on a detached head", branch)
	}
}

func TestARepositoryWithoutCommits(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "init", "--quiet")
	if head := open(t, dir).Head(t.Context()); head != "" {
		t.Errorf("head is %q", head)
	}
}

func TestDefaultBranch(t *testing.T) {
	dir := repository(t)
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, dir, "branch", "--move", "trunk")
	run(t, dir, "clone", "--quiet", dir, clone)
	run(t, clone, "checkout", "--quiet", "-b", "topic")
	if got := open(t, clone).DefaultBranch(t.Context()); got != "trunk" {
		t.Errorf("the clone's default branch is %q, want what origin says", got)
	}
	if got := open(t, dir).DefaultBranch(t.Context()); got != "" {
		t.Errorf("default branch is %q with neither a remote nor main", got)
	}
	run(t, dir, "branch", "main")
	if got := open(t, dir).DefaultBranch(t.Context()); got != "main" {
		t.Errorf("default branch is %q", got)
	}
}

func TestFilesAreThoseTrackedBelow(t *testing.T) {
	dir := repository(t)
	write(t, dir, "untracked.txt", "x")
	tests := map[string][]string{
		".":   {"a.txt", "sub/b ä\n.txt"},
		"sub": {"b ä\n.txt"},
	}
	for below, want := range tests {
		got, err := open(t, filepath.Join(dir, below)).Files(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("below %s: %s", below, diff)
		}
	}
}

func TestDirtyCountsTrackedFilesOnly(t *testing.T) {
	dir := repository(t)
	for _, step := range []struct {
		name, text string
		want       bool
	}{{"untracked.txt", "x", false}, {"a.txt", "changed", true}} {
		write(t, dir, step.name, step.text)
		got, err := open(t, dir).Dirty(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got != step.want {
			t.Errorf("after writing %s dirty is %v", step.name, got)
		}
	}
}

func TestWhatADoctorAsks(t *testing.T) {
	dir := repository(t)
	if version, err := git.Version(t.Context()); err != nil || !strings.HasPrefix(version, "2.") {
		t.Errorf("version is %q, %v", version, err)
	}
	repo := open(t, dir)
	if shallow, err := repo.Shallow(t.Context()); err != nil || shallow {
		t.Errorf("shallow is %v, %v", shallow, err)
	}
	if at := repo.CommitTime(t.Context()); time.Since(at) > time.Hour {
		t.Errorf("the commit is of %s", at)
	}
	clone := filepath.Join(t.TempDir(), "clone")
	write(t, dir, "a.txt", "three")
	run(t, dir, "add", ".")
	commit(t, dir)
	run(t, dir, "clone", "--quiet", "--depth", "1", "file://"+dir, clone)
	if shallow, err := open(t, clone).Shallow(t.Context()); err != nil || !shallow {
		t.Errorf("shallow is %v, %v", shallow, err)
	}
	run(t, clone, "update-ref", "-d", "HEAD")
	if at := open(t, clone).CommitTime(t.Context()); !at.IsZero() {
		t.Errorf("the commit that is not there is of %s", at)
	}
}

func TestStateAndHeads(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	clean := git.State{Commit: repo.Head(t.Context()), Branch: "main"}
	check := func(dir string, want git.State, heads git.Heads) {
		t.Helper()
		got, err := git.ReadState(t.Context(), dir)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if diff := cmp.Diff(heads, git.ReadHeads(t.Context(), dir)); diff != "" {
			t.Error(diff)
		}
	}
	heads := git.Heads{Branch: "main", Default: "main", Commit: clean.Commit}
	write(t, dir, "untracked.txt", "no matter")
	check(dir, clean, heads)
	write(t, dir, "a.txt", "other")
	dirty := clean
	dirty.Dirty = true
	check(dir, dirty, heads)
	check(filepath.Join(dir, "sub"), clean, heads) // a.txt is none of its files
	run(t, dir, "mv", "-f", "a.txt", "renamed.txt")
	check(dir, dirty, heads)
	run(t, dir, "reset", "--quiet", "--hard")
	run(t, dir, "checkout", "--quiet", "--detach")
	check(dir, git.State{Commit: clean.Commit}, git.Heads{Default: "main", Commit: clean.Commit})
	run(t, dir, "update-ref", "refs/remotes/origin/trunk", clean.Commit)
	run(t, dir, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
	check(dir, git.State{Commit: clean.Commit}, git.Heads{Default: "trunk", Commit: clean.Commit})

	empty := t.TempDir()
	run(t, empty, "init", "--quiet", "--initial-branch=first")
	check(empty, git.State{Branch: "first"}, git.Heads{Branch: "first"})
	if _, err := git.ReadState(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder outside every working copy has a state")
	}
	if diff := cmp.Diff(git.Heads{}, git.ReadHeads(t.Context(), t.TempDir())); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := git.Open(t.Context(), t.TempDir())
	if !errors.Is(err, git.ErrNoRepository) || !strings.Contains(err.Error(), "no git in PATH") {
		t.Errorf("error is %v", err)
	}
	if _, err := git.Version(t.Context()); err == nil || strings.HasSuffix(err.Error(), ": ") {
		t.Errorf("error is %v", err)
	}
}

// A remote that takes the connection and says nothing ends with the context, and what git
// started for it keeps nobody waiting.
func TestSilentRemote(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	repo := open(t, repository(t))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := repo.Tip(ctx, "http://"+silent.Addr().String()+"/r.git", "main"); err == nil {
		t.Error("a remote that says nothing has a tip")
	}
	if ctx.Err() == nil {
		t.Error("nobody waited for the remote")
	}
}
