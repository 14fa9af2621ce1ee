package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// fakeEngine answers as it is told to.
type fakeEngine struct {
	info      stages.EngineInfo
	infoErr   error
	apart     bool // it does not share files
	sharesErr error
	images    []string // that it has
	offered   []string // that registries have
	hangs     bool     // it never says which images it has
}

func (f fakeEngine) Info(context.Context) (stages.EngineInfo, error) { return f.info, f.infoErr }

func (f fakeEngine) Shares(context.Context, string) (bool, error) { return !f.apart, f.sharesErr }

func (f fakeEngine) Find(_ context.Context, ref string) (stages.Image, error) {
	if f.hangs {
		select {} // not even the context ends it, as with a dead mount
	}
	if slices.Contains(f.images, ref) {
		return stages.Image{Ref: ref}, nil
	}
	return stages.Image{}, fmt.Errorf("%s: %w", ref, stages.ErrNoImage)
}

func (f fakeEngine) Offers(_ context.Context, ref string) error {
	if slices.Contains(f.offered, ref) {
		return nil
	}
	return errors.New("manifest unknown")
}

// engineError is an error that knows what to do.
type engineError struct{ text string }

func (e engineError) Error() string { return e.text }
func (e engineError) Hint() string  { return "start it" }

const pipeline = `version: 1
name: demo
image: python:3.12
stages:
  image: {build: {context: docker}}
  train: {run: x, inputs: [in.csv], outputs: [model], resources: {memory: 4g, cpus: 2}}
  evaluate: {run: x, image: stage:image, inputs: [model], predictions: p.csv, services: {db: {image: postgres:16}}}
gate: {metrics: {roc_auc: {margin: 0.01}}}
`

// sound is an engine, and a folder, in which nothing is wrong.
func sound(t *testing.T) (dir string, engine fakeEngine) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	dir = t.TempDir()
	write(t, filepath.Join(dir, "muster.yaml"), pipeline)
	write(t, filepath.Join(dir, "docker", "Dockerfile"), "FROM scratch\n")
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	git(t, dir, "add", ".")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "m")
	return dir, fakeEngine{
		info: stages.EngineInfo{
			Host: "tcp://engine:2375", Version: "28.0", API: "1.48", System: "Debian", Storage: "overlay2",
			Root: "/nowhere/docker", CPUs: 4, Memory: 16 << 30, Time: time.Now(),
		},
		images: []string{"python:3.12"}, offered: []string{"postgres:16"},
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// examine returns the diagnosis as lines: status, name, message, hint.
func examine(t *testing.T, dir string, engine fakeEngine, env map[string]string, change func(*flow.Doctor)) (result.Diagnosis, string) {
	t.Helper()
	doctor := flow.Doctor{
		File: filepath.Join(dir, "muster.yaml"), Timeout: 5 * time.Second,
		Env: func(name string) (string, bool) { value, set := env[name]; return value, set },
		Connect: func(context.Context) (flow.Engine, func(), error) {
			return engine, func() {}, nil
		},
	}
	if change != nil {
		change(&doctor)
	}
	diagnosis := doctor.Examine(t.Context())
	if _, err := result.Encode(diagnosis); err != nil {
		t.Errorf("the diagnosis is no document: %v", err)
	}
	var text strings.Builder
	for _, c := range diagnosis.Checks {
		if (c.Status == result.CheckWarn || c.Status == result.CheckFail) && c.Hint == "" {
			t.Errorf("%s: %s, and nobody says what to do", c.Name, c.Message)
		}
		fmt.Fprintf(&text, "%s %s: %s; %s\n", c.Status, c.Name, c.Message, c.Hint)
	}
	return diagnosis, text.String()
}

func TestDoctorFindsNothing(t *testing.T) {
	dir, engine := sound(t)
	diagnosis, text := examine(t, dir, engine, nil, func(d *flow.Doctor) {
		d.RegistryPath = filepath.Join(t.TempDir(), "registry")
		project, err := flow.Open(d.File, d.RegistryPath)
		if err != nil {
			t.Fatal(err)
		}
		if err := project.InitRegistry(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if diagnosis.Status != result.CheckOK || diagnosis.Pipeline != "demo" {
		t.Errorf("status is %s:\n%s", diagnosis.Status, text)
	}
	for _, want := range []string{
		"ok configuration: ", "ok engine: Docker 28.0 at tcp://engine:2375", "ok image: python:3.12 is there",
		"ok image: postgres:16 is not there; the first run pulls it", "ok image: stage image builds it from docker/Dockerfile",
		"ok registry: ", "no model was promoted yet", "na engine's disk: it is not on this machine", "ok git: git ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestDoctorFinds(t *testing.T) {
	tests := map[string]struct {
		engine func(*fakeEngine)
		doctor func(*flow.Doctor)
		env    map[string]string
		file   string // in place of the sound one
		want   []string
	}{
		"no engine": {
			doctor: func(d *flow.Doctor) {
				d.Connect = func(context.Context) (flow.Engine, func(), error) { return nil, nil, engineError{"no engine answers"} }
			},
			want: []string{"fail engine: no engine answers; start it", "na image: there is no engine to ask", "ok git: "},
		},
		"a socket of somebody else": {
			doctor: func(d *flow.Doctor) {
				d.Connect = func(context.Context) (flow.Engine, func(), error) {
					return nil, nil, engineError{"dial unix docker.sock: connect: permission denied"}
				}
			},
			want: []string{"usermod -aG docker"},
		},
		"an engine that falls silent": {
			engine: func(f *fakeEngine) { f.infoErr = errors.New("unexpected EOF") },
			want:   []string{"fail engine: unexpected EOF"},
		},
		"no engine needed": {
			doctor: func(d *flow.Doctor) { d.Executor = "process" },
			want:   []string{"na engine: stages run on this machine", "ok resources: "},
		},
		"no engine needed, as the file says": {
			file: "version: 1\nexecutor: process\nstages: {a: {run: x}}\n",
			want: []string{"na engine: stages run on this machine", "na registry: there is no gate"},
		},
		"an engine elsewhere": {
			engine: func(f *fakeEngine) { f.apart = true },
			want:   []string{"warn shared files: the engine does not see"},
		},
		"an engine that has no image to ask with": {
			engine: func(f *fakeEngine) { f.sharesErr = errors.New("not known") },
			want:   []string{"warn shared files: ", "pull or build an image first"},
		},
		"a storage driver that copies": {
			engine: func(f *fakeEngine) { f.info.Storage = "vfs" },
			want:   []string{"warn engine: ", "overlay2"},
		},
		"an engine without limits": {
			engine: func(f *fakeEngine) {
				f.info.Warnings = []string{"WARNING: No swap", "WARNING: No memory limit support"}
			},
			want: []string{"warn engine: ", "it warns: No memory limit support"},
		},
		"too little memory": {
			engine: func(f *fakeEngine) { f.info.Memory = 3 << 30 },
			want:   []string{"fail resources: ", "stage train asks for 4.0 GiB memory"},
		},
		"little memory": {
			file:   "version: 1\nimage: python:3.12\nstages: {a: {run: x}}\n",
			engine: func(f *fakeEngine) { f.info.Memory = 1 << 30 },
			want:   []string{"warn resources: "},
		},
		"too few processors": {
			engine: func(f *fakeEngine) { f.info.CPUs = 1 },
			want:   []string{"stage train asks for 2 processors"},
		},
		"no GPUs": {
			file: "version: 1\nimage: python:3.12\nstages: {a: {run: x, resources: {gpus: 1}}}\n",
			want: []string{"fail resources: ", "asks for GPUs (1)"},
		},
		"an image that is not to be had": {
			engine: func(f *fakeEngine) { f.offered = nil },
			want:   []string{"fail image: postgres:16 is not there, and cannot be had: manifest unknown"},
		},
		"no image named": {
			file: "version: 1\nstages: {a: {run: x}, b: {run: x}}\n",
			want: []string{"fail image: no image is named for a, b"},
		},
		"no Dockerfile": {
			file: "version: 1\nstages: {a: {build: {context: nowhere}}}\n",
			want: []string{"fail image: stage a is to build from nowhere/Dockerfile, which is not there"},
		},
		"mistakes in the file": {
			file: "version: 1\nstages:\n  a: {rum: x}\n  b: {rum: x}\n",
			want: []string{`muster.yaml:3:7: unknown key "rum", and 1 more`, `did you mean "run"?`, "na registry: ", "na image: "},
		},
		"stages that wait for one another": {
			file: "version: 1\nimage: i\nstages:\n  a: {run: x, needs: [b]}\n  b: {run: x, needs: [a]}\n",
			want: []string{"fail configuration: ", "stages wait for one another"},
		},
		"a check that never ends": {
			engine: func(f *fakeEngine) { f.hangs = true },
			doctor: func(d *flow.Doctor) { d.Timeout = 50 * time.Millisecond },
			want:   []string{"fail image: no answer within 50ms", "configuration: ", "registry: "},
		},
		"clocks that differ": {
			engine: func(f *fakeEngine) { f.info.Time = time.Now().Add(-time.Hour) },
			want:   []string{"warn clock: the engine's clock differs by 1h"},
		},
		"no registry": {
			want: []string{"warn registry: there is none at", "muster models init"},
		},
		"a registry that a job loses": {
			env:  map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": "0", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main"},
			want: []string{"fail registry: ", "MUSTER_REGISTRY", "ok host: gitlab: the job runs for the default branch main"},
		},
		"a job's variables that did not come along": {
			env:  map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "0"},
			want: []string{"fail host: github, but GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_REF, GITHUB_STEP_SUMMARY, GITHUB_OUTPUT not set"},
		},
		"secrets that are not set": {
			file: "version: 1\nimage: python:3.12\nstages:\n  a: {run: x, secrets: [TOKEN, KEY]}\n  b: {run: x, secrets: [KEY]}\n",
			env:  map[string]string{"TOKEN": "hunter2"},
			want: []string{"warn secrets: not set: KEY; "},
		},
		"secrets that are set": {
			file: "version: 1\nimage: python:3.12\nstages: {a: {run: x, secrets: [TOKEN]}}\n",
			env:  map[string]string{"TOKEN": "hunter2"},
			want: []string{"ok secrets: set: TOKEN; "},
		},
		"a job of another host": {
			env:  map[string]string{"CI": "1"},
			want: []string{"warn host: a CI job, but of no host"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir, engine := sound(t)
			if test.file != "" {
				write(t, filepath.Join(dir, "muster.yaml"), test.file)
			}
			if test.engine != nil {
				test.engine(&engine)
			}
			diagnosis, text := examine(t, dir, engine, test.env, test.doctor)
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, "hunter2") {
				t.Errorf("a secret is told:\n%s", text)
			}
			if failed := strings.Contains("\n"+text, "\nfail "); failed != (diagnosis.Status == result.CheckFail) {
				t.Errorf("status is %s:\n%s", diagnosis.Status, text)
			}
		})
	}
}

func TestDoctorCanBeInterrupted(t *testing.T) {
	dir, engine := sound(t)
	engine.hangs = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	diagnosis := flow.Doctor{
		File: filepath.Join(dir, "muster.yaml"), Timeout: time.Hour, Env: func(string) (string, bool) { return "", false },
		Connect: func(context.Context) (flow.Engine, func(), error) { return engine, func() {}, nil },
	}.Examine(ctx)
	if !slices.ContainsFunc(diagnosis.Checks, func(c result.Check) bool { return c.Message == "interrupted" }) {
		t.Errorf("%+v", diagnosis.Checks)
	}
}

func TestDoctorLooksAtGit(t *testing.T) {
	look := func(t *testing.T, dir string, env map[string]string) string {
		t.Helper()
		_, text := examine(t, dir, fakeEngine{}, env, func(d *flow.Doctor) { d.Executor = "process" })
		return text
	}
	t.Run("no working copy", func(t *testing.T) {
		if text := look(t, t.TempDir(), nil); !strings.Contains(text, "this folder is no working copy") {
			t.Error(text)
		}
	})
	t.Run("no commit", func(t *testing.T) {
		dir := t.TempDir()
		git(t, dir, "init", "--quiet")
		if text := look(t, dir, nil); !strings.Contains(text, "there is no commit yet") {
			t.Error(text)
		}
	})
	t.Run("one that git refuses", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, ".git", "HEAD"), "nonsense")
		if text := look(t, filepath.Join(dir), nil); !strings.Contains(text, "safe.directory") {
			t.Error(text)
		}
	})
	t.Run("changes, and a commit of tomorrow", func(t *testing.T) {
		dir, _ := sound(t)
		t.Setenv("GIT_COMMITTER_DATE", time.Now().Add(24*time.Hour).Format(time.RFC3339))
		git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--amend", "-m", "m")
		write(t, filepath.Join(dir, "docker", "Dockerfile"), "FROM other\n")
		text := look(t, dir, nil)
		if !strings.Contains(text, "with changes that are not committed") || !strings.Contains(text, "but the commit is of") {
			t.Error(text)
		}
	})
	t.Run("a shallow checkout in a job", func(t *testing.T) {
		origin, _ := sound(t)
		git(t, origin, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--allow-empty", "-m", "m")
		dir := filepath.Join(t.TempDir(), "clone")
		git(t, origin, "clone", "--quiet", "--depth", "1", "file://"+origin, dir)
		if text := look(t, dir, map[string]string{"GITLAB_CI": "true"}); !strings.Contains(text, "fetch-depth: 0") {
			t.Error(text)
		}
	})
}

func TestDoctorNeedsAFolderToWriteIn(t *testing.T) {
	_, text := examine(t, filepath.Join(t.TempDir(), "nowhere"), fakeEngine{}, nil, func(d *flow.Doctor) { d.Executor = "process" })
	if !strings.Contains(text, "fail disk: muster cannot write here") {
		t.Error(text)
	}
}
