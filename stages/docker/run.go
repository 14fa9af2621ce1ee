package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/muster-ci/muster/stages"
)

// Run executes the task in a container of its own. A container that has ended
// is removed in the background. An engine that goes away is waited for a while,
// so that another try finds it there.
func (d *Docker) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return stages.Outcome{}, err
	}
	if err := makeWorkdir(task); err != nil {
		return stages.Outcome{}, err
	}
	outcome, err := d.run(ctx, task)
	if gone, ok := errors.AsType[*goneError](err); ok && ctx.Err() == nil {
		gone.back = d.awaitReturn(ctx)
	}
	return outcome, err
}

func (d *Docker) run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	beside, err := d.startServices(ctx, task)
	if err != nil {
		return stages.Outcome{}, err
	}
	defer beside.discard()
	made, ready := d.take(ctx, task)
	if !ready {
		if made, err = d.create(ctx, task, beside.network); err != nil {
			return stages.Outcome{}, err
		}
	}
	for _, warning := range made.warnings {
		fmt.Fprintf(task.Stderr, "muster: the engine says: %s\n", warning)
	}
	outcome, err := d.runToEnd(ctx, made, task)
	if ctx.Err() != nil {
		return outcome, errors.Join(ctx.Err(), d.remove(ctx, made.id))
	}
	if err != nil || outcome.ExitCode != 0 {
		beside.report(ctx, task.Stderr)
	}
	d.discard(made)
	return outcome, err
}

// makeWorkdir makes the folder that the command starts in: an engine would make it root's.
func makeWorkdir(task stages.Task) error {
	if task.Workdir == "" {
		return nil
	}
	root, err := os.OpenRoot(task.Workspace)
	if err != nil {
		return fmt.Errorf("open workspace: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.FromSlash(strings.TrimSuffix(task.Workdir, "/")), 0o755); err != nil {
		return fmt.Errorf("make working directory: %w", err)
	}
	return nil
}

// runToEnd brings the inputs, lets the container run, and fetches the outputs.
func (d *Docker) runToEnd(ctx context.Context, made box, task stages.Task) (stages.Outcome, error) {
	if err := d.bringInputs(ctx, made, task); err != nil {
		return stages.Outcome{}, err
	}
	// The engine is asked until the container has ended, which it does after ctx.
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	l, err := d.attach(asking, made.id)
	if err != nil {
		return stages.Outcome{}, err
	}
	defer l.stream.Close()
	if err := d.api.ContainerStart(asking, made.id, container.StartOptions{}); err != nil {
		return d.started(err, task)
	}
	peak := d.watchMemory(asking, made.id)
	l.copyLog(task)
	code, err := l.wait(ctx, asking)
	if err != nil {
		return stages.Outcome{}, err
	}
	outcome := stages.Outcome{ExitCode: code, PeakMemory: peak()}
	if code == 0 {
		return outcome, d.fetchOutputs(ctx, made, task)
	}
	// The exit code alone does not say why; nor, if the engine is gone by now, whose fault it was.
	info, err := d.api.ContainerInspect(asking, made.id)
	if err != nil {
		return outcome, d.explain("inspect container", err)
	}
	outcome.OutOfMemory = info.State.OOMKilled
	return outcome, d.endedFromOutside(asking, made.id, info.State.FinishedAt)
}

// killNoted is how long after a container's end the engine may note that it has
// been told to end it.
const killNoted = 300 * time.Millisecond

// stopSettles is how long an engine that has stopped a container may still answer before it is gone.
const stopSettles = time.Second

// endedFromOutside looks whether somebody other than muster has ended the
// container: by docker stop, or by stopping the engine, which first stops what it runs.
func (d *Docker) endedFromOutside(ctx context.Context, id, finished string) error {
	end, err := time.Parse(time.RFC3339Nano, finished) // by the engine's clock
	if err != nil {
		return fmt.Errorf("read when the container ended: %w", err)
	}
	past, failed := d.api.Events(ctx, events.ListOptions{
		Since: "0", Until: end.Add(killNoted).Format(time.RFC3339Nano),
		Filters: filters.NewArgs(filters.Arg("container", id), filters.Arg("event", string(events.ActionKill))),
	})
	select {
	case <-past:
		time.Sleep(stopSettles)
		return &goneError{host: d.api.DaemonHost(), doing: "run container", stopped: true}
	case err := <-failed:
		if lost(err) && !errors.Is(err, io.EOF) { // the end of what there is to tell
			return d.explain("ask what happened to the container", err)
		}
		return nil
	}
}

// live is a container whose end is waited for.
type live struct {
	d      *Docker
	id     string
	stream types.HijackedResponse
	ended  <-chan container.WaitResponse
	failed <-chan error
	// copied is closed when the log is, and unwritable then says why before its end.
	copied     chan struct{}
	unwritable chan error
}

// attach comes before the start, so that nothing of a short command is missed.
func (d *Docker) attach(ctx context.Context, id string) (*live, error) {
	stream, err := d.api.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, d.explain("attach to container", err)
	}
	l := &live{d: d, id: id, stream: stream, copied: make(chan struct{}), unwritable: make(chan error, 1)}
	l.ended, l.failed = d.api.ContainerWait(ctx, id, container.WaitConditionNextExit)
	return l, nil
}

func (l *live) copyLog(task stages.Task) {
	go func() {
		defer close(l.copied)
		_, err := stdcopy.StdCopy(task.Stdout, task.Stderr, l.stream.Reader)
		if err != nil && !lost(err) && !errors.Is(err, net.ErrClosed) {
			l.unwritable <- fmt.Errorf("write log: %w", err)
		}
	}()
}

// logPatience is how long the rest of a log may take after its container's end.
const logPatience = 10 * time.Second

// finishLog waits for the rest of the log: it must not be written to after Run returns.
func (l *live) finishLog(patience time.Duration) error {
	timer := time.AfterFunc(patience, l.stream.Close)
	defer timer.Stop()
	<-l.copied
	select {
	case err := <-l.unwritable:
		return err
	default:
		return nil
	}
}

// wait returns the exit code. A container that nobody wants any more is stopped.
func (l *live) wait(ctx, asking context.Context) (int, error) {
	select {
	case <-ctx.Done():
		err := l.d.stop(asking, l.id, grace(ctx))
		return 0, errors.Join(ctx.Err(), err, l.finishLog(logPatience))
	case err := <-l.unwritable: // nobody reads on, so it would wait for ever, and an engine that stops it with it
		l.stream.Close()
		return 0, errors.Join(err, l.d.stop(asking, l.id, 0), l.finishLog(0))
	case err := <-l.failed:
		return 0, errors.Join(l.d.explain("wait for container", err), l.finishLog(0))
	case end := <-l.ended:
		if err := l.finishLog(logPatience); err != nil {
			return 0, err
		}
		if end.Error != nil {
			return 0, fmt.Errorf("wait for container: %s", end.Error.Message)
		}
		return int(end.StatusCode), nil
	}
}

const (
	// timeoutGrace is what a stage gets to end by itself when its time is up.
	timeoutGrace = 10 * time.Second
	// interruptGrace is shorter: somebody is waiting at a terminal.
	interruptGrace = 3 * time.Second
)

// grace depends on why the task is ended.
func grace(ctx context.Context) time.Duration {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timeoutGrace
	}
	return interruptGrace
}

// stop asks the container to end, and kills it if it does not.
func (d *Docker) stop(ctx context.Context, id string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience+removeTimeout)
	defer cancel()
	seconds := int(patience.Seconds())
	err := d.api.ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds})
	if err != nil && !errdefs.IsNotFound(err) {
		return d.explain("stop container", err)
	}
	return nil
}

const (
	returnPatience = 15 * time.Second
	returnInterval = 250 * time.Millisecond
)

// awaitReturn waits a while for an engine that is being restarted: another try
// would otherwise find it gone.
func (d *Docker) awaitReturn(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, returnPatience)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := d.api.Ping(ctx); err == nil {
			return true
		}
		select {
		case <-ctx.Done():
		case <-time.After(returnInterval):
		}
	}
	return false
}
