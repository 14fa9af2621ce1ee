package docker_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
	"github.com/muster-ci/muster/stages/executortest"
)

// taskOf makes a task that runs the tiny program.
func taskOf(t *testing.T, engine *docker.Docker, args ...string) (task stages.Task, log *executortest.Log) {
	t.Helper()
	task, log = sleeper(t, engine, "r"), &executortest.Log{}
	task.Argv, task.Stdout, task.Stderr = append([]string{"/tiny"}, args...), log, log
	return task, log
}

func TestMemory(t *testing.T) {
	engine := connect(t)
	const mib = 1 << 20
	task, log := taskOf(t, engine, "hog", "100000000")
	task.Resources.Memory = 40 * mib
	outcome, err := engine.Run(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "memory limit") {
		t.Fatalf("the engine's machine cannot limit memory, so this cannot be tested here: %s", log)
	}
	if outcome.ExitCode != 137 || !outcome.OutOfMemory {
		t.Errorf("100 MB in 40 MiB: %+v\n%s", outcome, log)
	}
	task, log = taskOf(t, engine, "hog", "100000000")
	task.Resources.Memory = 400 * mib
	outcome, err = engine.Run(t.Context(), task)
	if err != nil || outcome.ExitCode != 0 || outcome.OutOfMemory {
		t.Fatalf("100 MB in 400 MiB: %+v, %v\n%s", outcome, err, log)
	}
	if outcome.PeakMemory < 90*mib || outcome.PeakMemory > 200*mib {
		t.Errorf("its peak was %d MiB", outcome.PeakMemory/mib)
	}
}

func TestMoreCoresThanThereAre(t *testing.T) {
	engine := connect(t)
	task, log := taskOf(t, engine, "say", "runs", "")
	task.Resources = config.Resources{CPUs: 4096, SHM: 128 << 20}
	if outcome, err := engine.Run(t.Context(), task); err != nil || outcome.ExitCode != 0 {
		t.Errorf("%+v, %v\n%s", outcome, err, log)
	}
}

// No engine here has GPUs; what it is asked for, and how its refusal is told, can be seen all the same.
func TestGPUs(t *testing.T) {
	engine := connect(t)
	task, _ := taskOf(t, engine, "say", "", "")
	task.Resources.GPUs = 2
	_, err := engine.Run(t.Context(), task)
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "NVIDIA container toolkit") {
		t.Errorf("error is %v", err)
	}
	if left := containers(t, task.Project); settle(t, engine) && len(left) > 1 {
		t.Errorf("left: %v", left)
	}
}

func settle(t *testing.T, engine *docker.Docker) bool {
	t.Helper()
	if err := engine.Settle(t.Context()); err != nil {
		t.Errorf("settle: %v", err)
		return false
	}
	return true
}

// createRequest is what an engine is sent to make a container.
type createRequest struct {
	container.Config
	HostConfig container.HostConfig
}

// notingEngine connects to an engine that notes what it is asked to make, and makes nothing.
func notingEngine(t *testing.T, got *createRequest) *docker.Docker {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("Api-Version", "1.41")
		case strings.HasSuffix(r.URL.Path, "/info"):
			_, _ = io.WriteString(w, `{"NCPU": 16}`)
		case strings.HasSuffix(r.URL.Path, "/containers/create"):
			if err := json.NewDecoder(r.Body).Decode(got); err != nil {
				t.Error(err)
			}
			http.Error(w, `{"message": "noted"}`, http.StatusInternalServerError)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
	engine, err := docker.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return engine
}

// TestRequest holds what an engine is asked for against what docs/executors.md
// promises.
func TestRequest(t *testing.T) {
	var got createRequest
	engine := notingEngine(t, &got)
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 2<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	task := stages.Task{
		Project: dir, Run: "r", Stage: "s", Image: stages.Image{ID: "sha256:1"}, Argv: []string{"train", "--all"},
		Env: map[string]string{"RATE": "0.1"}, Secrets: map[string]string{"TOKEN": "hunter2"}, Workspace: filepath.Join(dir, "w"),
		Resources: config.Resources{CPUs: 1.5, Memory: 1 << 30, GPUs: 2, SHM: 1 << 28},
		Inputs:    []stages.Mount{{Host: large, Path: "large"}, {Host: filepath.Join(dir, "small"), Path: "small"}, {Host: dir, Path: "dir", Dir: true}},
		Stdout:    io.Discard, Stderr: io.Discard,
	}
	if err := os.Mkdir(task.Workspace, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Run(t.Context(), task); err == nil || !strings.Contains(err.Error(), "noted") {
		t.Fatalf("error is %v", err)
	}
	host := got.HostConfig
	want := []container.DeviceRequest{{Count: 2, Capabilities: [][]string{{"gpu"}}}}
	if diff := cmp.Diff(want, host.DeviceRequests); diff != "" {
		t.Errorf("GPUs (-want +got):\n%s", diff)
	}
	if host.Memory != 1<<30 || host.MemorySwap != 1<<30 || host.NanoCPUs != 15e8 || host.ShmSize != 1<<28 || *host.PidsLimit != 4096 {
		t.Errorf("limits are %+v", host.Resources)
	}
	if host.NetworkMode != "none" || !slices.Equal(host.CapDrop, []string{"ALL"}) || !slices.Equal(host.SecurityOpt, []string{"no-new-privileges"}) || host.Privileged {
		t.Errorf("isolation is %+v", host)
	}
	targets := map[string]bool{}
	for _, m := range host.Mounts {
		targets[m.Target] = m.ReadOnly
	}
	if diff := cmp.Diff(map[string]bool{"/workspace": false, "/etc/passwd": true, "/workspace/large": true, "/workspace/dir": true}, targets); diff != "" {
		t.Errorf("mounts, read-only or not (-want +got):\n%s", diff)
	}
	for label, value := range got.Labels {
		if strings.Contains(value, "hunter2") {
			t.Errorf("label %s has the secret", label)
		}
	}
	if !slices.Contains(got.Env, "TOKEN=hunter2") {
		t.Errorf("environment is %v", got.Env)
	}
}
