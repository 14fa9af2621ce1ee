package stages_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
	"github.com/muster-ci/muster/stages/process"
)

// shelf is an executor with the images of a registry; what it is asked to build it notes.
type shelf struct {
	process.Process
	digest string
	built  []stages.BuildTask
}

func (s *shelf) Find(_ context.Context, ref string) (stages.Image, error) {
	named := func(task stages.BuildTask) bool { return task.Tag == ref }
	if strings.HasPrefix(ref, "muster/") && !slices.ContainsFunc(s.built, named) {
		return stages.Image{}, stages.ErrNoImage
	}
	return stages.Image{Ref: ref, ID: ref, Identity: s.digest, Digest: s.digest}, nil
}

// imageless is an executor that needs an image.
type imageless struct{ process.Process }

func (imageless) Find(_ context.Context, ref string) (stages.Image, error) {
	if ref == "" {
		return stages.Image{}, stages.ErrNoImage
	}
	return stages.Image{Ref: ref, ID: ref, Identity: ref}, nil
}

// A stage without an image is refused before the stages ahead of it have run.
func TestStagesWithoutAnImageAreRefusedFirst(t *testing.T) {
	p := newProject(t, `
version: 1
stages:
  long: {image: some, run: "echo x > out.txt", outputs: [out.txt]}
  next: {run: "true", needs: [long], matrix: {seed: [1, 2]}}
  last: {run: "true", needs: [long]}
`, nil)
	p.runner.Executor = imageless{}
	_, err := p.runner.Run(t.Context(), nil)
	invalid, ok := errors.AsType[*config.Error](err)
	if !ok || len(invalid.Problems) != 2 || len(p.ran) != 0 {
		t.Fatalf("error is %v, ran %v", err, p.ran)
	}
	if _, err := p.runner.Run(t.Context(), []string{"long"}); err != nil {
		t.Errorf("what is not asked for is in the way: %v", err)
	}
}

func (s *shelf) Pull(ctx context.Context, ref string, _ io.Writer) (stages.Image, error) {
	return s.Find(ctx, ref)
}

func (s *shelf) Build(_ context.Context, task stages.BuildTask, _ io.Writer) (stages.Image, error) {
	s.built = append(s.built, task)
	return stages.Image{Ref: task.Tag, ID: "built"}, nil
}

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// A build stands on images too: all that its Dockerfile takes from elsewhere.
func TestTheImagesOfADockerfile(t *testing.T) {
	tests := map[string]struct{ dockerfile, images, pinned string }{
		"one":              {"FROM python:3.12-slim\n", "python:3.12-slim", "FROM python@" + digestA + "\n"},
		"named":            {"FROM --platform=linux/amd64 python:3.12 as base\nFROM base\n", "python:3.12", "FROM --platform=linux/amd64 python@" + digestA + " as base\nFROM base\n"},
		"copied from":      {"FROM scratch\nCOPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/\n", "ghcr.io/astral-sh/uv:0.5", "FROM scratch\nCOPY --from=ghcr.io/astral-sh/uv@" + digestA + " /uv /bin/\n"},
		"mounted from":     {"FROM scratch\nRUN --mount=type=bind,from=tools,target=/t true\n", "tools", "FROM scratch\nRUN --mount=type=bind,from=tools@" + digestA + ",target=/t true\n"},
		"by number":        {"FROM a\nFROM b\nCOPY --from=0 /x /\n", "a b", "FROM a@" + digestA + "\nFROM b@" + digestA + "\nCOPY --from=0 /x /\n"},
		"in a comment":     {"# FROM python\nFROM a\n", "a", "# FROM python\nFROM a@" + digestA + "\n"},
		"over two lines":   {"FROM \\\n  a \\\n  AS x\n", "a", "FROM \\\n  a@" + digestA + " \\\n  AS x\n"},
		"with a default":   {"ARG V=1 REG=ghcr.io\nARG IMAGE=$REG/py:${V}\nFROM ${IMAGE}-slim AS x\n", "ghcr.io/py:1-slim", "ARG V=1 REG=ghcr.io\nARG IMAGE=$REG/py:${V}\nFROM ghcr.io/py@" + digestA + " AS x\n"},
		"with a variable":  {"ARG V\nFROM python:${V}\n", "", ""},
		"with a digest":    {"FROM python@" + digestB + "\n", "", ""},
		"from nothing":     {"FROM scratch\n", "", ""},
		"in part of names": {"FROM py/py\n", "py/py", "FROM py/py@" + digestA + "\n"},
		"CRLF":             {"FROM a\r\nRUN x\r\n", "a", "FROM a@" + digestA + "\r\nRUN x\r\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "version: 1\nstages: {image: {build: {context: .}}}", map[string]string{"Dockerfile": test.dockerfile})
			engine := &shelf{digest: digestA}
			p.runner.Executor = engine
			pins, err := p.runner.Pin(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			var images []string
			for _, pin := range pins {
				images = append(images, pin.Image)
			}
			if got := strings.Join(images, " "); got != test.images {
				t.Errorf("images %q, want %q", got, test.images)
			}
			p.run(result.RunPassed)
			if diff := cmp.Diff(test.pinned, string(engine.built[0].Pinned)); diff != "" {
				t.Errorf("what is built (-want +got): %s", diff)
			}
		})
	}
}

// What an image is pinned to counts, and nothing else: neither the engine's own
// idea of the tag, nor a run.
func TestAPinHolds(t *testing.T) {
	p := newProject(t, "version: 1\nimage: python:3.12\nstages: {a: {run: echo x > out, outputs: [out]}}", nil)
	engine := &shelf{digest: digestA}
	p.runner.Executor = engine
	p.run(result.RunPassed)
	if got := p.read(stages.LockFile); !strings.Contains(got, "python:3.12: "+digestA) {
		t.Fatalf("the lock file is %s", got)
	}
	before := p.read(stages.LockFile)
	p.run(result.RunPassed)
	if p.read(stages.LockFile) != before || len(p.ran) > 0 {
		t.Error("a second run changed the lock file, or ran")
	}
	engine.digest = digestB
	pins, err := p.runner.Pin(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]stages.Pinned{{Image: "python:3.12", Digest: digestB, Before: digestA}}, pins); diff != "" {
		t.Error(diff)
	}
	if run := p.run(result.RunPassed); len(p.ran) != 1 || run.Stages[0].Reason != "the image changed" {
		t.Errorf("after the update: %+v", run.Stages[0])
	}
}

func TestMistakesInTheLockFile(t *testing.T) {
	tests := map[string]string{
		"version: 2\n": "this muster reads version 1, and it has version 2",
		"version: 1\nimages: {a: sha256:short}\n": `the digest of image a is "sha256:short"`,
		"version: 1\nfetched: {u: {sha256: x}}\n": `the digest of u is "x"`,
		"version: 1\nimage: {}\n":                 "field image not found",
		"<<<<<<< HEAD\n":                          "muster.lock: it has the marks of a merge conflict",
		"version: 1\nimages:\n<<<<<<< HEAD\n    a: sha256:1\n=======\n    a: sha256:2\n>>>>>>> main\n": "the marks of a merge conflict",
		"":            "muster.lock: the file is empty",
		"# nothing\n": "muster.lock: the file is empty",
		"version: 1\nimages: {a: b}\nimages: {a: c}\n":      "already defined",
		"version: 1\nimages: &a {x: *a}\n":                  "muster.lock: ",
		"version: 1\nimages:\n\ta: sha256:0000\n":           "muster.lock: ",
		"version: 1\nimages: [a, b]\n# a list, not a map\n": "muster.lock: ",
	}
	for text, want := range tests {
		p := newProject(t, "version: 1\nstages: {a: {run: echo x > out, outputs: [out]}}", map[string]string{stages.LockFile: text})
		_, err := p.runner.Run(t.Context(), nil)
		if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %s", text, err, want)
		}
		if p.read(stages.LockFile) != text {
			t.Errorf("%q was written over", text)
		}
	}
}

// Two runs that pin at once lose nothing of one another.
func TestTwoRunsPinAtOnce(t *testing.T) {
	p := newProject(t, "version: 1\nstages: {a: {image: a, run: \"true\"}, b: {image: b, run: \"true\"}}", nil)
	var wait sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		runner := *p.runner
		runner.Executor, runner.Listen = &shelf{digest: digestA}, nil
		wait.Go(func() {
			if _, err := runner.Run(t.Context(), []string{name}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	got := p.read(stages.LockFile)
	for _, want := range []string{"a: " + digestA, "b: " + digestA} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in the lock file: %s", want, got)
		}
	}
}

func FuzzLock(f *testing.F) {
	f.Add("version: 1\nimages: {a: " + digestA + "}\nfetched: {u: {sha256: x, date: 2026-01-01T00:00:00Z}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		p := newProject(t, "version: 1\nstages: {a: {run: x}}", nil)
		if err := os.WriteFile(filepath.Join(p.dir, stages.LockFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := p.runner.Preview(t.Context(), nil); err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("a mistake in the file came back as %T: %v", err, err)
			}
		}
	})
}

func FuzzDockerfile(f *testing.F) {
	f.Add("FROM a AS b\nCOPY --from=c /x /\nRUN --mount=from=d true\n")
	f.Fuzz(func(t *testing.T, text string) {
		p := newProject(t, "version: 1\nstages: {image: {build: {context: .}}}", map[string]string{"Dockerfile": text})
		engine := &shelf{digest: digestA}
		p.runner.Executor = engine
		if _, err := p.runner.Run(t.Context(), nil); err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("a mistake in the file came back as %T: %v", err, err)
			}
		}
	})
}

// A parameter that is not there is no surprise after an hour of other stages.
func TestWrongParamsAreRefusedFirst(t *testing.T) {
	const yaml = `
version: 1
params: params.yaml
stages:
  long: {run: "echo x > out.txt", outputs: [out.txt]}
  next: {run: "true", needs: [long], params: [lr]}
`
	for text, want := range map[string]string{"": "muster.yaml:3:1: params file params.yaml is not there", "other: 1\n": `params.yaml has no parameter "lr"`} {
		files := map[string]string{"params.yaml": text}
		if text == "" {
			files = nil
		}
		p := newProject(t, yaml, files)
		_, err := p.runner.Run(t.Context(), nil)
		if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), want) || len(p.ran) > 0 {
			t.Errorf("error is %v, want %s; ran %v", err, want, p.ran)
		}
	}
	p := newProject(t, strings.ReplaceAll(strings.ReplaceAll(yaml, "out.txt", "params.yaml"), "echo x", "echo lr: 1"), nil)
	if p.run(result.RunPassed); len(p.ran) != 2 { // the file is made
		t.Errorf("ran %v", p.ran)
	}
}
