package stages

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// ahead has the executor make ready for the stages that wait for nothing but
// what runs now, the named stage among it. A stage that is restored never runs,
// so nothing is made ready for what only may have to follow it.
func (d *scheduler) ahead(ctx context.Context, runs string) {
	preparer, ok := d.Executor.(Preparer)
	if !ok {
		return
	}
	d.executing[runs] = true
	for _, stage := range d.pending {
		if d.next(stage, runs) {
			d.making.Go(func() { d.makeReady(ctx, preparer, stage) })
		}
	}
}

// next reports whether the stage waits for the one that runs, and for nothing that does not.
func (d *scheduler) next(stage config.Stage, runs string) bool {
	waits := false
	for _, need := range d.plan.Needs[stage.Name] {
		status := d.outcomes[need].Status
		if !d.executing[need] && status != result.StageRan && status != result.StageCached {
			return false
		}
		waits = waits || need == runs
	}
	// Whether a stage gets its secrets is decided when its turn has come.
	return waits && stage.Build == nil && stage.Fetch == nil && len(stage.Secrets) == 0
}

// makeReady tells the executor what is known of the stage's task. What cannot be
// known yet is left to its turn.
func (s *session) makeReady(ctx context.Context, preparer Preparer, stage config.Stage) {
	image, err := s.lookUp(ctx, stage.Name, stage.Image)
	if err != nil {
		return
	}
	mounts, ok := s.expected(stage)
	if !ok {
		return
	}
	workspace := s.workPath(stage.Name)
	if os.MkdirAll(workspace, 0o755) != nil {
		return
	}
	task := s.task(&prepared{stage: stage, image: image, snap: &snapshot{mounts: mounts}}, workspace)
	for _, service := range stage.Services {
		task.Services = append(task.Services, Service{Service: service})
	}
	preparer.Prepare(ctx, task)
}

// expected is what the stage's inputs will be, as far as that can be told before all are there.
func (s *session) expected(stage config.Stage) (mounts []Mount, ok bool) {
	paths, err := expandInputs(s.Dir, stage.Inputs, stage.AllOutputs())
	if err != nil {
		return nil, false
	}
	for _, name := range paths {
		host := filepath.Join(s.Dir, filepath.FromSlash(name))
		info, err := os.Lstat(host)
		if err != nil && (!errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(name, "/")) {
			return nil, false
		}
		mounts = append(mounts, Mount{Host: host, Path: name, Dir: err == nil && info.IsDir()})
	}
	return mounts, true
}

// settle waits until the executor has removed what it made, and what it made for nothing.
func (s *session) settle(ctx context.Context) error {
	if preparer, ok := s.Executor.(Preparer); ok {
		return preparer.Settle(context.WithoutCancel(ctx))
	}
	return nil
}
