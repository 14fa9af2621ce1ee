package git

import (
	"context"
	"fmt"
	"strings"
)

// FilesAt lists all files of a commit by their paths from the top of the
// repository, with slashes, whatever part of it the directory is.
func (r *Repository) FilesAt(ctx context.Context, commit string) ([]string, error) {
	out, err := r.git(ctx, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("list files at %.12s: %w", commit, err)
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}
