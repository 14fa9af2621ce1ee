package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
				Predictions: &config.Predictions{Path: "predictions.csv", ID: "id", Label: "label", Score: "score"},
			},
		},
		Model: &config.Model{Path: "model.pkl", Stage: "train", Evaluate: "evaluate"},
		Gate: &config.Gate{
			Champion: "production", Confidence: 0.95,
			Metrics: []config.GateMetric{{Name: "roc_auc", Margin: &config.Margin{Value: 0.01}, Require: "non-inferior"}},
			Slices:  config.Slices{MinSize: 50},
		},
		Registry: config.Registry{Type: "dir", Path: ".muster/registry"},
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
