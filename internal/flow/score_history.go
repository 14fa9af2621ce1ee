package flow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// The steps of a history.
const (
	EveryMonth  = "month"
	EveryWeek   = "week"
	EveryCommit = "commit"
	EveryTag    = "tag"
)

// Everies are all of them.
func Everies() []string { return []string{EveryMonth, EveryWeek, EveryCommit, EveryTag} }

// maxLog is how many commits are looked through for those of a history.
const maxLog = 20_000

// History scores commits of the branch that is checked out: of each month or week
// the last one, each commit, or each that has a tag; at most n of them, the newest.
func (s *Scoring) History(ctx context.Context, n int, every string) (result.ScoreHistory, error) {
	doc := result.ScoreHistory{Schema: result.SchemaOf[result.ScoreHistory](), Every: every, Root: s.Options.Project, Points: []result.ScorePoint{}}
	repo, err := git.OpenUntrusted(ctx, s.Dir)
	if err != nil {
		return doc, fmt.Errorf("read history: %w", err)
	}
	log, err := repo.Log(ctx, "HEAD", maxLog)
	if err != nil {
		return doc, fmt.Errorf("read history: %w", err)
	}
	commits := sampled(log, n, every)
	var before *result.Root
	for i, c := range commits {
		s.step(i+1, len(commits), c.Time.Format(time.DateOnly))
		a, err := s.at(ctx, repo, c.Commit)
		if ctx.Err() != nil {
			return doc, fmt.Errorf("read history: %w", ctx.Err())
		}
		point := result.ScorePoint{Commit: c.Commit, Time: c.Time.UTC(), Shape: map[string]float64{}}
		if len(c.Tags) > 0 {
			point.Tag = c.Tags[0]
		}
		if err != nil {
			point.Problem = err.Error()
			doc.Points = append(doc.Points, point)
			continue
		}
		doc.Rubric = a.Rubric
		root := headline(a)
		doc.Points = append(doc.Points, filled(point, root, before))
		before = &root
	}
	return doc, nil
}

// sampled chooses commits of a log, which has the newest first; the oldest comes first.
func sampled(log []git.Logged, n int, every string) []git.Logged {
	var chosen []git.Logged
	last := ""
	for _, c := range log {
		key := period(c, every)
		if key == "" || key == last {
			continue
		}
		if last = key; len(chosen) == n {
			break
		}
		chosen = append(chosen, c)
	}
	slices.Reverse(chosen)
	return chosen
}

// period names what a commit is the last one of; "" for one that is left out.
func period(c git.Logged, every string) string {
	switch every {
	case EveryMonth:
		return c.Time.UTC().Format("2006-01")
	case EveryWeek:
		year, week := c.Time.UTC().ISOWeek()
		return fmt.Sprintf("%d-%d", year, week)
	case EveryTag:
		if len(c.Tags) == 0 {
			return ""
		}
	}
	return c.Commit
}

// filled is the score of a commit, and how it differs from the one before.
func filled(p result.ScorePoint, root result.Root, before *result.Root) result.ScorePoint {
	p.Kind, p.Level = root.Kind, root.Level
	if root.Shape != nil {
		p.Shape = root.Shape
	}
	was := map[string]bool{}
	if before != nil {
		for _, c := range before.Criteria {
			was[c.ID] = c.Verdict == result.CriterionMet
		}
	}
	for _, c := range root.Criteria {
		met := c.Verdict == result.CriterionMet
		if c.Verdict != result.CriterionNotApplicable && c.Verdict != result.CriterionUnknown {
			p.Asked++
		}
		if met {
			p.Met++
		}
		switch {
		case before == nil:
		case met && !was[c.ID]:
			p.Gained = append(p.Gained, c.ID)
		case !met && was[c.ID]:
			p.Lost = append(p.Lost, c.ID)
		}
	}
	return p
}
