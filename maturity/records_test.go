package maturity_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// gated is a repository whose CI runs muster's gate.
const gated = `
-- muster.yaml --
version: 1
image: python:3.12-slim
stages:
  train: {run: python train.py, inputs: [train.py], outputs: [model.pkl]}
  evaluate: {run: python evaluate.py, inputs: [evaluate.py, model.pkl], predictions: predictions.csv}
gate: {metrics: {roc_auc: {margin: 0.01}}}
-- train.py --
from sklearn.svm import SVC
import pickle
pickle.dump(SVC().fit([[0.0], [1.0]], [0, 1]), open("model.pkl", "wb"))
-- evaluate.py --
import pickle
print(pickle.load(open("model.pkl", "rb")).predict([[0.0]]))
-- .github/workflows/muster.yml --
on: [push, pull_request]
jobs: {gate: {runs-on: x, steps: [{uses: muster-ci/muster@v1}]}}
`

func put(t *testing.T, dir, name string, doc any) {
	t.Helper()
	var data []byte
	var err error
	switch doc := doc.(type) {
	case result.Attempt:
		data, err = result.Encode(doc)
	case result.Version:
		data, err = result.Encode(doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, filepath.FromSlash(name)), data)
}

// A gate is proven by a refusal and an acceptance, which muster's ledger holds.
func TestDecisionsProveTheGate(t *testing.T) {
	digest := strings.Repeat("a", 64)
	attempt := func(serial int, verdict result.Verdict, days int) result.Attempt {
		return result.Attempt{Schema: result.SchemaOf[result.Attempt](), Data: digest, Serial: serial, At: proofNow.AddDate(0, 0, -days), Change: "main", Candidate: digest, Verdict: verdict}
	}
	for name, test := range map[string]struct {
		attempts []result.Attempt
		want     result.Strength
	}{
		"none":        {nil, result.StrengthWired},
		"both":        {[]result.Attempt{attempt(1, result.Pass, 9), attempt(2, result.Deny, 3)}, result.StrengthProven},
		"only passes": {[]result.Attempt{attempt(1, result.Pass, 9), attempt(2, result.Pass, 3)}, result.StrengthWired},
		"long ago":    {[]result.Attempt{attempt(1, result.Pass, 400), attempt(2, result.Deny, 400)}, result.StrengthWired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := unpack(t, txtar.Parse([]byte(gated)))
			for _, a := range test.attempts {
				put(t, dir, ".muster/registry/ledger/"+digest+"/00000"+string(rune('0'+a.Serial))+".json", a)
			}
			write(t, filepath.Join(dir, ".muster", "registry", "ledger", digest, "000009.json"), []byte("{"))
			got := answered(t, score(t, dir, maturity.Options{Now: proofNow}), "model-quality-gate")
			if got.Verdict != result.CriterionMet || got.Strength != test.want {
				t.Errorf("%s %s (%s), want %s", got.Verdict, got.Strength, got.Reason, test.want)
			}
		})
	}
}

// history makes a repository with a commit for each text of dvc.lock, by different people.
func history(t *testing.T, days ...int) string {
	t.Helper()
	dir := unpack(t, txtar.Parse([]byte(`
-- dvc.yaml --
stages:
  train: {cmd: python src/train.py, deps: [data.csv, src/train.py], outs: [model.pkl]}
  serve: {cmd: python src/app.py, deps: [src/app.py, model.pkl], outs: [out]}
-- data.csv.dvc --
outs: [{md5: 0, size: 1, path: data.csv}]
-- .dvc/config --
['remote "s3"']
    url = s3://bucket
[core]
    remote = s3
-- CODEOWNERS --
* @acme/science @acme/platform
-- src/train.py --
import joblib
from sklearn.svm import SVC
joblib.dump(SVC().fit([[0.0], [1.0]], [0, 1]), "model.pkl")
-- src/app.py --
import joblib
from fastapi import FastAPI
app = FastAPI()
model = joblib.load("model.pkl")

@app.post("/predict")
def predict(row: list[float]):
    return model.predict([row]).tolist()
`)))
	gitAt(t, dir, "", "init", "-q", "-b", "main")
	for i, ago := range days {
		write(t, filepath.Join(dir, "data.csv.dvc"), []byte("outs: [{md5: "+strings.Repeat(string(rune('0'+i)), 32)+", size: 1, path: data.csv}]\n"))
		for _, f := range []string{"src/train.py", "src/app.py"} {
			data := read(t, filepath.Join(dir, f))
			write(t, filepath.Join(dir, f), append(data, []byte("# again\n")...))
		}
		gitAt(t, dir, "", "add", "-A")
		at := proofNow.AddDate(0, 0, -ago).Format(time.RFC3339)
		gitAt(t, dir, at, "-c", "user.name=p"+string(rune('0'+i)), "-c", "user.email=p"+string(rune('0'+i))+"@example.org", "commit", "-qm", "x")
	}
	return dir
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func gitAt(t *testing.T, dir, at string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// History proves that data was versioned more than once, and who works on both sides.
func TestHistoryProves(t *testing.T) {
	for name, test := range map[string]struct {
		days         []int
		shallow      bool
		data, people result.Strength
	}{
		"twice, by two":   {[]int{9, 3}, false, result.StrengthProven, result.StrengthProven},
		"once":            {[]int{3}, false, result.StrengthWired, result.StrengthWired},
		"two, long ago":   {[]int{300, 290}, false, result.StrengthProven, result.StrengthWired},
		"in the future":   {[]int{-300, -9}, false, result.StrengthProven, result.StrengthWired},
		"a fast clock":    {[]int{3, 0}, false, result.StrengthProven, result.StrengthProven},
		"a shallow clone": {[]int{9, 3}, true, result.StrengthWired, result.StrengthWired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := history(t, test.days...)
			if test.shallow {
				clone := filepath.Join(t.TempDir(), "clone")
				gitAt(t, dir, "", "clone", "-q", "--depth", "1", "file://"+dir, clone)
				dir = clone
			}
			a := score(t, dir, maturity.Options{Now: proofNow, Kind: result.KindTraining})
			for id, want := range map[string]result.Strength{"data-versioning": test.data, "cross-functional-ownership": test.people} {
				if got := answered(t, a, id); got.Verdict != result.CriterionMet || got.Strength != want {
					t.Errorf("%s is %s %s (%s), want %s", id, got.Verdict, got.Strength, got.Reason, want)
				}
			}
			said := false
			for _, u := range a.Unread {
				said = said || strings.Contains(u.Note, "only the newest commits")
			}
			if said != test.shallow {
				t.Errorf("that the clone is shallow is said: %t", said)
			}
		})
	}
}
