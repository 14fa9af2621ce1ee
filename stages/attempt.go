package stages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// firstPause is how long the first try again waits; each further one waits twice as long.
const firstPause = time.Second

// attempt runs the stage's command in a new workspace, again if its surroundings
// fail and the stage allows it: a stage's own failure is never tried again.
func (s *session) attempt(ctx context.Context, ready *prepared, workspace string, log *stageLog, outcome *result.Stage) (Outcome, error) {
	stage := ready.stage
	ended, tries, err := retry(ctx, stage.Retries, log, func() (Outcome, error) {
		if err := s.furnish(ready, workspace); err != nil {
			return Outcome{}, fmt.Errorf("make workspace: %w", err)
		}
		task := s.task(ready, workspace)
		task.Stdout, task.Stderr = log.stream(result.Stdout), log.stream(result.Stderr)
		return limited(ctx, stage, func(ctx context.Context) (Outcome, error) { return s.Executor.Run(ctx, task) })
	})
	if tries > 1 {
		outcome.Attempts = tries
	}
	return ended, err
}

// task is the stage as its executor gets it, but for the writers of its log.
func (s *session) task(ready *prepared, workspace string) Task {
	stage := ready.stage
	return Task{
		Project: s.Folder.Project(), Run: s.id, Stage: stage.Name, Image: ready.image, Argv: argv(stage), Env: stage.Env, Secrets: ready.secrets,
		Workspace: workspace, Workdir: stage.Workdir, User: stage.User, Inputs: ready.snap.mounts, Outputs: stage.AllOutputs(),
		Network: stage.Network, Services: ready.services, Resources: stage.Resources,
	}
}

// retry calls try until it succeeds or fails for good, at most once more than retries.
func retry[T any](ctx context.Context, retries int, log *stageLog, try func() (T, error)) (value T, tries int, err error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = firstPause
	value, err = backoff.Retry(ctx, func() (T, error) {
		tries++
		value, err := try()
		if err != nil && !errors.Is(err, ErrSurroundings) {
			err = backoff.Permanent(err)
		}
		return value, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(uint(retries)+1), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			fmt.Fprintf(log.stream(result.Remarks), "%v; trying again in %.0f s\n", err, wait.Seconds())
		}))
	if permanent, ok := errors.AsType[*backoff.PermanentError](err); ok {
		err = permanent.Unwrap()
	}
	return value, tries, err
}

// errTimeout is why a stage's context ended.
var errTimeout = errors.New("timed out")

// limited does something for no longer than the stage may take.
func limited[T any](ctx context.Context, stage config.Stage, do func(context.Context) (T, error)) (T, error) {
	if stage.Timeout == 0 {
		return do(ctx)
	}
	limit := time.Duration(stage.Timeout)
	limited, cancel := context.WithTimeoutCause(ctx, limit, errTimeout)
	defer cancel()
	done, err := do(limited)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), errTimeout) {
		return done, &stageError{fmt.Errorf("it took longer than its timeout of %v and was stopped", limit)}
	}
	return done, err
}

// furnish makes the workspace, without what an earlier try left in it.
func (s *session) furnish(ready *prepared, workspace string) error {
	if err := removeTree(workspace); err != nil {
		return err
	}
	if err := makeWorkspace(workspace, ready.stage, ready.snap.mounts); err != nil {
		return err
	}
	if ready.stage.Workdir != "" {
		if err := os.MkdirAll(filepath.Join(workspace, filepath.FromSlash(ready.stage.Workdir)), 0o755); err != nil {
			return err
		}
	}
	for name, data := range ready.given {
		if err := writeGiven(workspace, name, data); err != nil {
			return err
		}
	}
	return nil
}

// writeGiven puts down a file that muster makes for the stage: its part of the
// params file, its notebook.
func writeGiven(workspace, name string, data []byte) error {
	place := filepath.Join(workspace, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	return os.WriteFile(place, data, 0o644)
}

// openLog makes the stage's log file, and what every line goes through.
func (s *session) openLog(stage, label string, outcome *result.Stage) (*stageLog, func(), error) {
	name := s.Folder.Path("runs", s.id, label+".log")
	file, err := os.Create(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	outcome.Log, err = filepath.Rel(s.Folder.Project(), name)
	if err != nil {
		outcome.Log = name
	}
	return &stageLog{file: file, stage: stage, send: s.send, mask: s.mask()}, func() { file.Close() }, nil
}
