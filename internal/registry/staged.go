package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Stage takes a version in that no alias names yet: what passed the gate before its
// change was merged. It must say for what it waits, and have the decision that let it
// pass, and both keys. The same model is one version, as with [Registry.Add].
func (r *Registry) Stage(ctx context.Context, store *objects.Store, v result.Version) (result.Version, error) {
	var err error
	switch {
	case v.Staged == nil || v.Staged.Change == "":
		err = errors.New("it does not say for which change")
	case v.Decision == nil || v.Decision.Verdict != result.Pass:
		err = errors.New("no gate has let it pass")
	case v.Decision.Candidate == nil || v.Decision.Candidate.Digest != v.Model.Digest || v.Decision.Pipeline != r.pipeline:
		err = errors.New("its decision is about another model")
	case v.Model.EvaluationKey == "" || v.Model.RulerKey == "":
		err = errors.New("it does not say what it was evaluated by")
	}
	if err != nil {
		return result.Version{}, fmt.Errorf("stage version: %w", err)
	}
	return r.Add(ctx, store, v)
}

// Staged returns the versions that were staged and made by the training key, the newest first.
func (r *Registry) Staged(ctx context.Context, trainingKey string) ([]result.Version, error) {
	all, err := r.Versions(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v result.Version) bool {
		return v.Staged == nil || trainingKey == "" || v.Model.TrainingKey != trainingKey
	})
	slices.Reverse(all)
	return all, nil
}
