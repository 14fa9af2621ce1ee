package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// History is a line of a pipeline's history, and what lies beside it.
type History struct {
	Branch string
	Point  result.Milestone
	// Badge is the newest badge, as a picture and as data for shields.io.
	Badge, Data []byte
	// Overtaken says that the branch has a newer commit by now: the badge is that one's,
	// and this one gets a line only if it has none.
	Overtaken bool
}

// The files of a pipeline on the branch, in a folder of its name.
const (
	historyFile   = "history.jsonl"
	badgeFile     = "badge.svg"
	badgeDataFile = "badge.json"
	// maxHistory is how many lines are kept; the branch has those before them.
	maxHistory = 5000
	// maxHistoryTries bounds the races with other jobs that write to the branch.
	maxHistoryTries = 10
	// remoteTime is how long git may take for what is only told: a job does not wait
	// for ever at a remote that takes a connection and says nothing.
	remoteTime = 2 * time.Minute
)

// history is what this job adds.
func (c CI) history(doc result.Report) *History {
	point := result.Milestone{Time: doc.Created, Commit: doc.Commit, Verdict: "failed"}
	switch {
	case doc.Decision != nil:
		point.Verdict = string(doc.Decision.Verdict)
		point.Metrics = overall(doc.Decision.Comparison, candidateSide)
	case passed(doc.Run) && doc.Run.NoModel != "":
		point.Verdict = "pending"
	case passed(doc.Run) && len(doc.Problems) == 0:
		point.Verdict = "none"
	}
	if doc.Assessment != nil {
		point.Level = doc.Assessment.Level
	}
	if doc.Promotion != nil {
		point.Version = doc.Promotion.To
	}
	var badge, data bytes.Buffer
	// Neither can fail: a buffer takes everything.
	_ = report.Badge(&badge, doc)
	_ = report.BadgeData(&data, doc)
	return &History{Branch: c.Settings.History, Point: point, Badge: badge.Bytes(), Data: data.Bytes()}
}

// keepHistory adds to the branch, and says so.
func (c CI) keepHistory(ctx context.Context, h *History) (said Said) {
	if h == nil {
		return said
	}
	changed, err := c.addHistory(ctx, *h)
	switch {
	case err != nil:
		said.Missing = []string{"history: " + err.Error()}
	case changed:
		said.Did = []string{"history kept on " + h.Branch}
	default:
		said.Did = []string{"history unchanged"}
	}
	return said
}

// addHistory makes one commit on the branch, which it makes too if it is not there. A
// push that another job's came before is made again on what that made.
func (c CI) addHistory(ctx context.Context, h History) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	branch, err := c.historyBranch(ctx, h.Branch)
	if err != nil {
		return false, err
	}
	for try := range maxHistoryTries {
		tip, err := branch.Tip(ctx)
		if errors.Is(err, git.ErrNoBranch) {
			tip, err = nil, nil
		}
		if err != nil {
			return false, err
		}
		files, err := c.historyFiles(ctx, tip, h)
		if err != nil || len(files) == 0 {
			return false, err
		}
		// [skip ci] keeps hosts from starting jobs for this branch.
		_, err = branch.Commit(ctx, tip, files, fmt.Sprintf("%s: %s at %.7s [skip ci]", c.name(), h.Point.Verdict, h.Point.Commit))
		if err == nil || !errors.Is(err, git.ErrMoved) {
			return err == nil, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(rand.N(20 * time.Millisecond << try)): // so that many at once do not stay in step
		}
	}
	return false, fmt.Errorf("%s is written to by others all the time", branch)
}

// historyBranch is the branch at the repository that the job is about. It is no branch
// that anything else lies on.
func (c CI) historyBranch(ctx context.Context, name string) (*git.Branch, error) {
	taken := []string{c.Event.Branch, c.Event.Base.Branch}
	if settings := c.Project.registry.Git; settings != nil {
		taken = append(taken, settings.Branch, settings.Branch+"-ledger")
	}
	if slices.Contains(taken, name) {
		return nil, fmt.Errorf("branch %s holds something else; name one for the history alone in ci.history", name)
	}
	remote, err := git.FindRemote(ctx, c.Project.Dir, "origin")
	if err == nil {
		remote, err = remote.Instead(c.Project.Target)
	}
	if err != nil {
		return nil, err
	}
	cache, err := c.Project.cacheOfGit()
	if err != nil {
		return nil, err
	}
	return git.OpenBranch(remote, name, cache)
}

// historyFiles are the files that differ from those at the tip; none if nothing does. A
// job that ran again is no new point.
func (c CI) historyFiles(ctx context.Context, tip *git.Tip, h History) (map[string][]byte, error) {
	in := func(name string) string { return path.Join(c.name(), name) }
	now := map[string][]byte{}
	for _, name := range []string{in(historyFile), in(badgeFile), in(badgeDataFile)} {
		if tip == nil || !tip.Has(name) {
			continue
		}
		found, err := tip.Read(ctx, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		maps.Copy(now, found)
	}
	lines, err := addPoint(now[in(historyFile)], h.Point, h.Overtaken)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{in(historyFile): lines}
	if !h.Overtaken {
		files[in(badgeFile)], files[in(badgeDataFile)] = h.Badge, h.Data
	}
	maps.DeleteFunc(files, func(name string, data []byte) bool { return bytes.Equal(now[name], data) })
	return files, nil
}

// addPoint adds a line, unless the commit's last one says the same at another time, or
// one is enough.
func addPoint(before []byte, point result.Milestone, once bool) ([]byte, error) {
	lines := bytes.Split(bytes.TrimRight(before, "\n"), []byte("\n"))
	if len(before) == 0 {
		lines = nil
	}
	if said, err := alreadySaid(lines, point, once); said || err != nil {
		return before, err
	}
	next, err := json.Marshal(point)
	if err != nil {
		return nil, fmt.Errorf("write history: %w", err)
	}
	lines = append(lines, next)
	lines = lines[max(len(lines)-maxHistory, 0):]
	return append(bytes.Join(lines, []byte("\n")), '\n'), nil
}

// alreadySaid reports whether the last line about the commit says what the point says,
// or any is enough.
func alreadySaid(lines [][]byte, point result.Milestone, once bool) (bool, error) {
	for _, line := range slices.Backward(lines) {
		var last result.Milestone
		if json.Unmarshal(line, &last) != nil || last.Commit != point.Commit {
			continue
		}
		if once {
			return true, nil
		}
		point.Time = last.Time
		same, err := json.Marshal(point)
		if err != nil {
			return false, fmt.Errorf("write history: %w", err)
		}
		return bytes.Equal(line, same), nil
	}
	return false, nil
}
