package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Import takes over the model of another machine: its files and cache entries
// come into this folder, and the evaluate stage measures it here, on this
// working copy's rows. The record is a run of this folder, which the gate can
// decide about as about any other. A bundle that was made from something else
// than what lies here is a [BundleError].
func (r *Runner) Import(ctx context.Context, b *Bundle) (result.Run, error) {
	return r.takeOver(ctx, b, true)
}

// Accept takes over the model of another machine as [Runner.Import] does, and has
// nobody measure it: nothing of the working copy is executed. The record has no
// evaluation; that is for whoever measures by another working copy's stages.
func (r *Runner) Accept(ctx context.Context, b *Bundle) (result.Run, error) {
	return r.takeOver(ctx, b, false)
}

func (r *Runner) takeOver(ctx context.Context, b *Bundle, measured bool) (result.Run, error) {
	var none result.Run
	if err := b.agree(ctx, r); err != nil {
		return none, err
	}
	evaluate := r.stageNamed(r.Config.Model.Evaluate)
	if err := r.refuse([]config.Stage{evaluate}); measured && err != nil {
		return none, err
	}
	s, end, err := r.begin(ctx)
	if err != nil {
		return none, err
	}
	defer end()
	started := time.Now()
	if err := s.takeIn(ctx, b); err != nil {
		return none, fmt.Errorf("import bundle: %w", err)
	}
	run := result.Run{
		Schema: result.SchemaOf[result.Run](), ID: s.id, Pipeline: r.Config.Name, Status: result.RunPassed,
		Scope: r.Scope, Trigger: r.Trigger, Bundle: b.Run.ID, Executor: r.Executor.Name(),
		Started: started.UTC().Truncate(time.Millisecond), Git: startGit(ctx, r.Dir)(), Stages: b.stages(evaluate.Name),
	}
	if measured {
		err = s.measure(ctx, b, evaluate, &run)
	} else {
		leave(b, &run)
	}
	run.Seconds = seconds(time.Since(started))
	if err != nil {
		s.send(result.Event{Kind: result.EventDone, Run: run.ID, Status: result.RunFailed})
		return none, err
	}
	s.finishRecord(&run, []string{evaluate.Name})
	s.send(result.Event{Kind: result.EventDone, Run: run.ID, Status: run.Status})
	return run, r.Folder.saveRun(run, result.NewCodec[result.Run])
}

// stages are the bundle's, but for the one that is executed here. Their logs
// stayed where they were written.
func (b *Bundle) stages(evaluate string) []result.Stage {
	var out []result.Stage
	for _, stage := range b.Run.Stages {
		if stage.Name == evaluate {
			continue
		}
		if stage.Log = ""; stage.Made() {
			stage.Status = result.StageCached
		}
		out = append(out, stage)
	}
	return out
}

// takeIn brings objects and entries into the cache. What a bundle says is what
// somebody says: its entries count as those of a change request, which no run of
// the default branch restores, and they replace nothing that is there. What was
// measured elsewhere is not taken over at all.
func (s *session) takeIn(ctx context.Context, b *Bundle) error {
	for _, digest := range bundled(b.Run) {
		got, _, err := s.store.Add(ctx, filepath.Join(b.dir, bundleObjects, digest))
		if err != nil {
			return err
		}
		if got != digest {
			return b.wrong("object %s has changed while it was read", digest)
		}
	}
	for _, stage := range b.Run.Stages {
		if len(stage.Outputs) == 0 || stage.Name == s.Config.Model.Evaluate {
			continue
		}
		if _, err := os.Lstat(s.cache.path(stage.Key)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := s.cache.save(entry{
			Key: stage.Key, Stage: stage.Name, Run: b.Run.ID, Scope: result.ScopeChange, Created: time.Now().UTC(),
			Seconds: stage.Seconds, ImageID: stage.ImageID, Outputs: stage.Outputs,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leave completes the record of a model that is not measured here. What the bundle says
// of its measurement is left behind.
func leave(b *Bundle, run *result.Run) {
	candidate := *b.Run.Candidate
	candidate.Run, candidate.EvaluationKey, candidate.RulerKey = b.Run.ID, "", ""
	run.Candidate = &candidate
}

// measure runs the evaluate stage here on the bundle's model, and completes the record.
func (s *session) measure(ctx context.Context, b *Bundle, evaluate config.Stage, run *result.Run) error {
	candidate := *b.Run.Candidate
	place, err := s.placeModel(ctx, candidate)
	if err != nil {
		return err
	}
	elsewhere, err := s.placeMade(ctx, *run)
	if err != nil {
		return err
	}
	elsewhere[path.Clean(candidate.Path)] = place
	s.named = []string{evaluate.Name}
	s.send(result.Event{Kind: result.EventPlan, Run: s.id, Stages: []result.PlannedStage{{Name: evaluate.Name}}})
	outcome, err := s.withImages(ctx, evaluate, options{over: elsewhere})
	s.send(result.Event{Kind: result.EventEnd, Stage: evaluate.Name, Result: &outcome})
	if err != nil {
		return fmt.Errorf("measure the bundle's model: %w", err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	run.Stages = append(run.Stages, outcome)
	if !outcome.Made() {
		run.Status = result.RunFailed
		return nil
	}
	if ruler := candidate.RulerKey; ruler != "" && ruler != s.rulerKey {
		return b.otherRuler(outcome)
	}
	candidate.Run, candidate.EvaluationKey, candidate.RulerKey = b.Run.ID, outcome.Key, s.rulerKey
	run.Candidate, run.Evaluation = &candidate, newEvaluation(evaluate, outcome)
	run.Metrics, err = s.readMetrics(evaluate, run.Evaluation)
	return err
}

// withImages runs a stage after the build stages that make its images.
func (s *session) withImages(ctx context.Context, stage config.Stage, opt options) (result.Stage, error) {
	for _, maker := range s.Config.Stages {
		if !usesImage(stage, maker.Name) {
			continue
		}
		s.named = append(s.named, maker.Name)
		if built, err := s.stage(ctx, maker, options{}); err != nil || !built.Made() {
			return result.Stage{Name: stage.Name, Status: result.StageFailed, Error: maker.Name + ": " + built.Error}, err
		}
	}
	return s.stage(ctx, stage, opt)
}

// otherRuler says that the model was measured there with something else than here.
func (b *Bundle) otherRuler(here result.Stage) error {
	var there result.Stage
	for _, stage := range b.Run.Stages {
		if stage.Name == here.Name {
			there = stage
		}
	}
	changes := fileChanges(there.Inputs, here.Inputs)
	changes = append(changes, mapChanges("parameter", there.Params, here.Params, true)...)
	if len(changes) == 0 {
		changes = []string{"its image, command or platform"}
	}
	return &BundleError{
		fmt.Sprintf("the bundle's model was measured with something else than what is here: %s", strings.Join(changes, "; ")),
		"bring both machines to the same commit and data, or export the model without its measurement: muster run " + b.config.Model.Stage + " --export DIR",
	}
}

// placeMade writes down those inputs of the evaluate stage that stages of a
// bundle's run made, and returns where they lie. The working copy may have none,
// or others.
func (s *session) placeMade(ctx context.Context, run result.Run) (map[string]string, error) {
	places := map[string]string{}
	if run.Bundle == "" {
		return places, nil
	}
	model := s.Config.Model
	for _, input := range s.stageNamed(model.Evaluate).Inputs {
		if config.Within(input, model.Path) {
			continue
		}
		for _, stage := range run.Stages {
			files := filesIn(stage.Outputs, input)
			if stage.Name == model.Evaluate || len(files) == 0 {
				continue
			}
			if !s.makes(stage.Name, input) {
				return nil, &BundleError{
					fmt.Sprintf("evaluate's input %s holds what stage %s makes, and perhaps other files", input, stage.Name),
					"name each of them among the inputs, then export again",
				}
			}
			if err := materialise(ctx, s.store, s.workPath(placedMade), files); err != nil {
				return nil, err
			}
			places[path.Clean(input)] = s.workPath(placedMade, filepath.FromSlash(path.Clean(input)))
		}
	}
	return places, nil
}

// makes reports whether a stage has an output that is the input, or holds it. The
// stage may be one that only the bundle has.
func (s *session) makes(stage, input string) bool {
	return slices.ContainsFunc(s.Config.Stages, func(here config.Stage) bool {
		return here.Name == stage && slices.ContainsFunc(here.AllOutputs(), func(out string) bool { return config.Within(input, out) })
	})
}

// filesIn picks the files that an input stands for.
func filesIn(files []result.File, input string) []result.File {
	var out []result.File
	for _, file := range files {
		if config.Within(file.Path, input) || config.Matches(input, file.Path) {
			out = append(out, file)
		}
	}
	return out
}
