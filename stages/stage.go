package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// options say how a stage is executed other than as the file says.
type options struct {
	// install puts the outputs into the working copy.
	install bool
	// elsewhere gives other places on the host for some inputs.
	elsewhere map[string]string
	// label is what log and workspace are called, if not the stage's name.
	label string
}

// stage brings one stage up to date. The outcome tells a failure of the stage;
// an error tells one of muster or its surroundings, and the outcome then says so too.
func (s *session) stage(ctx context.Context, stage config.Stage, opt options) (result.Stage, error) {
	if opt.label == "" {
		opt.label = stage.Name
	}
	outcome := result.Stage{Name: stage.Name, Status: result.StageFailed, Image: stage.Image}
	err := s.bring(ctx, stage, opt, &outcome)
	if err == nil {
		return outcome, nil
	}
	outcome.Status, outcome.Error = result.StageFailed, err.Error()
	if _, ok := errors.AsType[*stageError](err); ok || ctx.Err() != nil {
		return outcome, nil
	}
	return outcome, fmt.Errorf("stage %s: %w", stage.Name, err)
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
	params, err := selectParams(s.Config, s.Dir, stage)
	if err != nil {
		return err
	}
	snap, err := takeSnapshot(ctx, s.Dir, stage.Inputs, opt.elsewhere)
	if err != nil {
		return s.inputError(stage, err)
	}
	outcome.Inputs = snap.files
	image, err := s.image(ctx, stage)
	if err != nil {
		return err
	}
	outcome.ImageID = image.ID
	if outcome.Key, err = newKey(stage, image.Identity, params, snap.files); err != nil {
		return err
	}
	if model := s.Config.Model; model != nil && model.Evaluate == stage.Name {
		if s.rulerKey, err = newKey(stage, image.Identity, params, without(snap.files, model.Path)); err != nil {
			return err
		}
	}
	known, hit, err := s.cache.load(outcome.Key)
	if err != nil {
		return err
	}
	if hit && !s.Force {
		outcome.Status, outcome.Seconds, outcome.Outputs = result.StageCached, known.Seconds, known.Outputs
		err := s.install(ctx, stage, opt, known.Outputs)
		if !errors.Is(err, objects.ErrCorrupt) {
			return err
		}
		// An object is not what its name says: make the outputs again.
	}
	if err := s.execute(ctx, stage, opt, snap, params, image, outcome); err != nil {
		return err
	}
	return s.install(ctx, stage, opt, outcome.Outputs)
}

func (s *session) install(ctx context.Context, stage config.Stage, opt options, files []result.File) error {
	if !opt.install {
		return nil
	}
	return install(ctx, s.store, s.Dir, s.workPath(), stage.AllOutputs(), files)
}

// execute runs the stage's command and stores what it wrote.
func (s *session) execute(ctx context.Context, stage config.Stage, opt options, snap *snapshot, params []byte, image Image, outcome *result.Stage) error {
	s.send(result.Event{Kind: result.EventStart, Stage: stage.Name})
	workspace := s.workPath(opt.label)
	if err := makeWorkspace(workspace, stage, snap.mounts); err != nil {
		return fmt.Errorf("make workspace: %w", err)
	}
	if err := writeParams(workspace, s.Config.Params, params); err != nil {
		return err
	}
	log, closeLog, err := s.openLog(stage.Name, opt.label, outcome)
	if err != nil {
		return err
	}
	defer closeLog()
	started := time.Now()
	ended, err := s.Executor.Run(ctx, Task{
		Project: s.Dir, Run: s.id, Stage: stage.Name, Image: image, Argv: stage.Run.Argv(), Env: stage.Env,
		Workspace: workspace, Workdir: stage.Workdir, User: stage.User, Inputs: snap.mounts, Outputs: stage.AllOutputs(),
		Network: stage.Network, Resources: stage.Resources, Stdout: log.stream(result.Stdout), Stderr: log.stream(result.Stderr),
	})
	log.end()
	outcome.Seconds = seconds(time.Since(started))
	if err != nil {
		return err
	}
	outcome.ExitCode, outcome.PeakMemory = &ended.ExitCode, ended.PeakMemory
	if ended.OutOfMemory {
		return &stageError{fmt.Errorf("exit code %d: it ran out of memory\n%s", ended.ExitCode, log.lastLines())}
	}
	if ended.ExitCode != 0 {
		return &stageError{fmt.Errorf("exit code %d\n%s", ended.ExitCode, log.lastLines())}
	}
	if name := snap.changed(); name != "" { // also a file that came or went
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
	return s.cache.save(entry{
		Key: outcome.Key, Stage: stage.Name, Run: s.id, Scope: s.Scope, Created: time.Now().UTC(),
		Seconds: outcome.Seconds, ImageID: image.ID, Outputs: outcome.Outputs,
	})
}

// openLog makes the stage's log file, and the writer that every line goes through.
func (s *session) openLog(stage, label string, outcome *result.Stage) (*stageLog, func(), error) {
	name := s.Folder.Path("runs", s.id, label+".log")
	file, err := os.Create(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	outcome.Log, err = filepath.Rel(s.Dir, name)
	if err != nil {
		outcome.Log = name
	}
	return &stageLog{file: file, stage: stage, send: s.send}, func() { file.Close() }, nil
}

// inputError says what is wrong with an input, at its place in the file where it is known.
func (s *session) inputError(stage config.Stage, err error) error {
	if unusable(err) {
		return s.Config.ProblemAt("/stages/"+stage.Name+"/inputs", err.Error(), "")
	}
	if errors.Is(err, fs.ErrNotExist) { // a stage was to make it, and did not
		return &stageError{fmt.Errorf("read inputs: %w", err)}
	}
	return fmt.Errorf("read inputs: %w", err)
}

// image finds what the stage runs in, and fetches it if it is not there.
func (s *session) image(ctx context.Context, stage config.Stage) (Image, error) {
	ref := stage.Image
	if maker, ok := strings.CutPrefix(ref, "stage:"); ok {
		return s.builtImage(ctx, s.stageNamed(maker))
	}
	image, err := s.Executor.Find(ctx, ref)
	if !errors.Is(err, ErrNoImage) {
		return image, err
	}
	if ref == "" {
		return Image{}, s.Config.ProblemAt("/stages/"+stage.Name, "the stage has no image", "add image: to the stage, or at the top for all stages")
	}
	s.send(result.Event{Kind: result.EventLog, Stage: stage.Name, Stream: result.Remarks, Line: "pulling " + ref})
	log := &stageLog{file: io.Discard, stage: stage.Name, send: s.send} // it is shown live and not kept
	defer log.end()
	return s.Executor.Pull(ctx, ref, log.stream(result.Remarks))
}

// without leaves out the files of one path.
func without(files []result.File, p string) []result.File {
	var rest []result.File
	for _, file := range files {
		if !config.Within(file.Path, p) {
			rest = append(rest, file)
		}
	}
	return rest
}
