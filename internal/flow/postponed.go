package flow

import (
	"context"

	"github.com/muster-ci/muster/internal/result"
)

// NoModelError says that there is nothing to decide: a stage that makes or
// measures the model was not due, so there is no new model. Nothing can be
// promoted then, and nothing need be stopped.
type NoModelError struct{ Message string }

func (e *NoModelError) Error() string { return e.Message }

// expectModel tells a run that was not to make a model from one that should
// have. A change request can put off its own training only if the base has
// nothing to say; if nobody knows what the base says, the gate is left undecided.
func (g Gate) expectModel(_ context.Context, t *trial) error {
	run := t.run
	if run.Status != result.RunPassed || run.NoModel == "" || run.Pipeline != g.Project.Config.Name {
		return nil
	}
	if base := g.Runner.Base; run.Scope == result.ScopeChange && base.Config == nil && !base.New {
		t.undecided("base-unknown", "%s; whether this change itself put it off is not known: %s", run.NoModel, base.Missing)
		return nil
	}
	return &NoModelError{run.NoModel}
}
