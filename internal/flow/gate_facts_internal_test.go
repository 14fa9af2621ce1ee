package flow

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
	"github.com/muster-ci/muster/stages"
)

// inProject writes files into a folder with a pipeline, and opens it.
func inProject(t *testing.T, files map[string]string) Gate {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"muster.yaml": "version: 1\nname: facts\nimage: tiny\nparams: params.yaml\nstages: {a: {run: make, outputs: [a]}}\n"}
	maps.Copy(all, files)
	for name, text := range all {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	project, err := Open(filepath.Join(dir, "muster.yaml"), "")
	if err != nil {
		t.Fatal(err)
	}
	return Gate{Project: project, Runner: &stages.Runner{Config: project.Config, Dir: project.Dir, Folder: project.Folder}}
}

func TestFindLicense(t *testing.T) {
	const card = "---\nlicense: apache-2.0\ntags: [x]\n---\n# Model\n"
	tests := map[string]struct {
		files map[string]string // those below model/ are the model's own
		want  policies.License
	}{
		"none":                       {map[string]string{"README.md": "# Model\n", "licenses.csv": "a,b\n", "data/LICENSE": "x"}, policies.License{}},
		"a file":                     {map[string]string{"LICENSE": "MIT"}, policies.License{Path: "LICENSE"}},
		"as the British write it":    {map[string]string{"licence.txt": "MIT"}, policies.License{Path: "licence.txt"}},
		"an empty file":              {map[string]string{"LICENSE": " \n"}, policies.License{}},
		"a folder":                   {map[string]string{"LICENSE/a": "MIT"}, policies.License{}},
		"a card":                     {map[string]string{"README.md": card, "LICENSE": "MIT"}, policies.License{Name: "apache-2.0", Path: "README.md"}},
		"a card with CRLF":           {map[string]string{"MODEL_CARD.md": strings.ReplaceAll(card, "\n", "\r\n")}, policies.License{Name: "apache-2.0", Path: "MODEL_CARD.md"}},
		"a card with several":        {map[string]string{"README.md": "---\nlicense: [mit, gpl-3.0]\n---\n"}, policies.License{Name: "mit", Path: "README.md"}},
		"a card that does not know":  {map[string]string{"README.md": "---\nlicense: unknown\n---\n"}, policies.License{}},
		"a card that has a number":   {map[string]string{"README.md": "---\nlicense: 7\n---\n"}, policies.License{}},
		"a card without end":         {map[string]string{"README.md": "---\nlicense: mit\n"}, policies.License{}},
		"a card that is no YAML":     {map[string]string{"README.md": "---\nlicense: [\n---\n"}, policies.License{}},
		"a card of many aliases":     {map[string]string{"README.md": "---\na: &a [x,x]\nlicense: {b: *a}\n---\n"}, policies.License{}},
		"the model's own come first": {map[string]string{"LICENSE": "MIT", "model/COPYING": "GPL"}, policies.License{Path: "model/COPYING"}},
		"the model's own card":       {map[string]string{"model/README.md": card, "model/LICENSE": "MIT"}, policies.License{Name: "apache-2.0", Path: "model/README.md"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := inProject(t, test.files)
			got := g.findLicense(t.Context(), storedModel(t, g))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// storedModel takes what lies below model/ into the store, as training would.
func storedModel(t *testing.T, g Gate) result.Model {
	t.Helper()
	store, err := g.Project.Folder.Store()
	if err != nil {
		t.Fatal(err)
	}
	var model result.Model
	files, err := filepath.Glob(filepath.Join(g.Project.Dir, "model", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		digest, size, err := store.Add(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		model.Files = append(model.Files, result.File{Path: "model/" + filepath.Base(file), SHA256: digest, Size: size})
	}
	return model
}

// A link to somebody else's licence is none.
func TestLicenseOutOfTheRepository(t *testing.T) {
	g := inProject(t, nil)
	outside := filepath.Join(t.TempDir(), "LICENSE")
	if err := os.WriteFile(outside, []byte("MIT"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(g.Project.Dir, "LICENSE")); err != nil {
		t.Fatal(err)
	}
	if got := g.findLicense(t.Context(), result.Model{}); got.Path != "" {
		t.Errorf("found %+v", got)
	}
}

func TestParamLines(t *testing.T) {
	g := inProject(t, map[string]string{"params.yaml": `# all of it
train:
  depth: 3
  "rate": 1.0
  features: [mean,   worst]
  layers:
    - 8
    - 4
base: &base {seed: 7}
other:
  <<: *base
  also: *base
empty: {}
`})
	a, b := "8", "3"
	list, old := "[mean, worst]", "x"
	got := g.paramChanges(result.Diff{Params: []result.Change{
		{Name: "train.depth", A: &a, B: &b},
		{Name: "train.rate", A: &a, B: &old}, // what the run read is not what stands there now
		{Name: "train.features", B: &list},
		{Name: "gone", A: &a},
		{Name: "other.seed", B: &b},
	}})
	want := []result.Difference{
		{Kind: "param", Name: "train.depth", Path: "params.yaml", Line: 3, From: &a, To: &b},
		{Kind: "param", Name: "train.rate", From: &a, To: &old},
		{Kind: "param", Name: "train.features", Path: "params.yaml", Line: 5, To: &list},
		{Kind: "param", Name: "gone", From: &a},
		{Kind: "param", Name: "other.seed", To: &b},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	lines := g.paramLines()
	for name, want := range map[string]paramLine{
		"train.layers": {"[8, 4]", 6}, "base.seed": {"7", 9}, "other.also.seed": {"7", 9}, "empty": {"{}", 13}, "train.rate": {"1.0", 4},
	} {
		if lines[name] != want {
			t.Errorf("%s is %v, want %v", name, lines[name], want)
		}
	}
}

func TestParamsThatCannotBeRead(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for _, pair := range []string{"ba", "cb", "dc", "ed", "fe", "gf"} {
		bomb += pair[:1] + ": &" + pair[:1] + " {" + strings.Repeat("k: *"+pair[1:]+", ", 1) + "l: *" + pair[1:] + "}\n"
	}
	for name, text := range map[string]string{"no YAML": "a: [", "empty": "", "a list": "- 1\n", "too large": strings.Repeat("# \n", 1<<19)} {
		if lines := inProject(t, map[string]string{"params.yaml": text}).paramLines(); len(lines) > 0 {
			t.Errorf("%s has %v", name, lines)
		}
	}
	if lines := inProject(t, map[string]string{"params.yaml": bomb}).paramLines(); lines["g.k.k.k.k.k.k"].text == "" {
		t.Errorf("aliases were not followed: %v", lines)
	}
}

func TestUnpinned(t *testing.T) {
	zero := 0
	run := result.Run{Stages: []result.Stage{
		{Name: "fetched", Status: result.StageRan, Command: "fetch https://data.example.org/x.csv"},
		{Name: "pinned", Status: result.StageCached, Image: "python:3", ImageID: "sha256:" + strings.Repeat("a", 64)},
		{Name: "host", Status: result.StageRan, ImageID: "process/linux-amd64", ExitCode: &zero},
		{Name: "unknown", Status: result.StageCached, Image: "python:3"},
		{Name: "skipped", Status: result.StageSkipped, Image: "python:3"},
	}}
	if diff := cmp.Diff([]string{"host", "unknown"}, unpinned(run)); diff != "" {
		t.Error(diff)
	}
}

// Files by content, parts of stages by the stage's name, and whole stages by what they ran.
func TestOtherChanges(t *testing.T) {
	before := result.Run{Stages: []result.Stage{{Name: "gone", Command: "old"}, {Name: "train", Command: "a"}}}
	after := result.Run{Stages: []result.Stage{{Name: "train", Command: "b"}, {Name: "new", Command: "fresh"}}}
	text := func(s string) *string { return &s }
	got := otherChanges(result.Diff{
		Code:     []result.FileChange{{Path: "train.py", A: "1", B: "2"}},
		Data:     []result.FileChange{{Path: "train.csv", B: "2"}},
		Commands: []result.StageChange{{Stages: []string{"train"}, Change: result.Change{Name: "command", A: text("a"), B: text("b")}}},
		Env:      []result.StageChange{{Stages: []string{"train"}, Change: result.Change{Name: "OMP", A: text("1")}}},
		Stages: []result.StageChange{
			{Stages: []string{"gone"}, Change: result.Change{Name: "status", A: text("passed")}},
			{Stages: []string{"new"}, Change: result.Change{Name: "status", B: text("passed")}},
			{Stages: []string{"train"}, Change: result.Change{Name: "status", A: text("passed"), B: text("failed")}},
		},
	}, before, after)
	want := []result.Difference{
		{Kind: "code", Path: "train.py", From: text("1"), To: text("2")},
		{Kind: "data", Path: "train.csv", To: text("2")},
		{Kind: "command", Name: "train", From: text("a"), To: text("b")},
		{Kind: "env", Name: "OMP", From: text("1")},
		{Kind: "command", Name: "gone", From: text("old")},
		{Kind: "command", Name: "new", To: text("fresh")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEvaluationChanges(t *testing.T) {
	run := func(stage string) result.Run {
		return result.Run{
			Evaluation: &result.Evaluation{Stage: stage},
			Stages:     []result.Stage{{Name: stage, Params: map[string]string{"threshold": "1"}}},
		}
	}
	change := result.Change{}
	diff := result.Diff{
		Code:     []result.FileChange{{Path: "evaluate.py", Stages: []string{"evaluate"}}, {Path: "train.py", Stages: []string{"train"}}},
		Data:     []result.FileChange{{Path: "test.csv", Stages: []string{"train", "evaluate"}}},
		Commands: []result.StageChange{{Stages: []string{"evaluate"}, Change: change}},
		Images:   []result.StageChange{{Stages: []string{"train"}, Change: change}},
		Params:   []result.Change{{Name: "threshold"}, {Name: "depth"}},
	}
	want := []string{"evaluate.py", "test.csv", "the command of evaluate", "threshold"}
	if d := cmp.Diff(want, evaluationChanges(diff, run("evaluate"), run("evaluate"))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"stage measure in the place of evaluate"}, evaluationChanges(diff, run("evaluate"), run("measure"))); d != "" {
		t.Error(d)
	}
	if got := evaluationChanges(diff, result.Run{}, run("evaluate")); got != nil {
		t.Errorf("without a record: %v", got)
	}
}
