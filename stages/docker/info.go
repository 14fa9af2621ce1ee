package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/system"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/stages"
)

// Info asks the engine what it is.
func (d *Docker) Info(ctx context.Context) (stages.EngineInfo, error) {
	info, err := d.api.Info(ctx)
	if err != nil {
		return stages.EngineInfo{}, d.explain("ask the engine", err)
	}
	engine := stages.EngineInfo{
		Host: d.api.DaemonHost(), Version: info.ServerVersion, API: d.api.ClientVersion(),
		System: info.OperatingSystem, Storage: info.Driver, Root: info.DockerRootDir,
		CPUs: info.NCPU, Memory: info.MemTotal, GPUs: gpus(info), Warnings: info.Warnings,
		Rootless: slices.ContainsFunc(info.SecurityOptions, func(option string) bool { return strings.Contains(option, "name=rootless") }),
	}
	engine.Time, _ = time.Parse(time.RFC3339Nano, info.SystemTime) // zero if it does not tell
	return engine, nil
}

// gpus lists the runtimes and devices that a request for GPUs can be met with.
func gpus(info system.Info) []string {
	var found []string
	if _, ok := info.Runtimes["nvidia"]; ok {
		found = append(found, "nvidia runtime")
	}
	for _, device := range info.DiscoveredDevices {
		if strings.Contains(device.ID, "gpu") {
			found = append(found, device.ID)
		}
	}
	return found
}

// countGPUs counts the devices that the engine has by number. One that only has
// a runtime for GPUs does not say how many there are.
func countGPUs(info system.Info) int {
	count := 0
	for _, device := range info.DiscoveredDevices {
		if _, number, ok := strings.Cut(device.ID, "gpu="); ok {
			if _, err := strconv.Atoi(number); err == nil {
				count++
			}
		}
	}
	return count
}

// Capacity is what the engine's machine has.
func (d *Docker) Capacity(ctx context.Context) (config.Resources, error) {
	facts, err := d.engineFacts(ctx)
	return config.Resources{CPUs: float64(facts.cpus), Memory: config.Bytes(facts.memory), GPUs: facts.gpus}, err
}

// Offers asks the image's registry, through the engine, whether it has it. Nothing is pulled.
func (d *Docker) Offers(ctx context.Context, ref string) error {
	if _, err := d.api.DistributionInspect(ctx, ref, ""); err != nil {
		return &pullError{ref: ref, err: err}
	}
	return nil
}

// ErrNotKnown says that a question can have no answer yet.
var ErrNotKnown = errors.New("not known")

// Shares reports whether the engine sees the files of this machine. One that does
// not is sent them, which takes longer. It makes a file in the folder, and lets the
// engine look for it: a container that would mount it is created, and removed
// without being started. That takes an image, whichever; with none it is [ErrNotKnown].
func (d *Docker) Shares(ctx context.Context, dir string) (bool, error) {
	images, err := d.api.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return false, d.explain("list images", err)
	}
	if len(images) == 0 {
		return false, fmt.Errorf("whether the engine shares files: %w", ErrNotKnown)
	}
	probe, err := os.CreateTemp(dir, ".muster-probe-*")
	if err != nil {
		return false, fmt.Errorf("write probe: %w", err)
	}
	defer os.Remove(probe.Name())
	if err := probe.Close(); err != nil {
		return false, fmt.Errorf("write probe: %w", err)
	}
	created, err := d.api.ContainerCreate(context.WithoutCancel(ctx),
		&container.Config{Image: images[0].ID, Entrypoint: []string{"/never-started"}, Labels: labels(stages.Task{Project: dir, Run: "none"})},
		&container.HostConfig{NetworkMode: "none", Mounts: []mount.Mount{
			{Type: mount.TypeBind, Source: probe.Name(), Target: "/probe", ReadOnly: true},
		}}, nil, nil, "")
	if err != nil {
		if _, notSeen := unseen(err); notSeen {
			return false, nil
		}
		return false, d.explain("create container", err)
	}
	return true, d.remove(ctx, created.ID)
}
