package stages_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// foresighted runs a stage that somebody waits for only once that one was
// announced, and notes where what was announced differs from what is run.
type foresighted struct {
	process.Process
	mu        sync.Mutex
	announced chan stages.Task
	prepared  map[string]stages.Task
	settled   int
	waits     map[string]string // stages by the one that must be announced before they end
	differs   []string
}

func (f *foresighted) Prepare(_ context.Context, task stages.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared[task.Stage] = task
	f.announced <- task
}

func (f *foresighted) Settle(context.Context) error {
	f.settled++
	return nil
}

func (f *foresighted) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	if want := f.waits[task.Stage]; want != "" {
		for got := range f.announced {
			if got.Stage == want {
				break
			}
		}
	}
	f.mu.Lock()
	if early, ok := f.prepared[task.Stage]; ok {
		now := task
		now.Stdout, now.Stderr = nil, nil
		if diff := cmp.Diff(now, early); diff != "" {
			f.differs = append(f.differs, diff)
		}
	}
	f.mu.Unlock()
	return f.Process.Run(ctx, task)
}

func TestTheNextStageIsAnnounced(t *testing.T) {
	p := newProject(t, `
version: 1
name: chain
image: any
stages:
  first: {run: echo 1 > one.txt, outputs: [one.txt]}
  next:  {run: cat one.txt > two.txt, inputs: [one.txt, given.txt], env: {A: b}, outputs: [two.txt]}
  last:  {run: cat two.txt > three.txt, inputs: [two.txt], outputs: [three.txt]}
  other: {run: echo 2 > other.txt, outputs: [other.txt]}
  both:  {run: cat one.txt other.txt > both.txt, inputs: [one.txt, other.txt], outputs: [both.txt]}
`, map[string]string{"given.txt": "given"})
	executor := &foresighted{
		announced: make(chan stages.Task, 10), prepared: map[string]stages.Task{}, waits: map[string]string{"first": "next", "next": "last", "other": "both"},
	}
	p.runner.Executor, p.runner.Jobs = executor, 1
	p.run(result.RunPassed)
	for _, diff := range executor.differs {
		t.Errorf("what was announced is not what was run (-run +announced):\n%s", diff)
	}
	var names []string
	for name := range executor.prepared {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"both", "last", "next"}, names); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}
	if executor.settled != 1 {
		t.Errorf("settled %d times", executor.settled)
	}
	executor.prepared = map[string]stages.Task{}
	p.run(result.RunPassed)
	if len(executor.prepared) > 0 || executor.settled != 2 {
		t.Errorf("a run that restores everything announced %v, settled %d times", executor.prepared, executor.settled)
	}
}

func TestTransfersAreEvents(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {say: {run: say}}\n", nil)
	p.runner.Executor = printer{print: func(stdout, stderr io.Writer) error {
		for _, w := range []io.Writer{stdout, stderr} {
			w.(stages.Meter).Progress("upload", 1, 2)
		}
		return nil
	}}
	var got []result.Event
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventProgress {
			e.Time = time.Time{}
			got = append(got, e)
		}
	}
	p.run(result.RunPassed)
	one := result.Event{Kind: result.EventProgress, Stage: "say", What: "upload", Done: 1, Total: 2}
	if diff := cmp.Diff([]result.Event{one, one}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
