package flow

import (
	"context"

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
	predictions, err := g.Runner.ReadPredictions(*t.run.Evaluation)
	if err != nil {
		t.undecided("predictions-invalid", "the candidate's predictions cannot be used: %v", err)
	}
	t.mine = predictions
	return nil
}
