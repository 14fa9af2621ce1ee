package actions_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests here run the action on a real runner: act, which executes GitHub
// workflows.

// tool finds a program that scripts/setup.sh installs.
func tool(t *testing.T, component, name string) string {
	t.Helper()
	for _, path := range []string{"../.tools/bin/" + name} {
		if _, err := os.Stat(path); err == nil {
			full, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			return full
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not there; in CI this test must run: scripts/setup.sh %s", name, component)
	}
	t.Skipf("%s is not there; to run this test: scripts/setup.sh %s", name, component)
	return ""
}

// job is a repository with a pipeline, and a registry that outlives its jobs.
type job struct {
	*testing.T
	dir, registry, bin string
	env                []string
}

const hostPipeline = `version: 1
name: hosts
executor: process
stages:
  train: {run: cp skill.txt model.txt, inputs: [skill.txt], outputs: [model.txt]}
  evaluate:
    run: awk -v skill=$(cat model.txt) -f predict.awk > predictions.csv
    inputs: [predict.awk, model.txt]
    predictions: predictions.csv
gate: {metrics: {roc_auc: {min: 0.6, margin: 0.02}}}
`

// predictAwk stands for a model; its skill is what "training" writes.
const predictAwk = `function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
BEGIN {
  seed = 42
  print "id,label,score"
  for (i = 1; i <= 600; i++) {
    label = uniform() < 0.5
    noise = uniform() + uniform() + uniform() - 1.5
    printf "row-%d,%d,%.6f\n", i, label, 1 / (1 + exp(-3 * (skill * (label - 0.5) + 1.2 * noise)))
  }
}
`

// newJob makes the repository on its default branch, with muster on the path
// and a champion of skill 1 in the registry.
func newJob(t *testing.T, files map[string]string) *job {
	t.Helper()
	if testing.Short() {
		t.Skip("runs whole CI jobs; leave -short out")
	}
	j := &job{T: t, dir: filepath.Join(t.TempDir(), "repository"), registry: filepath.Join(t.TempDir(), "registry"), bin: t.TempDir()}
	// These tests may themselves run in a CI job, whose variables are not the job's here.
	j.env = append(os.Environ(), "GITHUB_ACTIONS=", "GITLAB_CI=", "PATH="+j.bin+":"+os.Getenv("PATH"), "MUSTER_REGISTRY="+j.registry,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org")
	j.must("..", "go", "build", "-o", filepath.Join(j.bin, "muster"), "./cmd/muster")
	j.write("muster.yaml", hostPipeline)
	j.write("predict.awk", predictAwk)
	j.write("skill.txt", "1.0\n")
	for name, text := range files {
		j.write(name, text)
	}
	j.must(j.dir, "git", "init", "--quiet", "--initial-branch=main")
	j.must(j.dir, "git", "remote", "add", "origin", "https://example.org/acme/hosts.git")
	j.commit()
	j.must(j.dir, "muster", "models", "init")
	j.must(j.dir, "muster", "run", "--quiet", "--executor", "process")
	j.must(j.dir, "muster", "gate", "--executor", "process")
	j.must(j.dir, "muster", "promote")
	return j
}

func (j *job) write(name, text string) {
	j.Helper()
	path := filepath.Join(j.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		j.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		j.Fatal(err)
	}
}

func (j *job) commit() {
	j.Helper()
	j.must(j.dir, "git", "add", ".")
	j.must(j.dir, "git", "commit", "--quiet", "--message", "change")
}

// do runs a program and returns what it printed.
func (j *job) do(dir, name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(j.Context(), name, args...)
	if path := filepath.Join(j.bin, name); name == "muster" {
		cmd = exec.CommandContext(j.Context(), path, args...)
	}
	cmd.Dir, cmd.Env = dir, j.env
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (j *job) must(dir, name string, args ...string) string {
	j.Helper()
	out, err := j.do(dir, name, args...)
	if err != nil {
		j.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// versions is what the registry holds.
func (j *job) versions() string {
	j.Helper()
	return j.must(j.dir, "muster", "models", "list")
}

func mustContain(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("the job's output has no %q:\n%s", want, out)
		}
	}
}

const workflow = `on: [push, pull_request]
jobs:
  model:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/muster
        id: muster
        with:
          executor: process
          registry: %s
          args: --quiet
      - if: always()
        env:
          VERDICT: ${{ steps.muster.outputs.verdict }}
          LEVEL: ${{ steps.muster.outputs.level }}
          REPORT: ${{ steps.muster.outputs.report }}
        run: |
          echo "verdict is $VERDICT, level is $LEVEL"
          head -n 3 "$REPORT"
`

// act runs the workflow for an event on this machine, without containers.
func (j *job) act(event, payload string) (string, error) {
	j.Helper()
	path := filepath.Join(j.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(payload), 0o644); err != nil {
		j.Fatal(err)
	}
	return j.do(j.dir, tool(j.T, "act", "act"), event, "--eventpath", path, "--platform", "ubuntu-latest=-self-hosted", "--pull=false")
}

func TestActionOnAct(t *testing.T) {
	tool(t, "act", "act")
	action, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	j := newJob(t, map[string]string{".github/actions/muster/action.yml": string(action)})
	j.write(".github/workflows/muster.yml", fmt.Sprintf(workflow, j.registry))
	j.commit()
	const push = `{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}`
	// The host names the tip of the target branch, which says that stages run as processes.
	pull := fmt.Sprintf(`{"pull_request": {"base": {"ref": "main", "sha": %q}, "head": {"ref": "change"}}, "repository": {"default_branch": "main"}}`,
		strings.TrimSpace(j.must(j.dir, "git", "rev-parse", "main")))

	j.must(j.dir, "git", "checkout", "--quiet", "-b", "change")
	j.write("skill.txt", "0.5\n")
	j.commit()
	out, err := j.act("pull_request", pull)
	if err == nil {
		t.Errorf("the job of a change that makes the model worse succeeded:\n%s", out)
	}
	mustContain(t, out, "verdict is deny, level is", "denied", "roc_auc")

	j.write("skill.txt", "1.3\n")
	j.commit()
	if out, err = j.act("pull_request", pull); err != nil {
		t.Errorf("the job of a better model: %v\n%s", err, out)
	}
	mustContain(t, out, "verdict is pass")
	if list := j.versions(); strings.Contains(list, "v2") {
		t.Errorf("a change request promoted:\n%s", list)
	}

	j.must(j.dir, "git", "checkout", "--quiet", "main")
	j.must(j.dir, "git", "merge", "--quiet", "change")
	if out, err = j.act("push", push); err != nil {
		t.Errorf("the job on the default branch: %v\n%s", err, out)
	}
	mustContain(t, j.versions(), "v2")
}

// Without a binary on the runner, the action builds one from its own source.
func TestActionBuildsItselfOnAct(t *testing.T) {
	tool(t, "act", "act")
	j := newJob(t, nil)
	j.write(".github/workflows/muster.yml", fmt.Sprintf(workflow, j.registry))
	copySource(j, ".github/actions/muster")
	j.commit()
	if err := os.Remove(filepath.Join(j.bin, "muster")); err != nil {
		t.Fatal(err)
	}
	out, err := j.act("push", `{"repository": {"default_branch": "main"}}`)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mustContain(t, out, "verdict is pass")
}

// copySource puts muster's own tracked and new files below dir.
func copySource(j *job, dir string) {
	j.Helper()
	for name := range strings.SplitSeq(j.must("..", "git", "ls-files", "--cached", "--others", "--exclude-standard"), "\n") {
		if name == "" || strings.HasPrefix(name, "examples/") {
			continue
		}
		in, err := os.Open(filepath.Join("..", name))
		if err != nil {
			continue // deleted, and not committed yet
		}
		data, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			j.Fatal(err)
		}
		j.write(filepath.Join(dir, name), string(data))
	}
}
