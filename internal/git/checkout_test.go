package git_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/git"
)

// tree reads a folder: path → text, link → its target, or "" for an empty folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			files[rel] = "-> " + target
			return err
		case entry.Type().IsRegular():
			data, err := os.ReadFile(path)
			files[rel] = string(data)
			return err
		}
		if inside, err := os.ReadDir(path); err == nil && len(inside) == 0 {
			files[rel+"/"] = ""
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// state is what must be left alone: everything under .git, and the working copy.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := tree(t, dir)
	for name := range files {
		if strings.HasPrefix(name, ".git/objects/") {
			delete(files, name)
		}
	}
	return files
}

func TestCheckoutWritesTheTreeAndNothingElse(t *testing.T) {
	dir := repository(t)
	outside := filepath.Join(t.TempDir(), "outside")
	for link, target := range map[string]string{"inside": "a.txt", "out": outside, "up": "../../.."} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "-rf", "a name like an option")
	write(t, dir, "run.sh", "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "add", ".")
	commit(t, dir)
	at := open(t, dir).Head(t.Context())
	write(t, dir, "a.txt", "of the working copy")
	write(t, dir, "new.txt", "staged")
	run(t, dir, "add", "new.txt")
	for _, hook := range []string{"post-checkout", "post-index-change"} {
		write(t, dir, ".git/hooks/"+hook, "#!/bin/sh\ntouch "+outside+"\n")
		if err := os.Chmod(filepath.Join(dir, ".git/hooks", hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "config", "core.sparseCheckout", "true")
	write(t, dir, ".git/info/sparse-checkout", "/a.txt\n")
	before := state(t, dir)
	into := filepath.Join(t.TempDir(), "new", "tree")
	if err := open(t, filepath.Join(dir, "sub")).Checkout(t.Context(), at, into); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a.txt": "one", "sub/b ä\n.txt": "two", "-rf": "a name like an option", "run.sh": "#!/bin/sh\n",
		"inside": "-> a.txt", "out": "-> " + outside, "up": "-> ../../..",
	}
	if diff := cmp.Diff(want, tree(t, into)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(into, "run.sh")); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("run.sh is %v, %v", info, err)
	}
	if diff := cmp.Diff(before, state(t, dir)); diff != "" {
		t.Errorf("the working copy changed: %s", diff)
	}
	if _, err := os.Lstat(outside); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a hook ran, or a link was followed")
	}
	if beside, err := os.ReadDir(filepath.Dir(into)); err != nil || len(beside) != 1 {
		t.Errorf("beside the tree lie %v, %v", beside, err)
	}
}

// The attributes are the commit's: neither the working copy's nor those of this machine.
func TestCheckoutReadsTheCommitsAttributes(t *testing.T) {
	dir := repository(t)
	run(t, dir, "config", "filter.shout.smudge", "tr a-z A-Z")
	run(t, dir, "config", "filter.shout.clean", "cat")
	write(t, dir, ".gitattributes", "loud.txt filter=shout\ncrlf.txt text eol=crlf\n")
	write(t, dir, "loud.txt", "loud\n")
	write(t, dir, "crlf.txt", "line\n")
	run(t, dir, "add", ".")
	commit(t, dir)
	at := open(t, dir).Head(t.Context())
	write(t, dir, ".gitattributes", "a.txt filter=shout\n")
	write(t, dir, "mine", "a.txt filter=shout\n")
	run(t, dir, "config", "core.attributesFile", filepath.Join(dir, "mine"))
	into := t.TempDir()
	if err := open(t, dir).Checkout(t.Context(), at, into); err != nil {
		t.Fatal(err)
	}
	got := tree(t, into)
	if got["loud.txt"] != "LOUD\n" || got["crlf.txt"] != "line\r\n" || got["a.txt"] != "one" {
		t.Errorf("the tree is %q", got)
	}
}

func TestCheckoutRefuses(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	full := t.TempDir()
	write(t, full, "there", "before")
	if err := repo.Checkout(t.Context(), "HEAD", full); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a folder with something in it: %v", err)
	}
	if err := repo.Checkout(t.Context(), "nothing", t.TempDir()); !errors.Is(err, git.ErrNoCommit) {
		t.Errorf("a commit that is not there: %v", err)
	}
	// A tree that would write into .git, as no git makes it by itself.
	blob := output(t, dir, "hash-object", "-w", "a.txt")
	inner := input(t, dir, "100644 blob "+blob+"\tconfig\n", "mktree")
	outer := input(t, dir, "040000 tree "+inner+"\t.git\n", "mktree")
	hostile := output(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit-tree", "-m", "hostile", outer)
	if err := repo.Checkout(t.Context(), hostile, t.TempDir()); err == nil {
		t.Error("a tree with .git in it was written")
	}
}

// A submodule is an empty folder: what it holds is another repository's.
func TestCheckoutLeavesSubmodulesOut(t *testing.T) {
	dir := repository(t)
	head := open(t, dir).Head(t.Context())
	run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+head+",module")
	commit(t, dir)
	into := t.TempDir()
	if err := open(t, dir).Checkout(t.Context(), "HEAD", into); err != nil {
		t.Fatal(err)
	}
	if _, ok := tree(t, into)["module/"]; !ok {
		t.Errorf("the tree is %q", tree(t, into))
	}
}

func TestPrefix(t *testing.T) {
	dir := repository(t)
	for below, want := range map[string]string{".": "", "sub": "sub/"} {
		if got, err := open(t, filepath.Join(dir, below)).Prefix(t.Context()); err != nil || got != want {
			t.Errorf("below %s it is %q, %v", below, got, err)
		}
	}
}

func TestFetchIntoAShallowClone(t *testing.T) {
	dir := repository(t)
	first := open(t, dir).Head(t.Context())
	run(t, dir, "checkout", "--quiet", "-b", "change")
	write(t, dir, "a.txt", "of the change")
	run(t, dir, "add", ".")
	commit(t, dir)
	run(t, dir, "checkout", "--quiet", "main")
	write(t, dir, "a.txt", "of main")
	run(t, dir, "add", ".")
	commit(t, dir)
	tip := open(t, dir).Head(t.Context())

	run(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, dir, "clone", "--quiet", "--depth=1", "--branch=change", "--filter=blob:none", "--config=protocol.version=2", "file://"+dir, clone)
	repo := open(t, clone)
	before := state(t, clone)
	for _, test := range []struct{ remote, revision, want string }{
		{"origin", "main", tip}, {"origin", "refs/heads/main", tip}, {"origin", tip, tip}, {"file://" + dir, first, first},
	} {
		got, err := repo.Fetch(t.Context(), test.remote, test.revision)
		if err != nil || got != test.want {
			t.Errorf("%s of %s is %s, %v", test.revision, test.remote, got, err)
		}
	}
	into := t.TempDir()
	if err := repo.Checkout(t.Context(), tip, into); err != nil || tree(t, into)["a.txt"] != "of main" {
		t.Errorf("%q, %v", tree(t, into), err)
	}
	after := state(t, clone)
	delete(before, ".git/shallow")
	delete(after, ".git/shallow")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("fetching changed: %s", diff)
	}
}

// A clone with its history keeps it.
func TestFetchLeavesAFullCloneFull(t *testing.T) {
	dir := repository(t)
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, dir, "clone", "--quiet", "file://"+dir, clone)
	for _, text := range []string{"two", "three"} {
		write(t, dir, "a.txt", text)
		run(t, dir, "add", ".")
		commit(t, dir)
	}
	repo := open(t, clone)
	tip, err := repo.Fetch(t.Context(), "origin", "main")
	if err != nil {
		t.Fatal(err)
	}
	if shallow, err := repo.Shallow(t.Context()); err != nil || shallow {
		t.Errorf("shallow is %v, %v", shallow, err)
	}
	if count := output(t, clone, "rev-list", "--count", tip); count != "3" {
		t.Errorf("the clone has %s commits of three", count)
	}
}

func TestFetchThatFails(t *testing.T) {
	dir := repository(t)
	repo := open(t, dir)
	hooked := filepath.Join(t.TempDir(), "ran")
	for name, test := range map[string]struct {
		remote, revision string
		noCommit         bool
	}{
		"a branch that is not there":     {"file://" + dir, "other", true},
		"a pattern":                      {"file://" + dir, "ma*", true},
		"a branch like a refspec":        {"file://" + dir, "main:refs/heads/made", true},
		"a commit that is not there":     {"file://" + dir, strings.Repeat("1", 40), false},
		"a remote like an option":        {"--upload-pack=touch " + hooked, "main", false},
		"a remote that runs a program":   {"ext::sh -c 'touch " + hooked + "'", "main", false},
		"a branch like an option":        {"file://" + dir, "--upload-pack=touch " + hooked, true},
		"a remote that is not there":     {"file:///nowhere", "main", false},
		"no revision":                    {"file://" + dir, "", true},
		"a server that wants a password": {"http://user:secret@127.0.0.1:1/r.git", "main", false},
	} {
		_, err := repo.Fetch(t.Context(), test.remote, test.revision)
		if err == nil || errors.Is(err, git.ErrNoCommit) != test.noCommit || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Lstat(hooked); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a program of the remote's ran")
	}
	if branches := strings.Fields(output(t, dir, "for-each-ref", "--format=%(refname)")); !slices.Equal(branches, []string{"refs/heads/main"}) {
		t.Errorf("branches are %q", branches)
	}
}

func output(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return input(t, dir, "", args...)
}

func input(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

func TestPoints(t *testing.T) {
	dir := repository(t)
	for _, test := range []struct {
		origin, url string
		want        bool
	}{
		{"git@example.org:acme/r.git", "https://example.org/acme/r", true},
		{"https://user:secret@example.org/acme/R.git", "https://example.org/acme/r.git", true},
		{"https://example.org/fork/r.git", "https://example.org/acme/r.git", false},
		{"https://acme/r@example.org/r.git", "https://example.org/acme/r.git", false},
	} {
		run(t, dir, "config", "remote.origin.url", test.origin)
		if got := open(t, dir).Points(t.Context(), "origin", test.url); got != test.want {
			t.Errorf("%s points at %s: %v", test.origin, test.url, got)
		}
	}
	if open(t, dir).Points(t.Context(), "other", "https://example.org/acme/r.git") {
		t.Error("a remote that is not there points somewhere")
	}
}
