package stages_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// flaky is an executor whose engine goes away for the first tasks.
type flaky struct {
	process.Process
	failures int
	err      error
}

func (f *flaky) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	if f.failures--; f.failures >= 0 {
		// What a broken try leaves in the workspace must not be there in the next.
		if err := os.WriteFile(filepath.Join(task.Workspace, "out.txt"), []byte("half"), 0o644); err != nil {
			return stages.Outcome{}, err
		}
		return stages.Outcome{}, f.err
	}
	return f.Process.Run(ctx, task)
}

func TestOnlyFailuresOfTheSurroundingsAreTriedAgain(t *testing.T) {
	gone := fmt.Errorf("the engine went away: %w", stages.ErrSurroundings)
	tests := map[string]struct {
		failures int
		err      error
		run      string
		attempts int
		fails    bool
	}{
		"once":               {1, gone, "test ! -e out.txt && echo x > out.txt", 2, false},
		"never":              {0, gone, "echo x > out.txt", 0, false},
		"too often":          {9, gone, "echo x > out.txt", 0, true},
		"for another reason": {1, os.ErrPermission, "echo x > out.txt", 0, true},
		"the stage's own":    {0, nil, "exit 3", 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "version: 1\nstages: {a: {run: x, outputs: [out.txt], retries: 1}}", nil)
			p.runner.Config.Stages[0].Run.Shell = test.run
			p.runner.Executor = &flaky{failures: test.failures, err: test.err}
			run, err := p.runner.Run(t.Context(), nil)
			if (err != nil) != test.fails {
				t.Fatalf("error is %v", err)
			}
			if got := run.Stages[0].Attempts; err == nil && got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
			if code := run.Stages[0].ExitCode; strings.HasPrefix(test.run, "exit") && (code == nil || *code != 3) {
				t.Errorf("exit code %v", code)
			}
		})
	}
}

// slow is an executor and a fetcher that does not come to an end, but for the
// first tries, whose connection breaks.
type slow struct {
	process.Process
	breaks int
}

func (s *slow) wait(ctx context.Context) error {
	if s.breaks--; s.breaks >= 0 {
		return fmt.Errorf("the connection broke: %w", stages.ErrSurroundings)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *slow) Find(context.Context, string) (stages.Image, error) {
	return stages.Image{}, stages.ErrNoImage
}

func (s *slow) Build(ctx context.Context, _ stages.BuildTask, _ io.Writer) (stages.Image, error) {
	return stages.Image{}, s.wait(ctx)
}

func (s *slow) Source(url string) (string, error) { return url, nil }

func (s *slow) Fetch(ctx context.Context, _ stages.FetchTask) (*stages.FetchResult, error) {
	return nil, s.wait(ctx)
}

// Builds and downloads have no command, but take time, and go through networks, too.
func TestABuildAndADownloadAreLimitedAndTriedAgain(t *testing.T) {
	for name, kind := range map[string]string{"a build": "build: {context: .}", "a download": "fetch: {url: 'https://example.org/x'}, outputs: [x]"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "version: 1\nstages: {a: {"+kind+", timeout: 20ms, retries: 1}}", map[string]string{"Dockerfile": "FROM scratch\n"})
			both := &slow{breaks: 1}
			p.runner.Executor, p.runner.Fetcher = both, both
			stage := p.run(result.RunFailed).Stages[0]
			if stage.Attempts != 2 || !strings.Contains(stage.Error, "longer than its timeout of 20ms") {
				t.Errorf("after %d attempts: %s", stage.Attempts, stage.Error)
			}
		})
	}
}

// rooms counts what the stages that run at once have declared.
type rooms struct {
	process.Process
	mu        sync.Mutex
	now, most config.Resources
	has       config.Resources
	asked     int
}

func (r *rooms) Capacity(context.Context) (config.Resources, error) {
	r.asked++
	return r.has, nil
}

func (r *rooms) Run(_ context.Context, task stages.Task) (stages.Outcome, error) {
	r.add(task.Resources, 1)
	time.Sleep(30 * time.Millisecond)
	r.add(task.Resources, -1)
	return stages.Outcome{}, nil
}

func (r *rooms) add(want config.Resources, sign int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.CPUs += want.CPUs * float64(sign)
	r.now.Memory += want.Memory * config.Bytes(sign)
	r.now.GPUs += want.GPUs * sign
	r.most.CPUs, r.most.Memory, r.most.GPUs = max(r.most.CPUs, r.now.CPUs), max(r.most.Memory, r.now.Memory), max(r.most.GPUs, r.now.GPUs)
}

func TestStagesShareWhatTheMachineHas(t *testing.T) {
	var yaml strings.Builder
	yaml.WriteString("version: 1\nstages:\n")
	for i := range 8 {
		fmt.Fprintf(&yaml, "  s%d: {run: [x, \"%d\"], resources: {cpus: 1.5, memory: 1g}}\n", i, i)
	}
	yaml.WriteString("  large: {run: large, resources: {cpus: 64, memory: 1t, gpus: 4}}\n  gpu: {run: gpu, resources: {gpus: 1}}\n")
	p := newProject(t, yaml.String(), nil)
	executor := &rooms{has: config.Resources{CPUs: 4, Memory: 3 << 30, GPUs: 1}}
	p.runner.Executor, p.runner.Jobs = executor, 10
	p.run(result.RunPassed)
	want := config.Resources{CPUs: 64, Memory: 1 << 40, GPUs: 4} // that of the one which had the machine for itself
	if diff := cmp.Diff(want, executor.most); diff != "" {
		t.Errorf("at once (-want +got): %s", diff)
	}

	p.runner.Config.Stages = p.runner.Config.Stages[:8]
	executor.most, p.runner.Force = config.Resources{}, true
	p.run(result.RunPassed)
	if executor.most.CPUs != 3 || executor.most.Memory != 2<<30 {
		t.Errorf("at once %+v, want two stages of 1.5 cpus on 4", executor.most)
	}

	for i := range p.runner.Config.Stages {
		p.runner.Config.Stages[i].Resources = config.Resources{SHM: 1 << 20}
	}
	if p.run(result.RunPassed); executor.asked != 2 {
		t.Errorf("asked %d times what there is, want twice: the last run takes no part of it", executor.asked)
	}
}
