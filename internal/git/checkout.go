package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Prefix returns where the repository's directory lies in its working copy:
// "models/one/", or "" at the top.
func (r *Repository) Prefix(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--show-prefix")
	return strings.TrimSuffix(out, "\n"), err
}

// Checkout writes the whole tree of a commit into dir, which must be empty or
// not there. The working copy, its index and its list of worktrees stay as they
// are: git works with an index of its own, beside dir. Line endings, filters
// and LFS are what the commit's own .gitattributes say, with the drivers that
// are set up for this clone. No hook runs; submodules are empty folders; links
// stay links, and whoever reads the tree must see to it where they lead.
func (r *Repository) Checkout(ctx context.Context, commit, dir string) error {
	failed := func(err error) error { return fmt.Errorf("check out %.12s into %s: %w", commit, dir, err) }
	full, err := r.Commit(ctx, commit)
	if err != nil {
		return failed(err)
	}
	if dir, err = emptyFolder(dir); err != nil {
		return failed(err)
	}
	own, err := r.git(ctx, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return failed(err)
	}
	beside, err := os.MkdirTemp(filepath.Dir(dir), ".index-*")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(beside)
	env := []string{
		"GIT_DIR=" + strings.TrimSuffix(own, "\n"), "GIT_WORK_TREE=" + dir,
		"GIT_INDEX_FILE=" + filepath.Join(beside, "index"), "GIT_ATTR_NOSYSTEM=1", "GIT_PREFIX=",
	}
	// What a clone may be set up to do, and would do to the working copy or leave out of the tree.
	args := configure("core.hooksPath="+os.DevNull, "core.sparseCheckout=false", "core.splitIndex=false", "core.fsmonitor=false",
		"submodule.recurse=false", "core.attributesFile="+os.DevNull, "core.bare=false")
	if _, err := (&Repository{dir: dir}).gitWith(ctx, env, append(args, "read-tree", "--reset", "-u", full)...); err != nil {
		return failed(err)
	}
	return nil
}

// emptyFolder makes dir, and returns its absolute path. One with something in it is refused.
func emptyFolder(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(abs, 0o777); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(abs)
	if err == nil && len(entries) > 0 {
		err = errors.New("the folder is not empty")
	}
	return abs, err
}

// configure are the arguments that set keys for one call of git.
func configure(settings ...string) []string {
	var args []string
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}
