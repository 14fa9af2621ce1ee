package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// Adopt makes the cache know what training would come to, by a model that a registry
// vouches for: the next run restores it. The model's files must be in the folder's store,
// and be all that training writes. Why says why it cannot be adopted.
func (r *Runner) Adopt(ctx context.Context, model result.Model, made result.Run) (why string, err error) {
	store, err := r.Folder.Store()
	if err != nil {
		return "", err
	}
	name := r.Config.Model.Stage
	i := slices.IndexFunc(made.Stages, func(s result.Stage) bool { return s.Name == name && s.Key == model.TrainingKey })
	if i < 0 {
		return fmt.Sprintf("the record does not say how stage %s made it", name), nil
	}
	for _, output := range made.Stages[i].Outputs {
		kept := slices.ContainsFunc(model.Files, func(f result.File) bool { return f.Path == output.Path && f.SHA256 == output.SHA256 })
		if !kept || !store.Has(output.SHA256) {
			return fmt.Sprintf("stage %s also writes %s, which is not part of the model", name, output.Path), nil
		}
	}
	if len(made.Stages[i].Outputs) != len(model.Files) {
		return fmt.Sprintf("stage %s did not write all of the model", name), nil
	}
	adopted := entry{
		Key: model.TrainingKey, Stage: name, Run: made.ID, Scope: r.Scope, Created: time.Now().UTC(),
		Seconds: made.Stages[i].Seconds, ImageID: made.Stages[i].ImageID, Outputs: made.Stages[i].Outputs,
	}
	if !adopted.valid() {
		return "its record names files that are none of the working copy", nil
	}
	return "", errors.Join(ctx.Err(), openCache(r.Folder, store, r.Scope).save(adopted))
}

// Disown takes back what [Runner.Adopt] made known.
func (r *Runner) Disown(model result.Model) error {
	store, err := r.Folder.Store()
	if err != nil {
		return err
	}
	if err := os.Remove(openCache(r.Folder, store, r.Scope).path(model.TrainingKey)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take back what was adopted: %w", err)
	}
	return nil
}

// BesideTraining names the stages that bring about what the stages read that train and
// evaluate the model, without these two, in the order in which they run.
func (r *Runner) BesideTraining() ([]string, error) {
	model := r.Config.Model
	training, err := NewPlan(r.Config, []string{model.Stage})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, stage := range training.Stages {
		names = append(names, stage.Name)
	}
	measuring, err := MeasuringStages(r.Config)
	if err != nil {
		return nil, err
	}
	names = append(names, measuring...)
	names = slices.DeleteFunc(names, func(name string) bool { return name == model.Stage || name == model.Evaluate })
	slices.Sort(names)
	return slices.Compact(names), nil
}
