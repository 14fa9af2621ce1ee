package docker

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/stages"
)

// crew is what runs beside a task: its services, on a network of their own.
type crew struct {
	d       *Docker
	network string // empty if there is none

	mu      sync.Mutex
	members []member
}

type member struct{ name, id string }

// startServices starts the task's services and waits until they are ready. What
// they print is in the task's log if they do not get so far.
func (d *Docker) startServices(ctx context.Context, task stages.Task) (*crew, error) {
	c := &crew{d: d}
	if len(task.Services) == 0 {
		return c, nil
	}
	// An interrupt in the middle of this call would leave a network whose name nobody knows.
	made, err := d.api.NetworkCreate(context.WithoutCancel(ctx), "muster-"+strings.ToLower(rand.Text()), network.CreateOptions{
		Driver: "bridge", Internal: !task.Network, Labels: labels(task),
	})
	if err != nil {
		return nil, d.explain("create the services' network", err)
	}
	c.network = made.ID
	all, starting := errgroup.WithContext(ctx)
	for _, service := range task.Services {
		all.Go(func() error { return c.start(starting, task, service) })
	}
	if err := all.Wait(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		} else {
			c.report(ctx, task.Stderr)
		}
		c.discard()
		return nil, err
	}
	return c, nil
}

// start starts one service and waits until it is ready.
func (c *crew) start(ctx context.Context, task stages.Task, service stages.Service) error {
	reap, pids := true, int64(pidsLimit)
	config := &container.Config{
		Image: service.Image.ID, Env: pairs(service.Env), Labels: labels(task), Cmd: service.Command.Argv(), Hostname: service.Name,
	}
	if service.Health != nil { // muster asks itself, and the image's own check would be a second opinion
		config.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
	}
	host := &container.HostConfig{
		Init: &reap, NetworkMode: container.NetworkMode(c.network), SecurityOpt: []string{"no-new-privileges"},
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "10m"}},
		Resources: container.Resources{PidsLimit: &pids},
	}
	alias := &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{c.network: {Aliases: []string{service.Name}}}}
	making, cancel := context.WithTimeout(context.WithoutCancel(ctx), createTimeout)
	defer cancel()
	created, err := c.d.api.ContainerCreate(making, config, host, alias, nil, "")
	if err != nil {
		return c.d.explain("create service "+service.Name, err)
	}
	c.mu.Lock()
	c.members = append(c.members, member{service.Name, created.ID})
	c.mu.Unlock()
	if err := c.d.api.ContainerStart(making, created.ID, container.StartOptions{}); err != nil {
		if lost(err) {
			return c.d.explain("start service "+service.Name, err)
		}
		return &stages.ServiceError{Service: service.Name, Message: "cannot be started: " + firstLine(err.Error())}
	}
	return c.d.awaitReady(ctx, created.ID, service)
}

const (
	readyTimeout  = 60 * time.Second
	checkInterval = time.Second
	firstCheck    = 50 * time.Millisecond
)

// awaitReady asks until the service is ready, at first in short intervals.
func (d *Docker) awaitReady(ctx context.Context, id string, service stages.Service) error {
	patience, interval := readyTimeout, checkInterval
	if health := service.Health; health != nil {
		patience = positive(time.Duration(health.Timeout), patience)
		interval = positive(time.Duration(health.Interval), interval)
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := min(firstCheck, interval); ; pause = min(2*pause, interval) {
		ready, said, err := d.check(limited, id, service)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil:
			return &stages.ServiceError{Service: service.Name, Message: fmt.Sprintf("was not ready after %v: %s", patience, said)}
		case ready || err != nil:
			return err
		}
		select {
		case <-limited.Done():
			return &stages.ServiceError{Service: service.Name, Message: fmt.Sprintf("was not ready after %v: %s", patience, said)}
		case <-time.After(pause):
		}
	}
}

func positive(value, otherwise time.Duration) time.Duration {
	if value > 0 {
		return value
	}
	return otherwise
}

// check asks once whether a service is ready; said is what speaks against it.
func (d *Docker) check(ctx context.Context, id string, service stages.Service) (ready bool, said string, err error) {
	info, err := d.api.ContainerInspect(ctx, id)
	if err != nil {
		return false, err.Error(), d.explain("inspect service "+service.Name, err)
	}
	state := info.State
	switch {
	case !state.Running:
		why := fmt.Sprintf("ended with exit code %d before it was ready", state.ExitCode)
		if state.OOMKilled {
			why += ": it ran out of memory"
		}
		return false, why, &stages.ServiceError{Service: service.Name, Message: why}
	case service.Health != nil:
		return d.ask(ctx, id, service)
	case state.Health == nil:
		return true, "", nil
	default:
		if n := len(state.Health.Log); n > 0 {
			said = strings.TrimSpace(state.Health.Log[n-1].Output)
		}
		return state.Health.Status == container.Healthy, fmt.Sprintf("the image's own check says %s %s", state.Health.Status, firstLine(said)), nil
	}
}

// maxAnswer is what is kept of what a check prints.
const maxAnswer = 4 << 10

// ask runs the check that the stage names inside the service's container.
func (d *Docker) ask(ctx context.Context, id string, service stages.Service) (ready bool, said string, err error) {
	command := service.Health.Command.Argv()
	// A service that ends meanwhile makes these fail; the next look at it says so.
	unable := func(err error) (bool, string, error) {
		if lost(err) {
			return false, "", d.explain("check service "+service.Name, err)
		}
		return false, "the check cannot be run: " + firstLine(err.Error()), nil
	}
	made, err := d.api.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return unable(err)
	}
	stream, err := d.api.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		return unable(err)
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, stream.Close) // a read from the hijacked connection does not know ctx
	defer stop()
	var answer bytes.Buffer
	_, _ = stdcopy.StdCopy(&answer, &answer, io.LimitReader(stream.Reader, maxAnswer)) // what was read is what there is to say
	info, err := d.api.ContainerExecInspect(ctx, made.ID)
	if err != nil {
		return unable(err)
	}
	said = fmt.Sprintf("the check %q has exit code %d: %s", service.Health.Command, info.ExitCode, firstLine(answer.String()))
	return !info.Running && info.ExitCode == 0, said, nil
}

// reportedLines is how much of a service's log is worth having in the stage's.
const reportedLines = "200"

// report writes what the services printed, and how those that ended did, to the
// log of a stage that failed.
func (c *crew) report(ctx context.Context, log io.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if err := c.d.reportService(ctx, m, log); err != nil {
			fmt.Fprintf(log, "muster: the log of service %s cannot be had: %v\n", m.name, err)
		}
	}
}

func (d *Docker) reportService(ctx context.Context, m member, log io.Writer) error {
	lines, err := d.api.ContainerLogs(ctx, m.id, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: reportedLines})
	if err != nil {
		return err
	}
	defer lines.Close()
	reader, writer := io.Pipe()
	defer reader.Close()
	go func() {
		_, err := stdcopy.StdCopy(writer, writer, lines)
		writer.CloseWithError(err)
	}()
	scanner := bufio.NewScanner(reader)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		fmt.Fprintf(log, "%s | %s\n", m.name, scanner.Text())
	}
	info, err := d.api.ContainerInspect(ctx, m.id)
	if err != nil {
		return err
	}
	if !info.State.Running {
		fmt.Fprintf(log, "muster: service %s has ended with exit code %d\n", m.name, info.State.ExitCode)
	}
	return scanner.Err()
}

// discard removes services and network while something else goes on.
func (c *crew) discard() {
	if c.network == "" {
		return
	}
	c.d.background(func() error {
		return c.d.persist(func(ctx context.Context) error {
			var errs []error
			for _, m := range c.members {
				errs = append(errs, c.d.remove(ctx, m.id))
			}
			// Not before they are gone: an engine refuses to remove a network in use.
			return errors.Join(append(errs, c.d.removeNetwork(ctx, c.network))...)
		})
	})
}
