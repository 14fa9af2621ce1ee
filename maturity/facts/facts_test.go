package facts_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/ci"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/source"
)

// build makes the facts of a repository written as a txtar archive.
func build(t *testing.T, archive string) *facts.Set {
	t.Helper()
	tools, err := catalogue.Bundled()
	if err != nil {
		t.Fatal(err)
	}
	files, names := fstest.MapFS{}, []string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
		names = append(names, f.Name)
	}
	tree, err := source.Read(context.Background(), files, names)
	if err != nil {
		t.Fatal(err)
	}
	var pipelines []*ci.Pipeline
	if src, ok := tree.Text[".github/workflows/w.yml"]; ok {
		p, err := ci.GitHub(".github/workflows/w.yml", src, ci.Options{})
		if err != nil {
			t.Fatal(err)
		}
		pipelines = append(pipelines, p)
	}
	return facts.Look(facts.Input{Tree: tree, Catalogue: tools, Pipelines: pipelines}).Project(".", nil)
}

// show writes the facts of a category in one line each.
func show(set *facts.Set, category string) []string {
	var out []string
	for _, f := range set.Facts[category] {
		line := fmt.Sprintf("%s %s:%d %s", f.Context, f.Path, f.Line, f.Subject)
		for _, l := range f.Entries {
			line += " <- " + l.ID
			if l.Swallowed != "" {
				line += " (swallowed)"
			}
		}
		out = append(out, line)
	}
	return out
}

// TestContexts: the same call counts by where it stands, and by who reaches it;
// what nobody has to start comes first.
func TestContexts(t *testing.T) {
	call := "import mlflow\nmlflow.log_param('a', 1)\n"
	set := build(t, "-- .github/workflows/w.yml --\non: push\njobs: {j: {runs-on: x, steps: [{run: python src/run.py || true}]}}\n"+
		"-- src/run.py --\n"+call+"-- src/idle.py --\n"+call+"-- tests/test_a.py --\n"+call+"-- examples/a.py --\n"+call+
		"-- vendor/a.py --\n"+call+"-- tests/fixtures/a.py --\n"+call+"-- requirements.txt --\nmlflow>=2 # the tracker\n-- README.md --\nRuns go to MLflow.\n")
	want := []string{
		"source src/run.py:2 mlflow.log_param <- .github/workflows/w.yml#j (swallowed)",
		"source src/idle.py:2 mlflow.log_param",
		"example examples/a.py:2 mlflow.log_param",
		"test tests/test_a.py:2 mlflow.log_param",
		"docs README.md:1 MLflow",
		"declared requirements.txt:1 MLflow",
	}
	if diff := cmp.Diff(want, show(set, "tracking")); diff != "" {
		t.Errorf("tracking (-want +got):\n%s", diff)
	}
}

func TestTestsAreCounted(t *testing.T) {
	set := build(t, `
-- pkg/__init__.py --
-- pkg/core.py --
def f(): return 1
-- tests/test_core.py --
from pkg.core import f
def test_one(): assert f() == 1
def test_two(): f()
-- tests/test_other.py --
import os
def test_three(): assert os.sep == "/"
-- tests/util.py --
assert True
-- core_test.go --
package core

import "testing"

func TestFails(t *testing.T) { t.Fatal() }
func TestNothing(t *testing.T) {}
-- core.go --
package core
`)
	got := map[string]any{}
	for _, f := range set.Facts["test.file"] {
		got[f.Path] = f.Detail
	}
	want := map[string]any{
		"tests/test_core.py":  map[string]any{"tests": 2, "asserting": 1, "skipped": 0, "own": "pkg/core.py"},
		"tests/test_other.py": map[string]any{"tests": 1, "asserting": 1, "skipped": 0, "own": ""},
		"core_test.go":        map[string]any{"tests": 2, "asserting": 1, "skipped": 0, "own": "core.go"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}

func TestComparisonsAndConditionalTraining(t *testing.T) {
	set := build(t, `
-- README.md --
Run `+"`python flow.py`"+`.
-- flow.py --
from pkg.train import better, train_model
def main(drift):
    if drift and better(0.8, 0.7):
        train_model()
if __name__ == "__main__":
    main(True)
-- pkg/train.py --
from sklearn.linear_model import Ridge
def train_model(): Ridge().fit(x, y)
def better(new_auc, champion_auc): return new_auc >= champion_auc
def pick(score, best_score): return score > best_score
`)
	if diff := cmp.Diff([]string{"source pkg/train.py:3 new_auc and champion_auc <- README.md"}, show(set, "compare")); diff != "" {
		t.Errorf("comparisons (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"source flow.py:4 pkg.train.train_model <- README.md"}, show(set, "retrain.call")); diff != "" {
		t.Errorf("conditional calls (-want +got):\n%s", diff)
	}
}

// TestBrokenTerraform: a resource without its two labels is no resource.
func TestBrokenTerraform(t *testing.T) {
	set := build(t, `
-- main.tf --
resource {}
resource "aws_cloudwatch_metric_alarm" {}
resource "aws_cloudwatch_metric_alarm" "drift" {
  alarm_actions = [aws_sns_topic.alerts.arn]
}
`)
	if diff := cmp.Diff([]string{"source main.tf:3 aws_cloudwatch_metric_alarm.drift"}, show(set, "alert.alarm")); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
}
