package tracking_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking"
)

func digest(s string) string { return strings.Repeat(s, 64)[:64] }

func file(path, content string) result.File {
	return result.File{Path: path, SHA256: digest(content), Size: 1}
}

// run is a pipeline of three stages that passed; change makes another of it.
func run(change func(*result.Run)) result.Run {
	r := result.Run{
		Schema: result.SchemaOf[result.Run](), ID: "20260330T090000.000Z-0000000a", Pipeline: "p", Status: result.RunPassed, Executor: "docker",
		Started: time.Unix(0, 0).UTC(), Seconds: 2, Git: &result.Git{Commit: "c1", Branch: "main"},
		Metrics: map[string]float64{"roc_auc": 0.991, "rows": 284}, Computed: map[string]float64{"roc_auc": 0.9912},
		Candidate: &result.Model{Digest: digest("m")}, Evaluation: &result.Evaluation{Stage: "evaluate"},
		Stages: []result.Stage{
			{Name: "test", Status: result.StageCached, Command: "pytest", Inputs: []result.File{file("tests/test_x.py", "1")}, Tests: &result.Tests{Passed: 3}},
			{
				Name: "train", Status: result.StageRan, Command: "python train.py", Image: "python:3.12", ImageID: "sha256:1",
				Params: map[string]string{"train.depth": "8"}, Inputs: []result.File{file("data.csv", "2"), file("train.py", "3")},
				Outputs: []result.File{file("model.pkl", "4")},
			},
			{
				Name: "evaluate", Status: result.StageRan, Command: "python evaluate.py", Image: "python:3.12", ImageID: "sha256:1",
				Inputs: []result.File{file("evaluate.py", "5"), file("model.pkl", "4")}, Needs: []string{"train"},
				Metrics: map[string]float64{"roc_auc": 0.991, "rows": 284},
			},
		},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func worse(r *result.Run) {
	r.Computed, r.Candidate.Digest = map[string]float64{"roc_auc": 0.925}, digest("n")
	r.Stages[1].Outputs = []result.File{file("model.pkl", "9")}
	r.Stages[2].Inputs = []result.File{file("evaluate.py", "5"), file("model.pkl", "9")}
}

func gate() tracking.Directions {
	return tracking.NewDirections(&config.Gate{Metrics: []config.GateMetric{{Name: "roc_auc"}, {Name: "latency", Better: "lower"}}})
}

func noLists(result.File) ([]result.File, error) { return nil, errors.New("none is kept") }

// The first line answers the question; each case is one answer.
func TestDiffAnswersWhy(t *testing.T) {
	for name, test := range map[string]struct {
		a, b func(*result.Run)
		want string
	}{
		"nothing":   {nil, nil, "Nothing differs: the same code, data, parameters, commands and images; the metrics are the same."},
		"parameter": {nil, func(r *result.Run) { worse(r); r.Stages[1].Params = map[string]string{"train.depth": "2"} }, "roc_auc is worse, 0.991 → 0.925. What changed: train.depth 8 → 2."},
		"better":    {worse, nil, "roc_auc is better, 0.925 → 0.991, although nothing that muster records differs: the pipeline does not give the same result twice."},
		"code and data": {nil, func(r *result.Run) {
			worse(r)
			r.Stages[1].Inputs = []result.File{file("data.csv", "7"), file("train.py", "8")}
		}, "roc_auc is worse, 0.991 → 0.925. What changed: train.py, data.csv."},
		"aside":          {nil, func(r *result.Run) { worse(r); r.Stages[0].Inputs = []result.File{file("tests/test_x.py", "7")} }, "roc_auc is worse, 0.991 → 0.925, although only tests/test_x.py changed, which the metrics do not depend on."},
		"the same twice": {nil, func(r *result.Run) { worse(r); r.Executor = "process" }, "roc_auc is worse, 0.991 → 0.925, although code, data, parameters, commands and images are the same; executor differ: the pipeline may not give the same result twice."},
		"measured otherwise": {nil, func(r *result.Run) {
			r.Computed = map[string]float64{"roc_auc": 0.5}
			r.Stages[2].Inputs[0] = file("evaluate.py", "9")
		}, "roc_auc is worse, 0.991 → 0.5. What changed: evaluate.py. The model is the same: it was measured otherwise."},
		"failed": {nil, func(r *result.Run) {
			r.Status, r.Metrics, r.Computed, r.Candidate, r.Evaluation = result.RunFailed, nil, nil, nil, nil
			r.Stages[1].Status, r.Stages[1].Error = result.StageFailed, "exit code 1\nTraceback"
			r.Stages[1].Inputs[1] = file("train.py", "9")
			r.Stages[1].Outputs, r.Stages[2] = nil, result.Stage{Name: "evaluate", Status: result.StageSkipped}
		}, "The later run failed in train: exit code 1. What changed: train.py."},
		"interrupted": {nil, func(r *result.Run) { r.Status = result.RunInterrupted }, "The later run was interrupted, although nothing that muster records differs."},
		"command, image, environment": {nil, func(r *result.Run) {
			worse(r)
			r.Stages[1].Command, r.Stages[1].Env = "python train.py --fast", map[string]string{"THREADS": "1"}
			for i := range r.Stages {
				r.Stages[i].ImageID = "sha256:2"
			}
		}, "roc_auc is worse, 0.991 → 0.925. What changed: the command of train, THREADS none → 1, the image of train, evaluate."},
		"only code":                   {nil, func(r *result.Run) { r.Stages[1].Inputs[1] = file("train.py", "9") }, "What changed: train.py; the metrics are the same."},
		"another model, same metrics": {nil, func(r *result.Run) { r.Stages[1].Outputs = []result.File{file("model.pkl", "9")} }, "The same went in, and something else came out, in model.pkl; the metrics are the same."},
		"a metric is missing": {nil, func(r *result.Run) {
			r.Metrics = map[string]float64{"roc_auc": 0.991}
			r.Stages[2].Metrics = r.Metrics
			r.Stages[2].Inputs[0] = file("evaluate.py", "9")
		}, "rows is missing in the later run. What changed: evaluate.py. The model is the same: it was measured otherwise."},
		"a new stage": {nil, func(r *result.Run) {
			worse(r)
			r.Stages = append(r.Stages, result.Stage{Name: "clean", Status: result.StageRan})
			r.Stages[1].Needs = []string{"clean"}
		}, "roc_auc is worse, 0.991 → 0.925. What changed: the new stage clean."},
		"an input that lies elsewhere": {
			func(r *result.Run) { r.Stages[1].Refs = map[string]string{"s3://b/d": "1"} },
			func(r *result.Run) { worse(r); r.Stages[1].Refs = map[string]string{"s3://b/d": "2"} },
			"roc_auc is worse, 0.991 → 0.925. What changed: s3://b/d.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := tracking.Diff(run(test.a), run(test.b), gate(), noLists)
			if d.Summary != test.want {
				t.Errorf("it says\n  %s\nwant\n  %s", d.Summary, test.want)
			}
			if _, err := result.Encode(d); err != nil {
				t.Errorf("it is no document: %v", err)
			}
		})
	}
}

func TestDiffListsWhatDiffersAndNothingElse(t *testing.T) {
	b := run(func(r *result.Run) {
		worse(r)
		r.Stages[1].Params = map[string]string{"train.depth": "2", "train.new": "x"}
		r.Stages[0].Tests = &result.Tests{Passed: 2, Failed: 1, Failures: []result.TestFailure{{Name: "t.x"}}}
		r.Git = &result.Git{Commit: "c1", Branch: "main", Dirty: true}
		r.Started, r.Seconds = time.Unix(99, 0), 99 // when is not what
	})
	d := tracking.Diff(run(nil), b, gate(), noLists)
	two, eight, x := "2", "8", "x"
	before, after, clean, dirty := "3 passed", "2 passed, 1 failed: t.x", "c1", "c1, changed"
	difference := 0.925 - 0.9912
	want := result.Diff{
		Metrics: []result.MetricChange{{
			MetricInfo: result.MetricInfo{Name: "roc_auc", Better: result.Higher}, A: &result.Metric{Value: 0.9912}, B: &result.Metric{Value: 0.925},
			Difference: &difference, Outcome: result.Worse,
		}},
		Params:       []result.Change{{Name: "train.depth", A: &eight, B: &two}, {Name: "train.new", B: &x}},
		Outputs:      []result.FileChange{{Path: "model.pkl", Stages: []string{"train"}, A: digest("4"), B: digest("9")}},
		Tests:        []result.Change{{Name: "test", A: &before, B: &after}},
		Surroundings: []result.Change{{Name: "commit", A: &clean, B: &dirty}},
	}
	ignore := cmpopts.IgnoreFields(result.Diff{}, "Schema", "Pipeline", "A", "B", "Summary")
	if diff := cmp.Diff(want, d, ignore, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Error(diff)
	}
}

// Long lists are fetched where they differ; where one is no longer kept, the
// whole of it is what differs.
func TestDiffOfLongLists(t *testing.T) {
	long := func(sha string) func(*result.Run) {
		return func(r *result.Run) {
			r.Stages[1].Inputs = []result.File{{Path: "data", Files: 1000, SHA256: digest(sha)}}
		}
	}
	lists := func(l result.File) ([]result.File, error) {
		return []result.File{file("data/1", "1"), file("data/2", l.SHA256[:1])}, nil
	}
	d := tracking.Diff(run(long("a")), run(long("b")), gate(), lists)
	if diff := cmp.Diff([]result.FileChange{{Path: "data/2", Stages: []string{"train"}, A: digest("a"), B: digest("b")}}, d.Data); diff != "" {
		t.Error(diff)
	}
	d = tracking.Diff(run(long("a")), run(long("b")), gate(), noLists)
	if diff := cmp.Diff([]result.FileChange{{Path: "data (1000 files)", Stages: []string{"train"}, A: digest("a"), B: digest("b")}}, d.Data); diff != "" {
		t.Error(diff)
	}
	if d = tracking.Diff(run(long("a")), run(long("a")), gate(), noLists); len(d.Data) > 0 {
		t.Errorf("the same list differs: %v", d.Data)
	}
}

// matrix is a run with a stage that was run with seeds and models.
func matrix() result.Run {
	return run(func(r *result.Run) {
		for i, cell := range []string{"seed=1,model=rf", "seed=1,model=gb", "seed=2,model=rf", "seed=2,model=gb"} {
			r.Stages = append(r.Stages, result.Stage{Name: "cv@" + cell, Status: result.StageRan, Metrics: map[string]float64{"f1": float64(i)}})
		}
		for i := range 3 {
			r.Stages = append(r.Stages, result.Stage{Name: fmt.Sprintf("boot@seed=%d", i), Status: result.StageRan, Metrics: map[string]float64{"roc_auc": float64(i), "gini": 2}})
		}
	})
}

func TestMetricsUnderOneName(t *testing.T) {
	sqrt2, one, zero := math.Sqrt2, 1.0, 0.0
	want := map[string]result.Metric{
		"roc_auc":     {Value: 0.9912}, // as muster computed it
		"rows":        {Value: 284},
		"f1@model=rf": {Value: 1, N: 2, SD: &sqrt2, Cells: map[string]float64{"cv@seed=1,model=rf": 0, "cv@seed=2,model=rf": 2}},
		"f1@model=gb": {Value: 2, N: 2, SD: &sqrt2, Cells: map[string]float64{"cv@seed=1,model=gb": 1, "cv@seed=2,model=gb": 3}},
		// The name was taken, so the stage's stands before it.
		"boot.roc_auc": {Value: 1, N: 3, SD: &one, Cells: map[string]float64{"boot@seed=0": 0, "boot@seed=1": 1, "boot@seed=2": 2}},
		"boot.gini":    {Value: 2, N: 3, SD: &zero, Cells: map[string]float64{"boot@seed=0": 2, "boot@seed=1": 2, "boot@seed=2": 2}},
	}
	if diff := cmp.Diff(want, tracking.Metrics(matrix()), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Error(diff)
	}
}

func TestList(t *testing.T) {
	depth := func(value string) func(*result.Run) {
		return func(r *result.Run) { r.Stages[1].Params = map[string]string{"train.depth": value, "train.rate": "1"} }
	}
	failed := run(func(r *result.Run) {
		r.Status, r.Metrics, r.Computed = result.RunFailed, nil, nil
		r.Stages = r.Stages[:1]
	})
	runs := []result.Run{run(depth("8")), run(depth("2")), failed, run(depth("8"))}
	got := tracking.List("p", runs, gate(), tracking.Options{})
	if diff := cmp.Diff([]string{"train.depth"}, got.Params); diff != "" || len(got.Runs) != 4 {
		t.Errorf("%d runs, parameters that vary:\n%s", len(got.Runs), diff)
	}
	if diff := cmp.Diff([]result.MetricInfo{{Name: "roc_auc", Better: result.Higher}, {Name: "rows"}}, got.Metrics); diff != "" {
		t.Error(diff)
	}
	if got := tracking.List("p", runs, gate(), tracking.Options{Status: result.RunFailed}); len(got.Runs) != 1 {
		t.Errorf("%d runs failed", len(got.Runs))
	}
	if got := tracking.List("p", runs, gate(), tracking.Options{Metric: "rows", Limit: 2}); len(got.Runs) != 2 || got.Left != 1 || len(got.Metrics) != 1 {
		t.Errorf("with a metric: %d runs, %d left, metrics %v", len(got.Runs), got.Left, got.Metrics)
	}
	if got := tracking.List("p", []result.Run{matrix()}, gate(), tracking.Options{Metric: "f1"}); len(got.Metrics) != 2 {
		t.Errorf("a metric of cells: %v", got.Metrics)
	}
	if _, err := result.Encode(tracking.List("p", nil, gate(), tracking.Options{})); err != nil {
		t.Errorf("no runs are no document: %v", err)
	}
}

func TestRank(t *testing.T) {
	with := func(id string, value float64) result.Run {
		return run(func(r *result.Run) {
			r.ID, r.Computed = id, map[string]float64{"roc_auc": value, "loss": value, "x": value}
		})
	}
	failed := run(func(r *result.Run) { r.Status = result.RunFailed })
	without := run(func(r *result.Run) { r.Computed, r.Metrics, r.Stages = nil, nil, nil })
	runs := []result.Run{with("new", 0.9), with("tied", 0.9), with("low", 0.1), with("nan", math.NaN()), failed, without}
	best, err := tracking.Rank("p", runs, "roc_auc", "", gate(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if best.Runs[0].ID != "new" || best.Runs[1].ID != "tied" || best.Tied != 2 || best.Left != 1 || best.Without != 2 || best.NotPassed != 1 || best.Better != result.Higher {
		t.Errorf("best is %+v", best)
	}
	if best, err = tracking.Rank("p", runs, "loss", "", gate(), 0); err != nil || best.Runs[0].ID != "low" || best.Better != result.Lower {
		t.Errorf("least loss: %v, %v", best.Runs, err)
	}
	_, err = tracking.Rank("p", runs, "x", "", gate(), 0)
	if unknown, ok := errors.AsType[*tracking.NoDirectionError](err); !ok || !strings.Contains(unknown.Hint(), "--higher") {
		t.Errorf("a metric of no direction: %v", err)
	}
	if best, err = tracking.Rank("p", runs, "x", result.Lower, gate(), 0); err != nil || best.Runs[0].ID != "low" {
		t.Errorf("said to be lower: %v, %v", best.Runs, err)
	}
	_, err = tracking.Rank("p", runs, "rocauc", "", gate(), 0)
	if missing, ok := errors.AsType[*tracking.NoMetricError](err); !ok || !strings.Contains(missing.Hint(), "did you mean roc_auc") {
		t.Errorf("a slip: %v", err)
	}
	if best, err = tracking.Rank("p", []result.Run{matrix()}, "f1", "", gate(), 0); err != nil || best.Runs[0].Metrics["f1"].Value != 2 {
		t.Errorf("best of the cells: %v, %v", best.Runs, err)
	}
}

func TestDirections(t *testing.T) {
	for metric, want := range map[string]result.Direction{
		"roc_auc": result.Higher, "latency": result.Lower, "latency@model=rf": result.Lower, "log_loss": result.Lower, "valid.log_loss": result.Lower,
		"val_loss": result.Lower, "macro_f1": result.Higher, "test.rmse": result.Lower, "Accuracy": result.Higher, "rows": "", "lossless": "", "": "",
	} {
		if got := gate().Of(metric); got != want {
			t.Errorf("%s: %q is better, want %q", metric, got, want)
		}
	}
}
