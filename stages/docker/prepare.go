package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/muster-ci/muster/stages"
)

// box is a container that was made for a task.
type box struct {
	id   string
	spec spec
	// apart is true if it does not see this machine's files: they are sent to it.
	apart    bool
	warnings []string
}

// preparation is a box that is being made before it is needed.
type preparation struct {
	made chan struct{} // closed when box and err are set
	box  box
	err  error
}

// maxPrepared bounds the containers that wait for a task which may never come.
const maxPrepared = 8

// Prepare begins to make the task's container.
func (d *Docker) Prepare(ctx context.Context, task stages.Task) {
	if len(task.Services) > 0 { // their network is made for the run
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.prepared[task.Workspace]; known || len(d.prepared) >= maxPrepared {
		return
	}
	p := &preparation{made: make(chan struct{})}
	d.prepared[task.Workspace] = p
	go func() {
		defer close(p.made)
		p.box, p.err = d.create(ctx, task, "")
	}()
}

// take gives the container that was made ahead for the task, if it is as it
// would be made now; another is removed.
func (d *Docker) take(ctx context.Context, task stages.Task) (box, bool) {
	d.mu.Lock()
	p := d.prepared[task.Workspace]
	delete(d.prepared, task.Workspace)
	d.mu.Unlock()
	if p == nil {
		return box{}, false
	}
	<-p.made
	if p.err != nil {
		return box{}, false
	}
	now, err := d.specification(ctx, task, p.box.apart)
	if err == nil && now.same(p.box.spec) {
		return p.box, true
	}
	d.discard(p.box)
	return box{}, false
}

// Settle removes the containers that no task took, and waits for all removals.
func (d *Docker) Settle(context.Context) error {
	d.mu.Lock()
	unused := d.prepared
	d.prepared = map[string]*preparation{}
	d.mu.Unlock()
	for _, p := range unused {
		<-p.made
		if p.err == nil {
			d.discard(p.box)
		}
	}
	d.mu.Lock()
	pending := d.pending
	d.pending = nil
	d.mu.Unlock()
	var errs []error
	for _, done := range pending {
		errs = append(errs, <-done)
	}
	return errors.Join(errs...)
}

// discard removes a box while something else goes on.
func (d *Docker) discard(b box) {
	d.background(func() error { return d.persist(func(ctx context.Context) error { return d.remove(ctx, b.id) }) })
}

// persist tries once more after an engine that went away has come back.
func (d *Docker) persist(work func(context.Context) error) error {
	ctx := context.Background()
	err := work(ctx)
	if _, gone := errors.AsType[*goneError](err); gone && d.awaitReturn(ctx) {
		return work(ctx)
	}
	return err
}

// background does what nobody waits for before [Docker.Settle].
func (d *Docker) background(work func() error) {
	done := make(chan error, 1)
	d.mu.Lock()
	d.pending = append(d.pending, done)
	d.mu.Unlock()
	go func() { done <- work() }()
}

// createTimeout bounds how long an engine may take to make a container.
const createTimeout = 2 * time.Minute

// create makes a container for the task. Whether the engine sees this machine's
// files shows when it is told to mount them: it refuses those that it does not
// see, and gets them sent from then on.
func (d *Docker) create(ctx context.Context, task stages.Task, net string) (box, error) {
	apart, err := d.keepApart(ctx, task)
	if err != nil {
		return box{}, err
	}
	made, err := d.createBox(ctx, task, net, apart)
	path, notSeen := "", false
	if err != nil && !apart {
		path, notSeen = unseen(err)
	}
	if !notSeen {
		return made, err
	}
	if name, gone := missing(task); gone {
		return box{}, fmt.Errorf("mount input %s: it is no longer there", name)
	}
	d.mu.Lock()
	for _, passwd := range d.passwd {
		d.apart = d.apart || passwd == path
	}
	d.mu.Unlock()
	return d.createBox(ctx, task, net, true)
}

// keepApart reports whether files must be sent to the container although they
// could be mounted: to another user's container, who could neither write into
// the caller's workspace nor leave there what the caller can remove.
func (d *Docker) keepApart(ctx context.Context, task stages.Task) (bool, error) {
	d.mu.Lock()
	apart := d.apart
	d.mu.Unlock()
	who, err := userOf(task)
	if err != nil {
		return false, err
	}
	if apart || who != caller() {
		return true, nil
	}
	facts, err := d.engineFacts(ctx)
	return facts.userns, err
}

func (d *Docker) createBox(ctx context.Context, task stages.Task, net string, apart bool) (box, error) {
	s, err := d.specification(ctx, task, apart)
	if err != nil {
		return box{}, err
	}
	host := *s.Host
	var endpoints *network.NetworkingConfig
	if net != "" {
		host.NetworkMode = container.NetworkMode(net)
	}
	// An interrupt in the middle of this call would leave a container whose name nobody knows.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), createTimeout)
	defer cancel()
	created, err := d.api.ContainerCreate(ctx, s.Config, &host, endpoints, nil, "")
	if err != nil {
		return box{}, d.explain("create container", err)
	}
	return box{id: created.ID, spec: s, apart: apart, warnings: created.Warnings}, nil
}
