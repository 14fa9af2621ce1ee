package maturity_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// proofRepo trains on Mondays, tests changes, and releases an image on a tag.
const proofRepo = `
-- .github/workflows/ci.yml --
name: CI
on: {push: {branches: [main]}, pull_request: {}}
jobs:
  test:
    name: Unit tests
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest tests
-- .github/workflows/train.yml --
name: Train
on: {schedule: [{cron: "0 3 * * 1"}]}
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python src/train.py
-- src/train.py --
import mlflow
import mlflow.sklearn
from sklearn.linear_model import LogisticRegression

def main(rows, labels):
    with mlflow.start_run():
        model = LogisticRegression().fit(rows, labels)
        mlflow.log_metric("accuracy", model.score(rows, labels))
        mlflow.sklearn.log_model(model, "model", registered_model_name="churn")
    return model

if __name__ == "__main__":
    main([[0.0], [1.0]], [0, 1])
-- tests/test_train.py --
from src.train import main

def test_main():
    assert main([[0.0], [1.0]], [0, 1]) is not None
`

var proofNow = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

// witness is what a forge tells of that repository: nothing to begin with.
func witness(change func(*result.ForgeFacts)) *result.ForgeFacts {
	told := &result.ForgeFacts{
		Host: "github", Repository: "https://github.com/acme/churn", Branch: "main",
		Workflows: []result.ForgeWorkflow{{Path: ".github/workflows/ci.yml", State: "active"}, {Path: ".github/workflows/train.yml", State: "active"}},
	}
	change(told)
	return told
}

func run(file, event string, passed bool, days int) result.ForgeRun {
	jobs := map[string]string{"ci": "Unit tests", "train": "train"}
	return result.ForgeRun{
		Path: ".github/workflows/" + file + ".yml", Event: event, Passed: passed, At: proofNow.AddDate(0, 0, -days),
		URL: "https://github.com/acme/churn/actions/runs/1", Jobs: []result.ForgeJob{{Name: jobs[file], Ran: true, Passed: passed}},
	}
}

// TestProof asks what each record makes of an answer.
func TestProof(t *testing.T) {
	dir := unpack(t, txtar.Parse([]byte(proofRepo)))
	passed := func(f *result.ForgeFacts) {
		f.Runs = []result.ForgeRun{run("train", "schedule", true, 1), run("train", "schedule", true, 8), run("ci", "push", true, 2)}
	}
	for name, test := range map[string]struct {
		told      *result.ForgeFacts
		criterion string
		want      string // verdict and strength, and a part of the reason
	}{
		"nothing was asked":          {nil, "ci-test-gate", "met wired"},
		"the tests pass":             {witness(passed), "ci-test-gate", "met proven"},
		"the tests ran":              {witness(passed), "unit-tests", "met proven"},
		"the timer worked twice":     {witness(passed), "continuous-training", "met proven"},
		"training logged and passed": {witness(passed), "experiment-tracking", "met proven"},
		"code is never contradicted": {witness(func(f *result.ForgeFacts) { f.Runs = []result.ForgeRun{run("train", "schedule", false, 1)} }), "modular-code", "met wired"},
		"the newest test run failed": {witness(func(f *result.ForgeFacts) {
			f.Runs = []result.ForgeRun{run("ci", "push", false, 1), run("ci", "push", true, 2), run("ci", "push", true, 3)}
		}), "ci-test-gate", "met wired"},
		"two of five is not enough": {witness(func(f *result.ForgeFacts) { f.Runs = runs("ci", "++---") }), "ci-test-gate", "met wired"},
		"three of five is":          {witness(func(f *result.ForgeFacts) { f.Runs = runs("ci", "+-+-+") }), "ci-test-gate", "met proven"},
		"the tests never pass":      {witness(func(f *result.ForgeFacts) { f.Runs = runs("ci", "---") }), "ci-test-gate", "partial declared 3 failed"},
		"the timer worked once":     {witness(func(f *result.ForgeFacts) { f.Runs = []result.ForgeRun{run("train", "schedule", true, 1)} }), "continuous-training", "met wired"},
		"people started it": {witness(func(f *result.ForgeFacts) {
			f.Runs = []result.ForgeRun{run("train", "manual", true, 1), run("train", "manual", true, 2)}
		}), "continuous-training", "met wired"},
		"it was long ago":              {witness(func(f *result.ForgeFacts) { f.Runs = []result.ForgeRun{run("train", "schedule", true, 91)} }), "experiment-tracking", "met wired last seen 2025-12-30"},
		"just in time":                 {witness(func(f *result.ForgeFacts) { f.Runs = []result.ForgeRun{run("train", "schedule", true, 90)} }), "experiment-tracking", "met proven"},
		"training has half a year":     {witness(func(f *result.ForgeFacts) { f.Runs = []result.ForgeRun{run("train", "schedule", true, 179)} }), "training-pipeline", "met proven"},
		"training never passed":        {witness(func(f *result.ForgeFacts) { f.Runs = runs("train", "--") }), "experiment-tracking", "partial declared"},
		"the workflow is switched off": {witness(func(f *result.ForgeFacts) { f.Workflows[1].State = "disabled_inactivity"; passed(f) }), "continuous-training", "unmet none"},
		"another job of the run ran": {witness(func(f *result.ForgeFacts) {
			r := run("ci", "push", true, 1)
			r.Jobs = []result.ForgeJob{{Name: "lint", Ran: true, Passed: true}, {Name: "Unit tests"}}
			f.Runs = []result.ForgeRun{r}
		}), "ci-test-gate", "met wired"},
		"the check is required": {witness(func(f *result.ForgeFacts) { f.Protection = &result.ForgeProtection{Checks: []string{"Unit tests"}} }), "branch-protection", "met proven"},
		"the job by its id":     {witness(func(f *result.ForgeFacts) { f.Protection = &result.ForgeProtection{Checks: []string{"test"}} }), "branch-protection", "partial declared none of them"},
		"force pushes": {witness(func(f *result.ForgeFacts) {
			f.Protection = &result.ForgeProtection{Checks: []string{"Unit tests"}, ForcePush: true}
		}), "branch-protection", "partial declared rewritten"},
		"nothing is protected":  {witness(func(f *result.ForgeFacts) { f.Protection = &result.ForgeProtection{} }), "branch-protection", "unmet none whatever"},
		"any pipeline":          {witness(func(f *result.ForgeFacts) { f.Protection = &result.ForgeProtection{AnyPipeline: true} }), "branch-protection", "met proven"},
		"protection not read":   {witness(func(*result.ForgeFacts) {}), "branch-protection", "unknown none no file"},
		"four of five reviewed": {witness(func(f *result.ForgeFacts) { f.Review = &result.ForgeReview{Changes: 5, Approved: 4} }), "code-review", "met proven 5 changes, 4"},
		"three of five":         {witness(func(f *result.ForgeFacts) { f.Review = &result.ForgeReview{Changes: 5, Approved: 3} }), "code-review", "unmet none only 3"},
		"too few changes":       {witness(func(f *result.ForgeFacts) { f.Review = &result.ForgeReview{Changes: 4, Approved: 4} }), "code-review", "unmet none nothing"},
		"two versions as tags": {witness(func(f *result.ForgeFacts) {
			f.Releases = []result.ForgeRelease{{Tag: "v1", Assets: []string{"churn.onnx"}}, {Tag: "v2", Assets: []string{"churn.onnx"}}}
		}), "model-registry", "met proven"},
		"a scanner": {witness(func(f *result.ForgeFacts) { on := true; f.SecretScanning = &on }), "secrets-hygiene", "met proven"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := score(t, dir, maturity.Options{Forge: test.told, Now: proofNow, Kind: result.KindTraining})
			got := answered(t, a, test.criterion)
			want := strings.SplitN(test.want, " ", 3)
			if string(got.Verdict) != want[0] || string(got.Strength) != want[1] || !strings.Contains(got.Reason, strings.Join(want[2:], " ")) {
				t.Errorf("%s is %s %s (%s), want %s", test.criterion, got.Verdict, got.Strength, got.Reason, test.want)
			}
			if got.Strength == result.StrengthProven && got.Evidence[len(got.Evidence)-1].URL == "" {
				t.Errorf("the proof has no address: %+v", got.Evidence)
			}
		})
	}
}

// runs are those of a workflow, the newest first.
func runs(file, ended string) []result.ForgeRun {
	var list []result.ForgeRun
	for i, r := range ended {
		list = append(list, run(file, "push", r == '+', i+1))
	}
	return list
}

func answered(t *testing.T, a result.Assessment, id string) result.Criterion {
	t.Helper()
	for _, c := range a.Roots[0].Criteria {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("%s was not asked", id)
	return result.Criterion{}
}

// TestMissingIsSaid: what the forge did not answer is in the assessment.
func TestMissingIsSaid(t *testing.T) {
	dir := unpack(t, txtar.Parse([]byte(proofRepo)))
	a := score(t, dir, maturity.Options{Forge: &result.ForgeFacts{Repository: "https://github.com/acme/churn", Requests: 1, Missing: []string{"all of it"}}, Now: proofNow})
	if a.Forge == nil || a.Forge.Requests != 1 || len(a.Forge.Missing) != 1 || a.Level == nil {
		t.Errorf("assessment: %+v", a.Forge)
	}
}

// TestProvenLevel asks for records where there could be some.
func TestProvenLevel(t *testing.T) {
	dir := unpack(t, parse(t, filepath.Join("testdata", "level1.txtar")))
	a := score(t, dir, maturity.Options{})
	if *a.Level != 1 || *a.ProvenLevel != 0 {
		t.Errorf("level %d, proven %d; without records want 1 and 0", *a.Level, *a.ProvenLevel)
	}
}
