package gitlab_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The tests here run the component on gitlab-ci-local, which executes GitLab's jobs,
// with the fake in the place of GitLab.

// tool finds gitlab-ci-local, which scripts/setup.sh installs.
func tool(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../.tools/bin/gitlab-ci-local")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatal("gitlab-ci-local is not there; in CI this test must run: scripts/setup.sh gitlab-ci-local")
	}
	t.Skip("gitlab-ci-local is not there; to run this test: scripts/setup.sh gitlab-ci-local")
	return ""
}

const pipeline = `version: 1
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

// predict stands for a model; its skill is what "training" writes.
const predict = `function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
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

// binary is the program, made once for all tests; it is removed when they have ended.
var binary struct {
	sync.Once
	dir string
	err error
}

func build() (string, error) {
	binary.Do(func() {
		if binary.dir, binary.err = os.MkdirTemp("", "muster-bin-"); binary.err != nil {
			return
		}
		out, err := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(binary.dir, "muster"), "../../cmd/muster").CombinedOutput()
		if err != nil {
			binary.err = errors.Join(err, errors.New(string(out)))
		}
	})
	return binary.dir, binary.err
}

func TestMain(m *testing.M) {
	code := m.Run()
	if binary.dir != "" {
		_ = os.RemoveAll(binary.dir)
	}
	os.Exit(code)
}

// project is a repository with a pipeline, and a registry that outlives its jobs.
type project struct {
	*testing.T
	dir, folder, registry string
	env                   []string
}

// newProject makes the repository on its default branch, with a champion of skill 1.
func newProject(t *testing.T, folder string, files map[string]string) *project {
	t.Helper()
	if testing.Short() {
		t.Skip("runs whole CI jobs; leave -short out")
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	p := &project{T: t, dir: filepath.Join(t.TempDir(), "repository"), folder: folder, registry: filepath.Join(t.TempDir(), "registry")}
	// These tests may themselves run in a CI job, whose variables are not the job's here.
	p.env = append(os.Environ(), "CI=", "GITHUB_ACTIONS=", "GITLAB_CI=", "PATH="+bin+":"+os.Getenv("PATH"), "MUSTER_REGISTRY="+p.registry,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org")
	template, err := os.ReadFile("../../templates/muster.yml")
	if err != nil {
		t.Fatal(err)
	}
	p.write("templates/muster.yml", string(template))
	p.write(folder+"muster.yaml", pipeline)
	p.write(folder+"predict.awk", predict)
	p.write(folder+"skill.txt", "1.0\n")
	p.write(".gitignore", ".gitlab-ci-local/\n.muster/\nmodel.txt\npredictions.csv\n")
	for name, text := range files {
		p.write(name, text)
	}
	p.must("git", "init", "--quiet", "--initial-branch=main")
	p.must("git", "remote", "add", "origin", "https://gitlab.example.com/acme/tumours.git")
	p.commit()
	for _, args := range [][]string{{"models", "init"}, {"run", "--quiet", "--executor", "process"}, {"gate", "--executor", "process"}, {"promote"}} {
		p.must("muster", append([]string{"--file", folder + "muster.yaml"}, args...)...)
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

// commit commits all, and returns the commit.
func (p *project) commit() string {
	p.Helper()
	p.must("git", "add", ".")
	p.must("git", "commit", "--quiet", "--message", "change")
	return p.head("HEAD")
}

func (p *project) head(ref string) string {
	p.Helper()
	return strings.TrimSpace(p.must("git", "rev-parse", ref))
}

// do runs a program in the repository and returns what it printed.
func (p *project) do(name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(p.Context(), name, args...)
	if bin, err := build(); name == "muster" && err == nil {
		cmd = exec.CommandContext(p.Context(), filepath.Join(bin, name), args...)
	}
	cmd.Dir, cmd.Env = p.dir, p.env
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (p *project) must(name string, args ...string) string {
	p.Helper()
	out, err := p.do(name, args...)
	if err != nil {
		p.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// ci runs the jobs of a pipeline. The variables are what GitLab would set; a local
// runner takes some of them for its own.
func (p *project) ci(source string, variables ...string) (string, error) {
	p.Helper()
	args := []string{"--json-schema-validation=false", "--force-shell-executor", "--shell-isolation", "--ignore-predefined-vars", "CI_API_V4_URL,CI_PROJECT_ID,CI_PIPELINE_SOURCE,CI_DEFAULT_BRANCH,GITLAB_CI"}
	for _, v := range append([]string{"CI_PIPELINE_SOURCE=" + source, "CI_DEFAULT_BRANCH=main", "GITLAB_CI=true", "MUSTER_REGISTRY=" + p.registry}, variables...) {
		args = append(args, "--variable", v)
	}
	return p.do(tool(p.T), args...)
}

// change runs the pipeline of a merge request into main.
func (p *project) change(variables ...string) (string, error) {
	p.Helper()
	return p.ci("merge_request_event", append([]string{
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA=" + p.head("main"),
		"CI_MERGE_REQUEST_IID=3", "CI_MERGE_REQUEST_PROJECT_ID=7", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=7", "CI_PROJECT_ID=7",
	}, variables...)...)
}

func (p *project) versions() string {
	p.Helper()
	return p.must("muster", "--file", p.folder+"muster.yaml", "models", "list")
}

func mustContain(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in:\n%s", want, out)
		}
	}
}

func mustNotContain(t *testing.T, out string, refused ...string) {
	t.Helper()
	for _, text := range refused {
		if strings.Contains(out, text) {
			t.Errorf("there is %q in:\n%s", text, out)
		}
	}
}

const component = `include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/muster@$CI_COMMIT_SHA
    inputs: {job: tumours, folder: model/, engine: none, args: --quiet}
`

// A change that makes the model worse fails its job, the mended one passes, and only the
// default branch promotes.
func TestComponent(t *testing.T) {
	p := newProject(t, "model/", map[string]string{".gitlab-ci.yml": component})
	p.must("git", "checkout", "--quiet", "-b", "change")
	p.write("model/skill.txt", "0.5\n")
	p.commit()
	out, err := p.change()
	if err == nil {
		t.Errorf("the job of a change that makes the model worse succeeded:\n%s", out)
	}
	mustContain(t, out, "denied", "roc_auc")
	mustNotContain(t, out, "tumours-main", "tumours-schedule")

	p.write("model/skill.txt", "1.3\n")
	p.commit()
	if out, err = p.change(); err != nil {
		t.Errorf("the job of a better model: %v\n%s", err, out)
	}
	mustNotContain(t, p.versions(), "v2")

	p.must("git", "checkout", "--quiet", "main")
	p.must("git", "merge", "--quiet", "change")
	if out, err = p.ci("push"); err != nil {
		t.Errorf("the job on the default branch: %v\n%s", err, out)
	}
	mustContain(t, out, "tumours-main")
	mustContain(t, p.versions(), "v2")
}
