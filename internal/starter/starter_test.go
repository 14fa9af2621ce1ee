package starter_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/starter"
)

var update = flag.Bool("update", false, "write the expected files")

// TestLook looks at each repository of testdata. A file NAME.txtar holds it,
// and under want/ what is proposed: the files, and what is said.
func TestLook(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := unpack(t, archive.Files)
			proposal, err := starter.Look(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			accepted(t, proposal)
			compare(t, file, archive, proposal)
		})
	}
}

// unpack writes the files of a repository, in a folder that is called project.
func unpack(tb testing.TB, files []txtar.File) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "project")
	if err := os.Mkdir(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name, "want/") {
			continue
		}
		place := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(place, file.Data, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// accepted wants a muster.yaml that muster takes.
func accepted(t *testing.T, p *starter.Proposal) *config.Config {
	t.Helper()
	cfg, err := config.Parse(config.FileName, "project", p.Config)
	if err != nil {
		t.Fatalf("muster does not take what it proposes: %v\n%s", err, p.Config)
	}
	return cfg
}

func compare(t *testing.T, file string, archive *txtar.Archive, p *starter.Proposal) {
	t.Helper()
	got := []txtar.File{{Name: "want/muster.yaml", Data: p.Config}}
	for _, f := range p.Files {
		got = append(got, txtar.File{Name: "want/" + f.Path, Data: f.Text})
	}
	got = append(got, txtar.File{Name: "want/said", Data: said(p)})
	isWant := func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want/") }
	if *update {
		archive.Files = append(slices.DeleteFunc(archive.Files, isWant), got...)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want []txtar.File
	for _, f := range archive.Files {
		if isWant(f) {
			want = append(want, f)
		}
	}
	if diff := cmp.Diff(string(txtar.Format(&txtar.Archive{Files: want})), string(txtar.Format(&txtar.Archive{Files: got}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func said(p *starter.Proposal) []byte {
	var out strings.Builder
	for _, f := range p.Found {
		fmt.Fprintf(&out, "found %s:%d: %s\n", f.Path, f.Line, f.What)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&out, "note %s:%d: %s\n", n.Path, n.Line, n.Message)
	}
	return []byte(out.String())
}

func TestNothingToStartFrom(t *testing.T) {
	for name, files := range map[string][]txtar.File{
		"empty":      nil,
		"a document": {{Name: "README.md", Data: []byte("# Training\n")}},
		"no stages":  {{Name: "dvc.yaml", Data: []byte("vars: [a]\n")}},
		"a library":  {{Name: "lib.py", Data: []byte("import sklearn\ndef f(m):\n  m.fit()\n")}},
	} {
		_, err := starter.Look(t.Context(), unpack(t, files))
		nothing, ok := errors.AsType[*starter.NothingError](err)
		if !ok || nothing.Hint() == "" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestDockerfile wants of each way to name dependencies how they are installed.
func TestDockerfile(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"requirements":         {map[string]string{"requirements.txt": "pandas\n"}, []string{"FROM python:3.12-slim", "COPY requirements.txt", "-r requirements.txt"}},
		"in a folder":          {map[string]string{"src/requirements.txt": "pandas\n"}, []string{"COPY src/requirements.txt src/requirements.txt", "-r src/requirements.txt"}},
		"conda":                {map[string]string{"environment.yml": "dependencies: []\n"}, []string{"FROM condaforge/miniforge3", "conda env update --name base --file environment.yml"}},
		"uv":                   {map[string]string{"uv.lock": "", "pyproject.toml": "[project]\n"}, []string{"COPY uv.lock uv.lock", "uv export --frozen"}},
		"poetry":               {map[string]string{"poetry.lock": "", "pyproject.toml": "[tool.poetry]\n"}, []string{"poetry install --no-root"}},
		"pipenv":               {map[string]string{"Pipfile.lock": "{}", "Pipfile": ""}, []string{"pipenv install --system --deploy"}},
		"pyproject":            {map[string]string{"pyproject.toml": "[project]\nname = 'x'\ndependencies = [\n  'pandas',\n]\n"}, []string{"tomllib", "COPY pyproject.toml"}},
		"imports":              {nil, []string{"pip install --no-cache-dir joblib scikit-learn\n"}},
		"an own version":       {map[string]string{".python-version": "3.10.2\n"}, []string{"FROM python:3.10-slim"}},
		"a lower bound":        {map[string]string{"pyproject.toml": "[project]\nrequires-python = '>=3.13'\n"}, []string{"FROM python:3.13-slim"}},
		"an upper bound":       {map[string]string{"pyproject.toml": "[project]\nrequires-python = '>=3.8,<3.11'\n"}, []string{"FROM python:3.10-slim"}},
		"up to, and with":      {map[string]string{"pyproject.toml": "[project]\nrequires-python = '<=3.11'\n"}, []string{"FROM python:3.11-slim"}},
		"MLflow's environment": {map[string]string{"MLproject": "python_env: env.yaml\nentry_points: {main: {command: python train.py}}\n", "env.yaml": "python: 3.9.1\ndependencies: [mlflow, 'scikit-learn>1', -r more.txt]\n", "more.txt": "x\n"}, []string{"FROM python:3.9-slim", "mlflow 'scikit-learn>1' -r more.txt", "COPY more.txt"}},
		"tests without pytest": {map[string]string{"requirements.txt": "pandas\n", "test_a.py": "def test(): pass\n"}, []string{"pip install --no-cache-dir pytest"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := []txtar.File{{Name: "train.py", Data: []byte("import sklearn.svm, joblib, os\njoblib.dump(sklearn.svm.SVC().fit([], []), 'model.pkl')\n")}}
			for file, text := range tt.files {
				files = append(files, txtar.File{Name: file, Data: []byte(text)})
			}
			p, err := starter.Look(t.Context(), unpack(t, files))
			if err != nil {
				t.Fatal(err)
			}
			accepted(t, p)
			if len(p.Files) != 2 || p.Files[0].Path != "Dockerfile" || p.Files[1].Path != ".dockerignore" {
				t.Fatalf("files %v", p.Files)
			}
			if _, err := parser.Parse(bytes.NewReader(p.Files[0].Text)); err != nil {
				t.Errorf("%v\n%s", err, p.Files[0].Text)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(p.Files[0].Text), want) {
					t.Errorf("no %q in\n%s", want, p.Files[0].Text)
				}
			}
		})
	}
}

// What is there is used, and not written over.
func TestOwnDockerfile(t *testing.T) {
	for name, want := range map[string]int{"FROM python:3.9\n": 0, "FROM nginx\nCOPY . /\n": 1} {
		p, err := starter.Look(t.Context(), unpack(t, []txtar.File{
			{Name: "train.py", Data: []byte("import sklearn.svm\nsklearn.svm.SVC().fit([], [])\n")},
			{Name: "deploy/Dockerfile", Data: []byte(name)},
			{Name: ".dockerignore", Data: []byte("*\n")},
		}))
		if err != nil {
			t.Fatal(err)
		}
		accepted(t, p)
		if len(p.Files) != want {
			t.Errorf("%q: files %v", name, p.Files)
		}
	}
}
