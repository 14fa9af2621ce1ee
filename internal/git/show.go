package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// ErrNoCommit says that a revision is not in this clone, which may hold only
// the newest commits of one branch.
var ErrNoCommit = errors.New("no such commit in this clone")

// Commit returns the full name of the commit that a revision stands for: a
// branch, a tag, a hash. A revision that is not there is [ErrNoCommit].
func (r *Repository) Commit(ctx context.Context, revision string) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil || revision == "" {
		return "", fmt.Errorf("%q: %w", revision, ErrNoCommit)
	}
	return strings.TrimSpace(out), nil
}

// Parents returns the commits that a commit was made on, also where they are not in
// the clone: a shallow one knows their names.
func (r *Repository) Parents(ctx context.Context, commit string) ([]string, error) {
	out, err := r.git(ctx, "cat-file", "commit", commit)
	if err != nil {
		return nil, fmt.Errorf("read commit %.12s: %w", commit, err)
	}
	var parents []string
	for line := range strings.Lines(out) {
		parent, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "parent ")
		switch {
		case is:
			parents = append(parents, parent)
		case line == "\n": // the message follows, and may say anything
			return parents, nil
		}
	}
	return parents, nil
}

// ReadFile returns a file as it is at a commit. The name is relative to the
// repository's directory. A file that is not there wraps fs.ErrNotExist; a link,
// and a file above the limit, are refused.
func (r *Repository) ReadFile(ctx context.Context, commit, name string, limit int64) ([]byte, error) {
	failed := func(err error) ([]byte, error) { return nil, fmt.Errorf("read %s at %.12s: %w", name, commit, err) }
	// -- and ./ keep a hostile name from being anything else than a name.
	out, err := r.git(ctx, "ls-tree", "-z", "--long", commit, "--", "./"+path.Clean(name))
	if err != nil {
		return failed(err)
	}
	// mode SP type SP object SP+ size TAB name NUL
	fields := strings.Fields(strings.SplitN(out, "\t", 2)[0])
	switch {
	case len(fields) != 4:
		return failed(fs.ErrNotExist)
	case fields[0] != "100644" && fields[0] != "100755":
		return failed(errors.New("it is not a regular file"))
	}
	if size, err := strconv.ParseInt(fields[3], 10, 64); err != nil || size > limit {
		return failed(fmt.Errorf("it is larger than %d bytes", limit))
	}
	out, err = r.git(ctx, "cat-file", "blob", fields[2])
	if err != nil {
		return failed(err)
	}
	return []byte(out), nil
}
