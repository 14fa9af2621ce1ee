package git_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/git"
)

func TestSnapshot(t *testing.T) {
	dir := repository(t)
	before := open(t, dir).Head(t.Context())
	write(t, dir, "a.txt", "changed")
	write(t, dir, "sub/new.txt", "")
	if err := os.Symlink("a.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "add", ".")
	commit(t, dir)
	write(t, dir, "a.txt", "not committed")

	old, now := snapshot(t, dir, before), snapshot(t, dir, "main")
	if data, err := fs.ReadFile(old, "a.txt"); string(data) != "one" || err != nil {
		t.Errorf("a.txt was %q, %v", data, err)
	}
	if data, err := fs.ReadFile(now, "a.txt"); string(data) != "changed" || err != nil {
		t.Errorf("a.txt is %q, %v", data, err)
	}
	if diff := cmp.Diff([]string{"a.txt", "link", "sub/b ä\n.txt", "sub/new.txt"}, now.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if old.Commit != before || now.Commit == before || old.Tree == now.Tree {
		t.Errorf("commits %s and %s, trees %s and %s", old.Commit, now.Commit, old.Tree, now.Tree)
	}
	if info, err := now.Lstat("link"); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v", info, err)
	}
	if to, err := now.ReadLink("link"); to != "a.txt" || err != nil {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if _, err := fs.ReadFile(now, "../a.txt"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("outside: %v", err)
	}
	if _, err := fs.ReadFile(now, "gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

// A snapshot is a file system like any other; below a folder it is that folder's.
func TestSnapshotIsAFileSystem(t *testing.T) {
	dir := repository(t)
	write(t, dir, "sub/deep/c.txt", "three")
	run(t, dir, "add", ".")
	commit(t, dir)
	if err := fstest.TestFS(snapshot(t, dir, "HEAD"), "a.txt", "sub/deep/c.txt"); err != nil {
		t.Error(err)
	}
	below := snapshot(t, filepath.Join(dir, "sub"), "HEAD")
	if data, err := fs.ReadFile(below, "deep/c.txt"); string(data) != "three" || err != nil {
		t.Errorf("deep/c.txt is %q, %v", data, err)
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	if _, err := open(t, repository(t)).Snapshot(t.Context(), "--all"); !errors.Is(err, git.ErrNoCommit) {
		t.Errorf("error is %v", err)
	}
}

// What a clone left out is not fetched.
func TestSnapshotOfAPartialClone(t *testing.T) {
	origin := repository(t)
	run(t, origin, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, origin, "clone", "--quiet", "--no-checkout", "--filter=blob:none", "file://"+origin, clone)
	s := snapshot(t, clone, "HEAD")
	if len(s.Files) != 2 {
		t.Errorf("files are %q", s.Files)
	}
	if data, err := fs.ReadFile(s, "a.txt"); err == nil {
		t.Errorf("a.txt was fetched: %q", data)
	}
}

func TestLog(t *testing.T) {
	dir := repository(t)
	run(t, dir, "tag", "v1")
	run(t, dir, "tag", "first,one")
	write(t, dir, "a.txt", "two")
	run(t, dir, "add", ".")
	commit(t, dir)
	log, err := open(t, dir).Log(t.Context(), "HEAD", 10)
	if err != nil || len(log) != 2 {
		t.Fatalf("log is %v, %v", log, err)
	}
	if log[0].Commit != open(t, dir).Head(t.Context()) || log[0].Time.IsZero() || len(log[0].Tags) > 0 {
		t.Errorf("the newest is %+v", log[0])
	}
	if diff := cmp.Diff([]string{"v1", "first,one"}, log[1].Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func snapshot(t *testing.T, dir, revision string) *git.Snapshot {
	t.Helper()
	s, err := open(t, dir).Snapshot(t.Context(), revision)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
