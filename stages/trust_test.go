package stages_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// walled is an executor that a change request may use, for what is not about
// where stages run. It notes the secrets that stages got.
type walled struct {
	process.Process
	got map[string]map[string]string
}

func (*walled) Name() string { return "walled" }

func (w *walled) Run(ctx context.Context, task stages.Task) (stages.Outcome, error) {
	w.got[task.Stage] = task.Secrets
	task.Services, task.User = nil, "" // which a process cannot have
	return w.Process.Run(ctx, task)
}

func parse(t *testing.T, stagesYAML string) *config.Config {
	t.Helper()
	cfg, err := config.Parse(config.FileName, "p", []byte("version: 1\nimage: i\nstages: "+stagesYAML))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// inChange makes the project run as a change request to a base with these stages.
func (p *project) inChange(base string) *walled {
	p.Helper()
	w := &walled{got: map[string]map[string]string{}}
	p.runner.Executor, p.runner.Scope, p.runner.Jobs = w, result.ScopeChange, 1
	p.runner.Base = stages.Base{Missing: "nobody knows the base"}
	if base != "" {
		p.runner.Base = stages.Base{Config: parse(p.T, base)}
	}
	return w
}

// What a change request asks for beyond its base is refused, before anything runs.
func TestRefusals(t *testing.T) {
	const service = "{db: {image: postgres, env: {A: b}, health: {command: ready}}}"
	tests := map[string]struct{ base, change, want string }{
		"nothing asked":                {"", "{a: {run: x}}", ""},
		"network, no base":             {"", "{a: {run: x, network: true}}", "may not open the network"},
		"network, as before":           {"{a: {run: x, network: true}}", "{a: {run: y, network: true}}", ""},
		"network, of another stage":    {"{a: {run: x}, b: {run: x, network: true}}", "{a: {run: x, network: true}}", "may not open the network"},
		"network, given up":            {"{a: {run: x, network: true}}", "{a: {run: x}}", ""},
		"user, as before":              {`{a: {run: x, user: "1:2"}}`, `{a: {run: x, user: "1:2"}}`, ""},
		"user, another":                {`{a: {run: x, user: "1"}}`, `{a: {run: x, user: "0"}}`, "may not choose the user 0"},
		"user, given up":               {`{a: {run: x, user: "1"}}`, `{a: {run: x}}`, ""},
		"service, as before":           {"{a: {run: x, services: " + service + "}}", "{a: {run: x, services: " + service + "}}", ""},
		"service, another variable":    {"{a: {run: x, services: " + service + "}}", "{a: {run: x, services: " + strings.Replace(service, "b}", "c}", 1) + "}}", "service db"},
		"service, another check":       {"{a: {run: x, services: " + service + "}}", "{a: {run: x, services: " + strings.Replace(service, "ready", "sh", 1) + "}}", "service db"},
		"service, another image":       {"{a: {run: x, services: " + service + "}}", "{a: {run: x, services: " + strings.Replace(service, "postgres", "miner", 1) + "}}", "service db"},
		"fetch, of this machine":       {"{a: {run: x}}", "{a: {fetch: {url: file:/etc/shadow}, outputs: [k]}}", "may not fetch what has no sha256"},
		"a cell, as before":            {"{a: {run: x, network: true, matrix: {s: [1]}}}", "{a: {run: x, network: true, matrix: {s: [1, 2]}}}", ""},
		"a cell of a stage that had":   {"{a: {run: x, network: true}}", "{a: {run: x, network: true, matrix: {s: [1, 2]}}}", ""},
		"a cell of one that had not":   {"{a: {run: x}}", "{a: {run: x, network: true, matrix: {s: [1, 2]}}}", "may not open the network"},
		"no cell any longer":           {"{a: {run: x, network: true, matrix: {s: [1]}}}", "{a: {run: x, network: true}}", ""},
		"a name that begins like one":  {"{a: {run: x, network: true}}", "{ab: {run: x, network: true}}", "may not open the network"},
		"two at once, both are listed": {"{a: {run: x}}", `{a: {run: x, network: true, user: "0"}}`, "may not choose the user 0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "version: 1\nimage: i\nstages: "+test.change, nil)
			p.runner.Config.Executor = "process" // what the change itself says counts for nothing
			w := p.inChange(test.base)
			_, err := p.runner.Run(t.Context(), nil)
			refused, ok := errors.AsType[*config.Error](err)
			if ok != (test.want != "") || (ok && !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			if !ok {
				return
			}
			if len(w.got) > 0 || refused.Problems[0].Line == 0 || refused.Problems[0].Hint == "" {
				t.Errorf("ran %v; problem is %+v", w.got, refused.Problems[0])
			}
			if strings.Contains(test.change, "fetch") {
				return
			}
			// Elsewhere there is nothing to refuse.
			for _, scope := range []result.Scope{result.ScopeLocal, result.ScopeDefaultBranch} {
				p.runner.Scope = scope
				if _, err := p.runner.Run(t.Context(), nil); err != nil {
					t.Errorf("in scope %s: %v", scope, err)
				}
			}
		})
	}
}

func TestTheProcessExecutorInChangeRequests(t *testing.T) {
	process, docker := &config.Config{Executor: "process"}, &config.Config{Executor: "docker"}
	tests := map[string]struct {
		scope   result.Scope
		base    *config.Config
		refused bool
	}{
		"a change, and the base says so": {result.ScopeChange, process, false},
		"a change, and it does not":      {result.ScopeChange, docker, true},
		"a change, and it is not known":  {result.ScopeChange, nil, true},
		"the default branch":             {result.ScopeDefaultBranch, nil, false},
		"a laptop":                       {result.ScopeLocal, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := trainingProject(t)
			run := p.run(result.RunPassed)
			p.runner.Config.Executor, p.runner.Scope, p.runner.Base.Config = "process", test.scope, test.base
			_, err := p.runner.Run(t.Context(), nil)
			if _, refused := errors.AsType[*stages.UntrustedError](err); refused != test.refused {
				t.Errorf("run: %v", err)
			}
			_, err = p.runner.Evaluate(t.Context(), run, *run.Candidate)
			if _, refused := errors.AsType[*stages.UntrustedError](err); refused != test.refused {
				t.Errorf("evaluate: %v", err)
			}
		})
	}
}

func environment(values map[string]string) stages.Lookup {
	return func(name string) (string, bool) { value, ok := values[name]; return value, ok }
}

func TestSecrets(t *testing.T) {
	const change = "version: 1\nimage: i\nstages: {a: {run: 'echo it is $KEY', secrets: [KEY]}}"
	tests := map[string]struct {
		scope  result.Scope
		base   string
		value  string
		given  bool
		remark string
	}{
		"on a laptop":                           {result.ScopeLocal, "", "long-value", true, ""},
		"on the default branch":                 {result.ScopeDefaultBranch, "", "long-value", true, ""},
		"in a change, granted":                  {result.ScopeChange, "{a: {run: x, secrets: [KEY]}}", "long-value", true, ""},
		"in a change, granted to another stage": {result.ScopeChange, "{b: {run: x, secrets: [KEY]}, a: {run: x}}", "long-value", false, "secret KEY is withheld: the base does not give it"},
		"in a change, no base":                  {result.ScopeChange, "", "long-value", false, "nobody knows the base"},
		"in a change from a fork":               {result.ScopeChange, "{a: {run: x, secrets: [KEY]}}", "", false, "a change request from a fork gets none"},
		"a short one":                           {result.ScopeLocal, "", "abc", true, "shorter than 4 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, change, nil)
			w := p.inChange(test.base)
			p.runner.Scope, p.runner.Env = test.scope, environment(map[string]string{"KEY": test.value})
			var lines []string
			p.runner.Listen = func(e result.Event) {
				if e.Kind == result.EventLog {
					lines = append(lines, e.Line)
				}
			}
			stage := p.run(result.RunPassed).Stages[0]
			if _, given := w.got["a"]["KEY"]; given != test.given {
				t.Errorf("given is %v", given)
			}
			if remarks := strings.Join(stage.Remarks, "\n"); (test.remark == "") != (remarks == "") || !strings.Contains(remarks, test.remark) {
				t.Errorf("remarks are %q, want %q", remarks, test.remark)
			}
			if out := strings.Join(lines, "\n"); strings.Contains(out, "long-value") || !strings.Contains(out, test.remark) {
				t.Errorf("one sees %q", out)
			}
		})
	}
}

func TestASecretThatIsNotSetFailsItsStage(t *testing.T) {
	for name, env := range map[string]stages.Lookup{"no environment": nil, "unset": environment(nil), "empty": environment(map[string]string{"KEY": ""})} {
		p := newProject(t, "version: 1\nstages: {a: {run: echo x, secrets: [KEY]}}", nil)
		p.runner.Env = env
		stage := p.run(result.RunFailed).Stages[0]
		if !strings.Contains(stage.Error, "secret KEY is not set: export it") || !strings.Contains(stage.Error, "secrets.KEY") {
			t.Errorf("%s: error is %q", name, stage.Error)
		}
	}
}

// The key knows a secret's name, not its value; what was made without it is another thing.
func TestSecretsInKeys(t *testing.T) {
	p := newProject(t, "version: 1\nimage: i\nstages: {a: {run: 'echo x > out', secrets: [KEY], outputs: [out]}}", nil)
	w := p.inChange("{a: {run: x, secrets: [KEY]}}")
	p.runner.Env = environment(map[string]string{"KEY": "first value"})
	first := p.run(result.RunPassed).Stages[0]
	p.runner.Env = environment(map[string]string{"KEY": "other value"})
	if again := p.run(result.RunPassed).Stages[0]; again.Status != result.StageCached || again.Key != first.Key {
		t.Errorf("another value: %s", again.Status)
	}
	granting := p.runner.Base
	p.runner.Base, p.runner.Force = stages.Base{}, true
	delete(w.got, "a")
	if without := p.run(result.RunPassed).Stages[0]; without.Key == first.Key || len(w.got["a"]) > 0 {
		t.Errorf("without the secret: key %s, as with it; got %v", without.Key, w.got["a"])
	}
	made := p.ran
	p.runner.Force = false
	if err := os.RemoveAll(p.runner.Folder.Path("cache", "entries", first.Key[:2])); err != nil {
		t.Fatal(err)
	}
	if again := p.run(result.RunPassed).Stages[0]; len(made) != 1 || again.Status != result.StageCached || again.Key == first.Key {
		t.Errorf("without the secret, again: %s", again.Status)
	}
	p.runner.Base = granting
	p.run(result.RunPassed)
	p.runner.Base = stages.Base{} // what was made with it is there, and needs no secret to be taken
	if again := p.run(result.RunPassed).Stages[0]; again.Status != result.StageCached || again.Key != first.Key {
		t.Errorf("restored: %s", again.Status)
	}
}

// A secret is nowhere: not in the log, the record, or the words that a failed stage is quoted with.
func TestASecretIsNowhere(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {a: {run: 'echo $KEY | base64; echo $KEY >&2; cat $KEY; exit 3', secrets: [KEY]}}", nil)
	p.runner.Env = environment(map[string]string{"KEY": "correct-horse-battery-staple"})
	run := p.run(result.RunFailed)
	if !strings.Contains(run.Stages[0].Error, "***") {
		t.Errorf("error is %q", run.Stages[0].Error)
	}
	err := filepath.WalkDir(p.runner.Folder.Path(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, form := range []string{"horse", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"} {
			if strings.Contains(string(data), form) {
				t.Errorf("%s is in %s", form, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a stage writes into its files of tests and metrics comes into events, too.
func TestASecretIsInNoEvent(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  a:
    run: |
      echo "<testsuite><testcase name=\"$KEY\"><failure message=\"$KEY\"/></testcase></testsuite>" > junit.xml
      echo "{\"auc of $KEY\": 1}" > metrics.json
    secrets: [KEY]
    junit: junit.xml
    metrics: [metrics.json]
`, nil)
	p.runner.Env = environment(map[string]string{"KEY": "correct-horse-battery-staple"})
	var events strings.Builder
	p.runner.Listen = func(e result.Event) {
		data, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		events.Write(data)
	}
	run := p.run(result.RunPassed)
	if out := events.String(); strings.Contains(out, "horse") || !strings.Contains(out, `"message":"***"`) {
		t.Errorf("events are %s", out)
	}
	if stage := run.Stages[0]; stage.Metrics["auc of ***"] != 1 || stage.Tests.Failures[0].Name != "***" {
		t.Errorf("the record has %+v, %+v", stage.Metrics, stage.Tests)
	}
}

// Which stages run for an event, and that what is not due is restored where it is known.
func TestWhen(t *testing.T) {
	const pipeline = `
version: 1
image: i
stages:
  early: {run: cp in.txt early.txt, inputs: [in.txt], outputs: [early.txt]}
  train: {run: cp early.txt out.txt, inputs: [early.txt], outputs: [out.txt], when: WHEN}
  after: {run: cat out.txt, inputs: [out.txt]}
  beside: {run: echo x}
`
	tests := map[string]struct {
		when    string
		trigger result.Trigger
		labels  []string
		due     bool
	}{
		"a laptop":                   {"schedule", "", nil, true},
		"its event":                  {"schedule", result.TriggerSchedule, nil, true},
		"another":                    {"schedule", result.TriggerChange, nil, false},
		"one of two":                 {"[schedule, dispatch]", result.TriggerDispatch, nil, true},
		"always":                     {"[schedule, always]", result.TriggerOther, nil, true},
		"its label":                  {`"label:train"`, result.TriggerChange, []string{"docs", "train"}, true},
		"another label":              {`"label:train"`, result.TriggerChange, []string{"training"}, false},
		"the default branch":         {"default-branch", result.TriggerDefaultBranch, nil, true},
		"an event that nobody knows": {"[change, default-branch, schedule, dispatch]", result.TriggerOther, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, strings.Replace(pipeline, "WHEN", test.when, 1), map[string]string{"in.txt": "1"})
			p.runner.Trigger, p.runner.Labels = test.trigger, test.labels
			run := p.run(result.RunPassed)
			want := map[string]result.StageStatus{"early": "ran", "train": "ran", "after": "ran", "beside": "ran"}
			if !test.due {
				want["train"], want["after"] = "skipped", "skipped"
			}
			if diff := cmp.Diff(want, statuses(run)); diff != "" {
				t.Error(diff)
			}
			for _, stage := range run.Stages {
				if skipped := stage.Status == result.StageSkipped; skipped != stage.Postponed || skipped != strings.Contains(stage.Reason, "this is ") {
					t.Errorf("%s: postponed %v, because %q", stage.Name, stage.Postponed, stage.Reason)
				}
			}
			// Once made, for whatever event, it is restored: nothing need run for that, also where all is to run again.
			p.runner.Trigger = ""
			p.run(result.RunPassed)
			p.runner.Trigger, p.runner.Force = test.trigger, true
			if got := statuses(p.run(result.RunPassed))["train"]; test.due != (got == result.StageRan) || got == result.StageSkipped {
				t.Errorf("train %s", got)
			}
		})
	}
}

func statuses(run result.Run) map[string]result.StageStatus {
	out := map[string]result.StageStatus{}
	for _, stage := range run.Stages {
		out[stage.Name] = stage.Status
	}
	return out
}

// A change that puts its own training off is trained all the same, if there is a gate to evade.
func TestAChangeCannotPutItselfOff(t *testing.T) {
	const gate = "\ngate: {metrics: {roc_auc: {margin: 0.01}}}"
	const evaluate = ", evaluate: {run: x, inputs: [out], predictions: p.csv}}"
	tests := map[string]struct {
		base string
		runs bool
	}{
		"the base trains in every change": {"{a: {run: x, outputs: [out]}" + evaluate + gate, true},
		"the base does not either":        {"{a: {run: x, outputs: [out], when: schedule}" + evaluate + gate, false},
		"the base has no such stage":      {"{b: {run: x, outputs: [out]}" + evaluate + gate, true},
		"the base has no gate":            {"{a: {run: x, outputs: [out]}" + evaluate, false},
		"nobody knows the base":           {"", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "version: 1\nimage: i\nstages: {a: {run: echo > out, outputs: [out], when: schedule}}", nil)
			p.inChange(test.base)
			p.runner.Trigger = result.TriggerChange
			if got := statuses(p.run(result.RunPassed))["a"]; test.runs != (got == result.StageRan) {
				t.Errorf("it is %s", got)
			}
		})
	}
}

// A file with a checksum tells nobody anything new; another one is fetched with
// the rights of the machine.
func TestFetchInChangeRequests(t *testing.T) {
	sum := strings.Repeat("a", 64)
	fetch := func(url, sum string) string {
		return "{a: {fetch: {url: '" + url + "'" + sum + "}, outputs: [k]}}"
	}
	tests := map[string]struct {
		base, change string
		refused      bool
	}{
		"as before":                {fetch("s3://b/k", ""), fetch("s3://b/k", ""), false},
		"another place":            {fetch("s3://b/k", ""), fetch("s3://b/other", ""), true},
		"of this machine":          {"{a: {run: x}}", fetch("file:/etc/shadow", ""), true},
		"another, with a checksum": {fetch("s3://b/k", ""), fetch("s3://b/other", ", sha256: "+sum), false},
		"without its checksum":     {fetch("s3://b/k", ", sha256: "+sum), fetch("s3://b/k", ""), false},
	}
	for name, test := range tests {
		got := stages.Ungranted(stages.Base{Config: parse(t, test.base)}, parse(t, test.change).Stages[0])
		if got != test.refused {
			t.Errorf("%s: refused is %v", name, got)
		}
	}
	if !stages.Ungranted(stages.Base{}, parse(t, fetch("https://x/y", "")).Stages[0]) {
		t.Error("without a base it was granted")
	}
}

// failing is an executor whose error has the secret in it.
type failing struct{ process.Process }

var errEngine = errors.New("engine")

func (failing) Run(_ context.Context, task stages.Task) (stages.Outcome, error) {
	return stages.Outcome{}, fmt.Errorf("create container with KEY=%s: %w", task.Secrets["KEY"], errEngine)
}

func TestAnErrorOfTheSurroundingsHidesSecretsToo(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {a: {run: x, secrets: [KEY]}}", nil)
	p.runner.Executor, p.runner.Env = failing{}, environment(map[string]string{"KEY": "correct-horse"})
	run, err := p.runner.Run(t.Context(), nil)
	if !errors.Is(err, errEngine) || strings.Contains(err.Error()+run.Stages[0].Error, "horse") || !strings.Contains(err.Error(), "KEY=***") {
		t.Errorf("error is %v, stage's %q", err, run.Stages[0].Error)
	}
}
