package maturity

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// remembered is the assessment that was made of the same repository by the same
// program, or one that is made now and kept.
func (r reading) remembered(ctx context.Context) (result.Assessment, error) {
	before, ok := r.sum(ctx)
	if !ok {
		return r.assess(ctx)
	}
	cache, question := r.opts.cache(r.dir), r.question()
	if data, known := cache.Answer(question, before); known {
		var a result.Assessment
		if err := json.Unmarshal(data, &a); err == nil {
			return a, nil
		}
	}
	a, err := r.assess(ctx)
	if err != nil {
		return a, err
	}
	if after, ok := r.sum(ctx); !ok || after != before {
		return a, nil // it was changed while it was read
	}
	if data, err := json.Marshal(a); err == nil {
		cache.Keep(question, before, data)
	}
	return a, nil
}

// question is what the caller asks of the repository.
func (r reading) question() string {
	return fmt.Sprintf("score %q %q %q %t", r.opts.Project, r.opts.Production, r.opts.Kind, r.opts.NoOverrides)
}

// basis is all that an assessment rests on, beside the question and the program.
type basis struct {
	Tree   source.Sum
	Branch string
	Prefix string
	// What git and muster's own records tell; ages are in it, counted from now.
	Data, Metrics, Recent []git.Change
	Tags                  []git.Tag
	Unread                []result.Evidence
	Versions, Attempts    []facts.Fact
	Runs                  []facts.Fact
	// Team is what the team says, Day the date (in UTC) where some of that expires.
	Team []string
	Day  string
}

// sum stands for all that the assessment rests on.
func (r reading) sum(ctx context.Context) (source.Sum, bool) {
	tree, known := r.glance.Sum(ctx)
	if !known {
		return source.Sum{}, false
	}
	return r.beside(tree)
}

// beside stands for what an assessment rests on beside the tree, and for the tree. It
// is false where that cannot be told without the work itself: what the forge says,
// other repositories, single lines.
func (r reading) beside(tree source.Sum) (source.Sum, bool) {
	var none source.Sum
	if r.opts.Seen != nil || r.opts.Tree != nil || r.opts.Forge != nil {
		return none, false
	}
	b := basis{Tree: tree, Branch: r.checkout.branch, Prefix: r.checkout.place.Prefix, Runs: r.runs, Unread: r.checkout.unread}
	if h := r.checkout.past; h != nil {
		b.Data, b.Metrics, b.Recent, b.Tags = h.data, h.metrics, h.recent, h.tags
		b.Unread = append(slices.Clip(b.Unread), h.unseen()...)
	}
	if m := r.checkout.models; m != nil {
		b.Versions, b.Attempts = m.versions, m.attempts
	}
	if !r.opts.NoOverrides && !r.says(&b) {
		return none, false
	}
	data, err := json.Marshal(b)
	return sha256.Sum256(data), err == nil
}

// says adds what the team says. It is false where more than its own files counts.
func (r reading) says(b *basis) bool {
	if data, ok, err := small(r.fsys, config.ScoreFile); err != nil {
		return false
	} else if ok {
		score, err := config.ParseScore(config.ScoreFile, data, r.scorer.cores())
		if err != nil || len(score.Companions) > 0 || len(score.Equivalents) > 0 {
			return false
		}
		b.Team = append(b.Team, config.ScoreFile, string(data))
	}
	if data, ok, err := small(r.fsys, config.AttestFile); err != nil {
		return false
	} else if ok {
		b.Team, b.Day = append(b.Team, config.AttestFile, string(data)), r.opts.now().UTC().Format(time.DateOnly)
	}
	for _, dir := range []string{catalogue.Folder, rubric.Folder} {
		if !r.addFolder(b, dir) {
			return false
		}
	}
	return true
}

// cores are the bundled criteria, and whether a level needs them.
func (s *Scorer) cores() map[string]bool {
	out := map[string]bool{}
	for _, c := range s.rubric.Criteria {
		out[c.ID] = c.Core
	}
	return out
}

// addFolder adds the files of one of the team's folders, if there is one.
func (r reading) addFolder(b *basis, dir string) bool {
	sub, err := folder(r.fsys, dir)
	if err != nil || sub == nil {
		return err == nil
	}
	err = fs.WalkDir(sub, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, _, err := small(sub, name)
		b.Team = append(b.Team, dir+"/"+name, string(data))
		return err
	})
	return err == nil
}
