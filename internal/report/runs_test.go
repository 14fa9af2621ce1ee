package report_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// runsSamples are lists of runs, by name: of everyday, of nearly nothing, and
// of names that want to break out.
func runsSamples() map[string]result.Runs {
	return map[string]result.Runs{
		"runs": everydayRuns(), "runs-hostile": hostileRuns(),
		"runs-one":  {Schema: result.SchemaOf[result.Runs](), Pipeline: "tumour-classifier", Runs: everydayRuns().Runs[:1]},
		"runs-none": {Schema: result.SchemaOf[result.Runs](), Pipeline: "tumour-classifier", Runs: []result.Summary{}},
	}
}

func everydayRuns() result.Runs {
	doc := result.Runs{
		Schema: result.SchemaOf[result.Runs](), Pipeline: "tumour-classifier", Left: 3,
		Params:  []string{"train.depth", "train.learning_rate", "train.model"},
		Metrics: []result.MetricInfo{{Name: "roc_auc", Better: result.Higher}, {Name: "log_loss", Better: result.Lower}, {Name: "rows"}},
	}
	models := []string{"forest", "boosting", "logistic"}
	start := time.Date(2026, 3, 30, 9, 0, 0, 0, time.UTC)
	const runs = 24
	for i := range runs {
		at := runs - 1 - i // the newest first
		auc := 0.99 - 0.05*math.Exp(-float64(at)/6) + 0.004*math.Sin(float64(at)*1.7)
		sd := 0.002 + 0.001*math.Abs(math.Sin(float64(at)))
		run := result.Summary{
			ID: fmt.Sprintf("20260330T090000.000Z-%08x", 0x9f86d081+at*7919), Status: result.RunPassed, Scope: result.ScopeLocal,
			Started: start.Add(time.Duration(at) * 7 * time.Hour), Seconds: 41.3 + float64(at), Ran: 3, Cached: 2,
			Git: &result.Git{Commit: fmt.Sprintf("%040x", 0xabcdef+at), Branch: "main", Dirty: at%5 == 0},
			Params: map[string]string{
				"train.depth": fmt.Sprint(2 + at%7), "train.learning_rate": []string{"1e-4", "0.001", "0.01", "0.1"}[at%4], "train.model": models[at%3],
			},
			Metrics: map[string]result.Metric{
				"roc_auc": {Value: auc, N: 3, SD: &sd}, "log_loss": {Value: 1.3 - auc}, "rows": {Value: 284},
			},
			Tests: &result.Tests{Passed: 41, Skipped: 1},
		}
		if at == 19 {
			run.Status, run.Metrics, run.Failed = result.RunFailed, nil, []string{"train"}
			run.Error = "exit code 1\nTraceback"
			delete(run.Params, "train.depth")
		}
		doc.Runs = append(doc.Runs, run)
	}
	return doc
}

func hostileRuns() result.Runs {
	doc := everydayRuns()
	doc.Runs = doc.Runs[:6]
	evil := "<script>alert(1)</script>\x1b[31m::error::" + strings.Repeat("w", 90)
	doc.Pipeline = evil
	doc.Params = []string{evil}
	doc.Metrics = []result.MetricInfo{{Name: evil, Better: result.Higher}}
	doc.Unread = []string{evil}
	for i := range doc.Runs {
		doc.Runs[i].ID = evil
		doc.Runs[i].Params = map[string]string{evil: strings.Repeat("\u202e\"'>&", i+1)}
		doc.Runs[i].Metrics = map[string]result.Metric{evil: {Value: 1e300 * float64(i)}}
		doc.Runs[i].Git = &result.Git{Commit: evil, Branch: evil}
		doc.Runs[i].Failed, doc.Runs[i].Error = []string{evil}, evil
		doc.Runs[i].Status = []result.RunStatus{result.RunPassed, result.RunFailed, result.RunInterrupted}[i%3]
	}
	return doc
}

// goldenText compares what is rendered with a file in testdata.
func goldenText(t *testing.T, name string, render func(io.Writer) error) {
	t.Helper()
	var buf bytes.Buffer
	if err := render(&buf); err != nil {
		t.Fatal(err)
	}
	got := style.ReplaceAll(buf.Bytes(), []byte("<style>…</style>"))
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); if it should: go test ./internal/report -update\n%s", path, diff)
	}
}

func TestRunsSideBySide(t *testing.T) {
	for name, doc := range runsSamples() {
		if _, err := result.Encode(doc); err != nil {
			t.Errorf("%s is no document: %v", name, err)
		}
		goldenText(t, name+".html", func(w io.Writer) error { return report.RunsHTML(w, doc) })
		goldenText(t, name+".txt", func(w io.Writer) error { return report.RunsTerminal(w, doc, report.TerminalOptions{Width: 140}) })
		goldenText(t, name+".80.txt", func(w io.Writer) error {
			return report.RunsTerminal(w, doc, report.TerminalOptions{Width: 80, Color: true})
		})
	}
}

func TestBestRun(t *testing.T) {
	all := everydayRuns()
	best := result.Best{
		Schema: result.SchemaOf[result.Best](), Pipeline: all.Pipeline, Metric: "roc_auc", Better: result.Higher,
		Runs: all.Runs[:3], Tied: 2, Left: 20, Without: 4, NotPassed: 1, Params: all.Params,
	}
	goldenText(t, "runs-best.txt", func(w io.Writer) error { return report.BestTerminal(w, best, report.TerminalOptions{Width: 100}) })
}

// diffSample has one of every kind of difference.
func diffSample() result.Diff {
	all := everydayRuns()
	digest := strings.Repeat("a1b2", 16)
	other := strings.Repeat("c3d4", 16)
	for i, run := range all.Runs[1:3] {
		auc := run.Metrics["roc_auc"]
		auc.Cells = map[string]float64{"evaluate@seed=1": auc.Value - 0.001, fmt.Sprint("evaluate@seed=", i+2): auc.Value + 0.001}
		run.Metrics["roc_auc"] = auc
	}
	d := result.Diff{
		Schema: result.SchemaOf[result.Diff](), Pipeline: all.Pipeline, A: all.Runs[2], B: all.Runs[1],
		Summary: "log_loss is worse, 0.315 → 0.381, and so is one other metric. What changed: train.depth 8 → 2, src/train.py.",
		Metrics: []result.MetricChange{
			{MetricInfo: result.MetricInfo{Name: "roc_auc", Better: result.Higher}, A: new(all.Runs[2].Metrics["roc_auc"]), B: new(all.Runs[1].Metrics["roc_auc"]), Difference: new(all.Runs[1].Metrics["roc_auc"].Value - all.Runs[2].Metrics["roc_auc"].Value), Outcome: result.Better},
			{MetricInfo: result.MetricInfo{Name: "log_loss", Better: result.Lower}, A: new(all.Runs[2].Metrics["log_loss"]), B: new(all.Runs[1].Metrics["log_loss"]), Difference: new(0.066), Outcome: result.Worse},
			{MetricInfo: result.MetricInfo{Name: "rows"}, B: new(all.Runs[1].Metrics["rows"]), Outcome: result.Inconclusive},
		},
		Params:       []result.Change{{Name: "train.depth", A: new("8"), B: new("2")}, {Name: "train.new", B: new("<b>1</b>")}},
		Code:         []result.FileChange{{Path: "src/train.py", Stages: []string{"train", "test"}, A: digest, B: other}},
		Data:         []result.FileChange{{Path: "data/raw.csv", Stages: []string{"prepare"}, A: digest}},
		Commands:     []result.StageChange{{Stages: []string{"train"}, Change: result.Change{Name: "command", A: new("python train.py"), B: new("python train.py --fast")}}},
		Images:       []result.StageChange{{Stages: []string{"train", "evaluate"}, Change: result.Change{Name: "image", A: new("python:3.12"), B: new("python:3.13")}}},
		Env:          []result.StageChange{{Stages: []string{"train"}, Change: result.Change{Name: "OMP_NUM_THREADS", B: new("1")}}},
		Stages:       []result.StageChange{{Stages: []string{"test"}, Change: result.Change{Name: "status", A: new("passed"), B: new("failed")}}},
		Tests:        []result.Change{{Name: "test", A: new("41 passed"), B: new("40 passed, 1 failed: tests.test_x")}},
		Outputs:      []result.FileChange{{Path: "model/model.pkl", Stages: []string{"train"}, A: digest, B: other}},
		Surroundings: []result.Change{{Name: "executor", A: new("docker"), B: new("process")}},
	}
	return d
}

func TestDiffOfRuns(t *testing.T) {
	d := diffSample()
	if _, err := result.Encode(d); err != nil {
		t.Fatal(err)
	}
	goldenText(t, "runs-diff.txt", func(w io.Writer) error { return report.DiffTerminal(w, d, report.TerminalOptions{Width: 90}) })
	nothing := result.Diff{A: d.A, B: d.A, Summary: "Nothing differs."}
	goldenText(t, "runs-diff-none.txt", func(w io.Writer) error { return report.DiffTerminal(w, nothing, report.TerminalOptions{Width: 90}) })
}

func TestRunShownWhole(t *testing.T) {
	doc := sample(t, "testdata/run-failed.json")
	run := *doc.Run
	run.Muster, run.Machine, run.Targets = "v1.2.3", &result.Machine{Host: "ci-7", Platform: "linux/amd64", CPUs: 8}, []string{"train"}
	run.Stages[0].Attempts, run.Stages[0].PeakMemory, run.Stages[0].Reason = 2, 3<<29, "src/train.py changed"
	run.Stages[0].Command, run.Stages[0].Env = "python train.py", map[string]string{"OMP_NUM_THREADS": "1"}
	run.Stages[0].Tests = &result.Tests{Passed: 40, Failed: 1, Skipped: 2, Failures: []result.TestFailure{{Name: "tests.test_x", Message: "assert 1 == 2"}}}
	run.Stages[0].Inputs = append(run.Stages[0].Inputs, result.File{Path: "data", Files: 10_000, Size: 100 << 20, SHA256: strings.Repeat("ab", 32)})
	sd := 0.0123
	summary := result.Summary{
		Params: map[string]string{"train.depth": "8", "train.layers": "[64, 32]"},
		Metrics: map[string]result.Metric{
			"roc_auc": {Value: 0.97, N: 2, SD: &sd, Cells: map[string]float64{"evaluate@seed=1": 0.96, "evaluate@seed=2": 0.98}}, "rows": {Value: 284},
		},
	}
	goldenText(t, "runs-show.txt", func(w io.Writer) error {
		return report.RunTerminal(w, run, summary, report.TerminalOptions{Width: 100})
	})
}
