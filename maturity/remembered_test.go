package maturity_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// scoredTwice scores with the cache, twice, and without: all must be the same.
func scoredTwice(t *testing.T, dir string, opts maturity.Options) {
	t.Helper()
	scored(t, dir, opts, "first", "second")
}

func scored(t *testing.T, dir string, opts maturity.Options, with ...string) {
	t.Helper()
	without := opts
	without.Cache = maturity.Cache{}
	want := string(encode(t, score(t, dir, without)))
	for _, which := range with {
		if diff := cmp.Diff(want, string(encode(t, score(t, dir, opts)))); diff != "" {
			t.Errorf("the %s score with what is remembered (-without +with):\n%s", which, diff)
		}
	}
}

// kept are the files of one kind in the cache.
func kept(t *testing.T, cache maturity.Cache, kind string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(cache.Dir, "*."+kind))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestRemembered changes what an assessment rests on, one thing after the other.
func TestRemembered(t *testing.T) {
	t.Parallel()
	dir := withFiles(t, attestedReview)
	commitAll(t, dir)
	opts := maturity.Options{Now: proofNow, Kind: result.KindTraining, Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	change := func(name, text string) func() {
		return func() {
			write(t, filepath.Join(dir, name), []byte(text))
		}
	}
	for _, step := range []struct {
		what   string
		change func()
	}{
		{"nothing", func() {}},
		{"a file of code", change("src/train.py", "import sklearn\n")},
		{"a file that git does not track", change("src/other.py", "import mlflow\nmlflow.log_metric('a', 1)\n")},
		{"which files there are", func() { git(t, dir, "add", "-A") }},
		{"a file is gone", func() {
			if err := os.Remove(filepath.Join(dir, "src", "other.py")); err != nil {
				t.Fatal(err)
			}
		}},
		{"the team's settings", change(".muster/score.yaml", "version: 1\nshares: {own: 80}\n")},
		{"what people attest", change(".muster/attest.yaml", strings.Replace(strings.SplitAfter(attestedReview, "--\n")[1], "Two people", "Three people", 1))},
		{"the day", func() { opts.Now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }},
		{"who asks", func() { opts.NoOverrides = true }},
		{"the commit", func() {
			git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "more")
		}},
		{"a tag", func() { git(t, dir, "tag", "churn@v1.0.0") }},
		{"the program", func() { opts.Cache.Build = "two" }},
		{"the repository's own tools", change(".muster/catalogue/own.yaml", "tools:\n  - {id: ours, name: Ours, packages: [ours], uses: [{as: tracking, calls: [ours.log]}]}\n")},
		{"with them", func() { opts.NoOverrides = false }},
		{"what files are", change(".gitattributes", "src/train.py linguist-vendored\n")},
	} {
		step.change()
		t.Run(step.what, func(t *testing.T) { scoredTwice(t, dir, opts) })
	}
}

// TestRememberedIsUsed takes away what was found in files: an answer needs none of it.
func TestRememberedIsUsed(t *testing.T) {
	t.Parallel()
	dir := unpack(t, parse(t, filepath.Join("testdata", "level3.txtar")))
	opts := maturity.Options{Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	scoredTwice(t, dir, opts)
	answers, packs := kept(t, opts.Cache, "answer"), kept(t, opts.Cache, "parsed")
	if len(answers) != 3 || len(packs) != 1 { // of the repository, of its projects, and what its files use
		t.Fatalf("answers %v, packs %v", answers, packs)
	}
	if err := os.Remove(packs[0]); err != nil {
		t.Fatal(err)
	}
	scoredTwice(t, dir, opts)
	if packs := kept(t, opts.Cache, "parsed"); len(packs) > 0 {
		t.Error("the tree was read again")
	}
	whole := map[string]string{}
	for _, name := range answers {
		whole[name] = string(read(t, name))
	}
	for what, damage := range map[string]func(string) string{
		"cut": func(text string) string { return text[:len(text)/2] }, "empty": func(string) string { return "" },
		"changed":    func(text string) string { return strings.ReplaceAll(text, "level", "devel") },
		"of another": func(text string) string { return strings.Replace(text, "one", "two", 1) },
	} {
		for name, text := range whole {
			write(t, name, []byte(damage(text)))
		}
		t.Run(what, func(t *testing.T) { scoredTwice(t, dir, opts) })
	}
	// An older answer is none, though it is whole.
	write(t, filepath.Join(dir, "README.md"), []byte("# Another\n"))
	for name, text := range whole {
		write(t, name, []byte(text))
	}
	scoredTwice(t, dir, opts)
}

// TestRememberedAtOnce scores a repository several times at once.
func TestRememberedAtOnce(t *testing.T) {
	t.Parallel()
	dir := unpack(t, txtar.Parse([]byte(proofRepo)))
	opts := maturity.Options{Now: proofNow, Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	want := string(encode(t, score(t, dir, maturity.Options{Now: proofNow})))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a, err := scorer().Score(t.Context(), dir, opts)
			if err != nil {
				t.Error(err)
				return
			}
			if got := string(encode(t, a)); got != want {
				t.Errorf("scores at once differ:\n%s", cmp.Diff(want, got))
			}
		})
	}
	all.Wait()
}

// several are projects of Python, of R, of a notebook and of a pipeline of DVC, of
// which some share code and run one another's.
const several = `
-- .github/workflows/a.yml --
on: {push: {branches: [main]}, pull_request: {}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: pip install -r a/requirements.txt && pytest a/tests
      - run: python a/train.py
  b:
    runs-on: ubuntu-latest
    steps: [{run: make -C b train}]
  d:
    runs-on: ubuntu-latest
    steps:
      - run: Rscript d/R/train.R && Rscript d/tests/testthat.R
      - run: papermill e/explore.ipynb out.ipynb
  f:
    runs-on: ubuntu-latest
    steps: [{run: cd f && dvc repro}]
-- a/requirements.txt --
mlflow==2.10.0
scikit-learn==1.5.0
-- a/train.py --
import mlflow
from sklearn.linear_model import LogisticRegression
from shared.metrics import auc

RANDOM_STATE = 42

def train(x, y):
    with mlflow.start_run():
        model = LogisticRegression(random_state=RANDOM_STATE).fit(x, y)
        mlflow.log_metric("auc", auc(model))
        mlflow.sklearn.log_model(model, "m", registered_model_name="churn")

def spare(y):
    mlflow.log_param("y", y)

if __name__ == "__main__":
    train(1, 2)
-- a/tests/test_train.py --
from a.train import train

def test_train():
    assert train([1], [2]) is None
-- b/requirements.txt --
scikit-learn
-- b/Makefile --
train:
	python fit.py && python ../a/train.py
-- b/fit.py --
import subprocess
from sklearn.ensemble import RandomForestClassifier
from helpers import load

RandomForestClassifier().fit(load(), 1)
subprocess.run(["python", "c/fit.py"])
-- b/helpers.py --
import pandas as pd

def load():
    return pd.read_csv("s3://bucket/train.csv")
-- b/tests/test_fit.py --
def test_fit():
    assert 1 + 1 == 2
-- c/requirements.txt --
xgboost
-- c/fit.py --
import xgboost
from shared import estimators

xgboost.train({}, 1)
estimators.Own().fit(1, 2)
-- c/tests/test_c.py --
import c.fit

def test_c():
    assert c.fit
-- c/config.yaml --
lr: 0.1
-- shared/__init__.py --
-- shared/metrics.py --
from sklearn.metrics import roc_auc_score

def auc(model):
    return roc_auc_score(1, model)
-- shared/estimators.py --
class Own:
    def fit(self, x, y):
        return self
-- d/DESCRIPTION --
Package: churn
Imports: ranger
-- d/R/train.R --
library(ranger)
source("d/R/helpers.R")
set.seed(1)
model <- ranger(y ~ ., data = rows())
saveRDS(model, "model.rds")
-- d/R/helpers.R --
rows <- function() read.csv("https://example.org/rows.csv")
-- d/tests/testthat.R --
test_that("rows are there", expect_true(nrow(rows()) > 0))
-- e/requirements.txt --
scikit-learn==1.5.0
-- e/explore.ipynb --
{"cells": [{"cell_type": "code", "source": ["from sklearn.svm import SVC\n", "SVC().fit(x, y)\n"], "outputs": []}], "nbformat": 4}
-- e/tests/test_rows.py --
def test_rows():
    assert [1]
-- f/requirements.txt --
lightgbm
-- f/dvc.yaml --
stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    outs: [rows.csv]
  train:
    cmd: python train.py
    deps: [train.py, rows.csv]
    outs: [model.txt]
    metrics: [metrics.json]
-- f/prepare.py --
import pandas as pd

pd.read_csv("raw.csv").to_csv("rows.csv")
-- f/train.py --
import lightgbm

lightgbm.train({"seed": 1}, "rows.csv")
-- README.md --
# Five and a script

Run it with:

    python c/fit.py
`

// TestRememberedProjects changes, takes away and puts back each file of several
// projects: what is remembered of one must not outlive what it rests on in another.
func TestRememberedProjects(t *testing.T) {
	t.Parallel()
	archive := txtar.Parse([]byte(several))
	dir := unpack(t, archive)
	opts := maturity.Options{Cache: maturity.Cache{Dir: t.TempDir(), Build: "one"}}
	scoredTwice(t, dir, opts)
	if a := score(t, dir, opts); len(a.Roots) != 5 {
		t.Fatalf("%d projects", len(a.Roots))
	}
	if len(kept(t, opts.Cache, "answer")) != 3 {
		t.Error("the projects are not remembered on their own")
	}
	changes := map[string]func(text string) string{
		"a line before it":  func(text string) string { return "\n" + text },
		"a call of another": func(text string) string { return text + "\nfrom a.train import spare\nspare(1)\n" },
		"a command":         func(text string) string { return text + "\nimport os\nos.system('python b/fit.py')\n" },
		"a class": func(text string) string {
			return text + "\nclass LogisticRegression:\n    def fit(self, x, y):\n        return 1\n"
		},
	}
	// What is put in the place of a text of another kind of file, by its name.
	others := map[string][2]string{
		"requirements.txt": {"", "dvc==3.50.0\n"}, "Makefile": {"fit.py", "helpers.py"}, "DESCRIPTION": {"ranger", "xgboost"}, "dvc.yaml": {"python train.py", "python prepare.py"},
		"train.R": {"ranger(", "lm("}, "helpers.R": {"<- function", "<- mlflow_log_metric('a', 1); function"}, "testthat.R": {"expect_true", "identity"},
		"explore.ipynb": {"SVC().fit(x, y)", "print(1)"}, "config.yaml": {"lr: 0.1", "seed: 42"}, "README.md": {"python c/fit.py", "python a/train.py"}, "a.yml": {"push: {branches: [main]}, ", ""},
	}
	for _, f := range archive.Files {
		name, text := filepath.Join(dir, f.Name), string(f.Data)
		all := map[string]func(string) string{"nothing left": func(string) string { return "" }}
		if other, ok := others[filepath.Base(name)]; ok {
			all["another text"] = func(text string) string { return strings.Replace(text, other[0], other[1], 1) }
		}
		if filepath.Ext(name) == ".py" {
			maps.Copy(all, changes)
		}
		for what, change := range all {
			write(t, name, []byte(change(text)))
			t.Run(f.Name+" has "+what, func(t *testing.T) { scored(t, dir, opts, "only") })
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		t.Run(f.Name+" is gone", func(t *testing.T) { scored(t, dir, opts, "only") })
		write(t, name, f.Data)
	}
}
