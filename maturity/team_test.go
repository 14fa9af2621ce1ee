package maturity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity"
)

// withFiles is the repository of TestProof with further files, as a txtar archive.
func withFiles(t *testing.T, files string) string {
	t.Helper()
	return unpack(t, txtar.Parse([]byte(proofRepo+files)))
}

func overrides(a result.Assessment) string {
	var b strings.Builder
	for _, o := range a.Overrides {
		b.WriteString(o.Path + ": " + o.Note + "\n")
	}
	return b.String()
}

const attestedReview = `
-- .muster/attest.yaml --
- criterion: code-review
  verdict: met
  statement: Two people read every change.
  by: "@ada"
  approved_by: "@leads"
  date: 2026-01-01
  expires: 2026-06-01
`

func TestAttested(t *testing.T) {
	opts := maturity.Options{Now: proofNow, Kind: result.KindTraining}
	for name, test := range map[string]struct {
		files  string
		change func(*maturity.Options)
		id     string
		want   string
		says   string
	}{
		"met":     {attestedReview, nil, "code-review", "met attested Two people", "in force until 2026-06-01"},
		"expired": {strings.Replace(attestedReview, "2026-06-01", "2026-03-30", 1), nil, "code-review", "unknown none", "expired on 2026-03-30"},
		"what was seen says more": {
			attestedReview, func(o *maturity.Options) {
				o.Forge = witness(func(f *result.ForgeFacts) { f.Review = &result.ForgeReview{Changes: 9, Approved: 9} })
			}, "code-review", "met proven", "what was seen says more",
		},
		"what was seen says otherwise": {
			attestedReview, func(o *maturity.Options) {
				o.Forge = witness(func(f *result.ForgeFacts) { f.Review = &result.ForgeReview{Changes: 9} })
			}, "code-review", "unmet none", "what was seen says otherwise",
		},
		"left out":      {attestedReview, func(o *maturity.Options) { o.NoOverrides = true }, "code-review", "unknown none", ""},
		"other project": {strings.Replace(attestedReview, "  verdict: met", "  root: other\n  verdict: met", 1), nil, "code-review", "unknown none", ""},
		"a gap":         {strings.Replace(attestedReview, "verdict: met", "verdict: accepted-gap", 1), nil, "code-review", "unknown none accepted by @leads", "silenced"},
		"an equivalent": {strings.Replace(attestedReview, "verdict: met", "verdict: equivalent\n  evidence: src/train.py", 1), nil, "code-review", "met attested", "in force"},
		"an equivalent that is not there": {
			strings.Replace(attestedReview, "verdict: met", "verdict: equivalent\n  evidence: src/none.py", 1), nil, "code-review", "unknown none", "there is no file src/none.py",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := opts
			if test.change != nil {
				test.change(&o)
			}
			a := score(t, withFiles(t, test.files), o)
			got := answered(t, a, test.id)
			want := strings.SplitN(test.want, " ", 3)
			if string(got.Verdict) != want[0] || string(got.Strength) != want[1] || !strings.Contains(got.Reason, strings.Join(want[2:], " ")) {
				t.Errorf("%s %s (%s), want %s", got.Verdict, got.Strength, got.Reason, test.want)
			}
			if !strings.Contains(overrides(a), test.says) || test.says == "" && len(a.Overrides) > 0 {
				t.Errorf("overrides %q, want %q", overrides(a), test.says)
			}
			if name == "a gap" && got.Remedy != "" {
				t.Errorf("an accepted gap has the remedy %q", got.Remedy)
			}
		})
	}
}

// At most a quarter of a level's weight rests on people's word.
func TestMostAttested(t *testing.T) {
	files := "\n-- .muster/attest.yaml --\n"
	for _, id := range []string{"automated-release", "dependency-locking", "integration-tests", "static-analysis", "code-review"} {
		files += "- {criterion: " + id + ", verdict: equivalent, statement: So it is., evidence: src/train.py, by: a, approved_by: b, date: 2026-03-01, expires: 2026-05-01}\n"
	}
	a := score(t, withFiles(t, files), maturity.Options{Now: proofNow, Kind: result.KindTraining})
	all, said := 0.0, 0.0
	for _, c := range a.Roots[0].Criteria {
		if c.Level == 1 && c.Verdict != result.CriterionNotApplicable {
			all += c.Weight
			if c.Strength == result.StrengthAttested {
				said += c.Weight
			}
		}
	}
	if said == 0 || said > all/4 {
		t.Errorf("%.0f of %.0f are attested", said, all)
	}
	if !strings.Contains(overrides(a), "more than 25 % of level 1") {
		t.Errorf("overrides: %s", overrides(a))
	}
}

const teamFiles = `
-- .muster/score.yaml --
version: 1
shares: {own: 80}
off: [progressive-delivery]
equivalents:
  - {criterion: drift-detection, path: src/psi.py, pattern: "psi > LIMIT", reason: Our own index.}
  - {criterion: alerting, path: src/train.py, pattern: "log_metric", reason: Somebody looks at it.}
  - {criterion: data-validation, path: src/train.py, pattern: "no such line", reason: Gone.}
-- src/psi.py --
LIMIT = 0.2
# psi > LIMIT, as a comment
def check(psi):
    return psi > LIMIT
-- .muster/rubric/own.yaml --
criteria:
  - {id: model-card, level: 2, dim: M, w: 2, applies: [training], question: "Is there a model card?", fix: Write one, effort: low, source: ours}
  - {id: alerting, w: 3}
-- .muster/rubric/card.rego --
package team.model_card

import data.maturity.lib

answer := lib.met("training is wired", facts) if {
	facts := lib.wired(["train"])
	count(facts) > 0
} else := lib.unmet("there is none")
-- .muster/catalogue/own.yaml --
tools:
  - {id: houselog, name: Houselog, packages: [houselog], uses: [{as: tracking, calls: [houselog.write]}]}
`

func TestTeam(t *testing.T) {
	a := score(t, withFiles(t, teamFiles), maturity.Options{Now: proofNow, Kind: result.KindTraining})
	for id, want := range map[string]string{
		"drift-detection": "partial declared", // nothing runs it
		"alerting":        "met wired", "model-card": "met wired",
	} {
		if got := answered(t, a, id); string(got.Verdict)+" "+string(got.Strength) != want {
			t.Errorf("%s is %s %s (%s), want %s", id, got.Verdict, got.Strength, got.Reason, want)
		}
	}
	if got := answered(t, a, "drift-detection"); got.Evidence[0].Line != 4 {
		t.Errorf("the line that does it is %d, want 4", got.Evidence[0].Line)
	}
	if got := answered(t, a, "alerting"); got.Weight != 3 {
		t.Errorf("the weight of alerting is %g", got.Weight)
	}
	for _, c := range a.Roots[0].Criteria {
		if c.ID == "progressive-delivery" {
			t.Error("what is switched off was asked")
		}
	}
	for _, want := range []string{
		"criterion model-card is added", "criterion alerting is changed", "the rule of model-card is the team's", "houselog",
		"needs 80 % of its weight", "criterion progressive-delivery is not asked", "no line of it fits the pattern",
	} {
		if !strings.Contains(overrides(a), want) {
			t.Errorf("overrides do not say %q:\n%s", want, overrides(a))
		}
	}
	without := score(t, withFiles(t, teamFiles), maturity.Options{Now: proofNow, NoOverrides: true})
	if len(without.Overrides) > 0 || strings.Contains(string(encode(t, without)), "model-card") {
		t.Errorf("overrides are in force: %v", without.Overrides)
	}
}

// A tool of the team's own is one like any other.
func TestOwnTool(t *testing.T) {
	files := teamFiles + `-- src/log.py --
import houselog
from sklearn.svm import SVC

def main():
    houselog.write(SVC().fit([[0.0], [1.0]], [0, 1]))

main()
-- .github/workflows/log.yml --
on: {schedule: [{cron: "0 3 * * 1"}]}
jobs: {log: {runs-on: x, steps: [{run: python src/log.py}]}}
`
	a := score(t, withFiles(t, files), maturity.Options{Now: proofNow, Kind: result.KindTraining})
	if got := answered(t, a, "experiment-tracking"); !strings.Contains(got.Reason, "Houselog") {
		t.Errorf("tracking: %s", got.Reason)
	}
}

// The projects that a team names beat those that are found.
func TestNamedRoots(t *testing.T) {
	files := `
-- .muster/score.yaml --
version: 1
roots: [{path: src, production: true}, {path: tests}]
`
	a := score(t, withFiles(t, files), maturity.Options{Now: proofNow})
	if len(a.Roots) != 2 || a.Roots[0].Path != "src" || a.Root != "src" {
		t.Errorf("roots %d, chosen %q", len(a.Roots), a.Root)
	}
}

// Mistakes in a team's files have a place and a remedy; --no-overrides scores all the same.
func TestTeamMistakes(t *testing.T) {
	for name, test := range map[string]struct{ files, want string }{
		"attest":        {strings.Replace(attestedReview, "code-review", "code-revue", 1), ".muster/attest.yaml:1:3: there is no criterion"},
		"score":         {"\n-- .muster/score.yaml --\nversion: 2\n", ".muster/score.yaml:1:1:"},
		"root":          {"\n-- .muster/score.yaml --\nversion: 1\nroots: [{path: none}]\n", ".muster/score.yaml:2:10: there is no file below none"},
		"criterion":     {"\n-- .muster/rubric/a.yaml --\ncriteria:\n  - {id: a, levl: 1}\n", `.muster/rubric/a.yaml:2:1: unknown key "levl"`},
		"level":         {"\n-- .muster/rubric/a.yaml --\ncriteria:\n  - {id: a, level: 9}\n", ".muster/rubric/a.yaml:2:5: criterion a: level 9"},
		"core":          {"\n-- .muster/rubric/a.yaml --\ncriteria:\n  - {id: unit-tests, core: false}\n", "level and core of a bundled criterion cannot be changed"},
		"no rule":       {"\n-- .muster/rubric/a.yaml --\ncriteria:\n  - {id: a, level: 1, w: 1, applies: [training], question: q, fix: f, effort: low}\n", "criterion a has no rule"},
		"bad rule":      {"\n-- .muster/rubric/a.rego --\npackage team.alerting\n\nanswer := nothing\n", ".muster/rubric/a.rego:3:"},
		"network":       {"\n-- .muster/rubric/a.rego --\npackage team.alerting\n\nanswer := http.send({\"method\": \"get\", \"url\": \"http://x\"})\n", ".muster/rubric/a.rego:3:"},
		"clock":         {"\n-- .muster/rubric/a.rego --\npackage team.alerting\n\nanswer := time.now_ns()\n", ".muster/rubric/a.rego:3:"},
		"environment":   {"\n-- .muster/rubric/a.rego --\npackage team.alerting\n\nanswer := opa.runtime()\n", ".muster/rubric/a.rego:3:"},
		"our package":   {"\n-- .muster/rubric/a.rego --\npackage maturity.lib\n\nmet := 1\n", "reserved for muster's own policies"},
		"our criteria":  {"\n-- .muster/rubric/a.rego --\npackage maturity.criteria.alerting\n\nanswer := 1\n", "reserved for muster's own policies"},
		"asked nothing": {"\n-- .muster/rubric/a.rego --\npackage team.alarming\n\nanswer := 1\n", "answers no criterion"},
		"tool":          {"\n-- .muster/catalogue/a.yaml --\ntools:\n  - {id: a, uses: [{az: b}]}\n", `.muster/catalogue/a.yaml:2:1: unknown key "az"`},
		"tool pattern":  {"\n-- .muster/catalogue/a.yaml --\ntools:\n  - {id: a, uses: [{as: b, calls: [x.y], receivers: \"(\"}]}\n", ".muster/catalogue/a.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := withFiles(t, test.files)
			_, err := scorer().Score(context.Background(), dir, maturity.Options{Now: proofNow})
			wrong, ok := errors.AsType[*config.Error](err)
			if !ok || !strings.Contains(wrong.Error(), test.want) || wrong.Problems[0].Hint == "" {
				t.Errorf("error %v, want %q and a remedy", err, test.want)
			}
			if _, err := scorer().Score(context.Background(), dir, maturity.Options{Now: proofNow, NoOverrides: true}); err != nil {
				t.Errorf("without overrides: %v", err)
			}
		})
	}
}

// A rule that never ends leaves its criterion open, and the others as they are.
func TestHostileRule(t *testing.T) {
	files := `
-- .muster/rubric/a.rego --
package team.alerting

answer := {"verdict": "met", "strength": "proven", "reason": sprintf("%d", [count(x)])} if {
	x := [1 | some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); some c in numbers.range(1, 5000); a + b + c == 1]
}
-- .muster/rubric/b.rego --
package team.drift_detection

answer := {"verdict": "met", "strength": "attested", "reason": "x"}
-- .muster/rubric/c.rego --
package team.incident_runbook

answer := {"verdict": "met", "strength": "wired", "reason": concat("", [x | some i in numbers.range(1, 2000); x := sprintf("%d", [i])])}
`
	begun := time.Now()
	a := score(t, withFiles(t, files), maturity.Options{Now: proofNow, Kind: result.KindTraining})
	for id, want := range map[string]string{"alerting": "unknown", "drift-detection": "unknown", "incident-runbook": "met", "ci-test-gate": "met"} {
		if got := answered(t, a, id); string(got.Verdict) != want || len([]rune(got.Reason)) > 400 {
			t.Errorf("%s is %s: %.200s", id, got.Verdict, got.Reason)
		}
	}
	t.Logf("scored in %s", time.Since(begun))
}

// What is no file of a reasonable size is refused before it is read.
func TestTeamFilesAreBounded(t *testing.T) {
	big := strings.Repeat("# a comment\n", 100_000)
	many := map[string]string{}
	for i := range 300 {
		many[filepath.Join("rubric", strings.Repeat("x", i%7)+string(rune('a'+i%26))+time.Duration(i).String()+".yaml")] = "criteria: []\n"
	}
	for name, files := range map[string]map[string]string{"big": {"attest.yaml": big}, "many": many} {
		dir := withFiles(t, "")
		for file, text := range files {
			write(t, filepath.Join(dir, ".muster", file), []byte(text))
		}
		if _, err := scorer().Score(context.Background(), dir, maturity.Options{}); err == nil || !strings.Contains(err.Error(), "--no-overrides") {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := withFiles(t, "")
	if err := os.MkdirAll(filepath.Join(dir, ".muster", "attest.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := scorer().Score(context.Background(), dir, maturity.Options{}); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a folder: %v", err)
	}
}

// The facts of a deployment repository that stands apart count, if it is the one that is
// meant; a clone that is not there supplies nothing.
func TestCompanion(t *testing.T) {
	top := t.TempDir()
	dir, deploy := filepath.Join(top, "churn"), filepath.Join(top, "churn-deploy")
	for name, text := range map[string]string{
		"src/train.py": "from sklearn.svm import SVC\n\ndef main():\n    return SVC().fit([[0.0], [1.0]], [0, 1])\n\nmain()\n",
	} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	write(t, filepath.Join(deploy, ".github/workflows/deploy.yml"), []byte("on: {push: {branches: [main]}}\njobs: {go: {runs-on: x, steps: [{run: terraform apply -auto-approve}]}}\n"))
	write(t, filepath.Join(deploy, "main.tf"), []byte("resource \"aws_sagemaker_endpoint\" \"churn\" {\n  name = \"churn\"\n}\n"))
	gitAt(t, deploy, "", "init", "-q", "-b", "main")
	gitAt(t, deploy, "", "add", "-A")
	gitAt(t, deploy, "", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
	gitAt(t, deploy, "", "remote", "add", "origin", "https://github.com/acme/churn-deploy.git")
	for companion, want := range map[string]string{
		"../churn-deploy":                              "supplies facts",
		"https://github.com/acme/churn-deploy":         "supplies facts",
		"https://github.com/other/churn-deploy":        "is of another repository",
		"../none":                                      "there is no clone in ../none",
		"../churn-deploy@0123456789":                   "and 0123456789 is meant",
		"https://github.com/acme/churn-deploy@badc0de": "and badc0de is meant",
	} {
		write(t, filepath.Join(dir, ".muster", "score.yaml"), []byte("version: 1\ncompanions: [\""+companion+"\"]\n"))
		a := score(t, dir, maturity.Options{Now: proofNow, Kind: result.KindTraining})
		if !strings.Contains(overrides(a), want) {
			t.Errorf("%s: %s, want %q", companion, overrides(a), want)
		}
		got := answered(t, a, "infrastructure-as-code")
		if supplied := want == "supplies facts"; supplied != (got.Verdict == result.CriterionMet) {
			t.Errorf("%s: infrastructure-as-code is %s (%s)", companion, got.Verdict, got.Reason)
		}
	}
}

// Of the companions, five may be named: more would be more repositories than one.
func TestManyCompanions(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "churn")
	write(t, filepath.Join(dir, "src/train.py"), []byte("from sklearn.svm import SVC\n\ndef main():\n    return SVC().fit([[0.0], [1.0]], [0, 1])\n\nmain()\n"))
	var names []string
	for i := range 6 {
		name := fmt.Sprintf("deploy%d", i)
		write(t, filepath.Join(top, name, "README.md"), []byte("# deploy\n"))
		gitAt(t, filepath.Join(top, name), "", "init", "-q", "-b", "main")
		gitAt(t, filepath.Join(top, name), "", "add", "-A")
		gitAt(t, filepath.Join(top, name), "", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
		names = append(names, "../"+name)
	}
	settings := filepath.Join(dir, ".muster", "score.yaml")
	write(t, settings, []byte("version: 1\ncompanions: ["+strings.Join(names[:5], ", ")+"]\n"))
	said := overrides(score(t, dir, maturity.Options{Now: proofNow, Kind: result.KindTraining}))
	if read := strings.Count(said, "supplies facts"); read != 5 {
		t.Errorf("%d companions are read: %s", read, said)
	}
	write(t, settings, []byte("version: 1\ncompanions: ["+strings.Join(names, ", ")+"]\n"))
	if _, err := scorer().Score(t.Context(), dir, maturity.Options{Now: proofNow}); err == nil || !strings.Contains(err.Error(), ".muster/score.yaml:2:1: ") || !strings.Contains(err.Error(), "5") {
		t.Errorf("error %v, want one that says that there are too many", err)
	}
}

// What a change request names as a companion is a clone in the repository or right beside
// it, and no other on the machine, whatever links lead there.
func TestCompanionElsewhere(t *testing.T) {
	top := t.TempDir()
	dir, secret := filepath.Join(top, "work", "churn"), filepath.Join(top, "secret")
	write(t, filepath.Join(dir, "src/train.py"), []byte("from sklearn.svm import SVC\nSVC().fit([[0.0], [1.0]], [0, 1])\n"))
	write(t, filepath.Join(secret, "main.tf"), []byte("resource \"aws_sagemaker_endpoint\" \"hidden\" {\n  name = \"hidden\"\n}\n"))
	gitAt(t, secret, "", "init", "-q", "-b", "main")
	gitAt(t, secret, "", "add", "-A")
	gitAt(t, secret, "", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for companion, want := range map[string]string{
		"link": "there is no clone in link", "a@b/../../../secret": "there is no clone in ../../secret", ".": "there is no clone in .",
		"https://x.example/a/..": "there is no clone in ../..",
	} {
		write(t, filepath.Join(dir, ".muster", "score.yaml"), []byte("version: 1\ncompanions: [\""+companion+"\"]\n"))
		a := score(t, dir, maturity.Options{Now: proofNow, Kind: result.KindTraining})
		if text, err := json.Marshal(a); err != nil || strings.Contains(string(text), "hidden") || !strings.Contains(overrides(a), want) {
			t.Errorf("%s: %s, want %q (%v)", companion, overrides(a), want, err)
		}
	}
}
