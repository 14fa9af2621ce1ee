package git

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Change is a commit with the files that it changed.
type Change struct {
	Commit string
	At     time.Time
	// Name and Mail are its author's.
	Name, Mail string
	// Files are paths from the top of the repository.
	Files []string
}

// Changes lists the newest commits that lead to the one that is checked out, at most
// so many and, if since is not zero, none that is older; with paths, those that
// changed one of them. Merges are left out: what they bring is in the commits that
// they merge. Patterns of paths are as in "glob" of gitglossary.
func (r *Repository) Changes(ctx context.Context, most int, since time.Time, paths ...string) ([]Change, error) {
	args := []string{
		"-c", "log.showSignature=false", "log", "--no-show-signature", "--no-merges", "--no-renames", "--no-ext-diff", "--name-only", "-z",
		"--format=%x01%H%x1f%cI%x1f%an%x1f%ae", "--max-count=" + strconv.Itoa(most),
	}
	if !since.IsZero() {
		args = append(args, "--since="+since.UTC().Format(time.RFC3339))
	}
	args = append(args, "HEAD", "--")
	for _, path := range paths {
		args = append(args, ":(top,glob)"+path)
	}
	// A clone without all trees would fetch them: reading goes nowhere.
	out, err := r.gitWith(ctx, noFetch(), args...)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return changes(out), nil
}

// changes reads what git log printed: \x01 begins a commit, NUL ends its line and each name.
func changes(out string) []Change {
	var list []Change
	for record := range strings.SplitSeq(out, "\x01") {
		fields := strings.Split(strings.TrimRight(record, "\x00"), "\x00")
		head := strings.Split(fields[0], "\x1f")
		if len(head) != 4 {
			continue
		}
		at, err := time.Parse(time.RFC3339, head[1])
		if err != nil {
			continue
		}
		change := Change{Commit: head[0], At: at, Name: head[2], Mail: head[3]}
		for _, name := range fields[1:] {
			if name = strings.TrimPrefix(name, "\n"); name != "" {
				change.Files = append(change.Files, name)
			}
		}
		list = append(list, change)
	}
	return list
}

// Tag is a tag and when it, or the commit that it names, was made.
type Tag struct {
	Name string
	At   time.Time
}

// Tags lists the newest tags, at most so many.
func (r *Repository) Tags(ctx context.Context, most int) ([]Tag, error) {
	out, err := r.git(ctx, "for-each-ref", "--sort=-creatordate", "--count="+strconv.Itoa(most),
		"--format=%(refname:lstrip=2)%00%(creatordate:iso-strict)", "refs/tags")
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	var tags []Tag
	for line := range strings.Lines(out) {
		name, date, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\x00")
		at, _ := time.Parse(time.RFC3339, date) // zero if git does not say
		tags = append(tags, Tag{Name: name, At: at})
	}
	return tags, nil
}
