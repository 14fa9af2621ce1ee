package stages_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// A stage whose pattern takes in the folder that it writes to does not read
// what it wrote the last time.
func TestAPatternStandsForNoOutputOfItsOwnStage(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  grow: {run: 'cat data/*.csv data/*/*.csv > data/out/all.csv 2>/dev/null || true', inputs: ["data/**/*.csv"], outputs: [data/out/]}
`, map[string]string{"data/a.csv": "a", "data/b/b.csv": "b"})
	first := p.run(result.RunPassed).Stages[0]
	second := p.run(result.RunPassed).Stages[0]
	if second.Key != first.Key || second.Status != result.StageCached {
		t.Errorf("nothing changed, and the stage is %s", second.Status)
	}
	if preview, err := p.runner.Preview(t.Context(), nil); err != nil || preview.Stages[0].Key != first.Key {
		t.Errorf("the preview foresees another key (%v)", err)
	}
	var names []string
	for _, file := range second.Inputs {
		names = append(names, file.Path)
	}
	if diff := cmp.Diff([]string{"data/a.csv", "data/b/b.csv"}, names); diff != "" {
		t.Error(diff)
	}
	p.runner.Force = true
	if p.run(result.RunPassed); p.read("data/out/all.csv") != "ab" {
		t.Errorf("it has read its own output: %q", p.read("data/out/all.csv"))
	}
}

// An image is an output too: what a change request has built, no other run takes.
func TestTrustScopesOfImages(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {image: {build: {context: image}}, use: {image: 'stage:image', run: 'true'}}",
		map[string]string{filepath.Join("image", "Dockerfile"): "FROM scratch\n"})
	p.runner.Executor = &shelf{digest: digestA}
	p.runner.Base.Config = &config.Config{Executor: "process"}
	for _, step := range []struct {
		scope result.Scope
		want  result.StageStatus
	}{
		{result.ScopeChange, result.StageRan},
		{result.ScopeChange, result.StageCached},
		{result.ScopeDefaultBranch, result.StageRan},
		{result.ScopeLocal, result.StageCached},
	} {
		p.runner.Scope = step.scope
		if got := p.run(result.RunPassed).Stages[0].Status; got != step.want {
			t.Errorf("in scope %s the image's stage is %s, want %s", step.scope, got, step.want)
		}
	}
}

// A stage that was skipped says which cell of the matrix it is, as those that ran do.
func TestASkippedCellSaysWhichItIs(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  first: {run: exit 3}
  cell: {matrix: {seed: [1, 2]}, needs: [first], run: "echo ${{ matrix.seed }}"}
`, nil)
	for i, seed := range []string{"1", "2"} {
		stage := p.run(result.RunFailed).Stages[i+1]
		if diff := cmp.Diff(map[string]string{"seed": seed}, stage.Cell); diff != "" || stage.Status != result.StageSkipped {
			t.Errorf("%s %s: %s", stage.Name, stage.Status, diff)
		}
	}
}

// The image that evaluates may be gone by the time the champion is measured, or
// have been built for a run that this one does not trust.
func TestTheImageThatEvaluatesIsBuiltAgain(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  image: {build: {context: image}}
  train: {run: cat data.txt > model.txt, inputs: [data.txt], outputs: [model.txt]}
  evaluate: {image: "stage:image", run: cat model.txt > p.csv, inputs: [model.txt], predictions: p.csv}
`, map[string]string{"data.txt": "d", filepath.Join("image", "Dockerfile"): "FROM scratch\n"})
	executor := &shelf{digest: digestA}
	p.runner.Executor, p.runner.Base.Config = executor, &config.Config{Executor: "process"}
	run := p.run(result.RunPassed)
	for _, scope := range []result.Scope{result.ScopeLocal, result.ScopeChange} {
		executor.built, p.runner.Scope = nil, scope
		evaluation, err := p.runner.Evaluate(t.Context(), run, *run.Candidate)
		if err != nil || evaluation.Predictions == nil || len(executor.built) != 1 {
			t.Errorf("in scope %s: %+v, %v; %d images were built", scope, evaluation, err, len(executor.built))
		}
	}
}
