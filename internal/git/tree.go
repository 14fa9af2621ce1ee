package git

import (
	"context"
	"fmt"
	"slices"
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

// Untracked lists the files below the directory that are in no commit to be: all
// that is not in the index, ignored files among them. What lies in another
// repository is left out. Each path is a file, a folder, or "." for everything.
func (r *Repository) Untracked(ctx context.Context, paths ...string) ([]string, error) {
	args := []string{"--literal-pathspecs", "ls-files", "-z", "--others", "--"}
	out, err := r.git(ctx, append(args, paths...)...)
	if err != nil {
		return nil, fmt.Errorf("list untracked files: %w", err)
	}
	names := strings.FieldsFunc(out, func(r rune) bool { return r == 0 })
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "/") }), nil
}

// TrackedAt lists the tracked files at or below one path, which is no pattern.
func (r *Repository) TrackedAt(ctx context.Context, path string) ([]string, error) {
	out, err := r.git(ctx, "--literal-pathspecs", "ls-files", "-z", "--", path)
	if err != nil {
		return nil, fmt.Errorf("list tracked files: %w", err)
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}
