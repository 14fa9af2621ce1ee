package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func made(t *testing.T, dir string) string {
	t.Helper()
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"},
		{"add", "-A"},
		{"-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x", "--allow-empty"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// A git that waits for ever is not waited for.
func TestASilentGit(t *testing.T) {
	dir := made(t, t.TempDir())
	config := filepath.Join(dir, ".git", "config")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if out, err := exec.CommandContext(t.Context(), "mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v\n%s", err, out)
	}
	file, err := os.OpenFile(config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("[include]\n\tpath = " + pipe + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openUntrusted(t.Context(), dir, 100*time.Millisecond); !errors.Is(err, ErrSilent) {
		t.Errorf("error %v, want %v", err, ErrSilent)
	}
}

// Neither is one that waits for an object: what was read before is there, the rest is not.
func TestASilentObject(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repo, err := openUntrusted(t.Context(), made(t, dir), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	repo.patience = 500 * time.Millisecond
	s, err := repo.Snapshot(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	object := s.entries["b"].object
	pipe := filepath.Join(dir, ".git", "objects", object[:2], object[2:])
	if err := os.Remove(pipe); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v\n%s", err, out)
	}
	if data, err := s.ReadFile("a"); err != nil || string(data) != "a" {
		t.Errorf("a is %q, error %v", data, err)
	}
	for _, name := range []string{"b", "c"} {
		if _, err := s.ReadFile(name); !errors.Is(err, ErrSilent) {
			t.Errorf("%s: error %v, want %v", name, err, ErrSilent)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// What a hook has set for its own repository says nothing of somebody else's.
func TestUntrustedInAHook(t *testing.T) {
	other := made(t, t.TempDir())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	made(t, dir)
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git", "index"))
	t.Setenv("GIT_WORK_TREE", other)
	repo, err := OpenUntrusted(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := repo.Index(t.Context())
	if err != nil || len(list) != 1 || list[0].Path != "a.txt" {
		t.Errorf("files %v, %v", list, err)
	}
}
