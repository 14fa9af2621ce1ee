package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// obtain gets the model to decide about: from another job, from what was staged before
// the merge, or by training it.
func (c CI) obtain(ctx context.Context, report *result.Report) (result.Run, error) {
	if c.Candidate != "" {
		return c.accept(ctx)
	}
	if c.Event.DefaultBranch && c.Project.Config.Promote.From == "candidate" {
		version, why, err := c.restoreStaged(ctx)
		if ctx.Err() != nil {
			return result.Run{}, ctx.Err()
		}
		switch {
		case err != nil: // what was staged spares work, and nothing stands on it
			report.Problems = append(report.Problems, fmt.Sprintf("promote: nothing that was staged is used, and the model is trained here: %v", err))
		case why != "":
			c.Step("train here, since " + why)
		case version != "":
			c.Step("take " + version + ", which was staged")
		}
	}
	return c.Runner.Run(ctx, nil)
}

// restoreStaged makes known what training would come to, if a model was staged that the
// merged tree would train and evaluate in the same way, by both keys. Nothing but what
// these keys need is run. It says why not; both are empty if it is known already.
func (c CI) restoreStaged(ctx context.Context) (version, why string, err error) {
	model := c.Project.Config.Model
	if model == nil || model.From != "" || model.Evaluate == "" {
		return "", "no stage of the pipeline both trains the model and has one evaluate it", nil
	}
	if err := c.prepareKeys(ctx); err != nil {
		return "", "", err
	}
	known, err := c.foresee(ctx, model.Stage)
	switch {
	case err != nil:
		return "", "", err
	case known.Action == result.ActionRestore:
		return "", "", nil
	case known.Key == "":
		return "", "it is not known how it would be trained: " + known.Reason, nil
	}
	reg, err := c.Project.Registry(ctx)
	if errors.Is(err, registry.ErrMissing) {
		return "", "there is no registry", nil
	}
	if err != nil {
		return "", "", err
	}
	staged, err := reg.Staged(ctx, known.Key)
	if err != nil {
		return "", "", err
	}
	why = "no model was staged that was trained as it would be here"
	for _, v := range staged {
		if why, err = c.adopt(ctx, reg, v); err != nil || why == "" {
			return v.Version, why, err
		}
	}
	return "", why, nil
}

// prepareKeys runs what the keys stand on, and not what they are of.
func (c CI) prepareKeys(ctx context.Context) error {
	before, err := c.Runner.BesideTraining()
	if err != nil || len(before) == 0 {
		return err
	}
	run, err := c.Runner.Run(ctx, before)
	if err == nil && run.Status != result.RunPassed {
		err = fmt.Errorf("run what training and evaluation read: run %s %s", run.ID, run.Status)
	}
	return err
}

// foresee says what a run would do with one stage.
func (c CI) foresee(ctx context.Context, name string) (result.PreviewStage, error) {
	preview, err := c.Runner.Preview(ctx, []string{name})
	if err != nil {
		return result.PreviewStage{}, err
	}
	for _, stage := range preview.Stages {
		if stage.Name == name {
			return stage, nil
		}
	}
	return result.PreviewStage{}, fmt.Errorf("stage %s is not in its own plan", name)
}

// adopt takes a staged version for what training gives, if it was evaluated as it would be here.
func (c CI) adopt(ctx context.Context, reg *registry.Registry, v result.Version) (why string, err error) {
	if err := reg.Check(ctx, v); err != nil {
		return "", err
	}
	store, err := c.Project.Folder.Store()
	if err != nil {
		return "", err
	}
	if err := reg.Restore(ctx, v.Version, store); err != nil {
		return "", err
	}
	if why, err = c.Runner.Adopt(ctx, v.Model, *v.Run); err != nil || why != "" {
		return v.Version + " cannot be taken: " + why, err
	}
	evaluated, err := c.foresee(ctx, c.Project.Config.Model.Evaluate)
	if err == nil && evaluated.Key == v.Model.EvaluationKey {
		return "", nil
	}
	return fmt.Sprintf("%s was evaluated by something else than what is merged", v.Version), errors.Join(err, c.Runner.Disown(v.Model))
}
