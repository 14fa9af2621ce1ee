// Package docker runs stages in containers, through the API of a Docker engine.
//
// A container gets its stage's workspace as the working directory, the inputs
// read-only inside it, the caller's user id, no network unless the stage asks
// for it, no capabilities and no way to new privileges. Small inputs are copied
// into the workspace and large ones mounted, so a container can be made before
// all of its inputs are there; an engine that does not see this machine's files
// gets them as an archive, and gives the outputs back as one. Containers carry
// labels that name machine, project and run, so that those of a killed muster
// are found and removed by the next.
package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/stages"
)

var (
	_ stages.Executor = (*Docker)(nil)
	_ stages.Preparer = (*Docker)(nil)
	_ stages.Measurer = (*Docker)(nil)
)

// Docker is an executor over one engine.
type Docker struct {
	api *client.Client

	mu       sync.Mutex
	apart    bool                    // the engine was seen not to share this machine's files
	prepared map[string]*preparation // by workspace
	passwd   map[string]string       // files that were written, by folder and user
	pending  []chan error            // what goes on in the background
	facts    *facts                  // what the engine says of itself, once asked
}

// connectTimeout bounds how long an engine may take for its first answer.
const connectTimeout = 10 * time.Second

// Connect finds the engine that DOCKER_HOST or the docker command's context
// names, or the local one, and asks whether it is there.
func Connect(ctx context.Context) (*Docker, error) {
	host, err := contextHost()
	if err != nil {
		return nil, &EngineError{Host: "the docker command's context", Err: err}
	}
	options := []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}
	if host != "" {
		options = append(options, client.WithHost(host))
	}
	api, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, &EngineError{Host: os.Getenv("DOCKER_HOST"), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if _, err := api.Ping(ctx); err != nil {
		return nil, errors.Join(&EngineError{Host: api.DaemonHost(), Err: err}, api.Close())
	}
	return &Docker{api: api, prepared: map[string]*preparation{}, passwd: map[string]string{}}, nil
}

// Close removes what is still to be removed, and ends the connection.
func (d *Docker) Close() error {
	return errors.Join(d.Settle(context.Background()), d.api.Close())
}

// Name is "docker".
func (d *Docker) Name() string { return "docker" }

// facts are what matters of an engine's description of itself.
type facts struct {
	cpus, gpus int // 0 if it does not say
	memory     int64
	// userns is true if ids inside a container are not those of this machine.
	userns bool
}

// engineFacts asks the engine once.
func (d *Docker) engineFacts(ctx context.Context) (facts, error) {
	d.mu.Lock()
	known := d.facts
	d.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	info, err := d.api.Info(ctx)
	if err != nil {
		return facts{}, d.explain("ask the engine about itself", err)
	}
	asked := facts{cpus: info.NCPU, memory: info.MemTotal, gpus: countGPUs(info)}
	for _, option := range info.SecurityOptions {
		if option == "name=rootless" || option == "name=userns" {
			asked.userns = true
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.facts = &asked
	return asked, nil
}

// The labels by which muster knows again what it made.
const (
	labelMachine = "muster.machine" // engines may serve several, whose folders may have the same names
	labelProject = "muster.project"
	labelRun     = "muster.run"
	labelStage   = "muster.stage"
)

func labels(task stages.Task) map[string]string {
	return map[string]string{labelMachine: machine(), labelProject: task.Project, labelRun: task.Run, labelStage: task.Stage}
}

// machine is this machine's name; one that cannot be had is a name like any other.
func machine() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// Sweep removes the containers and networks of this project's runs that are no longer alive.
func (d *Docker) Sweep(ctx context.Context, project string, alive func(run string) bool) error {
	ours := filters.NewArgs(filters.Arg("label", labelProject+"="+project), filters.Arg("label", labelMachine+"="+machine()))
	containers, err := d.api.ContainerList(ctx, container.ListOptions{All: true, Filters: ours})
	if err != nil {
		return d.explain("list containers", err)
	}
	for _, c := range containers {
		if alive(c.Labels[labelRun]) {
			continue
		}
		if err := d.remove(ctx, c.ID); err != nil {
			return err
		}
	}
	networks, err := d.api.NetworkList(ctx, network.ListOptions{Filters: ours})
	if err != nil {
		return d.explain("list networks", err)
	}
	for _, n := range networks {
		if alive(n.Labels[labelRun]) {
			continue
		}
		if err := d.removeNetwork(ctx, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// removeTimeout bounds the clean-up, which goes on when the run is interrupted.
const removeTimeout = 30 * time.Second

// remove kills and removes a container with its volumes, also when ctx has ended.
func (d *Docker) remove(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	err := d.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsConflict(err) { // another muster is removing it at this moment
		gone, failed := d.api.ContainerWait(ctx, id, container.WaitConditionRemoved)
		select {
		case <-gone:
			err = nil
		case err = <-failed:
		}
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return d.explain(fmt.Sprintf("remove container %.12s", id), err)
	}
	return nil
}

// removeInterval is how often an engine is asked that says a network is in use:
// it takes a moment to notice that a container is gone.
const removeInterval = 100 * time.Millisecond

func (d *Docker) removeNetwork(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	for {
		err := d.api.NetworkRemove(ctx, id)
		switch {
		case err == nil, errdefs.IsNotFound(err):
			return nil
		case !strings.Contains(err.Error(), "active endpoints"), ctx.Err() != nil:
			return d.explain(fmt.Sprintf("remove network %.12s", id), err)
		}
		time.Sleep(removeInterval)
	}
}
