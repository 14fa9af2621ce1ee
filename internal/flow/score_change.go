package flow

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// Change compares what lies in the folder with a branch, a tag or a commit. Both
// sides are scored from files alone: run records are of one of them only.
func (s *Scoring) Change(ctx context.Context, base string) (result.ScoreChange, error) {
	repo, err := git.OpenUntrusted(ctx, s.Dir)
	if err != nil {
		return result.ScoreChange{}, fmt.Errorf("compare with %s: %w", base, err)
	}
	commit, err := repo.Commit(ctx, base)
	if err != nil {
		return result.ScoreChange{}, fmt.Errorf("compare with %s: %w", base, err)
	}
	s.step(1, 2, base)
	before, err := s.at(ctx, repo, commit)
	if err != nil {
		return result.ScoreChange{}, fmt.Errorf("compare with %s: %w", base, err)
	}
	s.step(2, 2, "the working copy")
	s.Options.Records = embed.FS{} // holds nothing
	after, err := s.Score(ctx)
	if err != nil {
		return result.ScoreChange{}, err
	}
	change := Changed(before, after)
	change.Base.Name = base
	return change, nil
}

// since is what changed since a commit; nil where that cannot be scored: what a
// change does to the score is worth a line in its report, and no failure.
func (s *Scoring) since(ctx context.Context, name, commit string, now result.Assessment) *result.ScoreChange {
	repo, err := git.OpenUntrusted(ctx, s.Dir)
	if err != nil {
		return nil
	}
	before, err := s.at(ctx, repo, commit)
	if err != nil {
		return nil
	}
	change := Changed(before, now)
	change.Base.Name = name
	return &change
}

// Changed says what became of a repository's maturity.
func Changed(before, after result.Assessment) result.ScoreChange {
	head := headline(after)
	root := rootAt(before, head.Path)
	change := result.ScoreChange{
		Schema: result.SchemaOf[result.ScoreChange](), Root: head.Path,
		Base: side(before, root), Head: side(after, head),
		Raised: []result.CriterionChange{}, Lowered: []result.CriterionChange{},
	}
	for _, now := range head.Criteria {
		i := slices.IndexFunc(root.Criteria, func(c result.Criterion) bool { return c.ID == now.ID })
		if i < 0 {
			continue
		}
		add(&change, root.Criteria[i], now)
	}
	return change
}

// add sorts a criterion in, if its answer changed.
func add(change *result.ScoreChange, was, now result.Criterion) {
	c := result.CriterionChange{
		ID: now.ID, Level: now.Level, Core: now.Core, From: was.Verdict, FromStrength: was.Strength,
		To: now.Verdict, ToStrength: now.Strength, Reason: now.Reason, Evidence: now.Evidence,
	}
	old, better := rank(was), rank(now)
	switch {
	case was.Verdict == now.Verdict && old == better:
	case old < 0 || better < 0:
		change.Moved = append(change.Moved, c)
	case better > old:
		change.Raised = append(change.Raised, c)
	case better < old:
		c.Remedy = now.Remedy
		if len(c.Evidence) == 0 {
			c.Evidence = was.Evidence
		}
		change.Lowered = append(change.Lowered, c)
	}
}

// rank orders answers; it is below 0 where none was asked for or could be given. What
// proves an answer is of one side only (records, history, the forge): it does not count.
func rank(c result.Criterion) int {
	verdicts := []result.CriterionVerdict{result.CriterionUnmet, result.CriterionPartial, result.CriterionMet}
	strengths := []result.Strength{result.StrengthNone, result.StrengthDeclared, result.StrengthAttested, result.StrengthWired}
	if c.Strength == result.StrengthProven {
		c.Strength = result.StrengthWired
	}
	v := slices.Index(verdicts, c.Verdict)
	if v < 0 {
		return -1
	}
	return v*len(strengths) + max(slices.Index(strengths, c.Strength), 0)
}

// headline is the project whose level the repository has.
func headline(a result.Assessment) result.Root {
	return rootAt(a, cmp.Or(a.Root, a.Roots[0].Path))
}

// rootAt is the project at a path, else the headline's.
func rootAt(a result.Assessment, path string) result.Root {
	for _, want := range []string{path, a.Root} {
		for _, root := range a.Roots {
			if root.Path == want {
				return root
			}
		}
	}
	if len(a.Roots) == 0 {
		return result.Root{}
	}
	return a.Roots[0]
}

func side(a result.Assessment, root result.Root) result.ScoreSide {
	s := result.ScoreSide{Commit: a.Commit, Kind: root.Kind, Level: root.Level}
	var met, all float64
	for _, c := range root.Criteria {
		switch c.Verdict {
		case result.CriterionNotApplicable, result.CriterionUnknown:
			continue
		case result.CriterionMet:
			met += c.Weight
		}
		all += c.Weight
	}
	if all > 0 {
		s.Share = met / all
	}
	return s
}
