package stages

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// options say how a stage is executed other than as the file says.
type options struct {
	// install puts the outputs into the working copy.
	install bool
	// fresh executes whatever is cached, and caches nothing.
	fresh bool
	// over gives other places on the host for some paths; see [overlay].
	over map[string]string
	// label is what log and workspace are called, if not the stage's name.
	label string
}

// stage brings one stage up to date. The outcome tells a failure of the stage;
// an error tells one of muster or its surroundings, and the outcome then says so too.
func (s *session) stage(ctx context.Context, stage config.Stage, opt options) (result.Stage, error) {
	if opt.label == "" {
		opt.label = stage.Name
	}
	outcome := result.Stage{Name: stage.Name, Cell: stage.Cell, Status: result.StageFailed, Image: stage.Image}
	err := s.bring(ctx, stage, opt, &outcome)
	if err == nil {
		return outcome, nil
	}
	outcome.Status, outcome.Error = result.StageFailed, s.hide(err.Error())
	if _, ok := errors.AsType[*stageError](err); ok || ctx.Err() != nil {
		return outcome, nil
	}
	return outcome, fmt.Errorf("stage %s: %w", stage.Name, s.hidden(err))
}

// stageError is a failure of the stage itself: its command, its outputs, its inputs.
type stageError struct{ err error }

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

// bring takes a stage through its steps: inputs, key, cache, execution, outputs.
func (s *session) bring(ctx context.Context, stage config.Stage, opt options, outcome *result.Stage) error {
	if stage.Build != nil {
		return s.build(ctx, stage, outcome)
	}
	if reference, is := fromRegistry(stage); is {
		return s.takeVersion(ctx, stage, reference, opt, outcome)
	}
	if stage.Fetch != nil {
		return s.download(ctx, stage, opt, outcome)
	}
	ready, err := s.prepare(ctx, stage, opt, s.sameImage)
	if err != nil {
		return err
	}
	if err := s.noteRuler(ready); err != nil {
		return err
	}
	outcome.Key, outcome.ImageID, outcome.Command = ready.key, ready.image.ID, commandLine(stage)
	if outcome.Definition, err = ready.doc.definition(); err != nil {
		return err
	}
	if outcome.Inputs, err = s.brief(ctx, sources(stage), ready.files); err != nil {
		return err
	}
	if outcome.Params, err = flatParams(ready.params); err != nil {
		return err
	}
	_, done, err := s.restore(ctx, ready, opt, outcome)
	if err != nil || done {
		return err
	}
	if notDue := s.notDue(stage); notDue != "" && !opt.fresh {
		outcome.Status, outcome.Postponed, outcome.Reason = result.StageSkipped, true, notDue
		return nil
	}
	if err := s.giveSecrets(ready, outcome); err != nil { // what is withheld changes the key
		return err
	}
	return s.makeAlone(ctx, ready, opt, outcome)
}

// restore takes the outputs from the cache, if they are there and are wanted.
func (s *session) restore(ctx context.Context, ready *prepared, opt options, outcome *result.Stage) (hit, done bool, err error) {
	known, hit, err := s.cache.load(ready.key)
	if err != nil || !hit || opt.fresh || (s.forced(ready.stage) && s.notDue(ready.stage) == "") {
		return hit, false, err
	}
	err = s.install(ctx, ready.stage, opt, known.Outputs)
	if errors.Is(err, objects.ErrCorrupt) { // an object is not what its name says: make the outputs again
		return false, false, nil
	}
	outcome.Status, outcome.Seconds, outcome.Outputs = result.StageCached, known.Seconds, known.Outputs
	return true, true, err
}

// makeAlone makes the outputs, unless another run of this working copy is just
// making them: its would replace these while other stages read them.
func (s *session) makeAlone(ctx context.Context, ready *prepared, opt options, outcome *result.Stage) error {
	stage := ready.stage
	if !opt.fresh && len(stage.AllOutputs()) > 0 {
		release, err := s.Folder.reserve(ctx, ready.key, func() { s.remark(outcome, "the same is being made already, perhaps by another run; waiting for it") })
		if err != nil {
			return err
		}
		defer release()
	}
	hit, done, err := s.restore(ctx, ready, opt, outcome) // it may have come meanwhile
	if err != nil || done {
		return err
	}
	outcome.Reason = s.reason(ready, hit)
	s.remarkLeftovers(ready, outcome)
	if err := s.execute(ctx, ready, opt, outcome); err != nil {
		return err
	}
	return s.install(ctx, stage, opt, outcome.Outputs)
}

// noteRuler keeps the evaluate stage's key without the model: what it measures with.
func (s *session) noteRuler(ready *prepared) error {
	model := s.Config.Model
	if model == nil || model.Evaluate != ready.stage.Name {
		return nil
	}
	key, err := ready.doc.without(model.Path).key()
	if s.rulerKey = key; ready.labels != "" {
		s.rulerKey = sha256Hex([]byte(key + "\n" + ready.labels))
	}
	return err
}

func (s *session) install(ctx context.Context, stage config.Stage, opt options, files []result.File) error {
	if !opt.install {
		return nil
	}
	installer := &installer{store: s.store, index: s.cache.index, dir: s.Dir, scratch: s.workPath(), lock: s.Folder.Path("lock"), before: func() { s.git() }}
	return installer.install(ctx, stage.AllOutputs(), files)
}

// execute runs the stage's command and stores what it wrote.
func (s *session) execute(ctx context.Context, ready *prepared, opt options, outcome *result.Stage) error {
	stage := ready.stage
	s.send(result.Event{Kind: result.EventStart, Stage: stage.Name, Reason: outcome.Reason})
	log, closeLog, err := s.openLog(stage.Name, opt.label, outcome)
	if err != nil {
		return err
	}
	defer closeLog()
	if s.onExecute != nil {
		s.onExecute(stage.Name)
	}
	started := time.Now()
	workspace := s.workPath(opt.label)
	ended, err := s.attempt(ctx, ready, workspace, log, outcome)
	log.end()
	outcome.Seconds = seconds(time.Since(started))
	if failed, ok := errors.AsType[*ServiceError](err); ok {
		return &stageError{fmt.Errorf("%w\n%s", failed, log.lastLines())}
	}
	if err != nil {
		return err
	}
	outcome.ExitCode, outcome.PeakMemory = &ended.ExitCode, ended.PeakMemory
	s.workspaceTests(stage, workspace, outcome)
	if err := failure(ended, log); err != nil {
		if hint := s.forgotten(stage, log.lastLines()); hint != "" {
			s.remark(outcome, "%s", hint)
		}
		return err
	}
	if name := ready.snap.changed(); name != "" { // also a file that came or went
		return &stageError{fmt.Errorf("input %s changed while the stage ran; nothing was kept, run again", name)}
	}
	outcome.Outputs, err = collect(ctx, s.store, workspace, stage)
	if wrong, ok := errors.AsType[*outputError](err); ok {
		return &stageError{wrong}
	}
	if err != nil {
		return err
	}
	outcome.Status = result.StageRan
	if opt.fresh {
		return nil
	}
	s.remember(ready)
	return s.cache.save(entry{
		Key: outcome.Key, Stage: stage.Name, Run: s.id, Scope: s.Scope, Created: time.Now().UTC(),
		Seconds: outcome.Seconds, ImageID: ready.image.ID,
		Outputs: outcome.Outputs, Lists: lists(outcome.Inputs),
	})
}

// failure says how a task failed, with the end of its log.
func failure(ended Outcome, log *stageLog) error {
	switch {
	case ended.OutOfMemory:
		return &stageError{fmt.Errorf("exit code %d: it ran out of memory\n%s", ended.ExitCode, log.lastLines())}
	case ended.ExitCode != 0:
		return &stageError{fmt.Errorf("exit code %d\n%s", ended.ExitCode, log.lastLines())}
	default:
		return nil
	}
}
