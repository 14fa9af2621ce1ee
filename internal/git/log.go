package git

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Logged is a commit of a branch's history.
type Logged struct {
	Commit string
	Time   time.Time
	// Tags are those that name it, sorted by git.
	Tags []string
}

// Log lists at most so many commits that lead to a revision, the newest first: of a
// merge those of the branch that was merged into.
func (r *Repository) Log(ctx context.Context, revision string, most int) ([]Logged, error) {
	commit, err := r.Commit(ctx, revision)
	if err != nil {
		return nil, err
	}
	out, err := r.git(ctx, "log", "--first-parent", "--no-show-signature", "--decorate=full", "--decorate-refs=refs/tags/*",
		"--max-count="+strconv.Itoa(most), "--format=%H%x00%cI%x00%D%x00", "--end-of-options", commit)
	if err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	fields := strings.Split(out, "\x00")
	var log []Logged
	for ; len(fields) > 3; fields = fields[3:] {
		at, err := time.Parse(time.RFC3339, fields[1])
		if err != nil {
			return nil, fmt.Errorf("read time of %.12s: %w", fields[0], err)
		}
		log = append(log, Logged{Commit: strings.TrimSpace(fields[0]), Time: at, Tags: tagsOf(fields[2])})
	}
	return log, nil
}

// tagsOf reads git's decoration: "tag: refs/tags/v1, tag: refs/tags/v2".
func tagsOf(decoration string) []string {
	var tags []string
	for part := range strings.SplitSeq(decoration, ", ") {
		if tag, ok := strings.CutPrefix(part, "tag: refs/tags/"); ok {
			tags = append(tags, tag)
		}
	}
	return tags
}
