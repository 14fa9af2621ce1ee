// Package examples_test runs the examples as a user would, end to end, with the
// muster binary and a real engine.
package examples_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/jobtest"
	"github.com/muster-ci/muster/internal/result"
)

// program is removed when all tests have ended.
var program jobtest.Program

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}

// copyOf is an example in a git repository of its own, with muster beside it.
type copyOf struct {
	*testing.T
	dir, muster string
}

func newCopy(t *testing.T, example string, images ...string) *copyOf {
	t.Helper()
	if len(images) > 0 {
		needImages(t, images...)
	}
	c := &copyOf{T: t, dir: filepath.Join(t.TempDir(), example), muster: program.Path(t)}
	if err := os.CopyFS(c.dir, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(c.dir, ".muster")); err != nil { // what a developer left there
		t.Fatal(err)
	}
	c.command(c.dir, "git", "init", "--quiet", "--initial-branch=main")
	c.commit()
	return c
}

// needImages wants an engine with the images that scripts/setup.sh makes.
func needImages(t *testing.T, images ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", append([]string{"image", "inspect"}, images...)...).CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s: in CI this test must run: scripts/setup.sh engine image tiny", bytes.TrimSpace(out))
	}
	t.Skipf("%s: to run this test: scripts/setup.sh engine image tiny", bytes.TrimSpace(out))
}

func (c *copyOf) command(dir, name string, args ...string) string {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (c *copyOf) commit() {
	c.Helper()
	c.command(c.dir, "git", "add", ".")
	c.command(c.dir, "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "change")
}

// call runs muster and wants an exit code; it returns the standard output.
func (c *copyOf) call(want int, args ...string) string {
	c.Helper()
	var out, diagnostics bytes.Buffer
	cmd := exec.CommandContext(c.Context(), c.muster, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &diagnostics
	// Where these tests themselves run in a CI job, muster is to be on a laptop.
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=", "GITLAB_CI=")
	err := cmd.Run()
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		c.Fatal(err)
	}
	if code != want {
		c.Fatalf("muster %v: exit code %d, want %d\n%s\n%s", args, code, want, &out, &diagnostics)
	}
	if args[0] == "gate" || args[0] == "ci" {
		c.wantNoLeakage()
	}
	return out.String()
}

// wantNoLeakage wants no alarm about evaluation data in training, of which honest
// examples have none, nor any word that it could not be looked for.
func (c *copyOf) wantNoLeakage() {
	c.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, ".muster", "decision.json"))
	if err != nil {
		c.Fatal(err)
	}
	for _, finding := range decode[result.Decision](c, string(data)).Findings {
		if strings.HasPrefix(finding.Code, "leakage") {
			c.Errorf("a false alarm: %s: %s", finding.Code, finding.Message)
		}
	}
}

// run runs the pipeline and returns the names of the stages that were executed.
func (c *copyOf) run() (result.Run, string) {
	c.Helper()
	run := decode[result.Run](c, c.call(0, "run", "--quiet", "--format", "json"))
	var ran []string
	for _, stage := range run.Stages {
		if stage.Status == result.StageRan {
			ran = append(ran, stage.Name)
		}
	}
	return run, strings.Join(ran, " ")
}

// decode reads a result that muster printed.
func decode[T result.Document](c *copyOf, out string) T {
	c.Helper()
	value, err := result.Decode[T]([]byte(out), "muster's output")
	if err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
	return value
}

// edit replaces text in a file of the copy, which must be there.
func (c *copyOf) edit(name, from, to string) {
	c.Helper()
	path := filepath.Join(c.dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		c.Fatal(err)
	}
	if !bytes.Contains(data, []byte(from)) {
		c.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(from), []byte(to), 1), 0o644); err != nil {
		c.Fatal(err)
	}
}

// containers lists the containers of the copy's project.
func (c *copyOf) containers() []string {
	c.Helper()
	out := c.command(c.dir, "docker", "ps", "--all", "--quiet", "--filter", "label=muster.project="+c.dir)
	return strings.Fields(out)
}

const python, tiny = "muster-example/python-sklearn:1", "muster-example/tiny:1"

// The main job, on real input: a model passes, a better one replaces it, a worse
// one is denied for a reason that can be read, and the repository is scored.
func TestTumourClassifier(t *testing.T) {
	c := newCopy(t, "tumour-classifier", python)
	c.call(0, "models", "init")
	c.call(0, "ci", "--host", "plain", "--quiet")

	// Only what depends on the parameter runs; what is trained is the same every time.
	c.edit("params.yaml", "features: [mean]", "features: [mean, worst]")
	c.commit()
	first, ran := c.run()
	if ran != "train evaluate" {
		t.Errorf("ran %q", ran)
	}
	c.call(0, "run", "--quiet", "--force", "train", "evaluate")
	again, ran := c.run()
	if ran != "" || again.Candidate.Digest != first.Candidate.Digest {
		t.Errorf("ran %q; two trainings gave %s and %s", ran, first.Candidate.Digest, again.Candidate.Digest)
	}
	c.call(0, "ci", "--host", "plain", "--quiet")
	if list := c.call(0, "models", "list"); !strings.Contains(list, "v2") {
		t.Errorf("the better model was not promoted:\n%s", list)
	}

	c.command(c.dir, "git", "checkout", "--quiet", "-b", "worse")
	c.edit("params.yaml", "features: [mean, worst]", "features: [error]")
	c.commit()
	c.call(4, "ci", "--host", "plain", "--quiet")
	c.checkReport()
	c.call(0, "policy", "test")
}

// checkReport wants the denial with all that a reviewer needs to check it.
func (c *copyOf) checkReport() {
	c.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, ".muster", "report.json"))
	if err != nil {
		c.Fatal(err)
	}
	report, err := result.Decode[result.Report](data, "report.json")
	if err != nil {
		c.Fatal(err)
	}
	for _, row := range report.Decision.Comparison {
		if row.Verdict == result.Worse && (row.Interval == nil || row.Champion == nil || row.Candidate == nil || row.Margin <= 0) {
			c.Errorf("a denial without its numbers: %+v", row)
		}
	}
	if report.Assessment == nil || report.Assessment.Level == nil {
		c.Error("the repository was not scored")
	}
	markdown, err := os.ReadFile(filepath.Join(c.dir, ".muster", "report.md"))
	if err != nil {
		c.Fatal(err)
	}
	for _, want := range []string{"denied", "ROC AUC", "outline_band=", "allowed", "95 %"} {
		if !bytes.Contains(markdown, []byte(want)) {
			c.Errorf("the report has no %q:\n%s", want, markdown)
		}
	}
}

func TestTiny(t *testing.T) {
	c := newCopy(t, "tiny", tiny)
	if _, ran := c.run(); ran != "prepare train evaluate" {
		t.Errorf("ran %q", ran)
	}
	if _, ran := c.run(); ran != "" {
		t.Errorf("nothing changed, and %q ran", ran)
	}
	c.call(0, "models", "init")
	c.call(0, "gate")
	c.call(0, "promote")
	var decision struct{ Verdict string }
	out := c.call(0, "gate", "--format", "json")
	if err := json.Unmarshal([]byte(out), &decision); err != nil || decision.Verdict != "pass" {
		t.Errorf("verdict %q, %v", decision.Verdict, err)
	}
}

// A project of DVC's runs as it is, once muster init has looked at it.
func TestFromDVC(t *testing.T) {
	c := newCopy(t, "from-dvc", python)
	c.call(0, "init")
	// The image may be there from an earlier run.
	if _, ran := c.run(); strings.TrimPrefix(ran, "image ") != "prepare train evaluate again@item=1 again@item=2" {
		t.Errorf("ran %q", ran)
	}
	if _, ran := c.run(); ran != "" {
		t.Errorf("nothing changed, and %q ran", ran)
	}
	c.edit("params.yaml", "depth: 4", "depth: 5")
	if _, ran := c.run(); ran != "train evaluate again@item=1 again@item=2" {
		t.Errorf("a parameter changed, and %q ran", ran)
	}
	c.call(0, "models", "init")
	c.call(0, "gate")
	c.call(0, "promote")
	c.call(2, "init") // what is there stays
}

// Without its muster.yaml, the scripts say themselves what the pipeline is.
func TestFromScripts(t *testing.T) {
	c := newCopy(t, "tumour-classifier", python)
	if err := os.Remove(filepath.Join(c.dir, "muster.yaml")); err != nil {
		t.Fatal(err)
	}
	c.call(0, "init")
	if _, ran := c.run(); strings.TrimPrefix(ran, "image ") != "test data prepare train evaluate" {
		t.Errorf("ran %q", ran)
	}
	c.call(0, "models", "init")
	c.call(0, "gate")
}

// slowTiny is the tiny pipeline with a training that takes a while.
func slowTiny(t *testing.T) *copyOf {
	t.Helper()
	c := newCopy(t, "tiny", tiny)
	c.edit("muster.yaml", "  train:\n", "  slow:\n    run: [/tiny, sleep, \"2\"]\n    inputs: [data/train.csv]\n  train:\n    needs: [slow]\n")
	return c
}

// start begins a run and returns once a container of it is there.
func (c *copyOf) start() *exec.Cmd {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), c.muster, "run", "--quiet", "slow")
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "GITHUB_ACTIONS=", "GITLAB_CI=")
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		out := c.command(c.dir, "docker", "ps", "--quiet", "--filter", "label=muster.project="+c.dir, "--filter", "label=muster.stage=slow")
		if out != "" {
			return cmd
		}
		if time.Now().After(deadline) {
			c.Fatal("the stage did not start")
		}
	}
}

func TestKilledInTheMiddle(t *testing.T) {
	undisturbed := slowTiny(t)
	want, _ := undisturbed.run()

	c := slowTiny(t)
	cmd := c.start()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the run ended before it was killed")
	}
	if len(c.containers()) == 0 {
		t.Fatal("the kill came too late: there was nothing left to clean up")
	}
	got, _ := c.run()
	if got.Candidate.Digest != want.Candidate.Digest || got.Candidate.EvaluationKey != want.Candidate.EvaluationKey {
		t.Errorf("candidate %+v, want %+v", got.Candidate, want.Candidate)
	}
	if left := c.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestInterruptedInTheMiddle(t *testing.T) {
	c := slowTiny(t)
	cmd := c.start()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v, want exit code 130", err)
	}
	if left := c.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if left, err := os.ReadDir(filepath.Join(c.dir, ".muster", "work")); err != nil || len(left) > 0 {
		t.Errorf("left in work: %v, %v", left, err)
	}
}
