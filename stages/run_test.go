package stages_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// project is a pipeline in a folder of its own.
type project struct {
	*testing.T
	dir    string
	runner *stages.Runner
	ran    []string // the stages that were executed in the last run
}

func newProject(t *testing.T, yaml string, files map[string]string) *project {
	t.Helper()
	p := &project{T: t, dir: t.TempDir()}
	for name, text := range files {
		p.write(name, text)
	}
	p.write(config.FileName, yaml)
	cfg, err := config.Load(filepath.Join(p.dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := stages.OpenFolder(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	p.runner = &stages.Runner{
		Config: cfg, Dir: p.dir, Folder: folder, Executor: process.Process{}, Jobs: 4, Scope: result.ScopeLocal,
		Listen: func(e result.Event) {
			if e.Kind == result.EventStart {
				p.ran = append(p.ran, e.Stage)
			}
		},
	}
	return p
}

func (p *project) write(name, text string) {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

func (p *project) read(name string) string {
	p.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.Fatal(err)
	}
	return string(data)
}

func (p *project) run(want result.RunStatus) result.Run {
	p.Helper()
	p.ran = nil
	run, err := p.runner.Run(p.Context(), nil)
	if err != nil {
		p.Fatal(err)
	}
	if run.Status != want {
		p.Fatalf("run %s, want %s: %+v", run.Status, want, run.Stages)
	}
	return run
}

const training = `
version: 1
stages:
  train: {run: cat data.txt code.txt > model.txt, inputs: [data.txt, code.txt], outputs: [model.txt]}
  evaluate: {run: "cat model.txt > p.csv; echo '{\"loss\": 0.5}' > m.json", inputs: [model.txt, test.txt], predictions: p.csv, metrics: [m.json]}
`

func trainingProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, training, map[string]string{"data.txt": "d", "code.txt": "c", "test.txt": "t"})
}

// The record says which model was made, from what, and measured with what.
func TestRecordNamesTheCandidate(t *testing.T) {
	p := trainingProject(t)
	first := p.run(result.RunPassed)
	if first.Candidate == nil || first.Candidate.Path != "model.txt" || first.Candidate.Tree {
		t.Fatalf("candidate is %+v", first.Candidate)
	}
	if diff := cmp.Diff(map[string]float64{"loss": 0.5}, first.Metrics); diff != "" {
		t.Error(diff)
	}
	if first.Evaluation == nil || first.Evaluation.Predictions == nil || first.Evaluation.Predictions.Path != "p.csv" {
		t.Errorf("evaluation is %+v", first.Evaluation)
	}
	again := p.run(result.RunPassed)
	if first.Candidate.Digest != again.Candidate.Digest || first.Candidate.TrainingKey != again.Candidate.TrainingKey {
		t.Error("the same pipeline made another candidate")
	}
	saved, err := p.runner.Folder.LoadRun("last", p.runner.Config.Name)
	if err != nil || saved.ID != again.ID {
		t.Errorf("last run is %s, %v", saved.ID, err)
	}

	p.write("data.txt", "other")
	other := p.run(result.RunPassed)
	if other.Candidate.Digest == first.Candidate.Digest || other.Candidate.TrainingKey == first.Candidate.TrainingKey {
		t.Error("other data, and the same candidate")
	}
	if other.Candidate.RulerKey != first.Candidate.RulerKey {
		t.Error("another model changed the ruler")
	}
	p.write("test.txt", "other rows")
	ruler := p.run(result.RunPassed)
	if ruler.Candidate.RulerKey == first.Candidate.RulerKey || ruler.Candidate.TrainingKey != other.Candidate.TrainingKey {
		t.Error("other evaluation data must change the ruler, and nothing of the training")
	}
}

// The champion is evaluated in the candidate's place, and leaves no trace in the working copy.
func TestEvaluatePutsAnotherModelInPlace(t *testing.T) {
	p := trainingProject(t)
	champion := *p.run(result.RunPassed).Candidate
	p.write("code.txt", "better")
	candidate := p.run(result.RunPassed)
	before := p.read("p.csv")

	evaluation, err := p.runner.Evaluate(t.Context(), candidate, champion)
	if err != nil {
		t.Fatal(err)
	}
	if evaluation.Predictions.SHA256 == candidate.Evaluation.Predictions.SHA256 {
		t.Error("both models predict the same: it was not the champion that ran")
	}
	if p.read("p.csv") != before || p.read("model.txt") != "dbetter" {
		t.Error("the working copy has changed")
	}

	p.write("test.txt", "other rows")
	_, err = p.runner.Evaluate(t.Context(), candidate, champion)
	if _, ok := errors.AsType[*stages.ChampionError](err); !ok {
		t.Errorf("the rows have changed since the run, and the error is %v", err)
	}
}

// What a change request made is never restored on the default branch.
func TestTrustScopes(t *testing.T) {
	tests := []struct {
		made, wanted result.Scope
		restored     bool
	}{
		{result.ScopeChange, result.ScopeDefaultBranch, false},
		{result.ScopeChange, result.ScopeChange, true},
		{result.ScopeDefaultBranch, result.ScopeChange, true},
		{result.ScopeDefaultBranch, result.ScopeDefaultBranch, true},
		{result.ScopeLocal, result.ScopeDefaultBranch, true},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s to %s", test.made, test.wanted), func(t *testing.T) {
			p := trainingProject(t)
			p.runner.Base.Config = &config.Config{Executor: "process"}
			p.runner.Scope = test.made
			p.run(result.RunPassed)
			p.runner.Scope = test.wanted
			p.run(result.RunPassed)
			if restored := len(p.ran) == 0; restored != test.restored {
				t.Errorf("restored is %v, want %v", restored, test.restored)
			}
		})
	}
}

func TestAnInputThatChangesMeanwhileIsNoticed(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  slow: {run: "until [ -e $MARK ]; do sleep 0.05; done; cat in.txt > out.txt", env: {MARK: PLACE}, inputs: [in.txt], outputs: [out.txt]}
`, map[string]string{"in.txt": "before"})
	mark := filepath.Join(t.TempDir(), "mark")
	p.runner.Config.Stages[0].Env["MARK"] = mark
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventStart {
			p.write("in.txt", "after, and longer")
			if err := os.WriteFile(mark, nil, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	run := p.run(result.RunFailed)
	if !strings.Contains(run.Stages[0].Error, "in.txt changed while the stage ran") {
		t.Errorf("error is %q", run.Stages[0].Error)
	}
	p.runner.Listen = nil
	if run := p.run(result.RunPassed); run.Stages[0].Status != result.StageRan {
		t.Errorf("stage %s: what was made from a changing input was kept", run.Stages[0].Status)
	}
}

// A file that comes into an input folder while the stage runs was seen by it,
// and is in no key.
func TestAFileThatComesMeanwhileIsNoticed(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  slow: {run: "until [ -e $MARK ]; do sleep 0.05; done; ls data > out.txt", env: {MARK: PLACE}, inputs: [data], outputs: [out.txt]}
`, map[string]string{"data/a": "a"})
	mark := filepath.Join(t.TempDir(), "mark")
	p.runner.Config.Stages[0].Env["MARK"] = mark
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventStart {
			p.write("data/b", "b")
			if err := os.WriteFile(mark, nil, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	if run := p.run(result.RunFailed); !strings.Contains(run.Stages[0].Error, "changed while the stage ran") {
		t.Errorf("error is %q", run.Stages[0].Error)
	}
}

func TestInputsBehindALinkAreRefused(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProject(t, "version: 1\nstages: {a: {run: cat ext/secret, inputs: [ext/secret]}}", nil)
	if err := os.Symlink(outside, filepath.Join(p.dir, "ext")); err != nil {
		t.Fatal(err)
	}
	_, err := p.runner.Run(t.Context(), nil)
	if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), "symbolic link") || !strings.Contains(err.Error(), "muster follows no links") {
		t.Errorf("error is %v", err)
	}
}

// Two names that are no text look the same in JSON: neither key nor cache could tell them apart.
func TestNamesThatAreNoTextAreRefused(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {a: {run: x, inputs: [d], outputs: [out]}}", map[string]string{"d/ok": ""})
	p.runner.Config.Stages[0].Run.Shell = `mkdir out; : > "$(printf 'out/b\377')"`
	if run := p.run(result.RunFailed); !strings.Contains(run.Stages[0].Error, "not UTF-8") {
		t.Errorf("error is %q", run.Stages[0].Error)
	}
	p.write("d/b\xff", "")
	if _, err := p.runner.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("error is %v", err)
	}
}

// A link that .dockerignore leaves out, as in every virtual environment, is no
// matter; neither is what muster itself has there.
func TestABuildSeesWhatIsNotIgnored(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {image: {build: {context: .}}}", map[string]string{
		"Dockerfile": "FROM scratch", ".dockerignore": ".venv\n", ".venv/x": "",
	})
	for _, link := range []string{".venv/python", ".muster/link"} {
		if err := os.Symlink("/nowhere", filepath.Join(p.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	run := p.run(result.RunPassed)
	var names []string
	for _, file := range run.Stages[0].Inputs {
		names = append(names, file.Path)
	}
	if diff := cmp.Diff([]string{".dockerignore", "Dockerfile", config.FileName}, names); diff != "" {
		t.Error(diff)
	}
}

// Damage to the cache costs time, never a wrong result.
func TestADamagedCacheIsMadeAgain(t *testing.T) {
	damages := map[string]func(path string) error{
		"cut off": func(path string) error { return os.Truncate(path, 1) },
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.WriteFile(path, []byte("other"), 0o444)
		},
	}
	for _, part := range []string{"objects", "entries"} {
		for name, damage := range damages {
			t.Run(part+" "+name, func(t *testing.T) {
				p := trainingProject(t)
				want := p.run(result.RunPassed)
				files := 0
				err := filepath.WalkDir(p.runner.Folder.Path("cache"), func(path string, entry os.DirEntry, err error) error {
					if err != nil || entry.IsDir() || !strings.Contains(path, part) {
						return err
					}
					files++
					return damage(path)
				})
				if err != nil || files == 0 {
					t.Fatal(files, err)
				}
				p.write("model.txt", "must be replaced")
				got := p.run(result.RunPassed)
				if got.Candidate.Digest != want.Candidate.Digest || p.read("model.txt") != "dc" {
					t.Errorf("model is %q", p.read("model.txt"))
				}
			})
		}
	}
}

func TestStagesRunAtOnceUpToTheNumberOfJobs(t *testing.T) {
	var yaml strings.Builder
	yaml.WriteString("version: 1\nstages:\n")
	for i := range 6 {
		fmt.Fprintf(&yaml, "  s%d: {run: x}\n", i)
	}
	p := newProject(t, yaml.String(), nil)
	counter := &countingExecutor{}
	p.runner.Executor, p.runner.Jobs = counter, 3
	p.run(result.RunPassed)
	if most := counter.most.Load(); most != 3 {
		t.Errorf("%d stages ran at once, want 3", most)
	}
}

// countingExecutor notes how many tasks run at once.
type countingExecutor struct {
	process.Process
	now, most atomic.Int32
}

func (c *countingExecutor) Run(context.Context, stages.Task) (stages.Outcome, error) {
	now := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); now > most; most = c.most.Load() {
		if c.most.CompareAndSwap(most, now) {
			break
		}
	}
	time.Sleep(100 * time.Millisecond)
	return stages.Outcome{}, nil
}

func TestTheEndOfTheContextInterruptsARun(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {a: {run: sleep 60}, b: {run: x, needs: [a]}}", nil)
	ctx, cancel := context.WithCancel(t.Context())
	p.runner.Listen = func(e result.Event) {
		if e.Kind == result.EventStart {
			time.AfterFunc(200*time.Millisecond, cancel)
		}
	}
	run, err := p.runner.Run(ctx, nil)
	if err != nil || run.Status != result.RunInterrupted {
		t.Fatalf("run %s, %v", run.Status, err)
	}
	if saved, err := p.runner.Folder.LoadRun("last", p.runner.Config.Name); err != nil || saved.Status != result.RunInterrupted {
		t.Errorf("saved: %s, %v", saved.Status, err)
	}
}

func TestWorkspacesOfDeadRunsAreRemovedAndOthersAreNot(t *testing.T) {
	p := trainingProject(t)
	dead := p.runner.Folder.Path("work", "20200101T000000.000Z-dead")
	if err := os.MkdirAll(filepath.Join(dead, "train"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.runner.Listen = func(e result.Event) {
		if e.Kind != result.EventStart || e.Stage != "evaluate" {
			return
		}
		// While this run lives, another on the same folder leaves its workspace alone.
		second := *p.runner
		second.Listen, second.Force = nil, true
		if _, err := second.Run(t.Context(), []string{"train"}); err != nil {
			t.Error(err)
		}
	}
	p.run(result.RunPassed)
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the dead run's workspace is still there: %v", err)
	}
}

func TestWhatWasStillMadeForADeadRunIsRemovedAtTheEnd(t *testing.T) {
	const dead = "20200101T000000.000Z-dead"
	p := newProject(t, "version: 1\nstages: {a: {run: x}}", nil)
	engine := &slowEngine{late: dead}
	p.runner.Executor = engine
	if err := os.MkdirAll(p.runner.Folder.Path("work", dead), 0o755); err != nil {
		t.Fatal(err)
	}
	p.run(result.RunPassed)
	if engine.left != "" {
		t.Error("what the engine made while the run ran is left")
	}
	before := engine.sweeps
	p.runner.Force = true
	p.run(result.RunPassed)
	if more := engine.sweeps - before; more != 1 {
		t.Errorf("a run that found no dead one swept %d times, want once", more)
	}
}

// slowEngine ends what it was told by a run that was killed while another one runs.
type slowEngine struct {
	process.Process
	late, left string // the run that it makes something for, and that of what is there
	sweeps     int
}

func (e *slowEngine) Run(context.Context, stages.Task) (stages.Outcome, error) {
	e.left, e.late = e.late, ""
	return stages.Outcome{}, nil
}

func (e *slowEngine) Sweep(_ context.Context, _ string, alive func(run string) bool) error {
	if e.sweeps++; e.left != "" && !alive(e.left) {
		e.left = ""
	}
	return nil
}

func TestHostileOutputs(t *testing.T) {
	tests := map[string]struct{ command, want string }{
		"a link out of the workspace":   {"ln -s /etc/passwd out", "symbolic link"},
		"a link in a folder":            {"mkdir out; ln -s /etc out/x", "symbolic link"},
		"a pipe":                        {"mkfifo out", "pipe"},
		"a parent that became a link":   {"rm -r sub; mkdir elsewhere; echo x > elsewhere/out; ln -s elsewhere sub", "symbolic link"},
		"a name with newline and quote": {`mkdir out; printf x > "$(printf 'out/a\n"b')"`, ""},
		"an empty folder":               {"mkdir out", ""},
		"an empty file":                 {": > out", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			output := "out"
			if strings.Contains(test.command, "sub") {
				output = "sub/out"
			}
			p := newProject(t, "version: 1\nstages: {a: {run: x, outputs: ["+output+"]}}", nil)
			p.runner.Config.Stages[0].Run.Shell = test.command
			if test.want == "" {
				p.run(result.RunPassed)
				p.run(result.RunPassed)
				if len(p.ran) > 0 {
					t.Error("it was not restored from the cache")
				}
				return
			}
			if run := p.run(result.RunFailed); !strings.Contains(run.Stages[0].Error, test.want) {
				t.Errorf("error is %q, want %q", run.Stages[0].Error, test.want)
			}
		})
	}
}
