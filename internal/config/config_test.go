package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/config"
)

var update = flag.Bool("update", false, "write the expected files")

// TestMistakes reads each testdata/err/NAME.yaml, and wants what NAME.out says.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/err/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Parse("muster.yaml", "p", data)
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Fatalf("error is %v, want an Error", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".out", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("muster.yaml", "my project", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

const short = `
version: 1
image: python:3.12-slim
stages:
  train:    {run: python train.py, inputs: [train.py, data/train.csv], outputs: [model.pkl]}
  evaluate: {run: python evaluate.py, inputs: [evaluate.py, data/test.csv, model.pkl], predictions: predictions.csv}
gate: {metrics: {roc_auc: {margin: 0.01}}}
`

// The six lines of the README must be enough.
func TestDefaultsCarryAShortFile(t *testing.T) {
	want := &config.Config{
		Name: "my-project", Image: "python:3.12-slim",
		Stages: []config.Stage{
			{
				Name: "train", Image: "python:3.12-slim", Run: config.Command{Shell: "python train.py"},
				Inputs: []string{"train.py", "data/train.csv"}, Outputs: []string{"model.pkl"},
			},
			{
				Name: "evaluate", Image: "python:3.12-slim", Run: config.Command{Shell: "python evaluate.py"},
				Inputs:      []string{"evaluate.py", "data/test.csv", "model.pkl"},
				Predictions: &config.Predictions{Path: "predictions.csv"},
			},
		},
		Model: &config.Model{Path: "model.pkl", Stage: "train", Evaluate: "evaluate"},
		Gate: &config.Gate{
			Champion: "production", Anchor: "production-anchor", Confidence: 0.95, Holdout: config.Holdout{Budget: 100},
			Metrics: []config.GateMetric{{Name: "roc_auc", Margin: &config.Margin{Value: 0.01}, Require: "non-inferior"}},
			Slices:  config.Slices{MinSize: 50},
		},
		Registry: config.Registry{Type: "dir", Path: ".muster/registry"},
		Promote:  config.Promote{From: "retrain"},
		CI:       config.CI{Comment: true, Check: "auto", Annotations: true, Issue: true, Promote: true, Score: true, Waivers: true},
	}
	if diff := cmp.Diff(want, parse(t, short), cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
		t.Error(diff)
	}
}

func TestALineEndingChangesNothing(t *testing.T) {
	variants := map[string]string{
		"CRLF": strings.ReplaceAll(short, "\n", "\r\n"),
		"BOM":  "\ufeff" + short,
	}
	for name, text := range variants {
		if diff := cmp.Diff(parse(t, short), parse(t, text), cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestShapesOfValues(t *testing.T) {
	cfg := parse(t, `
version: 1
stages:
  a: {run: [prog, -x, "two words"], env: {N: 010, YES: yes, S: "x"}}
  b:
    run: |
      one
      two
    outputs: [m]
  c: {run: e, inputs: [m], predictions: {path: p.csv, score: s, slices: [age]}, metrics: [m.json], junit: j.xml}
gate: {metrics: {log_loss: {margin: 2.5%, max: 1}, rmse: }}
`)
	if diff := cmp.Diff([]string{"prog", "-x", "two words"}, cfg.Stages[0].Run.Argv()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"N": "010", "YES": "yes", "S": "x"}, cfg.Stages[0].Env); diff != "" {
		t.Errorf("an environment variable is what was written: %s", diff)
	}
	if diff := cmp.Diff([]string{"/bin/sh", "-c", "one\ntwo\n"}, cfg.Stages[1].Run.Argv()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"m.json", "j.xml", "p.csv"}, cfg.Stages[2].AllOutputs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&config.Margin{Value: 2.5, Percent: true}, cfg.Gate.Metrics[0].Margin); diff != "" {
		t.Error(diff)
	}
	if got := cfg.Gate.Metrics[1]; got.Name != "rmse" || got.Margin != nil {
		t.Errorf("second metric is %+v", got)
	}
}

// A matrix makes a stage for each combination, and its values can stand wherever text can.
func TestMatrix(t *testing.T) {
	cfg := parse(t, `
version: 1
image: i
stages:
  train:
    matrix: {seed: [1, 2], model: [random forest]}
    run: train --seed ${{ matrix.seed }} --model "${{matrix.model}}"
    env: {SEED: "${{ matrix.seed }}"}
    inputs: ["data/${{ matrix.seed }}/*.csv", {ref: "s3://b/k", version: 3}]
    outputs: ["model-${{ matrix.seed }}.pkl"]
  all: {run: gather, inputs: ["model-*.pkl"], outputs: [model.pkl], needs: [train]}
`)
	var names []string
	for _, stage := range cfg.Stages {
		names = append(names, stage.Name)
	}
	if diff := cmp.Diff([]string{"train@seed=1,model=random-forest", "train@seed=2,model=random-forest", "all"}, names); diff != "" {
		t.Fatal(diff)
	}
	want := config.Stage{
		Name: names[1], Cell: map[string]string{"seed": "2", "model": "random forest"}, Image: "i",
		Run: config.Command{Shell: `train --seed 2 --model "random forest"`}, Env: map[string]string{"SEED": "2"},
		Inputs: []string{"data/2/*.csv"}, Refs: []config.Ref{{Ref: "s3://b/k", Version: "3"}}, Outputs: []string{"model-2.pkl"},
	}
	if diff := cmp.Diff(want, cfg.Stages[1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(names[:2], cfg.Stages[2].Needs); diff != "" {
		t.Errorf("the name of a matrix stands for all its stages: %s", diff)
	}
	if got := cfg.ProblemAt("/stages/"+names[1]+"/outputs/0", "m", "").Error(); got != "muster.yaml:10:15: m" {
		t.Errorf("a mistake of a cell is at %q", got)
	}
}

func TestWhatAStageWantsOfItsSurroundings(t *testing.T) {
	cfg := parse(t, `
version: 1
executor: process
tracking: {mlflow: "https://mlflow.example.org"}
stages:
  raw: {fetch: {url: "https://example.org/x.csv"}, outputs: [x.csv], retries: 3}
  nb: {notebook: nb/train.ipynb, outputs: [m.pkl]}
  full:
    run: x
    secrets: [TOKEN]
    user: 1000:1000
    workdir: sub
    timeout: 1h30m
    resources: {cpus: 1.5, memory: 4g, gpus: 1, shm: 65536}
    when: schedule
    services:
      db: {image: postgres, command: [postgres, -c, fsync=off], env: {A: b}, health: {command: pg_isready, timeout: 2m}}
      cache: {image: redis}
`)
	if cfg.Executor != "process" || cfg.Tracking.MLflow != "https://mlflow.example.org" {
		t.Errorf("executor %q, tracking %+v", cfg.Executor, cfg.Tracking)
	}
	if got := cfg.Stages[1].Notebook; got == nil || *got != (config.Notebook{Path: "nb/train.ipynb", Tool: "papermill"}) {
		t.Errorf("notebook is %+v", got)
	}
	want := config.Stage{
		Name: "full", Run: config.Command{Shell: "x"}, Secrets: []string{"TOKEN"}, User: "1000:1000", Workdir: "sub",
		Timeout: config.Duration(90 * time.Minute), When: config.StringList{"schedule"},
		Resources: config.Resources{CPUs: 1.5, Memory: 4 << 30, GPUs: 1, SHM: 65536},
		Services: []config.Service{
			{
				Name: "db", Image: "postgres", Command: config.Command{Words: []string{"postgres", "-c", "fsync=off"}}, Env: map[string]string{"A": "b"},
				Health: &config.Health{Command: config.Command{Shell: "pg_isready"}, Interval: config.Duration(time.Second), Timeout: config.Duration(2 * time.Minute)},
			},
			{Name: "cache", Image: "redis"},
		},
	}
	if diff := cmp.Diff(want, cfg.Stages[2]); diff != "" {
		t.Error(diff)
	}
}

// Only columns that somebody names must be there, so none is filled in here.
func TestPredictionsNameNoColumns(t *testing.T) {
	for text, want := range map[string]config.Predictions{
		"p.csv":                                  {Path: "p.csv"},
		"{path: p.csv, prediction: d}":           {Path: "p.csv", Prediction: "d"},
		"{path: p.csv, prediction: d, score: s}": {Path: "p.csv", Score: "s", Prediction: "d"},
	} {
		cfg := parse(t, "version: 1\nstages: {e: {run: e, predictions: "+text+"}}")
		if diff := cmp.Diff(want, *cfg.Stages[0].Predictions); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestLoadSaysWhenThereIsNoFile(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), config.FileName))
	if !errors.Is(err, config.ErrNotFound) {
		t.Errorf("error is %v, want ErrNotFound", err)
	}
}

func TestLoadRefusesAHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte("version: 1\n#"+strings.Repeat("x", 50<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(path)
	var invalid *config.Error
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("error is %v", err)
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	_, err := config.Load(t.TempDir())
	var invalid *config.Error
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "this is no file") {
		t.Errorf("error is %v", err)
	}
}

func TestProblemAtFindsTheNearestPlace(t *testing.T) {
	cfg := parse(t, short)
	tests := map[string]string{
		"/gate/metrics/roc_auc":            "muster.yaml:7:18: m; h",
		"/gate/metrics/roc_auc/margin":     "muster.yaml:7:28: m; h",
		"/gate/metrics/roc_auc/min":        "muster.yaml:7:18: m; h",
		"/stages/evaluate/inputs/2":        "muster.yaml:6:76: m; h",
		"/stages/nowhere/inputs/1/deeper/": "muster.yaml:4:1: m; h",
	}
	for pointer, want := range tests {
		if got := cfg.ProblemAt(pointer, "m", "h").Error(); got != want {
			t.Errorf("%s: %q, want %q", pointer, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(short))
	files, _ := filepath.Glob("testdata/err/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := config.Parse("muster.yaml", "p", data)
		if err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("a mistake in the file came back as %T: %v", err, err)
			}
			return
		}
		for _, stage := range cfg.Stages {
			for _, out := range stage.AllOutputs() {
				if !filepath.IsLocal(filepath.FromSlash(out)) {
					t.Errorf("output %q leaves the repository", out)
				}
			}
		}
	})
}

// The folder that muster is started in may be called anything.
func TestAnyWorkingDirectory(t *testing.T) {
	for _, name := range []string{"new\nline", "50%zz", "a#b?c", "quo\"te", `back\slash`} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Chdir(dir)
		parse(t, short)
	}
}
