// Package docker runs stages in containers, through the API of a Docker engine.
//
// A container gets its stage's workspace as the working directory, the inputs
// mounted read-only inside it, the caller's user id, no network unless the
// stage asks for it, no capabilities and no way to new privileges. Containers
// carry labels that name project and run, so that those of a killed muster are
// found and removed by the next.
package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/stages"
)

var _ stages.Executor = (*Docker)(nil)

// Docker is an executor over one engine.
type Docker struct{ api *client.Client }

// EngineError says that there is no engine to talk to.
type EngineError struct {
	Host string
	Err  error
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("no Docker engine answers at %s: %v", e.Host, e.Err)
}
func (e *EngineError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *EngineError) Hint() string {
	return "start Docker, set DOCKER_HOST to an engine that runs, or use --executor process to run on this machine without isolation"
}

// connectTimeout bounds how long an engine may take for its first answer.
const connectTimeout = 10 * time.Second

// Connect finds the engine that DOCKER_HOST names, or the local one, and asks whether it is there.
func Connect(ctx context.Context) (*Docker, error) {
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, &EngineError{Host: os.Getenv("DOCKER_HOST"), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if _, err := api.Ping(ctx); err != nil {
		return nil, errors.Join(&EngineError{Host: api.DaemonHost(), Err: err}, api.Close())
	}
	return &Docker{api}, nil
}

// Close ends the connection.
func (d *Docker) Close() error { return d.api.Close() }

// Name is "docker".
func (d *Docker) Name() string { return "docker" }

// The labels by which muster knows its containers again.
const (
	labelProject = "muster.project"
	labelRun     = "muster.run"
	labelStage   = "muster.stage"
)

// Sweep removes the containers of this project's runs that are no longer alive.
func (d *Docker) Sweep(ctx context.Context, project string, alive func(run string) bool) error {
	containers, err := d.api.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelProject+"="+project)),
	})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	for _, c := range containers {
		if alive(c.Labels[labelRun]) {
			continue
		}
		if err := d.remove(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// removeTimeout bounds the clean-up, which goes on when the run is interrupted.
const removeTimeout = 30 * time.Second

// remove kills and removes a container, also when ctx has ended.
func (d *Docker) remove(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	err := d.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	// Another muster may be removing it at this moment.
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
		return fmt.Errorf("remove container %.12s: %w", id, err)
	}
	return nil
}

// firstLine keeps an engine's message to what fits in one.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
