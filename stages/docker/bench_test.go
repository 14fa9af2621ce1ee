package docker_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/docker"
)

// The benchmarks set the executor beside a shell loop over docker run:
//
//	go test ./stages/docker -run - -bench . -benchtime 3x

// benchEngine connects for a benchmark, which like a test is not left out silently.
func benchEngine(b *testing.B) (*docker.Docker, stages.Image) {
	b.Helper()
	engine, err := docker.Connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { engine.Close() })
	image, err := engine.Find(b.Context(), tinyImage)
	if err != nil {
		b.Fatal(err)
	}
	return engine, image
}

func benchTask(b *testing.B, dir string, i int, image stages.Image, args ...string) stages.Task {
	b.Helper()
	task := stages.Task{
		Project: dir, Run: "bench", Stage: fmt.Sprint(i), Image: image, Argv: append([]string{"/tiny"}, args...),
		Workspace: filepath.Join(dir, fmt.Sprint("stage", i)), Stdout: io.Discard, Stderr: io.Discard,
	}
	if err := os.MkdirAll(task.Workspace, 0o755); err != nil {
		b.Fatal(err)
	}
	return task
}

const chainLength = 20

// BenchmarkChainShell is what muster replaces: one container after the other.
func BenchmarkChainShell(b *testing.B) {
	script := strings.Repeat("docker run --rm "+tinyImage+" /tiny fail 0\n", chainLength)
	for b.Loop() {
		if out, err := exec.CommandContext(b.Context(), "/bin/sh", "-ec", script).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}

// BenchmarkChain runs as many stages, each of which reads what the one before has written.
func BenchmarkChain(b *testing.B) {
	engine, image := benchEngine(b)
	for b.Loop() {
		dir := b.TempDir()
		tasks := make([]stages.Task, chainLength)
		for i := range tasks {
			tasks[i] = benchTask(b, dir, i, image, "write", "out.txt", "x")
			if i > 0 {
				tasks[i].Inputs = []stages.Mount{{Host: filepath.Join(tasks[i-1].Workspace, "out.txt"), Path: "in.txt"}}
			}
		}
		for i, task := range tasks {
			if i+1 < len(tasks) {
				engine.Prepare(b.Context(), tasks[i+1])
			}
			if outcome, err := engine.Run(b.Context(), task); err != nil || outcome.ExitCode != 0 {
				b.Fatal(outcome, err)
			}
		}
		if err := engine.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

const (
	wide  = 8
	cores = 2
)

// BenchmarkWideShell runs stages that keep a core busy for two seconds, one by one.
func BenchmarkWideShell(b *testing.B) {
	script := strings.Repeat("docker run --rm "+tinyImage+" /tiny burn 2\n", wide)
	for b.Loop() {
		if out, err := exec.CommandContext(b.Context(), "/bin/sh", "-ec", script).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}

// BenchmarkWide runs them two at a time.
func BenchmarkWide(b *testing.B) {
	engine, image := benchEngine(b)
	for b.Loop() {
		dir := b.TempDir()
		var group errgroup.Group
		group.SetLimit(cores)
		for i := range wide {
			task := benchTask(b, dir, i, image, "burn", "2")
			engine.Prepare(b.Context(), task)
			group.Go(func() error {
				_, err := engine.Run(b.Context(), task)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
		if err := engine.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
