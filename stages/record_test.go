package stages_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

const recorded = `
version: 1
name: recorded
params: params.yaml
stages:
  test:  {run: cp source.xml junit.xml; test ! -e fail, inputs: [source.xml], junit: junit.xml}
  train: {run: cp data.txt model.txt, inputs: [data.txt], params: [train], env: {THREADS: "2"}, outputs: [model.txt]}
  cv:
    matrix: {seed: [1, 2]}
    run: 'echo "{\"f1\": 0.${{ matrix.seed }}}" > cv-${{ matrix.seed }}.json'
    inputs: [model.txt]
    metrics: ["cv-${{ matrix.seed }}.json"]
  evaluate:
    run: 'cp rows.csv predictions.csv; echo "{\"loss\": 0.25}" > metrics.json'
    inputs: [rows.csv, model.txt]
    metrics: [metrics.json]
    predictions: predictions.csv
gate: {metrics: {accuracy: {margin: 0.1}}}
`

func recordedProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, recorded, map[string]string{
		"source.xml": `<testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>`,
		"data.txt":   "d", "params.yaml": "train: {depth: 8, layers: [64, 32]}\nother: 1\n",
		"rows.csv": "id,label,score\na,1,0.9\nb,0,0.1\nc,1,0.2\nd,0,0.3\n",
	})
}

// recordOf returns what the record says of a stage.
func recordOf(t *testing.T, run result.Run, name string) result.Stage {
	t.Helper()
	for _, stage := range run.Stages {
		if stage.Name == name {
			return stage
		}
	}
	t.Fatalf("run %s has no stage %s", run.ID, name)
	return result.Stage{}
}

// The record says what was run, with what, and what came of it; also of a run
// in which everything came from the cache.
func TestRecordSaysWhatWasRun(t *testing.T) {
	p := recordedProject(t)
	p.runner.Version = "v1.2.3"
	for _, status := range []result.StageStatus{result.StageRan, result.StageCached} {
		p.run(result.RunPassed)
		run, err := p.runner.Folder.LoadRun("last", "recorded")
		if err != nil {
			t.Fatal(err)
		}
		train := recordOf(t, run, "train")
		if train.Status != status || train.Command != "cp data.txt model.txt" {
			t.Errorf("train is %s by %q, want %s", train.Status, train.Command, status)
		}
		for _, diff := range []string{
			cmp.Diff(map[string]string{"train.depth": "8", "train.layers": "[64, 32]"}, train.Params),
			cmp.Diff(map[string]string{"THREADS": "2"}, train.Env),
			cmp.Diff(map[string]string{"seed": "2"}, recordOf(t, run, "cv@seed=2").Cell),
			cmp.Diff(map[string]float64{"f1": 0.2}, recordOf(t, run, "cv@seed=2").Metrics),
			cmp.Diff(map[string]float64{"loss": 0.25}, run.Metrics),
			cmp.Diff(map[string]float64{"accuracy": 0.75}, run.Computed),
			cmp.Diff(&result.Tests{Passed: 1, Skipped: 1}, recordOf(t, run, "test").Tests),
		} {
			if diff != "" {
				t.Errorf("%s (-want +got)\n%s", status, diff)
			}
		}
		if run.Muster != "v1.2.3" || run.Machine == nil || run.Machine.CPUs < 1 || !strings.Contains(run.Machine.Platform, "/") {
			t.Errorf("it ran with %q on %+v", run.Muster, run.Machine)
		}
	}
}

// The tests of a stage that fails are what people want to read.
func TestRecordCountsTestsOfAFailedStage(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  test: {run: "cp source.xml junit.xml; exit 1", inputs: [source.xml], junit: junit.xml}
`, map[string]string{"source.xml": `<testsuite><testcase classname="c" name="n"><failure message="assert"/></testcase></testsuite>`})
	want := &result.Tests{Failed: 1, Failures: []result.TestFailure{{Name: "c.n", Message: "assert"}}}
	if diff := cmp.Diff(want, recordOf(t, p.run(result.RunFailed), "test").Tests); diff != "" {
		t.Error(diff)
	}
}

// A stage may leave anything where its JUnit file should be: it is not followed
// out of the workspace, nobody waits at a pipe, and the record is there.
func TestRecordWithoutTests(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.xml")
	if err := os.WriteFile(outside, []byte(`<testsuite><testcase name="secret"/></testsuite>`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, command := range map[string]string{
		"a link out": "ln -s " + outside + " junit.xml", "a pipe": "mkfifo junit.xml", "a folder": "mkdir junit.xml",
		"nothing": "true", "a page": "echo '<html/>' > junit.xml", "half a file": "printf '<testsuite><testcase' > junit.xml",
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "version: 1\nstages:\n  test: {run: \""+command+"; exit 3\", junit: junit.xml}\n", nil)
			if tests := recordOf(t, p.run(result.RunFailed), "test").Tests; tests != nil {
				t.Errorf("tests are %+v", tests)
			}
		})
	}
}

// A stage with thousands of files leaves a small record, from which the list
// can still be read.
func TestRecordOfManyFilesIsSmall(t *testing.T) {
	files := map[string]string{}
	const many = 1000
	for i := range many {
		files[fmt.Sprintf("data/%04d.txt", i)] = fmt.Sprint(i)
	}
	p := newProject(t, `
version: 1
stages:
  copy: {run: ls data > list.txt, inputs: [data], outputs: [list.txt]}
`, files)
	first := p.run(result.RunPassed)
	record := filepath.Join(p.dir, ".muster", "runs", first.ID, "run.json")
	info, err := os.Stat(record)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 10_000 {
		t.Errorf("the record has %d bytes", info.Size())
	}
	stage := recordOf(t, first, "copy")
	if len(stage.Inputs) != 1 || stage.Inputs[0].Files != many {
		t.Fatalf("%d inputs, %+v", len(stage.Inputs), stage.Inputs[0])
	}
	list, err := p.runner.Folder.Files(stage.Inputs[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != many || list[7].Path != "data/0007.txt" {
		t.Errorf("%d files, the eighth is %+v", len(list), list[7])
	}
	again := recordOf(t, p.run(result.RunPassed), "copy")
	if again.Status != result.StageCached || again.Inputs[0] != stage.Inputs[0] {
		t.Errorf("the second time it is %s, %+v", again.Status, again.Inputs)
	}
	p.write("data/0007.txt", "other")
	if other := recordOf(t, p.run(result.RunPassed), "copy"); other.Inputs[0].SHA256 == stage.Inputs[0].SHA256 {
		t.Error("another file, and the same list")
	}
	gone := result.File{Path: "data", Files: 1, SHA256: strings.Repeat("0", 64)}
	if _, err := p.runner.Folder.Files(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a list that is not kept: %v", err)
	}
}

// A run can be named in several ways.
func TestNamesOfRuns(t *testing.T) {
	p := recordedProject(t)
	var ids []string
	for range 3 {
		ids = append(ids, p.run(result.RunPassed).ID)
	}
	folder := p.runner.Folder
	short := func(id string) string { _, s, _ := strings.Cut(id, "-"); return s }
	for ref, want := range map[string]string{
		"last": ids[2], "last~0": ids[2], "last~1": ids[1], "last~2": ids[0], ids[1]: ids[1], short(ids[0]): ids[0], short(ids[0])[:6]: ids[0],
		ids[0][:len(ids[0])-1]: ids[0],
	} {
		if run, err := folder.LoadRun(ref, "recorded"); err != nil || run.ID != want {
			t.Errorf("%s is %s (%v), want %s", ref, run.ID, err, want)
		}
	}
	for _, ref := range []string{"", "2", "last~3", "last~-1", "last~x", "lastly", "../" + ids[0], "zz", "/etc"} {
		_, err := folder.LoadRun(ref, "recorded")
		wrong, ok := errors.AsType[*stages.RefError](err)
		if !ok || !errors.Is(err, stages.ErrNoRun) || wrong.Hint() == "" {
			t.Errorf("%q: error is %v", ref, err)
		}
	}
	if _, err := folder.LoadRun("last", "another"); !errors.Is(err, stages.ErrNoRun) {
		t.Errorf("last of another pipeline: %v", err)
	}
}

// What is no record, or is another pipeline's, is not in the history; damage is told.
func TestHistory(t *testing.T) {
	p := recordedProject(t)
	want := p.run(result.RunPassed)
	runs := filepath.Join(p.dir, ".muster", "runs")
	put := func(id, text string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(runs, id), 0o755); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			p.write(filepath.Join(".muster", "runs", id, "run.json"), text)
		}
	}
	put("20200101T000000.000Z-killed00", "")
	put("20200101T000000.000Z-half0000", `{"schema": "muster.run/v1"`)
	put("20200101T000000.000Z-later000", `{"schema": "muster.run/v2", "pipeline": "recorded", "status": "passed"}`)
	put("20200101T000000.000Z-status00", `{"schema": "muster.run/v1", "pipeline": "recorded", "status": "<b>"}`)
	put("20200101T000000.000Z-other000", `{"schema": "muster.run/v1", "pipeline": "other", "status": "passed"}`)
	if err := syscall.Mkfifo(filepath.Join(runs, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	history, err := p.runner.Folder.History("recorded")
	if err != nil {
		t.Fatal(err)
	}
	if len(history.Runs) != 1 || history.Runs[0].ID != want.ID || len(history.Unread) != 3 {
		t.Errorf("%d runs, unread %v", len(history.Runs), history.Unread)
	}
	got := history.Runs[0]
	if diff := cmp.Diff(want.Computed, got.Computed); diff != "" || got.Candidate.Digest != want.Candidate.Digest || len(got.Stages) != len(want.Stages) {
		t.Errorf("what lists need is not in it: %s %+v", diff, got.Candidate)
	}
}

// Predictions that are large are not read again in each run that restores them.
func TestComputedMetricsAreTakenFromTheLastRecord(t *testing.T) {
	p := recordedProject(t)
	rows := strings.Builder{}
	rows.WriteString("id,label,score\n")
	for i := range 100_000 {
		fmt.Fprintf(&rows, "row-%d,%d,0.9\n", i, i%2)
	}
	p.write("rows.csv", rows.String())
	first := p.run(result.RunPassed)
	if first.Evaluation.Predictions.Size < 1<<20 || first.Computed["accuracy"] != 0.5 {
		t.Fatalf("computed %v from %d bytes", first.Computed, first.Evaluation.Predictions.Size)
	}
	// Only the record can say this.
	record := filepath.Join(".muster", "runs", first.ID, "run.json")
	p.write(record, strings.Replace(p.read(record), `"accuracy": 0.5`, `"accuracy": 0.125`, 1))
	if second := p.run(result.RunPassed); second.Computed["accuracy"] != 0.125 {
		t.Errorf("the second time it is %v", second.Computed)
	}
	p.write("rows.csv", rows.String()+"another,1,0.9\n")
	if third := p.run(result.RunPassed); third.Computed["accuracy"] < 0.5 {
		t.Errorf("with other rows it is %v", third.Computed)
	}
}
