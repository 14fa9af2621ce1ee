// Package process runs stages as plain processes of this machine, for where
// there is no engine. Each stage works in a folder of its own with copies of
// its declared inputs, so a forgotten input still shows; but nothing is
// isolated: network, files and programs are those of the host. What a stage
// starts carries its name in the environment, by which it is found and ended
// when the stage is over, or when the muster that started it was killed.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/stages"
)

var _ stages.Executor = Process{}

// Process is the executor.
type Process struct{}

// Name is "process".
func (Process) Name() string { return "process" }

// Find takes the host for every image: what a stage runs in is this machine.
func (Process) Find(_ context.Context, ref string) (stages.Image, error) {
	host := "process/" + runtime.GOOS + "-" + runtime.GOARCH
	identity := []string{host}
	for _, name := range locale() { // what programs print and sort depends on it
		if value := os.Getenv(name); value != "" {
			identity = append(identity, name+"="+value)
		}
	}
	return stages.Image{Ref: ref, Identity: strings.Join(identity, " "), ID: host}, nil
}

// locale names the variables of the caller that say how programs print, and that
// stages get too.
func locale() []string { return []string{"LANG", "LC_ALL", "TZ"} }

// Pull has nothing to fetch.
func (p Process) Pull(ctx context.Context, ref string, _ io.Writer) (stages.Image, error) {
	return p.Find(ctx, ref)
}

// Build makes nothing: the host's own programs are used instead of the image's.
func (p Process) Build(ctx context.Context, task stages.BuildTask, progress io.Writer) (stages.Image, error) {
	fmt.Fprintln(progress, "muster: the process executor builds no image; stages use this machine's programs")
	return p.Find(ctx, task.Tag)
}

// Untag has nothing to remove.
func (Process) Untag(context.Context, string) error { return nil }

// Sweep ends what runs of this project have left running that are no longer
// alive. Workspaces are the caller's.
func (Process) Sweep(ctx context.Context, project string, alive func(run string) bool) error {
	return killMarked(ctx, func(env marks) bool {
		return env[markProject] == project && env[markRun] != "" && !alive(env[markRun])
	})
}

// unsupportedError says that a stage asks for what only an engine can give.
type unsupportedError struct{ what, hint string }

func (e *unsupportedError) Error() string { return "the process executor " + e.what }

// Hint says what to do about it.
func (e *unsupportedError) Hint() string { return e.hint }

// check refuses what would silently be something else than the stage asks for.
func check(task stages.Task) error {
	if len(task.Services) > 0 {
		return &unsupportedError{
			"starts no services, and the stage needs " + task.Services[0].Name,
			"use --executor docker; or start the service yourself and give the stage its address in env",
		}
	}
	uid, _, _ := strings.Cut(task.User, ":")
	if task.User != "" && uid != strconv.Itoa(os.Getuid()) {
		return &unsupportedError{
			fmt.Sprintf("runs a stage as its caller, user %d, and the stage wants user %s", os.Getuid(), task.User),
			"use --executor docker; or take user: out of the stage",
		}
	}
	if r := task.Resources; r.CPUs > 0 || r.Memory > 0 || r.SHM > 0 || r.GPUs > 0 {
		fmt.Fprintln(task.Stderr, "muster: the process executor sets no limits: cpus, memory, gpus and shm of the stage are not kept")
	}
	return nil
}

// Run starts the command in the workspace. When the context ends, all that it
// has started is asked to end, and then killed.
func (Process) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	if err := check(task); err != nil {
		return stages.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return stages.Outcome{}, err
	}
	for _, input := range task.Inputs {
		if err := stages.Place(input, task.Workspace); err != nil {
			return stages.Outcome{}, err
		}
	}
	temp := task.Workspace + ".tmp"
	if err := os.RemoveAll(temp); err != nil { // what an earlier try of the stage left in its HOME
		return stages.Outcome{}, fmt.Errorf("make folder: %w", err)
	}
	workdir := filepath.Join(task.Workspace, filepath.FromSlash(task.Workdir))
	for _, dir := range []string{temp, workdir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return stages.Outcome{}, fmt.Errorf("make folder: %w", err)
		}
	}
	log, err := openLog(task)
	if err != nil {
		return stages.Outcome{}, err
	}
	defer log.close()
	cmd := exec.Command(task.Argv[0], task.Argv[1:]...) //nolint:noctx // it is ended step by step, not by the context at once
	cmd.Dir, cmd.Env = workdir, environment(task, temp)
	cmd.Stdout, cmd.Stderr = log.stdout.w, log.stderr.w
	cmd.SysProcAttr = ownGroup()
	before := ownPeak()
	err = supervise(ctx, cmd, log)
	// What the stage started and left behind would outlive it.
	err = errors.Join(err, killMarked(context.WithoutCancel(ctx), func(env marks) bool { return env[markWorkspace] == task.Workspace }))
	if logErr := log.finish(); err == nil {
		err = logErr
	}
	if ctx.Err() != nil {
		return stages.Outcome{}, ctx.Err()
	}
	return outcome(cmd, err, before, task)
}

const (
	// timeoutGrace is what a stage gets to end by itself when its time is up.
	timeoutGrace = 10 * time.Second
	// interruptGrace is shorter: somebody is waiting at a terminal.
	interruptGrace = 3 * time.Second
)

// supervise starts the command and waits for its end, which it brings about when
// the context ends or nobody takes the log any more.
func supervise(ctx context.Context, cmd *exec.Cmd, log *log) error {
	closeSelf()
	if err := cmd.Start(); err != nil {
		return err
	}
	group := cmd.Process.Pid
	guard := guardGroup(group)
	defer guard.dismiss()
	log.started()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer killGroup(group)
	select {
	case err := <-ended:
		return err
	case err := <-log.broken: // nobody reads on, so it would wait for ever
		killGroup(group)
		<-ended //nolint:errcheck // that it was killed says nothing
		return err
	case <-ctx.Done():
	}
	terminateGroup(group)
	grace := interruptGrace
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		grace = timeoutGrace
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		killGroup(group)
		return <-ended
	}
}

// outcome tells a command that failed from one that could not be run.
func outcome(cmd *exec.Cmd, err error, before int64, task stages.Task) (stages.Outcome, error) {
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(err, errLog):
		return stages.Outcome{}, err
	case err == nil:
		return stages.Outcome{PeakMemory: peak(cmd.ProcessState, before)}, nil
	case exited:
		return stages.Outcome{ExitCode: exitCode(exit.ProcessState), PeakMemory: peak(cmd.ProcessState, before)}, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(task.Stderr, "muster: there is no program %s on this machine\n", task.Argv[0])
		return stages.Outcome{ExitCode: 127}, nil
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintf(task.Stderr, "muster: %s may not be executed\n", task.Argv[0])
		return stages.Outcome{ExitCode: 126}, nil
	default:
		return stages.Outcome{}, fmt.Errorf("run %s: %w", task.Argv[0], err)
	}
}

// environment passes on what a program needs to be found and to print, and no
// more: a variable of the caller's shell is an input that nobody declared.
func environment(task stages.Task, temp string) []string {
	env := map[string]string{"HOME": temp, "TMPDIR": temp}
	for _, name := range append(locale(), "PATH") {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, task.Env)
	maps.Copy(env, task.Secrets)
	env[markProject], env[markRun], env[markWorkspace] = task.Project, task.Run, task.Workspace
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
