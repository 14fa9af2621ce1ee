package maturity

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
)

// The bounds of what is read of git's history.
const (
	maxCommits = 1000
	maxTags    = 1000
	// peopleDays is how long a commit shows that somebody works on a part.
	peopleDays = 180
	// wrongClock is by how much a clock that made a commit may be fast. What is dated later
	// shows nothing of lately: anybody may write any date.
	wrongClock = 24 * time.Hour
)

// history is what git's history shows beside the tree.
type history struct {
	// data and metrics are commits that changed hashes of data, and files of metrics.
	data, metrics []git.Change
	// recent are the newest commits, where somebody is named as an owner.
	recent []git.Change
	tags   []git.Tag
	// prefix is where the scored directory lies in the repository.
	prefix string
	// unread says why it could not be read.
	unread string
}

// hashes and numbers are the files whose changes show that data was versioned, and
// that a model was measured.
var (
	hashes  = []string{"**/dvc.lock", "**/*.dvc"}
	numbers = []string{"**/metrics.json", "**/metrics.yaml", "**/metrics/*.json", "**/eval/*.json", "**/dvclive/metrics.json"}
	owners  = []string{"CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
)

// readHistory asks git only for what the files make worth asking. A shallow clone has
// no history to speak of. What cannot be read proves nothing, and fails nothing.
func readHistory(ctx context.Context, repo *git.Repository, c checkout, now time.Time) *history {
	h := &history{prefix: c.place.Prefix}
	if c.commit == "" {
		return h
	}
	if c.place.Shallow {
		h.unread = "the clone has only the newest commits (fetch with depth 0)"
	}
	if err := h.read(ctx, repo, c.files, now); err != nil {
		h.unread = err.Error()
	}
	return h
}

func (h *history) read(ctx context.Context, repo *git.Repository, files []string, now time.Time) (err error) {
	has := func(is func(string) bool) bool { return slices.ContainsFunc(files, is) }
	if h.tags, err = repo.Tags(ctx, maxTags); err != nil || h.unread != "" {
		return err
	}
	if has(func(f string) bool { return path.Base(f) == "dvc.lock" || path.Ext(f) == ".dvc" }) {
		if h.data, err = repo.Changes(ctx, maxCommits, time.Time{}, hashes...); err != nil {
			return err
		}
		if h.metrics, err = repo.Changes(ctx, maxCommits, time.Time{}, numbers...); err != nil {
			return err
		}
	}
	if has(func(f string) bool { return slices.Contains(owners, f) }) {
		h.recent, err = repo.Changes(ctx, maxCommits, now.AddDate(0, 0, -peopleDays))
		h.recent = slices.DeleteFunc(h.recent, func(c git.Change) bool { return c.At.After(now.Add(wrongClock)) })
	}
	return err
}

// add puts what history shows into a project's facts.
func (h *history) add(set *facts.Set) {
	if h == nil {
		return
	}
	changed(set, "history.data", "the hashes of the data", h.data)
	changed(set, "history.metrics", "the metrics of the model", h.metrics)
	h.people(set)
	for _, tag := range h.tags {
		if modelTag.MatchString(tag.Name) {
			set.Facts["tag.model"] = append(set.Facts["tag.model"], facts.Fact{
				Category: "tag.model", Tool: "gto", Subject: "the tag " + tag.Name, Path: "refs/tags/" + tag.Name, Context: "history",
				Time: stampOf(tag.At), Entries: []facts.Link{},
			})
		}
	}
}

// modelTag is a tag as GTO makes them, of a version or of a stage: "churn@v1.2.0",
// "churn#prod", "churn#prod#3" (https://github.com/iterative/gto, "Git tags format").
var modelTag = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./:-]*(@v\d+(\.\d+)*|#[A-Za-z][A-Za-z0-9_-]*(#\d+)?)$`)

// changed makes one fact of how often files changed.
func changed(set *facts.Set, category, what string, list []git.Change) {
	if len(list) == 0 || len(list[0].Files) == 0 {
		return
	}
	set.Facts[category] = []facts.Fact{{
		Category: category, Tool: "git", Subject: fmt.Sprintf("%s changed in %d commits", what, len(list)), Path: list[0].Files[0],
		Context: "history", Time: stampOf(list[0].At), Entries: []facts.Link{}, Detail: map[string]any{"times": len(list)},
	}}
}

// people counts who worked lately on what trains and on what serves.
func (h *history) people(set *facts.Set) {
	training, serving := h.paths(set, "train", "train.remote"), h.paths(set, "serving.app", "serving", "load", "infer", "deploy.model")
	if len(h.recent) == 0 || len(training) == 0 || len(serving) == 0 {
		return
	}
	trains, serves := map[string]bool{}, map[string]bool{}
	for _, c := range h.recent {
		if isBot(c) {
			continue
		}
		who := strings.ToLower(c.Mail)
		for _, f := range c.Files {
			trains[who] = trains[who] || training[f]
			serves[who] = serves[who] || serving[f]
		}
	}
	both := 0
	for who := range trains {
		if trains[who] && serves[who] {
			both++
		}
	}
	set.Facts["history.people"] = []facts.Fact{{
		Category: "history.people", Tool: "git", Path: anyOf(training), Context: "history", Entries: []facts.Link{},
		Subject: fmt.Sprintf("%d people changed both what trains and what serves in %d days", both, peopleDays),
		Time:    stampOf(h.recent[0].At), Detail: map[string]any{"both": both},
	}}
}

// paths are the files of source with facts of the categories, as git names them.
func (h *history) paths(set *facts.Set, categories ...string) map[string]bool {
	out := map[string]bool{}
	for _, category := range categories {
		for _, f := range set.Facts[category] {
			if f.Context == "source" || f.Context == "command" {
				out[h.prefix+f.Path] = true
			}
		}
	}
	return out
}

func anyOf(paths map[string]bool) string {
	list := make([]string, 0, len(paths))
	for p := range paths {
		list = append(list, p)
	}
	return slices.Min(list)
}

func isBot(c git.Change) bool {
	return strings.Contains(c.Name, "[bot]") || strings.Contains(c.Mail, "[bot]")
}

func stampOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// unseen says what a history that could not be read may hide.
func (h *history) unseen() []result.Evidence {
	if h == nil || h.unread == "" {
		return nil
	}
	return []result.Evidence{{
		Path: ".git", Note: h.unread + ": who works on what, and how often data and metrics changed, cannot be told",
	}}
}
