package actions_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/jobtest"
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

// program is removed when all tests have ended.
var program jobtest.Program

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}

// job is a repository with a pipeline, and a registry that outlives its jobs.
type job struct {
	*testing.T
	dir, registry, bin string
	env                []string
}

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
	if err := os.Symlink(filepath.Join(program.Folder(t), "muster"), filepath.Join(j.bin, "muster")); err != nil {
		t.Fatal(err)
	}
	j.write("muster.yaml", jobtest.Pipeline)
	j.write("predict.awk", jobtest.Predict)
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
