package stages

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages/mask"
)

// Runner runs one pipeline. Its fields are set once, before the first call.
type Runner struct {
	Config   *config.Config
	Dir      string // absolute path of muster.yaml's folder
	Folder   *Folder
	Executor Executor
	Listen   Listener // nil for none
	Jobs     int      // how many stages run at once, at least 1
	Scope    result.Scope
	Force    bool // run what is cached, too
	// KeepGoing lets stages run that need nothing of what failed.
	KeepGoing bool
	// Fetcher gets the files of fetch stages; nil if there are none.
	Fetcher Fetcher
	// Models gives models of the registry; nil if there are none.
	Models Models
	Base   Base   // what a change request is held to
	Env    Lookup // where secrets come from; nil for nowhere
	// Trigger and Labels say which stages are due; see when: in muster.yaml.
	Trigger result.Trigger
	Labels  []string
	Version string // of muster, for the record
}

// session is one run of the pipeline, or of one stage for the gate.
type session struct {
	*Runner
	id    string
	store *objects.Store
	cache *cache
	lock  *lockStore
	// built holds the images of build stages, once they are there.
	builtLock sync.Mutex
	built     map[string]Image
	// found holds the images that stages of this run have been given.
	foundLock sync.Mutex
	found     map[string]Image
	send      Listener
	mask      func() *mask.Masker // made when it is first needed; nil if there are no secrets
	named     []string            // the stages that were asked for by name
	// onExecute is told of a stage that is not restored; nil if nobody wants to know.
	onExecute func(stage string)
	// rulerKey is the evaluate stage's key without the model; its one stage sets it.
	rulerKey string
	// git waits for what git says of the working copy, which nothing may change before.
	git func() *result.Git
}

// Run executes the stages that targets need, all if there are none, and
// returns the run's record, which is also on disk. A stage that fails is in the
// record, not an error; an error means that muster or its surroundings failed.
// If the context ends, what runs is removed and the record says interrupted.
func (r *Runner) Run(ctx context.Context, targets []string) (result.Run, error) {
	plan, err := NewPlan(r.Config, targets)
	if err != nil {
		return result.Run{}, err
	}
	if err := plan.missingInputs(r.Config, r.Dir); err != nil {
		return result.Run{}, err
	}
	if err := r.refuse(plan.Stages); err != nil {
		return result.Run{}, err
	}
	if err := r.withoutImage(ctx, plan.Stages); err != nil {
		return result.Run{}, err
	}
	if err := wrongParams(r.Config, r.Dir, plan.Stages); err != nil {
		return result.Run{}, err
	}
	if err := r.wrongSources(plan.Stages); err != nil {
		return result.Run{}, err
	}
	codec := startCodec()
	s, end, err := r.begin(ctx)
	if err != nil {
		return result.Run{}, err
	}
	defer end()
	s.git = startGit(ctx, r.Dir)
	s.named = targets
	started := time.Now()
	run := result.Run{
		Schema: result.SchemaOf[result.Run](), ID: s.id, Pipeline: r.Config.Name, Status: result.RunPassed,
		Scope: r.Scope, Trigger: r.Trigger, Executor: r.Executor.Name(), Started: started.UTC().Truncate(time.Millisecond),
	}
	s.announce(plan)
	outcomes, err := s.schedule(ctx, plan)
	run.Seconds, run.Git = seconds(time.Since(started)), s.git()
	for _, stage := range plan.Stages {
		outcome := outcomes[stage.Name]
		run.Stages = append(run.Stages, outcome)
		if outcome.Status == result.StageFailed {
			run.Status = result.RunFailed
		}
	}
	switch {
	case ctx.Err() != nil:
		run.Status, err = result.RunInterrupted, nil
	case err != nil:
		run.Status = result.RunFailed
	case run.Status == result.RunPassed:
		if err = s.describe(&run); err != nil {
			run.Status = result.RunFailed
		}
	}
	s.finishRecord(&run, targets)
	if saveErr := r.Folder.saveRun(run, codec); err == nil {
		err = saveErr
	}
	s.send(result.Event{Kind: result.EventDone, Run: run.ID, Status: run.Status})
	return run, err
}

// begin opens a session: an id, a lock, and a clean place to work in. What dead
// runs left is removed first, so that a kill -9 leaves nothing for long.
func (r *Runner) begin(ctx context.Context) (*session, func(), error) {
	store, err := r.Folder.Store()
	if err != nil {
		return nil, nil, err
	}
	pins, err := openLock(r.Dir, r.Folder)
	if err != nil {
		return nil, nil, err
	}
	if err := r.Executor.Sweep(ctx, r.Folder.Project(), r.Folder.alive); err != nil {
		return nil, nil, err
	}
	killed, err := r.Folder.sweep()
	if err != nil {
		return nil, nil, err
	}
	id, lock, err := r.Folder.newRun(time.Now())
	if err != nil {
		return nil, nil, err
	}
	s := &session{
		Runner: r, id: id, store: store, lock: pins, built: map[string]Image{}, found: map[string]Image{}, mask: sync.OnceValue(r.masker),
		cache: openCache(r.Folder, store, r.Scope),
	}
	s.send = s.masked(serialised(r.Listen))
	end := func() {
		_ = s.settle(ctx)
		s.cache.close()
		if killed { // an engine may have been making a container for it when this run began
			_ = r.Executor.Sweep(ctx, r.Folder.Project(), r.Folder.alive)
		}
		// What cannot be removed now is the next run's to sweep; the lock ends with the process at the latest.
		_ = removeTree(s.workPath())
		_ = lock.Unlock()
		r.Folder.forget(id)
	}
	return s, end, nil
}

func (s *session) workPath(elem ...string) string {
	return filepath.Join(append([]string{s.Folder.Path("work", s.id)}, elem...)...)
}

func (s *session) announce(plan *Plan) {
	planned := make([]result.PlannedStage, len(plan.Stages))
	for i, stage := range plan.Stages {
		planned[i] = result.PlannedStage{Name: stage.Name, Needs: plan.Needs[stage.Name]}
	}
	s.send(result.Event{Kind: result.EventPlan, Run: s.id, Stages: planned})
}

// startGit asks git for the state of the folder while the stages are looked at,
// and returns what waits for the answer. Without git a run has no such state.
func startGit(ctx context.Context, dir string) func() *result.Git {
	answer := make(chan *result.Git, 1)
	go func() {
		state, err := git.ReadState(ctx, dir)
		if err != nil {
			answer <- nil
			return
		}
		answer <- &result.Git{Commit: state.Commit, Branch: state.Branch, Dirty: state.Dirty}
	}()
	return sync.OnceValue(func() *result.Git { return <-answer })
}

func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond)) / float64(time.Second)
}

// describe adds what the stages made to the record: numbers, candidate, evaluation.
func (s *session) describe(run *result.Run) error {
	model := s.Config.Model
	if model == nil {
		return nil
	}
	outcomes := map[string]result.Stage{}
	for _, stage := range run.Stages {
		outcomes[stage.Name] = stage
	}
	evaluate, training := outcomes[model.Evaluate], outcomes[model.Stage]
	if training.Made() {
		candidate := newModel(model.Path, training)
		candidate.Run = run.ID
		if run.Git != nil {
			candidate.Commit = run.Git.Commit
		}
		run.Candidate = &candidate
	}
	if !training.Made() || !evaluate.Made() {
		run.NoModel = noModel(run.Stages)
	}
	if !evaluate.Made() {
		return nil
	}
	stage := s.stageNamed(model.Evaluate)
	run.Evaluation = newEvaluation(stage, evaluate)
	metrics, err := s.readMetrics(stage, run.Evaluation)
	if err != nil {
		return err
	}
	run.Metrics = metrics
	if run.Candidate == nil { // only the evaluate stage was asked for, of a model that was not made here
		return nil
	}
	run.Candidate.EvaluationKey, run.Candidate.RulerKey = evaluate.Key, s.rulerKey
	return nil
}

func (r *Runner) stageNamed(name string) config.Stage {
	for _, stage := range r.Config.Stages {
		if stage.Name == name {
			return stage
		}
	}
	panic(fmt.Sprintf("stages: %q is not in the configuration that named it", name))
}
