package config_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/config"
)

const scored = `version: 1
kind: training
roots: [{path: services/churn/, production: true}, {path: .}]
shares: {own: 70, below: 50}
off: [progressive-delivery]
equivalents:
  - {criterion: drift-detection, path: ./src/psi.py, pattern: "psi > \\w+", reason: Ours.}
companions: [../churn-deploy, "https://github.com/acme/deploy@5b3baec9"]
`

var core = map[string]bool{"unit-tests": true, "progressive-delivery": false, "drift-detection": false}

func TestScore(t *testing.T) {
	got, err := config.ParseScore("score.yaml", []byte(scored), core)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Score{
		Kind: "training", Roots: []config.ScoreRoot{{Path: "services/churn", Production: true}, {Path: "."}},
		Shares: config.Shares{Own: 70, Below: 50}, Off: []string{"progressive-delivery"},
		Equivalents: []config.Equivalent{{Criterion: "drift-detection", Path: "src/psi.py", Pattern: `psi > \w+`, Reason: "Ours.", Line: 7}},
		Companions:  []string{"../churn-deploy", "https://github.com/acme/deploy@5b3baec9"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Score{})); diff != "" {
		t.Errorf("score (-want +got):\n%s", diff)
	}
	if line := got.Line("/shares"); line != 4 {
		t.Errorf("shares are in line %d, want 4", line)
	}
}

func TestScoreMistakes(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"unknown key":   {"shares:", "share:", `score.yaml:4:1: unknown key "share"; did you mean "shares"?`},
		"kind":          {"kind: training", "kind: trainin", "score.yaml:2:1: trainin is not known here"},
		"share":         {"own: 70", "own: 90", "score.yaml:4:10: 90 is too large; use at most 80"},
		"core":          {"[progressive-delivery]", "[unit-tests]", "score.yaml:5:7: unit-tests is a core criterion"},
		"off":           {"[progressive-delivery]", "[progressivee-delivery]", `did you mean "progressive-delivery"?`},
		"root":          {"services/churn/", "../../etc", "score.yaml:3:10: the path leads out of the repository"},
		"pattern":       {`psi > \\w+`, "psi(", "score.yaml:7:54: error parsing regexp: missing closing )"},
		"equivalent of": {"criterion: drift-detection", "criterion: drift", `there is no criterion "drift"`},
		"equivalent":    {"./src/psi.py", "/etc/passwd", "the path leads out of the repository"},
		"companion":     {"../churn-deploy", "../../secret", "score.yaml:8:14: a companion is a clone in the repository or beside it"},
		"absolute":      {"../churn-deploy", "/home/ada", "a companion is a clone in the repository or beside it"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseScore("score.yaml", []byte(strings.Replace(scored, test.from, test.to, 1)), core)
			if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzScore(f *testing.F) {
	f.Add([]byte(scored))
	f.Add([]byte("version: 1\nroots: [{path: ../..}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		score, err := config.ParseScore("score.yaml", data, core)
		if err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		for _, r := range score.Roots {
			if strings.HasPrefix(r.Path, "/") || strings.HasPrefix(r.Path, "..") && !strings.HasPrefix(r.Path, "...") && (r.Path == ".." || r.Path[2] == '/') {
				t.Errorf("root %q leads out", r.Path)
			}
		}
	})
}

// TestDocumentedScoreFile holds the example of docs/maturity.md to what is read.
func TestDocumentedScoreFile(t *testing.T) {
	page, err := os.ReadFile("../../docs/maturity.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "```yaml\n")
	example, _, ends := strings.Cut(after, "```")
	if !found || !ends {
		t.Fatal("docs/maturity.md shows no score.yaml")
	}
	score, err := config.ParseScore(config.ScoreFile, []byte(example), map[string]bool{"progressive-delivery": false, "drift-detection": false})
	if err != nil {
		t.Fatal(err)
	}
	if len(score.Roots) != 2 || !score.Roots[0].Production || score.Shares.Own == 0 || len(score.Off)*len(score.Equivalents)*len(score.Companions) == 0 {
		t.Errorf("the example shows less than there is: %+v", score)
	}
}
