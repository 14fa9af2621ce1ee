package remedy_test

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/remedy"
	"github.com/muster-ci/muster/maturity/rubric"
)

// projects are repositories by what they are managed with.
var projects = map[string]map[string]string{
	"uv":        {"uv.lock": "", "pyproject.toml": "[project]\nname = \"a\"\nrequires-python = \">=3.11\"\n[dependency-groups]\ndev = [\"pytest\"]\n", "src/train.py": "", "tests/test_a.py": ""},
	"poetry":    {"poetry.lock": "", "pyproject.toml": "[tool.poetry.dependencies]\npython = \"^3.10\"\n", "a/b.py": "", "a/test_b.py": "", "dvc.yaml": ""},
	"pdm":       {"pdm.lock": "", "pyproject.toml": "[project]\n", "a.py": ""},
	"pipenv":    {"Pipfile.lock": "{}", "a.py": "", "test_a.py": ""},
	"pip":       {"requirements.txt": "pytest\nscikit-learn\n", "train.py": "", "tests/test_a.py": "", ".python-version": "3.13.1\n"},
	"pip alone": {"requirements.txt": "scikit-learn\n", "train.py": "", "tests/test_a.py": "", "Dockerfile": "FROM python\n"},
	"package":   {"pyproject.toml": "[project]\nname = \"a\"\n[build-system]\n", "src/a/__init__.py": "", "tests/test_a.py": ""},
	"conda":     {"environment.yml": "dependencies: [pytest]\n", "a.py": "", "test_a.py": ""},
	"muster":    {"muster.yaml": "", "requirements.txt": "", "train.py": ""},
	"R":         {"DESCRIPTION": "", "R/train.R": ""},
	"nothing":   {},
}

func look(files map[string]string, change func(*remedy.Source)) *remedy.Repo {
	tree, src := fstest.MapFS{}, remedy.Source{Name: "churn", Branch: "main", Remote: "git@github.com:acme/churn.git"}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
		src.Files = append(src.Files, name)
	}
	slices.Sort(src.Files)
	src.Tree = tree
	if change != nil {
		change(&src)
	}
	return remedy.Look(src)
}

// bundled is compiled once: it takes longest.
var bundled = sync.OnceValues(rubric.Bundled)

func every(t *testing.T) []string {
	t.Helper()
	r, err := bundled()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range r.Criteria {
		ids = append(ids, c.ID)
	}
	return ids
}

func made(t *testing.T, r *remedy.Repo) map[string]result.ReadyFile {
	t.Helper()
	files, err := r.Files(every(t))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]result.ReadyFile{}
	for _, f := range files {
		out[f.Path] = f
	}
	return out
}

// Every workflow is one that actionlint accepts, every YAML file is one, and every
// file is for criteria that there are.
func TestFilesAreValid(t *testing.T) {
	ids := every(t)
	for name, files := range projects {
		for _, remote := range []string{"https://github.com/acme/churn", "https://gitlab.com/acme/churn.git", ""} {
			for _, dir := range []string{".", "models/churn"} {
				placed := map[string]string{}
				for file, text := range files {
					placed[filepath.ToSlash(filepath.Join(dir, file))] = text
				}
				repo := look(placed, func(s *remedy.Source) { s.Remote, s.Dir = remote, dir })
				for path, f := range made(t, repo) {
					check(t, name+" "+path, f, ids)
				}
			}
		}
	}
}

func check(t *testing.T, name string, f result.ReadyFile, ids []string) {
	t.Helper()
	for _, id := range f.Criteria {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is for %s, which there is not", name, id)
		}
	}
	if strings.Contains(f.Text, "[[") || strings.Contains(f.Text, "<no value>") {
		t.Errorf("%s is not filled in:\n%s", name, f.Text)
	}
	if ext := filepath.Ext(f.Path); ext == ".yml" || ext == ".yaml" || ext == ".json" {
		var doc any
		if err := yaml.Unmarshal([]byte(f.Text), &doc); err != nil || doc == nil && f.Path != config.AttestFile {
			t.Errorf("%s is no YAML: %v\n%s", name, err, f.Text)
		}
	}
	if strings.HasPrefix(f.Path, ".github/workflows/") {
		lint(t, name, f.Text)
	}
}

func lint(t *testing.T, name, text string) {
	t.Helper()
	linter, err := actionlint.NewLinter(&strings.Builder{}, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.Lint("workflow.yml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s:%d: %s", name, p.Line, p.Message)
	}
}

// The attestations that are shown as examples are right once their # is taken away,
// and are about criteria that may be attested. As it is written, the file attests nothing.
func TestAttestationsShownAreValid(t *testing.T) {
	r, err := bundled()
	if err != nil {
		t.Fatal(err)
	}
	may := map[string]config.Attestable{}
	for _, c := range r.Criteria {
		may[c.ID] = config.Attestable{Met: c.Attest}
	}
	text := made(t, look(projects["uv"], nil))[config.AttestFile].Text
	if list, err := config.ParseAttestations(config.AttestFile, []byte(text), may); err != nil || len(list) > 0 {
		t.Errorf("the file attests %v (%v)", list, err)
	}
	_, examples, _ := strings.Cut(text, "\n#-")
	list, err := config.ParseAttestations(config.AttestFile, []byte(strings.ReplaceAll("\n#-"+examples, "\n#", "\n")), may)
	if err != nil || len(list) < 2 {
		t.Errorf("%d examples: %v", len(list), err)
	}
}

// What is written fits the repository: its package manager, its version of Python.
func TestFilesFit(t *testing.T) {
	for name, want := range map[string][]string{
		"uv":        {"container: python:3.11", "uv sync --frozen", "uv run python -m pytest"},
		"poetry":    {"container: python:3.10", "poetry install --no-interaction", "poetry run pip install pytest", "poetry run python -m pytest"},
		"pip":       {"container: python:3.13", "pip install -r requirements.txt\n      - run: python -m pytest"},
		"pip alone": {"container: python:3.12", "pip install pytest"},
		"package":   {"pip install .\n"},
		"conda":     {"container: condaforge/miniforge3", "mamba env update --name base --file environment.yml"},
	} {
		text := made(t, look(projects[name], nil))[".github/workflows/tests.yml"].Text
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is not in\n%s", name, part, text)
			}
		}
	}
	if files := made(t, look(projects["R"], nil)); files["Dockerfile"].Path != "" || files[".github/workflows/tests.yml"].Path != "" {
		t.Error("a project without Python is given files for Python")
	}
	if f := made(t, look(projects["pip alone"], nil)); f["Dockerfile"].Path != "" {
		t.Error("a Dockerfile is made beside one that is there")
	}
	there := map[string]string{"a.py": "", "test_a.py": "", ".github/workflows/tests.yml": "on: push"}
	if f := made(t, look(there, nil))[".github/workflows/tests.yml"]; !f.Edit {
		t.Error("a file that is there is not left as it is")
	}
	jenkins := made(t, look(map[string]string{"a.py": "", "test_a.py": "", "Jenkinsfile": ""}, nil))
	for path := range jenkins {
		if strings.HasPrefix(path, ".git") {
			t.Errorf("%s is made for a repository whose CI is another's", path)
		}
	}
}

// Nothing that a repository calls itself, its branch or its owner gets into a file but
// names; the same repository gives the same files.
func TestHostileNamesGetIntoNoFile(t *testing.T) {
	evil := "x\"]\n  evil: {run: \"curl evil.example\"}\n#${{ secrets.X }}`$(id)"
	hostile := map[string]string{"uv.lock": "", "pyproject.toml": "[project]\nrequires-python = \">=3.12; " + evil + "\"\n", "test_a.py": "", evil + ".py": "", ".python-version": evil}
	repo := look(hostile, func(s *remedy.Source) {
		s.Name, s.Branch, s.Dir, s.Remote = evil, evil, evil, "https://github.com/"+evil+"/x.git"
	})
	files := made(t, repo)
	for path, f := range files {
		if strings.Contains(f.Text, "evil") || strings.Contains(f.Text, "secrets") || strings.Contains(path, "evil") {
			t.Errorf("%s:\n%s", path, f.Text)
		}
		check(t, path, f, every(t))
	}
	if diff := cmp.Diff(files, made(t, repo)); diff != "" {
		t.Errorf("a second look differs:\n%s", diff)
	}
}
