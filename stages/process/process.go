// Package process runs stages as plain processes of this machine, for where
// there is no engine. Each stage works in a folder of its own with copies of
// its declared inputs, so a forgotten input still shows; but nothing is
// isolated: network, files and programs are those of the host.
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
	"syscall"
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
	return stages.Image{Ref: ref, Identity: host, ID: host}, nil
}

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

// Sweep has nothing to do: workspaces are the caller's. What a killed muster left
// running is not found: a process carries no label.
func (Process) Sweep(context.Context, string, func(string) bool) error { return nil }

// patience is how long a stage may take to end when it is asked to.
const patience = 5 * time.Second

// Run starts the command in the workspace. When the context ends, the whole
// process group is asked to end, and then killed.
func (Process) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	for _, input := range task.Inputs {
		if err := copyInput(input, task.Workspace); err != nil {
			return stages.Outcome{}, fmt.Errorf("copy input %s: %w", input.Path, err)
		}
	}
	temp := task.Workspace + ".tmp"
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return stages.Outcome{}, fmt.Errorf("make folder for temporary files: %w", err)
	}
	cmd := exec.CommandContext(ctx, task.Argv[0], task.Argv[1:]...)
	cmd.Dir = filepath.Join(task.Workspace, filepath.FromSlash(task.Workdir))
	cmd.Env = environment(task, temp)
	cmd.Stdout, cmd.Stderr = task.Stdout, task.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
	err := cmd.Run()
	if cmd.Process != nil {
		// What the stage started and left behind would outlive it.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is nothing left
	}
	code, err := exitCode(ctx, err, task)
	return stages.Outcome{ExitCode: code}, err
}

func exitCode(ctx context.Context, err error, task stages.Task) (int, error) {
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // a child that it left held the log open
		return 0, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(task.Stderr, "muster: there is no program %s on this machine\n", task.Argv[0])
		return 127, nil
	case exited && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case exited: // a signal; the code is the one that shells give it
		return 128 + int(exit.Sys().(syscall.WaitStatus).Signal()), nil
	default:
		return 0, fmt.Errorf("run %s: %w", task.Argv[0], err)
	}
}

// environment passes on what a program needs to be found and to print, and no
// more: a variable of the caller's shell is an input that nobody declared.
func environment(task stages.Task, temp string) []string {
	env := map[string]string{"HOME": temp, "TMPDIR": temp}
	for _, name := range []string{"PATH", "LANG", "LC_ALL", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, task.Env)
	maps.Copy(env, task.Secrets)
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// copyInput puts a copy where the input is expected; it is not writable, but
// that is a reminder, not a wall.
func copyInput(input stages.Mount, workspace string) error {
	target := filepath.Join(workspace, filepath.FromSlash(input.Path))
	return filepath.WalkDir(input.Host, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(input.Host, name)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(target, rel), 0o755)
		}
		return copyFile(name, filepath.Join(target, rel))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(to); err != nil { // the empty file that marks the place
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, info.Mode().Perm()&^0o222)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
