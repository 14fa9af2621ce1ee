package stages_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

const prepared = `
version: 1
params: params.yaml
stages:
  prepare: {run: "sort raw/all.txt > data/test.txt; cp raw/all.txt data/train.txt", inputs: [raw], outputs: [data/train.txt, data/test.txt]}
  check: {run: "true", inputs: [data/train.txt]}
  train: {run: "cat data/train.txt code.txt > model/m.txt", inputs: [data/train.txt, code.txt], outputs: [model/], needs: [check]}
  rows: {run: "cat data/*.txt model/m.txt > rows.txt", inputs: ["data/t*.txt", model/], outputs: [rows.txt]}
  evaluate: {run: "cat rows.txt data/extra.txt model/m.txt params.yaml > p.csv; echo '{\"loss\": 0.5}' > m.json", inputs: [rows.txt, data, model/], params: [cut], predictions: p.csv, metrics: [m.json], needs: [train]}
model: {path: model/, stage: train}
`

func preparedFiles() map[string]string {
	return map[string]string{"raw/all.txt": "b\na\n", "code.txt": "c", "data/extra.txt": "x", "params.yaml": "cut: 1\n"}
}

func (p *project) measure(runner *stages.Runner, m stages.Measuring) (stages.Measured, error) {
	p.Helper()
	p.ran = nil
	return runner.Measure(p.Context(), m)
}

// working is what lies in the working copy, without what is muster's own.
func (p *project) working() map[string]string {
	files := tree(p.T, p.dir)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, "/.muster/") })
	return files
}

func (p *project) object(digest string) string {
	p.Helper()
	store, err := p.folder().Store()
	if err != nil {
		p.Fatal(err)
	}
	data, err := os.ReadFile(store.Path(digest))
	if err != nil {
		p.Fatal(err)
	}
	return string(data)
}

// What a run has done is not done again, and its keys are the same.
func TestMeasureCostsNothingWhereNothingChanged(t *testing.T) {
	p := newProject(t, prepared, preparedFiles())
	run := p.run(result.RunPassed)
	p.runner.Force = true // of a run, and not of what two models are measured on
	got, err := p.measure(p.runner, stages.Measuring{Model: *run.Candidate, Label: "candidate"})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.ran) > 0 {
		t.Errorf("executed %v", p.ran)
	}
	if got.RulerKey != run.Candidate.RulerKey || got.Evaluation.Predictions.SHA256 != run.Evaluation.Predictions.SHA256 {
		t.Errorf("measured with %s, %+v; the run with %s", got.RulerKey, got.Evaluation.Predictions, run.Candidate.RulerKey)
	}
	if diff := cmp.Diff(run.Metrics, got.Metrics); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, stage := range got.Stages {
		names = append(names, stage.Name)
		if want := recordOf(t, run, stage.Name).Key; stage.Key != want {
			t.Errorf("key of %s is %s, in the run %s", stage.Name, stage.Key, want)
		}
	}
	if diff := cmp.Diff([]string{"prepare", "rows", "evaluate"}, names); diff != "" {
		t.Error(diff)
	}
}

// Another model takes the place of the trained one wherever it is read, and the
// working copy keeps what it has, although the stages have other inputs now.
func TestMeasureTouchesNothing(t *testing.T) {
	p := newProject(t, prepared, preparedFiles())
	champion := *p.run(result.RunPassed).Candidate
	p.write("code.txt", "better")
	p.run(result.RunPassed)
	p.write("raw/all.txt", "z\ny\n")
	p.write("params.yaml", "cut: 2\n")
	before := p.working()
	got, err := p.measure(p.runner, stages.Measuring{Model: champion, Label: "champion"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, p.working()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"prepare", "rows", "evaluate"}, p.ran); diff != "" {
		t.Error(diff)
	}
	if text := p.object(got.Evaluation.Predictions.SHA256); text != "y\nz\nz\ny\nb\na\ncxb\na\nccut: 2\n" {
		t.Errorf("it saw %q", text)
	}
}

// In the tree of another commit, what is given stands in for what lies there, and
// cache and store are the project's.
func TestMeasureInAnotherTree(t *testing.T) {
	p := newProject(t, prepared, preparedFiles())
	run := p.run(result.RunPassed)
	other := t.TempDir()
	files := preparedFiles()
	delete(files, "raw/all.txt")
	files[config.FileName] = prepared
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(other, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(other, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runner := *p.runner
	runner.Dir = other
	if runner.Config, _ = config.Load(filepath.Join(other, config.FileName)); runner.Config == nil {
		t.Fatal("no configuration")
	}
	measuring := stages.Measuring{Model: *run.Candidate, Label: "champion"}
	if _, err := p.measure(&runner, measuring); !isChampion(err) || !strings.Contains(err.Error(), "raw") {
		t.Errorf("without raw data the error is %v", err)
	}
	measuring.Inputs = map[string]string{"raw/all.txt": filepath.Join(p.dir, "raw/all.txt")}
	got, err := p.measure(&runner, measuring)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.ran) > 0 || got.Evaluation.Predictions.SHA256 != run.Evaluation.Predictions.SHA256 {
		t.Errorf("executed %v in a tree of the same content", p.ran)
	}
	aside := filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(aside, []byte("audit"), 0o644); err != nil {
		t.Fatal(err)
	}
	params := filepath.Join(t.TempDir(), "p3")
	if err := os.WriteFile(params, []byte("cut: 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	measuring.Inputs = map[string]string{"data/test.txt": aside, "data/train.txt": aside, "params.yaml": params}
	if got, err = p.measure(&runner, measuring); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(p.ran, "prepare") {
		t.Error("prepare ran, and all that it makes is given")
	}
	if text := p.object(got.Evaluation.Predictions.SHA256); text != "auditauditb\na\ncxb\na\nccut: 3\n" {
		t.Errorf("it saw %q", text)
	}
	left, err := os.ReadDir(other)
	if err != nil || len(left) != len(files) {
		t.Errorf("the tree has %v now", left)
	}
}

func isChampion(err error) bool {
	_, is := errors.AsType[*stages.ChampionError](err)
	return is
}

func TestMeasureSaysWhyItCannot(t *testing.T) {
	tests := map[string]struct{ yaml, want string }{
		"a stage fails": {
			"stages: {prepare: {run: test -e gone, outputs: [d]}, train: {run: cp code.txt m, inputs: [code.txt], outputs: [m]}, evaluate: {run: cp m p.csv, inputs: [m, d], predictions: p.csv}}\nmodel: {path: m}", "stage prepare fails with the champion",
		},
		"what is read comes of training": {
			"stages: {train: {run: cp code.txt m; cp code.txt scale, inputs: [code.txt], outputs: [m, scale]}, prepare: {run: cp scale d, inputs: [scale], outputs: [d]}, evaluate: {run: cp m p.csv, inputs: [m, d], predictions: p.csv}}\nmodel: {path: m}", "stage prepare reads scale, which training makes",
		},
		"nothing measures":       {"stages: {train: {run: cp code.txt m, inputs: [code.txt], outputs: [m]}}", "measures a model"},
		"numbers that are none":  {"stages: {train: {run: cp code.txt m, inputs: [code.txt], outputs: [m]}, evaluate: {run: cp m p.csv; echo no > n.json, inputs: [m], predictions: p.csv, metrics: [n.json]}}", "cannot be read"},
		"it leaves its place":    {"stages: {train: {run: cp code.txt m, inputs: [code.txt], outputs: [m]}, evaluate: {run: cp m p.csv, inputs: [m], predictions: p.csv}}", "../../outside"},
		"a model without a file": {"stages: {train: {run: cp code.txt m, inputs: [code.txt], outputs: [m]}, evaluate: {run: cp m p.csv, inputs: [m], predictions: p.csv}}", "has no file m"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "version: 1\n"+test.yaml, map[string]string{"code.txt": "c"})
			store, err := p.folder().Store()
			if err != nil {
				t.Fatal(err)
			}
			digest, size, err := store.Add(t.Context(), filepath.Join(p.dir, "code.txt"))
			if err != nil {
				t.Fatal(err)
			}
			model := result.Model{Path: "m", Files: []result.File{{Path: "m", SHA256: digest, Size: size}}}
			switch name {
			case "it leaves its place":
				model.Files = append(model.Files, result.File{Path: "../../outside", SHA256: digest, Size: size})
			case "a model without a file":
				model.Files = nil
			}
			if _, err := p.measure(p.runner, stages.Measuring{Model: model, Label: "champion"}); !isChampion(err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
