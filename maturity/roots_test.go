package maturity_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// below puts the files of a fixture into a folder.
func below(t *testing.T, fixture, folder string) []txtar.File {
	t.Helper()
	var out []txtar.File
	for _, f := range parse(t, filepath.Join("testdata", fixture+".txtar")).Files {
		if f.Name != wantFile {
			out = append(out, txtar.File{Name: folder + "/" + f.Name, Data: f.Data})
		}
	}
	return out
}

// levels shows each project with its level.
func levels(a result.Assessment) []string {
	var out []string
	for _, r := range a.Roots {
		out = append(out, r.Path+" "+show(r.Level))
	}
	return out
}

const trains = "from sklearn.linear_model import Ridge\n\ndef main():\n    Ridge().fit([[1]], [1])\n\nif __name__ == '__main__':\n    main()\n"

// TestRoots says which folders are projects of their own.
func TestRoots(t *testing.T) {
	file := func(name, text string) txtar.File { return txtar.File{Name: name, Data: []byte(text)} }
	for name, tt := range map[string]struct {
		files []txtar.File
		want  []string
		root  string
	}{
		"one project": {below(t, "level1", "churn"), []string{". 0"}, "."}, // its CI file lies where no host reads it
		"two projects": {
			slices.Concat(below(t, "level0", "a"), below(t, "level1", "b"), []txtar.File{
				file("a/requirements.txt", "scikit-learn\n"), file("a/dvc.yaml", "stages: {}\n"), file("a/train.py", trains),
			}),
			[]string{"a 0", "b 0"},
			"b",
		},
		"a folder with a list of packages alone is a component": {
			[]txtar.File{file("train/requirements.txt", "scikit-learn\n"), file("train/main.py", trains), file("tune/requirements.txt", "scikit-learn\n"), file("tune/main.py", trains)},
			[]string{". 0"},
			".",
		},
		"what .gitattributes calls documentation is no project": {
			[]txtar.File{
				file(".gitattributes", "upstream/** linguist-documentation\n"),
				file("upstream/pyproject.toml", "[project]\nname = 'up'\n"), file("upstream/train.py", trains), file("upstream/tests/test_a.py", "def test_a(): assert 1\n"),
				file("app/pyproject.toml", "[project]\nname = 'app'\n"), file("app/main.py", trains), file("app/tests/test_b.py", "def test_b(): assert 1\n"),
			},
			[]string{". 0"},
			".",
		},
		"a package that the other imports is part of it": {
			[]txtar.File{
				file("lib/pyproject.toml", "[project]\nname = 'lib'\n"), file("lib/lib/core.py", trains), file("lib/tests/test_a.py", "def test_a(): assert 1\n"),
				file("app/pyproject.toml", "[project]\nname = 'app'\n"), file("app/main.py", "import lib.lib.core\n"+trains), file("app/tests/test_b.py", "def test_b(): assert 1\n"),
			},
			[]string{". 0"},
			".",
		},
		"also where it is vendored": {
			[]txtar.File{
				file("lib/pyproject.toml", "[project]\nname = 'lib'\n"), file("lib/third_party/foo/__init__.py", trains), file("lib/main.py", trains), file("lib/tests/test_a.py", "def test_a(): assert 1\n"),
				file("app/pyproject.toml", "[project]\nname = 'app'\n"), file("app/main.py", "import third_party.foo\n"+trains), file("app/tests/test_b.py", "def test_b(): assert 1\n"),
			},
			[]string{". 0"},
			".",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := score(t, unpack(t, &txtar.Archive{Files: tt.files}), maturity.Options{})
			if diff := cmp.Diff(tt.want, levels(a)); diff != "" {
				t.Errorf("projects (-want +got):\n%s", diff)
			}
			if a.Root != tt.root {
				t.Errorf("the level is that of %s, want %s", a.Root, tt.root)
			}
		})
	}
}

// TestHeadline: the level of the repository is that of what serves users.
func TestHeadline(t *testing.T) {
	archive := &txtar.Archive{Files: slices.Concat(below(t, "level1", "b"), below(t, "level2", "c"))}
	for i := range archive.Files { // one workflow of each, at the root, that works on its folder
		f := &archive.Files[i]
		if folder, rest, ok := strings.Cut(f.Name, "/.github/workflows/"); ok {
			f.Name = ".github/workflows/" + folder + "-" + rest
			f.Data = append([]byte("defaults: {run: {working-directory: "+folder+"}}\n"), f.Data...)
		}
	}
	dir := unpack(t, archive)
	a := score(t, dir, maturity.Options{})
	if diff := cmp.Diff([]string{"b 1", "c 2"}, levels(a)); diff != "" {
		t.Fatalf("projects (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		production []string
		root, why  string
	}{
		{[]string{"c"}, "c", "the lowest of those in production"},
		{[]string{"b", "c"}, "b", "the lowest of those in production"},
	} {
		a := score(t, dir, maturity.Options{Production: tt.production})
		if a.Root != tt.root || a.Chosen != tt.why {
			t.Errorf("production %v: %s, %s; want %s, %s", tt.production, a.Root, a.Chosen, tt.root, tt.why)
		}
	}
	if one := score(t, dir, maturity.Options{Project: "c"}); len(one.Roots) != 1 || one.Root != "c" || *one.Level != 2 {
		t.Errorf("alone: %v", levels(one))
	}
	if whole := score(t, dir, maturity.Options{Project: "."}); len(whole.Roots) != 1 || whole.Root != "." {
		t.Errorf("as one: %v", levels(whole))
	}
}

// TestSteps: the steps lead to the next level, and nothing among them is idle.
func TestSteps(t *testing.T) {
	a := score(t, unpack(t, parse(t, filepath.Join("testdata", "level1.txtar"))), maturity.Options{})
	root := a.Roots[0]
	for _, core := range []string{"experiment-tracking", "training-pipeline", "model-registry"} {
		i := slices.IndexFunc(root.Criteria, func(c result.Criterion) bool { return c.ID == core })
		if met := root.Criteria[i].Verdict == result.CriterionMet; met == slices.Contains(root.Steps, core) {
			t.Errorf("%s is met: %t; steps %v", core, met, root.Steps)
		}
	}
	if len(root.Down) == 0 || slices.Contains(root.Down, "experiment-tracking") {
		t.Errorf("down: %v", root.Down)
	}
}

// TestBesides says that a job which works in another folder of the repository does
// nothing for the project that is scored.
func TestBesides(t *testing.T) {
	file := func(name, text string) txtar.File { return txtar.File{Name: name, Data: []byte(text)} }
	files := []txtar.File{
		file("model/requirements.txt", "scikit-learn\n"), file("model/train.py", trains),
		file("model/tests/test_train.py", "import train\n\n\ndef test_main():\n    assert train.main() is None\n"),
		file("site/Site.sln", ""),
	}
	for dir, want := range map[string]string{"site": "unmet", "model": "met"} {
		workflow := file(".github/workflows/ci.yml", "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    defaults: {run: {working-directory: "+dir+"}}\n    steps:\n      - run: pytest\n      - run: dotnet test\n")
		a := score(t, unpack(t, &txtar.Archive{Files: append(slices.Clone(files), workflow)}), maturity.Options{Project: "model"})
		if got, _, _ := strings.Cut(answerOf(a, "ci-test-gate"), " "); got != want {
			t.Errorf("in %s: ci-test-gate is %q, want %q", dir, got, want)
		}
	}
}
