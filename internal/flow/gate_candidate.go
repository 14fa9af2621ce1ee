package flow

import (
	"context"
	"errors"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// findCandidate reads the predictions that the run stored.
func (g Gate) findCandidate(_ context.Context, t *trial) error {
	switch {
	case t.run.Pipeline != g.Project.Config.Name:
		t.undecided("no-candidate", "run %s is of pipeline %s, and this is %s", t.run.ID, t.run.Pipeline, g.Project.Config.Name)
		return nil
	case t.run.Status != result.RunPassed:
		t.undecided("no-candidate", "run %s %s, so there is no candidate", t.run.ID, t.run.Status)
		return nil
	case t.run.Candidate == nil || t.run.Evaluation == nil:
		t.undecided("no-candidate", "run %s did not both train and evaluate; run the whole pipeline", t.run.ID)
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
