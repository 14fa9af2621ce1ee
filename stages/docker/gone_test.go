package docker_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/network"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/executortest"
)

// An engine that goes away in the middle of a stage is no failure of the stage,
// and when it is back the stage can be run again.
func TestEngineGoesAway(t *testing.T) {
	own := ownEngine(t, false)
	for _, test := range []struct {
		name   string
		signal syscall.Signal
		back   bool
	}{
		{"stopped and started", syscall.SIGTERM, true},
		{"killed and started", syscall.SIGKILL, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := connect(t)
			task, log := taskOf(t, engine, "term", "120", "3")
			ended := make(chan error, 1)
			go func() {
				_, err := engine.Run(t.Context(), task)
				ended <- err
			}()
			waitFor(t, log, "waiting")
			own.Stop(test.signal)
			own.Start(t)
			err := <-ended
			if !errors.Is(err, stages.ErrSurroundings) {
				t.Fatalf("error is %v, want one of the surroundings", err)
			}
			var hinted interface{ Hint() string }
			if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "run again") {
				t.Errorf("no hint in %v", err)
			}
			task, log = taskOf(t, engine, "say", "again", "")
			if outcome, err := engine.Run(t.Context(), task); err != nil || outcome.ExitCode != 0 || !strings.Contains(log.String(), "again") {
				t.Errorf("the next try: %+v, %v\n%s", outcome, err, log)
			}
			settle(t, engine)
		})
	}
	engine := connect(t)
	own.Stop(syscall.SIGTERM)
	task, _ := strandedTask(t)
	_, err := engine.Run(t.Context(), task)
	if !errors.Is(err, stages.ErrSurroundings) {
		t.Errorf("error is %v", err)
	}
}

// strandedTask is a task of an engine that cannot be asked for its image any more.
func strandedTask(t *testing.T) (task stages.Task, log *executortest.Log) {
	t.Helper()
	log = &executortest.Log{}
	return stages.Task{
		Project: t.Name(), Run: "r", Stage: "s", Image: stages.Image{ID: tinyImage}, Argv: []string{"/tiny"},
		Workspace: t.TempDir(), Stdout: log, Stderr: log,
	}, log
}

func waitFor(t *testing.T, log *executortest.Log, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %q in %q", text, log)
		}
	}
}

// A killed muster leaves services and their network, too.
func TestSweepRemovesServices(t *testing.T) {
	engine := connect(t)
	task, log := taskOf(t, engine, "term", "120", "3")
	service := stages.Service{Image: task.Image}
	service.Name, service.Command.Words = "db", []string{"/tiny", "serve", ":1"}
	task.Services, task.Run = []stages.Service{service}, "dead"
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := engine.Run(ctx, task)
		ended <- err
	}()
	waitFor(t, log, "waiting")
	if n := len(containers(t, task.Project)); n != 2 {
		t.Errorf("%d containers, want 2", n)
	}
	if n := networks(t, task.Project); n != 1 {
		t.Errorf("%d networks, want 1", n)
	}
	if err := engine.Sweep(t.Context(), task.Project, func(string) bool { return true }); err != nil {
		t.Error(err)
	}
	if n := len(containers(t, task.Project)); n != 2 {
		t.Errorf("a living run's containers were swept: %d left", n)
	}
	if err := engine.Sweep(t.Context(), task.Project, func(run string) bool { return run != "dead" }); err != nil {
		t.Error(err)
	}
	if c, n := containers(t, task.Project), networks(t, task.Project); len(c)+n > 0 {
		t.Errorf("left: %v and %d networks", c, n)
	}
	cancel()
	<-ended //nolint:errcheck // how a task ends whose container was removed is no matter
	settle(t, engine)
}

func networks(t *testing.T, project string) int {
	t.Helper()
	list, err := apiClient(t).NetworkList(t.Context(), network.ListOptions{Filters: ofProject(project)})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// Its clients are told apart by the name of the machine: of two with the same
// folders, none removes what is the other's.
func TestSweepLeavesOtherMachinesAlone(t *testing.T) {
	engine := connect(t)
	task, _ := taskOf(t, engine, "say", "", "")
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	id := foreign(t, task.Project, name+"-other")
	if err := engine.Sweep(t.Context(), task.Project, func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if left := containers(t, task.Project); len(left) != 1 || left[0].ID != id {
		t.Errorf("left: %v", left)
	}
}
