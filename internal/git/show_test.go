package git_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/git"
)

func TestReadFileAtACommit(t *testing.T) {
	dir := repository(t)
	ctx := t.Context()
	before := open(t, dir).Head(ctx)
	write(t, dir, "a.txt", "changed")
	write(t, dir, "sub/-x", "a name like an option")
	write(t, dir, "large.txt", strings.Repeat("x", 101))
	if err := os.Symlink("a.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "add", ".")
	commit(t, dir)
	after, err := open(t, dir).Commit(ctx, "main")
	if err != nil || len(after) != 40 {
		t.Fatal(after, err)
	}
	tests := []struct{ below, commit, name, want, err string }{
		{".", before, "a.txt", "one", ""},
		{".", after, "a.txt", "changed", ""},
		{"sub", before, "b ä\n.txt", "two", ""},
		{"sub", after, "-x", "a name like an option", ""},
		{"sub", after, "../a.txt", "changed", ""},
		{".", before, "large.txt", "", "does not exist"},
		{".", after, "large.txt", "", "larger than 100"},
		{".", after, "link", "", "not a regular file"},
		{".", after, "sub", "", "not a regular file"},
		{".", after, "*.txt", "", "does not exist"},
	}
	for _, test := range tests {
		got, err := open(t, filepath.Join(dir, test.below)).ReadFile(ctx, test.commit, test.name, 100)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s at %s: %q, %v, want the error %q", test.name, test.commit, got, err, test.err)
			}
			continue
		}
		if err != nil || string(got) != test.want {
			t.Errorf("%s at %s is %q, %v, want %q", test.name, test.commit, got, err, test.want)
		}
	}
	if _, err := open(t, dir).ReadFile(ctx, after, "nothing", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

// A shallow clone has neither the other branch nor its commits.
func TestCommitsThatAreNotInTheClone(t *testing.T) {
	dir := repository(t)
	first := open(t, dir).Head(t.Context())
	write(t, dir, "a.txt", "changed")
	run(t, dir, "add", ".")
	commit(t, dir)
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, dir, "clone", "--quiet", "--depth=1", "file://"+dir, clone)
	for _, revision := range []string{first, "", "nothing", "--all", "HEAD:a.txt", "refs/remotes/origin/other", strings.Repeat("0", 40)} {
		if got, err := open(t, clone).Commit(t.Context(), revision); !errors.Is(err, git.ErrNoCommit) {
			t.Errorf("%q is %q, %v", revision, got, err)
		}
	}
	if _, err := open(t, clone).Commit(t.Context(), "refs/remotes/origin/main"); err != nil {
		t.Error(err)
	}
}
