package flow

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// cannot says why a version cannot be evaluated.
func cannot(format string, args ...any) error {
	return &stages.ChampionError{Message: fmt.Sprintf(format, args...)}
}

// throughOwnStages has a version predict the candidate's rows by the stages and
// images that it was measured with, as they are at its own commit, from the
// candidate's raw data.
func (g Gate) throughOwnStages(ctx context.Context, t *trial, version result.Version, changes []string) (found measured, err error) {
	dir, remove, err := g.Project.Folder.Scratch()
	if err != nil {
		return found, err
	}
	defer remove()
	runner, err := g.ownRunner(ctx, t, version, filepath.Join(dir, "tree"))
	if err == nil {
		found, err = g.runOwn(ctx, t, version, runner)
	}
	switch {
	case ctx.Err() != nil:
		return found, ctx.Err()
	case err != nil: // whatever keeps it from running, it cannot run
		return found, cannot("the stages of %s cannot run, which they must since %s changed: %v", named(version), firstOf(changes, 3), err)
	}
	found.how = fmt.Sprintf("%s, through its own stages at that commit, on the candidate's raw data, %s; since then %s changed", named(version), minute(time.Now()), firstOf(changes, 3))
	return found, nil
}

// ownRunner lays out the version's commit, and makes a runner for it.
func (g Gate) ownRunner(ctx context.Context, t *trial, version result.Version, tree string) (*stages.Runner, error) {
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return nil, err
	}
	if version.Model.Commit == "" {
		return nil, errors.New("its record names no commit")
	}
	commit, err := repo.Commit(ctx, version.Model.Commit)
	if err != nil {
		if commit, err = repo.Fetch(ctx, "origin", version.Model.Commit); err != nil {
			return nil, err
		}
	}
	if err := repo.Checkout(ctx, commit, tree); err != nil {
		return nil, err
	}
	prefix, err := repo.Prefix(ctx)
	if err != nil {
		return nil, err
	}
	data, err := repo.ReadFile(ctx, commit, g.Project.File, config.MaxSize)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Parse(fmt.Sprintf("%s at %.7s", g.Project.File, commit), g.Project.Config.Name, data)
	if err != nil {
		return nil, err
	}
	runner := *g.Runner
	runner.Config, runner.Dir = cfg, filepath.Join(tree, filepath.FromSlash(prefix))
	return &runner, readAsRuler(cfg, t.ruler.config)
}

// readAsRuler has a configuration's predictions read by the ruler: only how id,
// label and answers are called is the configuration's own.
func readAsRuler(cfg, ruler *config.Config) error {
	if cfg.Model == nil {
		return errors.New("its configuration makes no model")
	}
	wanted := predictionsOf(ruler)
	for i := range cfg.Stages {
		if own := cfg.Stages[i].Predictions; own != nil && wanted != nil {
			read := *wanted
			read.Path, read.ID, read.Label, read.Score, read.Prediction = own.Path, own.ID, own.Label, own.Score, own.Prediction
			cfg.Stages[i].Predictions = &read
		}
	}
	cfg.Gate = ruler.Gate
	return nil
}

func predictionsOf(cfg *config.Config) *config.Predictions {
	for _, stage := range cfg.Stages {
		if stage.Predictions != nil {
			return stage.Predictions
		}
	}
	return nil
}

// runOwn runs the version's stages, and makes sure that they are those that its
// record tells of: a working copy that was not committed cannot be had again.
func (g Gate) runOwn(ctx context.Context, t *trial, version result.Version, runner *stages.Runner) (found measured, err error) {
	inputs, err := g.rawInputs(t, runner)
	if err != nil {
		return found, err
	}
	record := readRecord(version.Run.Stages, version.Run.Evaluation.Stage, version.Model.TrainingKey)
	done, err := runner.Measure(ctx, stages.Measuring{Model: version.Model, Label: "champion", Inputs: inputs, Images: images(record)})
	if err != nil {
		return found, err
	}
	now := readRecord(done.Stages, done.Evaluation.Stage, "")
	if changes := g.notAsRecorded(record, now); len(changes) > 0 {
		return found, fmt.Errorf("its commit is not what it was made from (%s): the working copy had changes that were not committed", firstOf(changes, 3))
	}
	if name := g.notAsRun(t, now, runner.Config.Model.Path); name != "" {
		return found, fmt.Errorf("%s has changed since the candidate was run: run again, then gate", name)
	}
	return found, g.readAnswers(t, runner, done.Evaluation, &found)
}

// images are what the recorded stages ran in.
func images(r recorded) map[string]stages.Image {
	out := map[string]stages.Image{}
	for _, stage := range append(slices.Clone(r.prepare), *r.evaluate) {
		if stage.ImageID == "" || stage.Command == "" {
			continue
		}
		image := stages.Image{ID: stage.ImageID}
		if strings.HasPrefix(stage.Image, "stage:") {
			image.Identity = r.image(stage)
		}
		out[stage.Image] = image
	}
	return out
}

// notAsRecorded compares what ran with the record, but for the images: one that
// is gone was made or pulled again.
func (g Gate) notAsRecorded(record, now recorded) []string {
	var changes []string
	for _, stage := range now.all {
		i := slices.IndexFunc(record.all, func(s result.Stage) bool { return s.Name == stage.Name })
		if i < 0 {
			changes = append(changes, "stage "+stage.Name)
			continue
		}
		if stage.Key == record.all[i].Key || stage.Command == "" {
			continue
		}
		before := record.all[i]
		before.Image, before.ImageID = stage.Image, stage.ImageID
		for _, change := range g.definedOtherwise(now, now, before, stage) {
			known := before.Definition != "" && stage.Definition != ""
			if known || !strings.HasPrefix(change, "the definition of ") { // another image makes another key
				changes = append(changes, change)
			}
		}
	}
	return changes
}

// notAsRun names a raw file that the candidate's run read otherwise.
func (g Gate) notAsRun(t *trial, now recorded, model string) string {
	if t.ruler.commit != "" {
		return "" // the candidate was measured just now, too
	}
	ran := map[string]string{}
	for _, stage := range t.run.Stages {
		for _, file := range stage.Inputs {
			ran[file.Path] = file.SHA256
		}
	}
	for _, stage := range now.all {
		for _, file := range stage.Inputs {
			digest, known := ran[file.Path]
			raw := !config.IsCode(file.Path) && !now.made(file.Path) && !config.Within(file.Path, model)
			if known && raw && file.Files == 0 && digest != file.SHA256 {
				return file.Path
			}
		}
	}
	return ""
}
