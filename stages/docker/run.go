package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/muster-ci/muster/stages"
)

// workdir is where a container finds its workspace.
const workdir = "/workspace"

// Run executes the task in a container of its own and removes it.
func (d *Docker) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	passwd, err := writePasswd(task)
	if err != nil {
		return stages.Outcome{}, err
	}
	defer os.Remove(passwd)
	config, host := specification(task, passwd)
	// An interrupt in the middle of this call would leave a container whose name nobody knows.
	created, err := d.api.ContainerCreate(context.WithoutCancel(ctx), config, host, nil, nil, "")
	if err != nil {
		return stages.Outcome{}, fmt.Errorf("create container: %w", explain(err, d.api.DaemonHost()))
	}
	outcome, err := d.runToEnd(ctx, created.ID, task)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return outcome, errors.Join(err, d.remove(ctx, created.ID))
}

// runToEnd starts the container, copies its log, and waits. Attaching and
// waiting come before the start, so that nothing of a short command is missed.
func (d *Docker) runToEnd(ctx context.Context, id string, task stages.Task) (stages.Outcome, error) {
	var none stages.Outcome
	stream, err := d.api.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return none, fmt.Errorf("attach to container: %w", err)
	}
	defer stream.Close()
	// A read from the hijacked connection does not know the context.
	stop := context.AfterFunc(ctx, stream.Close)
	defer stop()
	ended, failed := d.api.ContainerWait(ctx, id, container.WaitConditionNextExit)
	if err := d.api.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
		code, err := startError(err)
		return stages.Outcome{ExitCode: code}, err
	}
	copied := make(chan error, 1)
	go func() {
		_, err := stdcopy.StdCopy(task.Stdout, task.Stderr, stream.Reader)
		copied <- err
	}()
	select {
	case <-ctx.Done():
		stream.Close()
		// The caller's log must not be written to after this returns.
		return none, errors.Join(ctx.Err(), <-copied)
	case err := <-failed:
		stream.Close()
		return none, errors.Join(fmt.Errorf("wait for container: %w", err), <-copied)
	case end := <-ended:
		if err := <-copied; err != nil && ctx.Err() == nil {
			return none, fmt.Errorf("read log: %w", err)
		}
		if end.Error != nil {
			return none, fmt.Errorf("wait for container: %s", end.Error.Message)
		}
		return d.outcome(ctx, id, int(end.StatusCode))
	}
}

// outcome asks why a task ended, which its exit code alone does not say.
func (d *Docker) outcome(ctx context.Context, id string, code int) (stages.Outcome, error) {
	info, err := d.api.ContainerInspect(ctx, id)
	if err != nil {
		return stages.Outcome{}, fmt.Errorf("inspect container: %w", err)
	}
	return stages.Outcome{ExitCode: code, OutOfMemory: info.State.OOMKilled}, nil
}

// specification says how the container is made.
func specification(task stages.Task, passwd string) (*container.Config, *container.HostConfig) {
	config := &container.Config{
		Image: task.Image.ID,
		// The image's own entry point is set aside: the command is what muster.yaml says.
		Entrypoint: task.Argv,
		Cmd:        []string{},
		Env:        environment(task.Env),
		WorkingDir: workdir,
		User:       fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
		Labels:     map[string]string{labelProject: task.Project, labelRun: task.Run, labelStage: task.Stage},
		// The image's health check would be a second process that nobody asked for.
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
	}
	reap := true
	host := &container.HostConfig{
		Init:        &reap, // a stage's orphans are reaped, and it dies of a signal as it would elsewhere
		NetworkMode: "none",
		CapDrop:     []string{"ALL"},
		SecurityOpt: []string{"no-new-privileges"},
		Tmpfs:       map[string]string{"/tmp": "mode=1777,exec"},
		Mounts: []mount.Mount{
			// The workspace's path has this run's random name in it: an engine that does not
			// share this machine's files cannot find it by chance, and says so.
			{Type: mount.TypeBind, Source: task.Workspace, Target: workdir},
			{Type: mount.TypeBind, Source: passwd, Target: "/etc/passwd", ReadOnly: true},
		},
	}
	if task.Network {
		host.NetworkMode = "bridge"
	}
	for _, input := range task.Inputs {
		host.Mounts = append(host.Mounts, mount.Mount{
			Type: mount.TypeBind, Source: input.Host, Target: path.Join(workdir, input.Path), ReadOnly: true,
		})
	}
	// An input inside another input's folder is mounted after it.
	slices.SortStableFunc(host.Mounts, func(a, b mount.Mount) int { return len(a.Target) - len(b.Target) })
	return config, host
}

// environment is the stage's own, with a home and a place for temporary files
// that the caller's user id can write to.
func environment(own map[string]string) []string {
	env := map[string]string{"HOME": "/tmp", "TMPDIR": "/tmp"}
	maps.Copy(env, own)
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// writePasswd gives the caller's user id a name, which many programs ask for.
func writePasswd(task stages.Task) (string, error) {
	name := filepath.Join(filepath.Dir(task.Workspace), "passwd-"+filepath.Base(task.Workspace))
	text := "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
	if uid := os.Getuid(); uid != 0 {
		text += fmt.Sprintf("muster:x:%d:%d:muster:/tmp:/bin/sh\n", uid, os.Getgid())
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("write passwd entry: %w", err)
	}
	return name, nil
}
