package maturity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

func TestEmptyDirectory(t *testing.T) {
	a := score(t, t.TempDir(), maturity.Options{})
	if a.Kind != result.KindNotML || a.Level != nil {
		t.Errorf("kind %s, level %s; want not-ml without a level", a.Kind, show(a.Level))
	}
	encode(t, a)
}

func TestNoDirectory(t *testing.T) {
	if _, err := scorer().Score(context.Background(), filepath.Join(t.TempDir(), "none"), maturity.Options{}); err == nil {
		t.Error("a directory that is not there was scored")
	}
}

// TestHostileTree scores files that no parser likes. The assessment is still
// made, and says what could not be read.
func TestHostileTree(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	for name, data := range map[string]string{
		"src/binary.py":               "\x00\x01\x02",
		"src/latin1.py":               "# caf\xe9\nimport mlflow\n",
		"src/utf16.py":                "\xff\xfei\x00m\x00",
		"src/huge.py":                 strings.Repeat("x = 1\n", 1_000_000),
		"deep.ipynb":                  strings.Repeat(`{"cells":[`, 20_000),
		".github/workflows/bad.yml":   "on: [push\njobs: }",
		".github/workflows/needy.yml": needy(250),
		".github/workflows/empty.yml": "",
		"scripts/open.sh":             "if true; then",
		"infra/labels.tf":             "resource {\n  data_capture_config {}\n}\nresource \"aws_cloudwatch_metric_alarm\" {}\n",
		"broken/Dockerfile":           "FROM a\nRUN <<EOF\nmake\n",
		"k8s/later.yaml":              "a: 1\n---\nb: [\n",
		"infra/large.tf":              strings.Repeat("# a line\n", 30_000),
		"infra/larger.tf":             strings.Repeat("# a line\n", 150_000),
		"infra/deep.tf":               "x = " + strings.Repeat("[", 3000),
		"bomb.yaml":                   "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\napiVersion: v1\nkind: *a\n",
		"strange \x1b[31m\nname.py":   "import os\n",
	} {
		write(t, filepath.Join(dir, name), []byte(data))
	}
	if err := os.Symlink(".", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "outside.py")); err != nil {
		t.Fatal(err)
	}
	a := score(t, dir, maturity.Options{})
	if a.Level == nil || *a.Level != 2 {
		t.Errorf("level %s, want 2", show(a.Level))
	}
	unread := map[string]bool{}
	for _, u := range a.Unread {
		unread[u.Path] = true
	}
	for _, name := range []string{"src/binary.py", "src/huge.py", "deep.ipynb", ".github/workflows/bad.yml", ".github/workflows/needy.yml", "broken/Dockerfile", "k8s/later.yaml", "infra/large.tf", "infra/larger.tf", "infra/deep.tf"} {
		if !unread[name] {
			t.Errorf("%s is not among the files that could not be read: %v", name, a.Unread)
		}
	}
	encode(t, a)
}

// needy is a workflow with a job that waits for that many others.
func needy(others int) string {
	jobs, names := "", []string{}
	for i := range others {
		names = append(names, fmt.Sprintf("j%d", i))
		jobs += fmt.Sprintf("  j%d: {runs-on: x, steps: [{run: make}]}\n", i)
	}
	return "on: push\njobs:\n" + jobs + "  last: {runs-on: x, needs: [" + strings.Join(names, ", ") + "], steps: [{run: make}]}\n"
}

func TestOnlyTrackedFilesCount(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level1.txtar")))
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"},
		{"add", "."},
		{"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first"},
	} {
		git(t, dir, args...)
	}
	write(t, filepath.Join(dir, "dvc.yaml"), []byte("stages: {a: {cmd: python x.py}}\n"))
	write(t, filepath.Join(dir, "cookiecutter.json"), []byte("{}"))
	a := score(t, dir, maturity.Options{})
	if a.Kind != result.KindTraining || a.Level == nil || *a.Level != 1 {
		t.Errorf("kind %s, level %s with files that git does not track; want training, 1", a.Kind, show(a.Level))
	}
	if head := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD")); a.Commit != head {
		t.Errorf("commit %q, want %q", a.Commit, head)
	}
}

// TestRecordsProveThePipeline: a record of a run at this commit proves the
// training pipeline; one of another commit, or of changed files, does not.
func TestRecordsProveThePipeline(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level3.txtar")))
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", ".")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
	head := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD"))
	for name, tt := range map[string]struct {
		change func(*result.Run)
		want   result.Strength
	}{
		"this commit":    {func(*result.Run) {}, result.StrengthProven},
		"another commit": {func(r *result.Run) { r.Git.Commit = strings.Repeat("0", 40) }, result.StrengthWired},
		"changed files":  {func(r *result.Run) { r.Git.Dirty = true }, result.StrengthWired},
		"failed":         {func(r *result.Run) { r.Status = result.RunFailed }, result.StrengthWired},
		"no model":       {func(r *result.Run) { r.Candidate = nil }, result.StrengthWired},
	} {
		digest := strings.Repeat("a", 64)
		run := result.Run{
			Schema: result.SchemaOf[result.Run](), ID: "r1", Pipeline: "churn", Status: result.RunPassed, Scope: result.ScopeLocal,
			Executor: "docker", Started: time.Unix(0, 0).UTC(), Git: &result.Git{Commit: head}, Stages: []result.Stage{},
			Candidate: &result.Model{Digest: digest, Path: "model.pkl", Files: []result.File{}, TrainingKey: digest},
		}
		tt.change(&run)
		data, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		records := fstest.MapFS{"r1/run.json": {Data: data}, "r2/run.json": {Data: []byte("{}")}}
		for _, c := range score(t, dir, maturity.Options{Records: records}).Roots[0].Criteria {
			if c.ID == "training-pipeline" && c.Strength != tt.want {
				t.Errorf("%s: strength %s (%s), want %s", name, c.Strength, c.Reason, tt.want)
			}
		}
	}
}

// TestProject scores one folder of a repository, with the CI of the root that
// works on it.
func TestProject(t *testing.T) {
	inner := parse(t, filepath.Join("testdata", "level1.txtar"))
	archive := &txtar.Archive{}
	for _, f := range inner.Files {
		switch {
		case f.Name == wantFile:
		case strings.HasPrefix(f.Name, ".github/"):
			f.Data = []byte("on: [push]\njobs:\n  test:\n    runs-on: x\n    strategy: {matrix: {project: [churn]}}\n    steps:\n      - run: |\n          pip install -r requirements.txt ruff\n          ruff check src\n          pytest\n        working-directory: projects/${{ matrix.project }}\n")
			archive.Files = append(archive.Files, f)
		default:
			f.Name = "projects/churn/" + f.Name
			archive.Files = append(archive.Files, f)
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: "projects/other/README.md", Data: []byte("# nothing yet\n")})
	dir := unpack(t, archive)
	if a := score(t, dir, maturity.Options{Project: "projects/churn"}); a.Level == nil || *a.Level != 1 || a.Roots[0].Path != "projects/churn" {
		t.Errorf("projects/churn: level %s of %s, want 1", show(a.Level), a.Roots[0].Path)
	}
	if a := score(t, dir, maturity.Options{Project: "projects/other"}); a.Kind != result.KindNotML {
		t.Errorf("projects/other: kind %s, want not-ml", a.Kind)
	}
}

func TestKindCanBeOverridden(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level2.txtar")))
	if a := score(t, dir, maturity.Options{Kind: result.KindLibrary}); a.Kind != result.KindLibrary || *a.Level != 1 {
		t.Errorf("kind %s, level %s; want library, 1", a.Kind, show(a.Level))
	}
}

func TestScoreStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := scorer().Score(ctx, unpack(t, parse(t, filepath.Join("testdata", "level1.txtar"))), maturity.Options{}); err == nil {
		t.Error("a cancelled score gave no error")
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestRunRecordsTrackExperiments: muster's records count as a tracker where the
// parameters are in them, which is where a stage names them.
func TestRunRecordsTrackExperiments(t *testing.T) {
	for params, want := range map[string]result.CriterionVerdict{
		"": result.CriterionPartial, "params: []": result.CriterionPartial, "params: [train]": result.CriterionMet,
	} {
		archive := parse(t, filepath.Join("testdata", "level3.txtar"))
		for i, f := range archive.Files {
			switch f.Name {
			case "muster.yaml":
				f.Data = []byte(strings.Replace(string(f.Data), "  train:\n", "  train:\n    "+params+"\n", 1))
			case wantFile:
			default:
				f.Data = []byte(strings.ReplaceAll(strings.ReplaceAll(string(f.Data), "import mlflow\n", ""), "mlflow", "nothing"))
			}
			archive.Files[i] = f
		}
		for _, c := range score(t, unpack(t, archive), maturity.Options{}).Roots[0].Criteria {
			if c.ID == "experiment-tracking" && c.Verdict != want {
				t.Errorf("with %q in the stage it is %s (%s), want %s", params, c.Verdict, c.Reason, want)
			}
		}
	}
}

// TestListsThatAreNamedOften reads lists of which each line, or each mention, was once
// held against every other: that would take hours.
func TestListsThatAreNamedOften(t *testing.T) {
	const many = 20_000
	lines := func(format string) string {
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	workflow := "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          %s\n          python train.py\n"
	for name, files := range map[string]map[string]string{
		"constraints": {
			"requirements.txt": lines("name_%d\n"), "constraints.txt": lines("name-%d==1.0\n"),
			".github/workflows/ci.yml": fmt.Sprintf(workflow, "pip install -r requirements.txt -c constraints.txt"),
		},
		"one list": {
			"requirements.txt":         lines("name_%d==1.0\n"),
			".github/workflows/ci.yml": fmt.Sprintf(workflow, "pip install "+strings.Repeat("-r requirements.txt ", many/4)),
		},
		"dynamic lists": {
			"requirements.txt":         lines("name_%d==1.0\n"),
			"pyproject.toml":           "[project]\nname = 'a'\ndynamic = ['dependencies']\n[tool.setuptools.dynamic.dependencies]\nfile = [" + strings.Repeat("'requirements.txt', ", many/4) + "]\n",
			".github/workflows/ci.yml": fmt.Sprintf(workflow, "pip install ."),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := withFiles(t, "")
			for file, text := range files {
				write(t, filepath.Join(dir, file), []byte(text))
			}
			write(t, filepath.Join(dir, "train.py"), []byte(trains))
			a := score(t, dir, maturity.Options{})
			i := slices.IndexFunc(a.Roots[0].Criteria, func(c result.Criterion) bool { return c.ID == "dependency-locking" })
			if i < 0 || a.Roots[0].Criteria[i].Verdict != result.CriterionMet {
				t.Errorf("dependency-locking is not met: %+v", a.Roots[0])
			}
		})
	}
}
