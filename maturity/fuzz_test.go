package maturity_test

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity"
)

// places are where each sort of file is read, for a file of any content.
var places = []string{
	"src/churn/train.py", "app.py", "tests/test_x.py", "dags/flow.py", "tasks.py", "noxfile.py", "n.ipynb", "train.R", "run.jl", "A.scala", "a_test.go",
	".github/workflows/x.yml", ".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile", ".circleci/config.yml", "bitbucket-pipelines.yml",
	".buildkite/pipeline.yml", ".taskcluster.yml", ".travis.yml", ".drone.yml", ".woodpecker.yml", "cloudbuild.yaml", "buildspec.yml", "taskcluster/kinds/a/kind.yml",
	"Makefile", "justfile", "Taskfile.yml", "tox.ini", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "run.sh", "Dockerfile", "docker-compose.yml",
	"dvc.yaml", "dvc.lock", "data/x.csv.dvc", "MLproject", "muster.yaml", "databricks.yml", "Snakefile", "crontab", "Procfile", "requirements.txt", "environment.yml",
	"deploy/k.yaml", "chart/Chart.yaml", "chart/templates/a.yaml", "infra/main.tf", "infra/a.bicep", "infra/t.json", "alerts.yml",
	"README.md", "docs/runbook.md", "CODEOWNERS", ".github/rulesets/r.json", ".env", ".gitattributes", ".pre-commit-config.yaml", "conf/a.yaml",
}

// FuzzScore scores a repository in which one file holds anything.
func FuzzScore(f *testing.F) {
	for i := range places {
		f.Add(i, []byte("resource {}\na: [b, {c: d}]\n"))
	}
	archives, err := filepath.Glob("testdata/criteria/*/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("no seeds", err)
	}
	seeds(f, archives)
	f.Fuzz(func(t *testing.T, at int, data []byte) {
		if at < 0 || at >= len(places) {
			return
		}
		files := fstest.MapFS{
			"src/churn/core.py":        {Data: []byte("import mlflow\nfrom sklearn.linear_model import Ridge\n\ndef main():\n    Ridge().fit([[1]], [1])\n\nif __name__ == '__main__':\n    main()\n")},
			".github/workflows/ci.yml": {Data: []byte("on: push\njobs: {a: {runs-on: x, steps: [{run: python src/churn/core.py}]}}\n")},
			places[at]:                 {Data: data},
		}
		var names []string
		for name := range files {
			names = append(names, name)
		}
		if _, err := scorer().Score(t.Context(), t.TempDir(), maturity.Options{Tree: files, Files: names}); err != nil {
			t.Error(err)
		}
	})
}

// seeds adds, for each place, the first file of the fixtures that has its name.
func seeds(f *testing.F, archives []string) {
	f.Helper()
	has := map[int]bool{}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			for i, place := range places {
				if !has[i] && filepath.Base(place) == filepath.Base(file.Name) {
					f.Add(i, file.Data)
					has[i] = true
				}
			}
		}
	}
}
