package stages_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

const twoMachines = `
version: 1
name: two
stages:
  prepare: {run: 'mkdir -p data; cut -c1 raw.txt > data/train.txt; cut -c2 raw.txt > data/test.txt', inputs: [raw.txt], outputs: [data/]}
  train: {run: 'mkdir -p model; cat train.py data/train.txt > model/weights', inputs: [train.py, data/train.txt], outputs: [model/]}
  evaluate: {run: 'cat evaluate.py data/test.txt model/weights > p.csv', inputs: [evaluate.py, data/test.txt, model/], predictions: p.csv}
  report: {run: echo x, inputs: [p.csv]}
`

func machine(t *testing.T) *project {
	t.Helper()
	return newProject(t, twoMachines, map[string]string{"raw.txt": "ab\n", "train.py": "t", "evaluate.py": "e"})
}

// export runs the targets and writes their bundle.
func (p *project) export(targets ...string) string {
	p.Helper()
	dir := filepath.Join(p.TempDir(), "bundle")
	if err := p.runner.CanExport(targets, dir); err != nil {
		p.Fatal(err)
	}
	run, err := p.runner.Run(p.Context(), targets)
	if err != nil || run.Status != result.RunPassed {
		p.Fatal(run.Status, err)
	}
	if err := p.runner.Export(p.Context(), run, dir); err != nil {
		p.Fatal(err)
	}
	return dir
}

func (p *project) take(dir string) (result.Run, error) {
	p.Helper()
	p.ran = nil
	bundle, err := stages.OpenBundle(p.Context(), dir)
	if err != nil {
		p.Fatal(err)
	}
	return p.runner.Import(p.Context(), bundle)
}

// A model that another machine trained is measured here, on data that lies there
// only, and nothing of the working copy changes.
func TestABundleIsMeasuredHere(t *testing.T) {
	for _, targets := range [][]string{{"train"}, {"evaluate"}, nil} {
		there, here := machine(t), machine(t)
		dir := there.export(targets...)
		if err := os.Remove(filepath.Join(here.dir, "raw.txt")); err != nil { // the data is on one machine
			t.Fatal(err)
		}
		run, err := here.take(dir)
		if err != nil {
			t.Fatal(err)
		}
		if run.Status != result.RunPassed || run.Bundle == "" || run.Candidate == nil || run.Candidate.RulerKey == "" || run.Evaluation == nil {
			t.Fatalf("run is %+v", run)
		}
		if diff := cmp.Diff([]string{"evaluate"}, here.ran); diff != "" {
			t.Error("what ran here: " + diff)
		}
		entries, err := os.ReadDir(here.dir)
		if err != nil || len(entries) != 4 { // .muster, evaluate.py, muster.yaml, train.py
			t.Errorf("the working copy holds %v, %v", entries, err)
		}
		// It is the last run, and the champion is measured on the same rows, by any later process.
		last, err := here.runner.Folder.LoadRun("last", "two")
		if err != nil || last.ID != run.ID || last.Candidate.Digest != run.Candidate.Digest {
			t.Errorf("last run is %s, %v", last.ID, err)
		}
		if _, err := here.runner.Evaluate(t.Context(), last, *last.Candidate); err != nil {
			t.Error(err)
		}
	}
}

// Entries of a bundle are somebody's word: a laptop may use them, the default branch may not.
func TestTheTrustOfABundle(t *testing.T) {
	there := machine(t)
	dir := there.export("train")
	for _, scope := range []result.Scope{result.ScopeLocal, result.ScopeDefaultBranch} {
		here := machine(t)
		here.runner.Scope = scope
		if _, err := here.take(dir); err != nil {
			t.Fatal(err)
		}
		got := statuses(here.run(result.RunPassed))["train"]
		if trusted := got == result.StageCached; trusted != (scope == result.ScopeLocal) {
			t.Errorf("in scope %s train is %s", scope, got)
		}
	}
	// What is known already stays as it is: a bundle takes no trust away either.
	here := machine(t)
	here.runner.Scope = result.ScopeDefaultBranch
	here.run(result.RunPassed)
	if _, err := here.take(dir); err != nil {
		t.Fatal(err)
	}
	if got := statuses(here.run(result.RunPassed))["train"]; got != result.StageCached {
		t.Errorf("train is %s after the import", got)
	}
}

// A bundle of other code, data or parameters than here is no candidate for this working copy.
func TestABundleOfSomethingElse(t *testing.T) {
	tests := map[string]struct {
		targets []string
		change  func(here *project)
		want    string
	}{
		"other training code": {[]string{"train"}, func(p *project) { p.write("train.py", "T") }, "stage train: input train.py changed"},
		"other data":          {[]string{"train"}, func(p *project) { p.write("raw.txt", "AB\n") }, "stage prepare: input raw.txt changed"},
		"another command": {[]string{"train"}, func(p *project) {
			p.runner.Config.Stages[1].Run.Shell += " "
		}, "stage train: the command changed"},
		"another variable": {[]string{"train"}, func(p *project) {
			p.runner.Config.Stages[0].Env = map[string]string{"A": "b"}
		}, "stage prepare: variable A is new"},
		"another model":       {[]string{"train"}, func(p *project) { p.runner.Config.Model.Path = "other" }, "names another model"},
		"another pipeline":    {[]string{"train"}, func(p *project) { p.runner.Config.Name = "three" }, "is of pipeline two"},
		"measured otherwise":  {nil, func(p *project) { p.write("evaluate.py", "E") }, "measured with something else than what is here: input evaluate.py changed"},
		"not measured at all": {[]string{"train"}, func(p *project) { p.write("evaluate.py", "E") }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			there, here := machine(t), machine(t)
			dir := there.export(test.targets...)
			test.change(here)
			_, err := here.take(dir)
			wrong, ok := errors.AsType[*stages.BundleError](err)
			if ok != (test.want != "") || (!ok && err != nil) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			if ok && (!strings.Contains(wrong.Message, test.want) || wrong.Remedy == "") {
				t.Errorf("error is %q, hint %q, want %q", wrong.Message, wrong.Remedy, test.want)
			}
			if _, err := here.runner.Folder.LoadRun("last", "two"); ok && !errors.Is(err, stages.ErrNoRun) {
				t.Errorf("there is a run of what was refused: %v", err)
			}
		})
	}
}

// Parameters are compared where the stage names them.
func TestABundleWithOtherParameters(t *testing.T) {
	const yaml = `
version: 1
name: two
params: params.yaml
stages:
  train: {run: cp params.yaml model, params: [train], outputs: [model]}
  evaluate: {run: cp model p.csv, inputs: [model], predictions: p.csv}
`
	there := newProject(t, yaml, map[string]string{"params.yaml": "train: {depth: 3}\nother: 1\n"})
	dir := there.export("train")
	for params, want := range map[string]string{"train: {depth: 3}\nother: 2\n": "", "train: {depth: 4}\n": "parameter train.depth: 3 → 4"} {
		here := newProject(t, yaml, map[string]string{"params.yaml": params})
		_, err := here.take(dir)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// What evaluate reads may be made there by a stage, and lie here as it is.
func TestABundleWithAStageThatIsNotHere(t *testing.T) {
	here := newProject(t, twoMachines, map[string]string{"train.py": "t", "evaluate.py": "e", "labels/x": "l"})
	there := newProject(t, strings.Replace(twoMachines, "  report:", "  labels: {run: 'mkdir -p labels; echo l > labels/x', outputs: [labels/]}\n  report:", 1),
		map[string]string{"raw.txt": "ab\n", "train.py": "t", "evaluate.py": "e"})
	for i := range there.runner.Config.Stages {
		if stage := &there.runner.Config.Stages[i]; stage.Name == "evaluate" {
			stage.Inputs = append(stage.Inputs, "labels/")
		}
	}
	here.runner.Config.Stages[2].Inputs = append(here.runner.Config.Stages[2].Inputs, "labels/")
	_, err := here.take(there.export("evaluate"))
	if wrong, ok := errors.AsType[*stages.BundleError](err); !ok || !strings.Contains(wrong.Message, "labels") {
		t.Errorf("error is %v", err)
	}
}

func TestWhereABundleMayGo(t *testing.T) {
	p := machine(t)
	full, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for _, name := range []string{filepath.Join(full, "x"), file} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		targets []string
		dir     string
	}{
		"a folder that is not empty": {nil, full},
		"a file":                     {nil, file},
		"without the model":          {[]string{"prepare"}, t.TempDir()},
	} {
		if err := p.runner.CanExport(test.targets, test.dir); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	run := p.run(result.RunPassed)
	if err := p.runner.Export(t.Context(), run, full); err == nil {
		t.Error("a folder that is not empty was replaced")
	}
	empty := t.TempDir()
	if err := p.runner.Export(t.Context(), run, empty); err != nil {
		t.Error(err)
	}
	failed := run
	failed.Status = result.RunFailed
	if err := p.runner.Export(t.Context(), failed, filepath.Join(full, "new")); err == nil {
		t.Error("a failed run was exported")
	}
	// The same run gives the same bundle; what is beside it was tidied up.
	second := filepath.Join(filepath.Dir(empty), "second")
	if err := p.runner.Export(t.Context(), run, second); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, empty), tree(t, second)); diff != "" {
		t.Error(diff)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(empty), ".muster-tmp-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// rewrite changes a document of the bundle and makes the manifest agree with it,
// as somebody would who means harm.
func rewrite(t *testing.T, dir, name string, change func(doc map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	if data, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if name == "bundle.json" {
		return
	}
	rewrite(t, dir, "bundle.json", func(doc map[string]any) {
		for _, file := range doc["files"].([]any) {
			file := file.(map[string]any)
			if file["path"] == name {
				digest, size, err := objects.HashFile(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				file["sha256"], file["size"] = digest, size
			}
		}
	})
}

// stageOf finds a stage of a record.
func stageOf(doc map[string]any, name string) map[string]any {
	for _, stage := range doc["stages"].([]any) {
		if stage := stage.(map[string]any); stage["name"] == name {
			return stage
		}
	}
	return nil
}

func output(doc map[string]any, stage string) map[string]any {
	return stageOf(doc, stage)["outputs"].([]any)[0].(map[string]any)
}

// Whatever was done to a bundle on its way, nothing of it is used.
func TestTamperedBundles(t *testing.T) {
	object := func(dir string) string {
		entries, err := os.ReadDir(filepath.Join(dir, "objects"))
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "objects", entries[0].Name())
	}
	file := func(name, text string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	}
	record := func(change func(map[string]any)) func(string) error {
		return func(dir string) error { rewrite(t, dir, "run.json", change); return nil }
	}
	manifest := func(change func(map[string]any)) func(string) error {
		return func(dir string) error { rewrite(t, dir, "bundle.json", change); return nil }
	}
	first := func(doc map[string]any) map[string]any { return doc["files"].([]any)[2].(map[string]any) }
	tests := map[string]struct {
		tamper func(dir string) error
		want   string
	}{
		"no folder":                 {os.RemoveAll, "there is no bundle"},
		"no manifest":               {func(d string) error { return os.Remove(filepath.Join(d, "bundle.json")) }, "no bundle.json"},
		"half a manifest":           {func(d string) error { return os.Truncate(filepath.Join(d, "bundle.json"), 50) }, "bundle.json"},
		"a manifest without end":    {func(d string) error { return os.Truncate(filepath.Join(d, "bundle.json"), 65<<20) }, "larger than"},
		"a manifest that is a link": {link("bundle.json"), "symbolic link"},
		"no record":                 {func(d string) error { return os.Remove(filepath.Join(d, "run.json")) }, "run.json is missing"},
		"an object is missing":      {func(d string) error { return os.Remove(object(d)) }, "is missing"},
		"an object is longer":       {func(d string) error { return os.WriteFile(object(d), []byte("more than there was"), 0o644) }, "bytes"},
		"an object is enormous":     {func(d string) error { return os.Truncate(object(d), 1<<40) }, "bytes"},
		"an object is another":      {func(d string) error { return flip(object(d)) }, "has changed"},
		"an object is a link": {func(d string) error {
			target := object(d) + ".moved"
			if err := os.Rename(object(d), target); err != nil {
				return err
			}
			return os.Symlink(target, strings.TrimSuffix(target, ".moved"))
		}, "symbolic link"},
		"an object is a folder": {func(d string) error {
			name := object(d)
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o755)
		}, "not a regular file"},
		"the record is another":        {file("run.json", "{}"), "bytes"},
		"a file more":                  {file("extra", ""), `"extra" is not in its manifest`},
		"an object more":               {file("objects/"+strings.Repeat("0", 64), ""), "is not in its manifest"},
		"a folder more":                {func(d string) error { return os.Mkdir(filepath.Join(d, "more"), 0o755) }, `"more" is not in its manifest`},
		"a path out of it":             {manifest(func(m map[string]any) { first(m)["path"] = "objects/../../x" }), "bundle.json"},
		"an absolute path":             {manifest(func(m map[string]any) { first(m)["path"] = "/etc/passwd" }), "bundle.json"},
		"a file twice":                 {manifest(func(m map[string]any) { m["files"] = append(m["files"].([]any), m["files"].([]any)[0]) }), "twice"},
		"an object by another name":    {manifest(func(m map[string]any) { first(m)["sha256"] = strings.Repeat("0", 64) }), "another digest"},
		"of another run":               {manifest(func(m map[string]any) { m["run"] = "other" }), "different runs"},
		"of another pipeline":          {manifest(func(m map[string]any) { m["pipeline"] = "other" }), "different runs"},
		"of a later format":            {manifest(func(m map[string]any) { m["schema"] = "muster.bundle/v2" }), "bundle.json"},
		"an output out of the folder":  {record(func(r map[string]any) { output(r, "prepare")["path"] = "../../outside" }), "does not declare"},
		"an output nobody declared":    {record(func(r map[string]any) { output(r, "prepare")["path"] = ".github/workflows/x.yml" }), "does not declare"},
		"an output that is absolute":   {record(func(r map[string]any) { output(r, "prepare")["path"] = "/data/x" }), "does not declare"},
		"an output of another content": {record(func(r map[string]any) { output(r, "prepare")["sha256"] = strings.Repeat("0", 64) }), "its objects are not those"},
		"a model of another stage":     {record(func(r map[string]any) { output(r, "train")["path"] = "model/other" }), "not what stage train made"},
		"another training key":         {record(func(r map[string]any) { stageOf(r, "train")["key"] = strings.Repeat("0", 64) }), "not what stage train made"},
		"a key that is a path":         {record(func(r map[string]any) { stageOf(r, "prepare")["key"] = "../../../../etc/cron.d/x" }), "no key"},
		"a stage that is not there":    {record(func(r map[string]any) { stageOf(r, "prepare")["name"] = "other" }), "and its muster.yaml has none"},
		"a run that failed":            {record(func(r map[string]any) { r["status"] = "failed" }), "made no model"},
		"no model":                     {record(func(r map[string]any) { delete(r, "candidate") }), "made no model"},
		"a record that is none":        {record(func(r map[string]any) { r["schema"] = "x" }), "run.json"},
	}
	source := machine(t).export("train")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "bundle")
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			if err := test.tamper(dir); err != nil {
				t.Fatal(err)
			}
			_, err := stages.OpenBundle(t.Context(), dir)
			wrong, ok := errors.AsType[*stages.BundleError](err)
			if !ok || !strings.Contains(wrong.Message, test.want) || wrong.Remedy == "" {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// link puts a link in a file's place, to the same bytes.
func link(name string) func(dir string) error {
	return func(dir string) error {
		target := filepath.Join(filepath.Dir(dir), "elsewhere")
		if err := os.Rename(filepath.Join(dir, name), target); err != nil {
			return err
		}
		return os.Symlink(target, filepath.Join(dir, name))
	}
}

// flip changes one bit of a file.
func flip(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	data[0] ^= 1
	return os.WriteFile(name, data, 0o644)
}

// FuzzManifest: what is accepted names files of a bundle and nothing else.
func FuzzManifest(f *testing.F) {
	zero := strings.Repeat("0", 64)
	for _, files := range []string{"", `{"path": "run.json", "sha256": "` + zero + `", "size": 1}`, `{"path": "objects/` + zero + `", "sha256": "` + zero + `", "size": 0}`, `{"path": "../x", "sha256": "` + zero + `", "size": 0}`, `{"path": "objects/` + zero + `\n", "sha256": "` + zero + `", "size": 0}`} {
		f.Add([]byte(`{"schema": "muster.bundle/v1", "pipeline": "p", "run": "r", "files": [` + files + `]}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		manifest, err := stages.ReadManifest(data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, file := range manifest.Files {
			plain := file.Path == "run.json" || file.Path == config.FileName
			object := strings.HasPrefix(file.Path, "objects/") && objects.ValidDigest(strings.TrimPrefix(file.Path, "objects/"))
			if (!plain && !object) || seen[file.Path] || file.Size < 0 || !objects.ValidDigest(file.SHA256) {
				t.Errorf("%+v was accepted", file)
			}
			seen[file.Path] = true
		}
	})
}
