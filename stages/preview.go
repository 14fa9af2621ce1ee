package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Preview says what Run would do with each stage, and why. It changes nothing
// that anybody would notice, and pulls nothing.
func (r *Runner) Preview(ctx context.Context, targets []string) (result.Preview, error) {
	plan, err := NewPlan(r.Config, targets)
	if err != nil {
		return result.Preview{}, err
	}
	if err := plan.missingInputs(r.Config, r.Dir); err != nil {
		return result.Preview{}, err
	}
	if err := r.refuse(plan.Stages); err != nil {
		return result.Preview{}, err
	}
	s, end, err := r.begin(ctx)
	if err != nil {
		return result.Preview{}, err
	}
	defer end()
	s.named = targets
	view := &foresight{session: s, plan: plan, made: map[string][]result.File{}, off: map[string]string{}}
	out := result.Preview{Schema: result.SchemaOf[result.Preview](), Pipeline: r.Config.Name}
	for _, stage := range plan.Stages {
		seen, err := view.look(ctx, stage)
		if err != nil {
			return out, fmt.Errorf("stage %s: %w", stage.Name, err)
		}
		seen.Needs = plan.Needs[stage.Name]
		out.Stages = append(out.Stages, seen)
	}
	return out, nil
}

// foresight goes through a plan without executing it.
type foresight struct {
	*session
	plan *Plan
	// made holds the outputs of the stages that would be restored; a stage that
	// would be executed is not in it.
	made map[string][]result.File
	off  map[string]string // why a stage is not due
}

func (f *foresight) look(ctx context.Context, stage config.Stage) (result.PreviewStage, error) {
	seen := result.PreviewStage{Name: stage.Name, Action: result.ActionDepends}
	for _, need := range f.plan.Needs[stage.Name] {
		if why := f.off[need]; why != "" {
			return f.skip(seen, fmt.Sprintf("needs %s, which is not due (%s)", need, why)), nil
		}
	}
	if waits := f.waitsFor(stage); len(waits) > 0 {
		seen.Reason = "on what comes out of " + strings.Join(waits, ", ")
		return seen, nil
	}
	if stage.Build != nil {
		return f.lookAtBuild(ctx, stage)
	}
	if stage.Fetch != nil {
		return f.lookAtDownload(stage)
	}
	ready, err := f.foresee(ctx, stage)
	if errors.Is(err, ErrNoImage) {
		seen.Action, seen.Reason = result.ActionRun, fmt.Sprintf("image %s is not here yet", stage.Image)
		return seen, nil
	}
	if err != nil {
		return seen, err
	}
	known, hit, err := f.cache.load(ready.key)
	if err != nil {
		return seen, err
	}
	seen.Key = ready.key
	notDue := f.notDue(stage)
	if hit && (!f.forced(stage) || notDue != "") {
		f.made[stage.Name] = known.Outputs
		seen.Action, seen.Reason = result.ActionRestore, "nothing changed since run "+known.Run
		return seen, nil
	}
	if notDue != "" {
		return f.skip(seen, notDue), nil
	}
	seen.Action, seen.Reason = result.ActionRun, f.reason(ready, hit)
	return seen, nil
}

func (f *foresight) skip(seen result.PreviewStage, why string) result.PreviewStage {
	f.off[seen.Name], seen.Action, seen.Reason = why, result.ActionSkip, why
	return seen
}

func (f *foresight) lookAtBuild(ctx context.Context, stage config.Stage) (result.PreviewStage, error) {
	seen := result.PreviewStage{Name: stage.Name, Action: result.ActionRun, Reason: "its files, or what it stands on, changed, or it was not built here"}
	var outcome result.Stage
	task, err := f.buildTask(ctx, stage, &outcome, f.lookUp)
	if errors.Is(err, ErrNoImage) {
		return seen, nil
	}
	if err != nil {
		return seen, err
	}
	seen.Key = outcome.Key
	_, err = f.Executor.Find(ctx, task.Tag)
	if err != nil && !errors.Is(err, ErrNoImage) {
		return seen, err
	}
	if err == nil && !f.forced(stage) {
		f.made[stage.Name] = nil
		seen.Action, seen.Reason = result.ActionRestore, "it is built from the same files"
	}
	return seen, nil
}

// waitsFor lists the stages that would be executed and whose outputs the stage reads.
func (f *foresight) waitsFor(stage config.Stage) []string {
	var waits []string
	for _, need := range f.plan.Needs[stage.Name] {
		other := f.stageNamed(need)
		if _, known := f.made[need]; !known && (feeds(other, stage) || usesImage(stage, need)) {
			waits = append(waits, need)
		}
	}
	return waits
}

// foresee prepares a stage with the outputs that earlier ones would restore, in
// place of what lies in the working copy.
func (f *foresight) foresee(ctx context.Context, stage config.Stage) (*prepared, error) {
	var upstream []result.File
	var outputs []string
	for _, need := range f.plan.Needs[stage.Name] {
		if files, known := f.made[need]; known {
			upstream = append(upstream, files...)
			outputs = append(outputs, f.stageNamed(need).AllOutputs()...)
		}
	}
	restored := func(p string) bool {
		return slices.ContainsFunc(outputs, func(out string) bool { return config.Within(p, out) })
	}
	ready := &prepared{stage: stage, sees: overlay{dir: f.Dir}, given: map[string][]byte{}}
	for _, input := range stage.Inputs {
		for _, file := range upstream {
			if config.Within(file.Path, input) || config.Matches(input, file.Path) {
				ready.files = append(ready.files, file)
			}
		}
		if !config.IsPattern(input) && restored(input) {
			continue
		}
		onDisk, err := f.onDisk(ctx, stage, input)
		if err != nil {
			return nil, err
		}
		for _, file := range onDisk {
			if !restored(file.Path) {
				ready.files = append(ready.files, file)
			}
		}
	}
	sortFiles(ready.files)
	ready.files = slices.Compact(ready.files)
	return ready, f.complete(ctx, ready, f.lookUp)
}

// onDisk reads what lies in the working copy. What is not there is no mistake
// here: a stage may be about to restore it.
func (f *foresight) onDisk(ctx context.Context, stage config.Stage, input string) ([]result.File, error) {
	if !exists(f.Dir, input) {
		return nil, nil
	}
	paths, err := expandInputs(f.Dir, []string{input}, stage.AllOutputs())
	if err != nil {
		return nil, f.inputError(stage, err)
	}
	snap, err := takeSnapshot(ctx, f.cache.index, f.Dir, paths, nil)
	if err != nil {
		return nil, f.inputError(stage, err)
	}
	return snap.files, nil
}

func sortFiles(files []result.File) {
	slices.SortFunc(files, func(a, b result.File) int { return strings.Compare(a.Path, b.Path) })
}
