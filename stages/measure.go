package stages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Measuring is a model that is to be measured, and how.
type Measuring struct {
	// Model takes the place of the one that the pipeline trains. Its files must
	// be in the folder's store.
	Model result.Model
	// Label is what logs and messages call the model: champion, candidate.
	Label string
	// Inputs gives, by path, an absolute place that stands in for the one in Dir.
	// A stage all of whose outputs lie there is not run.
	Inputs map[string]string
	// Images are what stages ran in before, by the name that they give the image.
	// One that is still there, by its id, is taken instead of looking its name up.
	// An identity that is empty is what the engine, or the lock file, says.
	Images map[string]Image
}

// Measured is what came of it.
type Measured struct {
	Evaluation result.Evaluation
	// RulerKey is the evaluate stage's key without the model.
	RulerKey string
	// Stages are those that were brought up to date, the evaluate stage last.
	Stages []result.Stage
	// Metrics are the numbers that the evaluate stage wrote itself.
	Metrics map[string]float64
}

// Measure runs the evaluate stage of the runner's own configuration and folder
// with another model in the place of the trained one, after those stages that
// evaluate needs and that do not only make the model. What stages write lands
// in the session's own space: nothing in Dir is touched. The keys are those of
// a run in which training made this model, so that what is known is restored. A
// stage that fails, or cannot do without training, is a [ChampionError].
func (r *Runner) Measure(ctx context.Context, m Measuring) (Measured, error) {
	plan, err := planWithout(r.Config, m)
	if err != nil {
		return Measured{}, err
	}
	if err := r.refuse(plan.Stages); err != nil {
		return Measured{}, err
	}
	calm := *r
	calm.Force = false // what the two models are measured on must not be made twice
	s, end, err := calm.begin(ctx)
	if err != nil {
		return Measured{}, err
	}
	defer end()
	if err := s.takeImages(ctx, m.Images, plan); err != nil {
		return Measured{}, err
	}
	over, err := s.standIns(ctx, m, plan)
	if err != nil {
		return Measured{}, err
	}
	s.announce(plan)
	measured, err := s.measureAlong(ctx, plan, m.Label, over)
	s.send(result.Event{Kind: result.EventDone, Run: s.id, Status: statusOf(ctx, err == nil)})
	return measured, err
}

// MeasuringStages names the stages that bring a model's measurement about,
// without those that make the model, in the order in which they run.
func MeasuringStages(cfg *config.Config) ([]string, error) {
	plan, err := planWithout(cfg, Measuring{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, stage := range plan.Stages {
		names = append(names, stage.Name)
	}
	return names, nil
}

// planWithout plans the stages that measure a model that is there already.
func planWithout(cfg *config.Config, m Measuring) (*Plan, error) {
	model := cfg.Model
	if model == nil || model.Evaluate == "" {
		return nil, &ChampionError{"no stage of " + config.FileName + " measures a model"}
	}
	given := func(p string) bool {
		_, is := overlay{over: m.Inputs}.host(path.Clean(p))
		return is || config.Within(p, model.Path)
	}
	reduced := *cfg
	reduced.Stages = nil
	var training config.Stage
	for _, stage := range cfg.Stages {
		outputs := stage.AllOutputs()
		if stage.Name == model.Stage {
			training = stage
			continue
		}
		if len(outputs) > 0 && stage.Name != model.Evaluate && !slices.ContainsFunc(outputs, func(out string) bool { return !given(out) }) {
			continue
		}
		stage.Inputs = slices.DeleteFunc(slices.Clone(stage.Inputs), given)
		reduced.Stages = append(reduced.Stages, stage)
	}
	plan, err := NewPlan(&reduced, []string{model.Evaluate})
	if err != nil {
		return nil, err
	}
	for i, stage := range plan.Stages {
		if err := leansOn(stage, training, given); err != nil {
			return nil, err
		}
		plan.Stages[i] = (&Runner{Config: cfg}).stageNamed(stage.Name)
	}
	return plan, nil
}

// leansOn finds what a stage reads of training that is not the model: that is
// the other model's, and there is none for this one.
func leansOn(stage, training config.Stage, given func(string) bool) error {
	for _, out := range training.AllOutputs() {
		for _, in := range sources(stage) {
			if !given(out) && config.CanRead(in, out) {
				return &ChampionError{fmt.Sprintf("stage %s reads %s, which training makes and which is not part of the model; let training write all of the model into one folder", stage.Name, out)}
			}
		}
	}
	return nil
}

// standIns lays out what takes the place of files of the folder: the model, and
// what the caller gives.
func (s *session) standIns(ctx context.Context, m Measuring, plan *Plan) (map[string]string, error) {
	over := map[string]string{}
	for name, place := range m.Inputs {
		over[path.Clean(name)] = place
	}
	for _, name := range named(s.Config, plan) {
		if err := s.underItsName(over, name); err != nil {
			return nil, err
		}
	}
	place, err := s.placeModel(ctx, m.Model)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(place); err != nil {
		return nil, &ChampionError{fmt.Sprintf("the %s has no file %s", m.Label, m.Model.Path)}
	}
	over[path.Clean(s.Config.Model.Path)] = place
	return over, nil
}

// takeImages finds the images that stages ran in before; what only makes one of
// them need not run.
func (s *session) takeImages(ctx context.Context, images map[string]Image, plan *Plan) error {
	for ref, before := range images {
		found, err := s.Executor.Find(ctx, before.ID)
		if errors.Is(err, ErrNoImage) {
			continue // it is pulled, or built again
		}
		if err != nil {
			return err
		}
		if pin := s.lock.image(ref); pin != "" {
			found.Identity = pin
		}
		found.Ref, found.Identity = ref, cmp.Or(before.Identity, found.Identity)
		s.found[ref] = found
	}
	plan.Stages = slices.DeleteFunc(plan.Stages, func(stage config.Stage) bool {
		_, known := s.found["stage:"+stage.Name]
		return known && stage.Build != nil
	})
	return nil
}

// named lists the files that muster itself reads for the stages.
func named(cfg *config.Config, plan *Plan) []string {
	var names []string
	if cfg.Params != "" {
		names = append(names, path.Clean(cfg.Params))
	}
	for _, stage := range plan.Stages {
		if stage.Notebook != nil {
			names = append(names, path.Clean(stage.Notebook.Path))
		}
	}
	return names
}

// underItsName copies a file that is given from a place that ends otherwise.
func (s *session) underItsName(over map[string]string, name string) error {
	sees := overlay{s.Dir, over}
	place, moved := sees.host(name)
	if !moved || sees.root(name) != place {
		return nil
	}
	if err := os.MkdirAll(s.workPath(placedMade), 0o755); err != nil {
		return fmt.Errorf("take %s: %w", name, err)
	}
	if err := Place(Mount{Host: place, Path: name}, s.workPath(placedMade)); err != nil {
		return fmt.Errorf("take %s: %w", name, err)
	}
	over[name] = s.workPath(placedMade, filepath.FromSlash(name))
	return nil
}

// measureAlong brings the stages of the plan up to date, one after the other.
func (s *session) measureAlong(ctx context.Context, plan *Plan, label string, over map[string]string) (Measured, error) {
	var measured Measured
	given := overlay{s.Dir, over}
	fixed := func(out string) bool { _, is := given.host(path.Clean(out)); return is }
	for _, stage := range plan.Stages {
		s.named = append(s.named, stage.Name) // whoever gates wants it run, due or not
	}
	for _, stage := range plan.Stages {
		outcome, err := s.stage(ctx, stage, options{over: over, label: label + "." + stage.Name})
		if err == nil && ctx.Err() == nil && outcome.Made() {
			s.completeRecord(&outcome, stage)
		}
		s.send(result.Event{Kind: result.EventEnd, Stage: stage.Name, Result: &outcome})
		measured.Stages = append(measured.Stages, outcome)
		switch {
		case err != nil:
			return measured, fmt.Errorf("measure the %s: %w", label, err)
		case ctx.Err() != nil:
			return measured, ctx.Err()
		case !outcome.Made():
			return measured, &ChampionError{fmt.Sprintf("stage %s fails with the %s: %s", stage.Name, label, outcome.Error)}
		}
		if over, err = s.layOut(ctx, stage, outcome.Outputs, over, fixed); err != nil {
			return measured, err
		}
	}
	last := len(plan.Stages) - 1
	measured.Evaluation, measured.RulerKey = *newEvaluation(plan.Stages[last], measured.Stages[last]), s.rulerKey
	numbers, err := s.readMetrics(plan.Stages[last], &measured.Evaluation)
	if err != nil {
		return measured, &ChampionError{fmt.Sprintf("the numbers that stage %s wrote for the %s cannot be read: %v", plan.Stages[last].Name, label, err)}
	}
	measured.Metrics = numbers
	return measured, nil
}

// layOut lets the stages that follow see what a stage made: where it lies in the
// folder already, or else in the session's own space. What is given stays.
func (s *session) layOut(ctx context.Context, stage config.Stage, files []result.File, over map[string]string, fixed func(string) bool) (map[string]string, error) {
	there := &installer{store: s.store, index: s.cache.index, dir: s.Dir}
	for _, out := range stage.AllOutputs() {
		out = path.Clean(out)
		mine := filesIn(files, out)
		if fixed(out) || (s.Dir == s.Folder.Project() && there.installed(ctx, out, mine)) {
			continue
		}
		if err := materialise(ctx, s.store, s.workPath(placedMade), mine); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", out, err)
		}
		place := s.workPath(placedMade, filepath.FromSlash(out))
		if _, err := os.Lstat(place); errors.Is(err, fs.ErrNotExist) { // an empty folder is an output too
			if err := os.MkdirAll(place, 0o755); err != nil {
				return nil, fmt.Errorf("lay out %s: %w", out, err)
			}
		}
		over[out] = place
	}
	return over, nil
}
