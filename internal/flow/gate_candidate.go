package flow

import (
	"context"
	"errors"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// findCandidate reads the predictions that the run stored.
func (g Gate) findCandidate(ctx context.Context, t *trial) error {
	switch {
	case t.run.Pipeline != g.Project.Config.Name:
		t.undecided("no-candidate", "run %s is of pipeline %s, and this is %s", t.run.ID, t.run.Pipeline, g.Project.Config.Name)
		return nil
	case t.run.Status != result.RunPassed:
		t.undecided("no-candidate", "run %s %s, so there is no candidate", t.run.ID, t.run.Status)
		return nil
	case g.Anew && t.run.Candidate != nil && t.ruler.commit != "":
		return nil // the base is about to measure it
	case t.run.Candidate == nil || t.run.Evaluation == nil:
		t.undecided("no-candidate", "run %s did not both train and evaluate; run the whole pipeline", t.run.ID)
		return nil
	}
	if other := g.otherCommit(ctx, t.run); other != "" {
		t.undecided("no-candidate", "run %s is of commit %.7s, and %.7s is checked out, so the model is not this commit's: muster run, then gate", t.run.ID, t.run.Git.Commit, other)
		return nil
	}
	t.takeCandidate(g.readLabelled(t, g.Runner, *t.run.Evaluation))
	return nil
}

// takeCandidate takes what the candidate answered, or notes why it cannot be used.
func (t *trial) takeCandidate(set *predictions.Set, err error) {
	t.mine = set
	if unlabelled, ok := errors.AsType[*labelError](err); ok {
		t.undecided(unlabelled.code, "the candidate's answers have no truth to hold them against: %v", unlabelled)
	} else if err != nil {
		t.undecided("predictions-invalid", "the candidate's predictions cannot be used: %v", err)
	}
}

// otherCommit is what is checked out in a job, if the run is of another commit: a
// folder that was kept from an earlier job holds that job's candidate. On a laptop
// people run, commit and gate; a bundle is held against the working copy when it is
// taken.
func (g Gate) otherCommit(ctx context.Context, run result.Run) string {
	if !g.Ephemeral || run.Git == nil || run.Bundle != "" {
		return ""
	}
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return ""
	}
	if head := repo.Head(ctx); head != run.Git.Commit {
		return head
	}
	return ""
}
