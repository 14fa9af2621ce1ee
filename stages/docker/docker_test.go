package docker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
	"github.com/muster-ci/muster/stages/executortest"
)

const tinyImage = "muster-example/tiny:1"

// connect gives the engine. Where tests are set up by `make test` there is one;
// a developer who has none is told what is left out.
func connect(t *testing.T) *docker.Docker {
	t.Helper()
	engine, err := docker.Connect(t.Context())
	if err == nil {
		_, err = engine.Find(t.Context(), tinyImage)
	}
	switch {
	case err == nil:
		t.Cleanup(func() { engine.Close() })
	case os.Getenv("CI") != "":
		t.Fatalf("%v; in CI these tests must run: scripts/setup.sh engine tiny", err)
	default:
		t.Skipf("%v; to run this test: scripts/setup.sh engine tiny", err)
	}
	return engine
}

func TestConformance(t *testing.T) {
	executortest.Run(t, executortest.Target{Executor: connect(t), Image: tinyImage, Tiny: "/tiny", Isolated: true})
}

func apiClient(t *testing.T) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	return api
}

func ofProject(project string) filters.Args {
	return filters.NewArgs(filters.Arg("label", "muster.project="+project))
}

// containers lists what a project has left on the engine.
func containers(t *testing.T, project string) []container.Summary {
	t.Helper()
	list, err := apiClient(t).ContainerList(t.Context(), container.ListOptions{All: true, Filters: ofProject(project)})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// foreign makes a container as another machine's muster would.
func foreign(t *testing.T, project, machine string) (id string) {
	t.Helper()
	api := apiClient(t)
	made, err := api.ContainerCreate(t.Context(), &container.Config{
		Image: tinyImage, Cmd: []string{"/tiny"}, Labels: map[string]string{"muster.project": project, "muster.run": "r", "muster.machine": machine},
	}, nil, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := api.ContainerRemove(context.WithoutCancel(t.Context()), made.ID, container.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	})
	return made.ID
}

// sleeper is a task that outlives the test unless it is ended.
func sleeper(t *testing.T, engine *docker.Docker, run string) stages.Task {
	t.Helper()
	image, err := engine.Find(t.Context(), tinyImage)
	if err != nil {
		t.Fatal(err)
	}
	workspace := filepath.Join(t.TempDir(), "w")
	if err := os.Mkdir(workspace, 0o755); err != nil {
		t.Fatal(err)
	}
	return stages.Task{
		Project: t.Name() + "-" + filepath.Base(filepath.Dir(workspace)), Run: run, Stage: "s", Image: image,
		Argv: []string{"/tiny", "sleep", "300"}, Workspace: workspace, Stdout: &executortest.Log{}, Stderr: &executortest.Log{},
	}
}

func TestNoContainerIsLeft(t *testing.T) {
	engine := connect(t)
	task := sleeper(t, engine, "r")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := engine.Run(ctx, task); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	if left := containers(t, task.Project); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A killed muster cannot clean up; the next one does, and leaves the living alone.
func TestSweepRemovesOnlyWhatDeadRunsLeft(t *testing.T) {
	engine := connect(t)
	dead := sleeper(t, engine, "dead")
	living := dead
	living.Run, living.Stdout = "living", &executortest.Log{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for _, task := range []stages.Task{dead, living} {
		go func() {
			_, err := engine.Run(ctx, task)
			ended <- err
		}()
	}
	for len(containers(t, dead.Project)) < 2 {
		time.Sleep(50 * time.Millisecond)
	}
	alive := func(run string) bool { return run == "living" }
	if err := engine.Sweep(t.Context(), dead.Project, alive); err != nil {
		t.Fatal(err)
	}
	left := containers(t, dead.Project)
	if len(left) != 1 || left[0].Labels["muster.run"] != "living" {
		t.Errorf("left: %v", left)
	}
	cancel()
	for range cap(ended) {
		<-ended //nolint:errcheck // how a task ends whose container was removed is no matter
	}
	if left := containers(t, dead.Project); len(left) > 0 {
		t.Errorf("left at the end: %v", left)
	}
}

func TestBuild(t *testing.T) {
	engine := connect(t)
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("Dockerfile", "FROM "+tinyImage+"\nCOPY seen.txt /\n")
	write("seen.txt", "in the context")
	write("hidden.txt", "not in the context")
	task := stages.BuildTask{
		Project: dir, Stage: "image", Tag: "muster-test/build:1", Context: dir, Dockerfile: "Dockerfile", Files: []string{"Dockerfile", "seen.txt"},
	}
	forget(t, task.Tag)
	var log bytes.Buffer
	image, err := engine.Build(t.Context(), task, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	if found, err := engine.Find(t.Context(), task.Tag); err != nil || found.ID != image.ID {
		t.Errorf("found %v, %v", found, err)
	}

	write("Dockerfile", "FROM "+tinyImage+"\nCOPY hidden.txt /\n")
	_, err = engine.Build(t.Context(), task, &log)
	if failed, ok := errors.AsType[*stages.BuildError](err); !ok || !strings.Contains(failed.Message, "hidden.txt") {
		t.Errorf("a file that was not hashed got into the build: %v", err)
	}
}

func TestAnImageThatIsNotThere(t *testing.T) {
	engine := connect(t)
	if _, err := engine.Find(t.Context(), "muster-test/no-such-image:1"); !errors.Is(err, stages.ErrNoImage) {
		t.Errorf("error is %v, want ErrNoImage", err)
	}
	_, err := engine.Pull(t.Context(), "localhost:1/muster-test/no-such-image:1", &bytes.Buffer{})
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(err.Error(), "pull image localhost:1/muster-test") {
		t.Errorf("error is %v", err)
	}
}

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	_, err := docker.Connect(t.Context())
	engineErr, ok := errors.AsType[*docker.EngineError](err)
	if !ok || !strings.Contains(engineErr.Hint(), "--executor process") {
		t.Errorf("error is %v", err)
	}
}
