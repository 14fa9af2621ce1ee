package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/registry/registrytest"
)

const gitBranch = "muster/models"

// runGit calls git in a folder and returns what it prints.
func runGit(tb testing.TB, dir string, stdin []byte, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		errors.As(err, &exit)
		tb.Fatalf("git %v: %v\n%s", args, err, exit.Stderr)
	}
	return strings.TrimRight(string(out), "\n")
}

// bareRemote makes a bare repository with a commit on main, and returns its folder.
func bareRemote(t *testing.T) string {
	t.Helper()
	quickGit(t)
	dir := filepath.Join(t.TempDir(), "remote.git")
	runGit(t, ".", nil, "init", "--quiet", "--bare", "--initial-branch=main", dir)
	tree := runGit(t, dir, nil, "mktree")
	commit := runGit(t, dir, nil, "commit-tree", "-m", "first", tree)
	commit = runGit(t, dir, nil, "commit-tree", "-m", "second", "-p", commit, tree)
	runGit(t, dir, nil, "update-ref", "refs/heads/main", commit)
	return dir
}

// quickGit has git know nobody's settings but these: each commit is Ann's, and no
// file waits for the disk, since no test here cuts the power.
func quickGit(tb testing.TB) {
	tb.Helper()
	config := filepath.Join(tb.TempDir(), "gitconfig")
	settings := "[core]\n\tfsync = none\n[gc]\n\tauto = 0\n[uploadpack]\n\tallowFilter = true\n[user]\n\tname = ann\n\temail = ann@example.org\n"
	if err := os.WriteFile(config, []byte(settings), 0o644); err != nil {
		tb.Fatal(err)
	}
	tb.Setenv("GIT_CONFIG_GLOBAL", config)
	tb.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
}

// clone makes a clone as CI hosts do: one commit, checked out by its name.
func clone(t *testing.T, remote string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	runGit(t, ".", nil, "clone", "--quiet", "--depth=1", "file://"+remote, dir)
	runGit(t, dir, nil, "checkout", "--quiet", "--detach")
	return dir
}

// openGit opens the registry as a job in a clone does.
func openGit(t *testing.T, clone, large string) *registry.Git {
	t.Helper()
	return openGitWith(t, clone, large, filepath.Join(t.TempDir(), "cache"))
}

func openGitWith(t *testing.T, clone, large, cache string) *registry.Git {
	t.Helper()
	remote, err := git.FindRemote(t.Context(), clone, "origin")
	if err != nil {
		t.Fatal(err)
	}
	backend, err := registry.NewGit(remote, gitBranch, cache, large)
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// rewriteGit changes a file of a branch at the remote, as somebody with a clone can.
// What it returns sets the branch back.
func rewriteGit(t *testing.T, remote, name string, change func([]byte) []byte) (undo func()) {
	t.Helper()
	ref := "refs/heads/" + gitBranch
	if strings.HasPrefix(name, "ledger/") {
		ref += "-ledger"
	}
	if digest, ok := strings.CutPrefix(name, "objects/"); ok {
		name = "objects/" + digest[:2] + "/" + digest[2:]
		if exec.CommandContext(t.Context(), "git", "-C", remote, "cat-file", "-e", ref+":"+name).Run() != nil {
			ref += "-ledger"
		}
	}
	index := filepath.Join(t.TempDir(), "index")
	withIndex := func(args ...string) string {
		t.Setenv("GIT_INDEX_FILE", index)
		defer os.Unsetenv("GIT_INDEX_FILE")
		return runGit(t, remote, nil, args...)
	}
	before := runGit(t, remote, nil, "rev-parse", ref)
	withIndex("read-tree", ref)
	if change == nil {
		withIndex("rm", "--cached", "--quiet", "--", name)
	} else {
		content, err := exec.CommandContext(t.Context(), "git", "-C", remote, "cat-file", "blob", ref+":"+name).Output()
		if err != nil {
			t.Fatal(name, err)
		}
		blob := runGit(t, remote, change(content), "hash-object", "-w", "--stdin")
		withIndex("update-index", "--cacheinfo", "100644,"+blob+","+name)
	}
	tree := withIndex("write-tree")
	commit := runGit(t, remote, nil, "commit-tree", "-m", "changed by hand", "-p", ref, tree)
	runGit(t, remote, nil, "update-ref", ref, commit)
	return func() { runGit(t, remote, nil, "update-ref", ref, before) }
}

func TestGitConformance(t *testing.T) {
	registrytest.Run(t, func(t *testing.T) registrytest.Place {
		t.Helper()
		remote := bareRemote(t)
		at := clone(t, remote)
		initGitLedger(t, at)
		cache := t.TempDir() // as processes in one folder share it
		return registrytest.Place{
			Open: func(t *testing.T) registry.Backend { t.Helper(); return openGitWith(t, at, "", cache) },
			Damage: func(t *testing.T, name string, change func([]byte) []byte) func() {
				t.Helper()
				return rewriteGit(t, remote, name, change)
			},
		}
	})
}

// initGitLedger makes the registry; the suite then finds it made.
func initGitLedger(t *testing.T, clone string) {
	t.Helper()
	for range 2 { // a second time changes nothing
		if err := registry.InitGit(t.Context(), openGit(t, clone, ""), registrytest.Pipeline); err != nil {
			t.Fatal(err)
		}
	}
}

func openGitRegistry(t *testing.T, clone, large string) *registry.Registry {
	t.Helper()
	reg, err := registry.Open(t.Context(), openGit(t, clone, large))
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func TestAGitRegistryThatIsMissingIsNoRemoteThatDoesNotAnswer(t *testing.T) {
	remote := bareRemote(t)
	at := clone(t, remote)
	if _, err := registry.Open(t.Context(), openGit(t, at, "")); !errors.Is(err, registry.ErrMissing) {
		t.Errorf("no branch: error is %v, want ErrMissing", err)
	}
	initGitLedger(t, at)
	if err := registry.InitGit(t.Context(), openGit(t, at, ""), "churn"); err == nil || !strings.Contains(err.Error(), `"churn"`) {
		t.Errorf("another pipeline: error is %v", err)
	}
	reg := openGitRegistry(t, at, "")
	if err := os.Rename(remote, remote+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Open(t.Context(), openGit(t, at, "")); err == nil || errors.Is(err, registry.ErrMissing) {
		t.Errorf("no remote: error is %v", err)
	}
	store := registrytest.NewStore(t)
	if _, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, "a")); err == nil || errors.Is(err, registry.ErrMissing) {
		t.Errorf("no remote: error is %v", err)
	}
	if err := os.Rename(remote+".away", remote); err != nil {
		t.Fatal(err)
	}
	// A ledger that is lost is no empty one.
	runGit(t, remote, nil, "update-ref", "-d", "refs/heads/"+gitBranch+"-ledger")
	if before, err := openGitRegistry(t, at, "").Attempts(t.Context(), strings.Repeat("d", 64)); err == nil || !strings.Contains(err.Error(), "muster models init") {
		t.Errorf("a lost ledger says %v, %v", before, err)
	}
	initGitLedger(t, at)
	if before, err := openGitRegistry(t, at, "").Attempts(t.Context(), strings.Repeat("d", 64)); err != nil || len(before) > 0 {
		t.Errorf("a new ledger says %v, %v", before, err)
	}
	// A branch that has gone is not made again by whoever wants to add to it.
	runGit(t, remote, nil, "update-ref", "-d", "refs/heads/"+gitBranch)
	if _, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, "a")); err == nil {
		t.Error("a version was added to a branch that is gone")
	}
}

func TestABranchThatWasRewrittenIsRefused(t *testing.T) {
	remote := bareRemote(t)
	at := clone(t, remote)
	initGitLedger(t, at)
	start := runGit(t, remote, nil, "rev-parse", "refs/heads/"+gitBranch)
	reg := openGitRegistry(t, at, "")
	store := registrytest.NewStore(t)
	if _, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, "a")); err != nil {
		t.Fatal(err)
	}
	runGit(t, remote, nil, "update-ref", "refs/heads/"+gitBranch, start)
	if _, err := reg.Move(t.Context(), registry.Promotion{Alias: "production", To: "v1"}); !errors.Is(err, objects.ErrCorrupt) {
		t.Errorf("error is %v, want ErrCorrupt", err)
	}
}

func TestLargeFilesLieBesideTheBranch(t *testing.T) {
	remote := bareRemote(t)
	at := clone(t, remote)
	initGitLedger(t, at)
	store := registrytest.NewStore(t)
	v := registrytest.NewVersion(t, store, strings.Repeat("x", 5<<20))
	if _, err := openGitRegistry(t, at, "").Add(t.Context(), store, v); err == nil || !strings.Contains(err.Error(), "registry.git.objects") {
		t.Errorf("error is %v, want one that says what to set", err)
	}
	many := registrytest.NewVersion(t, store, strings.Repeat("x", 5<<20-20))
	third := registrytest.NewVersion(t, store, strings.Repeat("y", 1<<20))
	many.Model.Files = append(many.Model.Files, third.Model.Files[0])
	many.Model.Files[2].Path = "model/third.bin"
	many.Model.Digest = objects.TreeDigest(many.Model.Files)
	if _, err := openGitRegistry(t, at, "").Add(t.Context(), store, many); err == nil || !strings.Contains(err.Error(), "above 10 MB") {
		t.Errorf("error is %v, want one that says what to set", err)
	}
	large := filepath.Join(t.TempDir(), "large")
	added, err := openGitRegistry(t, at, large).Add(t.Context(), store, v)
	if err != nil {
		t.Fatal(err)
	}
	reg := openGitRegistry(t, clone(t, remote), large)
	if _, err := reg.Move(t.Context(), registry.Promotion{Alias: "production", To: added.Version}); err != nil {
		t.Fatal(err)
	}
	if err := reg.Restore(t.Context(), added.Version, registrytest.NewStore(t)); err != nil {
		t.Error(err)
	}
	if size := runGit(t, remote, nil, "count-objects", "-v"); strings.Contains(size, "size: 5") {
		t.Errorf("the repository holds the model:\n%s", size)
	}
	if err := openGitRegistry(t, at, "").Restore(t.Context(), added.Version, registrytest.NewStore(t)); err == nil {
		t.Error("a file that is not there was restored")
	}
}

// Fifty clones promote fifty candidates over one champion.
func TestFiftyClonesPromoteAtOnce(t *testing.T) {
	const rivals = 50
	remote := bareRemote(t)
	at := clone(t, remote)
	initGitLedger(t, at)
	reg := openGitRegistry(t, at, "")
	store := registrytest.NewStore(t)
	for i := range rivals + 1 {
		if _, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := reg.Move(t.Context(), registry.Promotion{Alias: "production", To: "v1"}); err != nil {
		t.Fatal(err)
	}
	backends := make([]*registry.Registry, rivals)
	for i := range rivals {
		backends[i] = openGitRegistry(t, clone(t, remote), "")
		if _, _, err := backends[i].Current(t.Context(), "production"); err != nil {
			t.Fatal(err)
		}
	}
	errs := make([]error, rivals)
	var group sync.WaitGroup
	for i, rival := range backends {
		group.Go(func() {
			_, errs[i] = rival.Move(t.Context(), registry.Promotion{Alias: "production", From: "v1", To: fmt.Sprintf("v%d", i+2)})
		})
	}
	group.Wait()
	_, last, err := openGitRegistry(t, at, "").Current(t.Context(), "production")
	if err != nil || last.Serial != 2 || last.From != "v1" {
		t.Fatalf("%+v, %v", last, err)
	}
	won := 0
	for i, err := range errs {
		moved, lost := errors.AsType[*registry.MovedError](err)
		switch {
		case err == nil:
			won++
			if last.To != fmt.Sprintf("v%d", i+2) {
				t.Errorf("v%d won, and the alias names %s", i+2, last.To)
			}
		case !lost || moved.Current != last.To:
			t.Errorf("error is %v, want that %s won", err, last.To)
		}
	}
	if won != 1 {
		t.Errorf("%d clones won", won)
	}
	runGit(t, remote, nil, "fsck", "--full", "--strict")
}

// A hook stands for the protection of a branch, and for a token that may only read.
func TestARemoteThatMayOnlyBeRead(t *testing.T) {
	remote := bareRemote(t)
	at := clone(t, remote)
	initGitLedger(t, at)
	reg := openGitRegistry(t, at, "")
	store := registrytest.NewStore(t)
	if err := os.WriteFile(filepath.Join(remote, "hooks", "update"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := reg.Add(t.Context(), store, registrytest.NewVersion(t, store, "a"))
	readOnly, ok := errors.AsType[*registry.ReadOnlyError](err)
	if !ok || !strings.Contains(readOnly.Hint(), "contents: write") || !strings.Contains(readOnly.Reason, "hook declined") {
		t.Errorf("error is %v, want a ReadOnlyError", err)
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error is %v, want ErrPermission: that the ledger cannot be written stops no gate", err)
	}
	if versions, err := openGitRegistry(t, at, "").Versions(t.Context()); err != nil || len(versions) != 0 {
		t.Errorf("Versions gave %v, %v", versions, err)
	}
}

// Adding a model again is all that it takes: nothing else may follow.
func TestAModelThatIsAddedAgainIsMended(t *testing.T) {
	remote, at := promoted(t)
	store := registrytest.NewStore(t)
	again := registrytest.NewVersion(t, store, "a")
	rewriteGit(t, remote, "objects/"+again.Model.Files[0].SHA256, bytes.ToUpper)
	if err := useGit(t, at); !errors.Is(err, objects.ErrCorrupt) {
		t.Errorf("error is %v, want ErrCorrupt", err)
	}
	if _, err := openGitRegistry(t, at, "").Add(t.Context(), store, again); err != nil {
		t.Fatal(err)
	}
	if err := useGit(t, at); err != nil {
		t.Error(err)
	}
}
