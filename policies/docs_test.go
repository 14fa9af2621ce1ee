package policies_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// The policies that the documentation shows compile, and its tests pass.
func TestDocumentedPolicies(t *testing.T) {
	text, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for i, block := range regexp.MustCompile("(?s)```rego\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		name := fmt.Sprintf("%d.rego", i)
		if strings.Contains(block[1], "\ntest_") {
			name = fmt.Sprintf("%d_test.rego", i)
		}
		files[name] = &fstest.MapFile{Data: []byte(block[1])}
	}
	if len(files) < 3 {
		t.Fatalf("found %d policies", len(files))
	}
	results, err := policies.Test(t.Context(), files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Status != rego.TestPassed {
			t.Errorf("%s: %s: %s", r.Name, r.Status, r.Message)
		}
	}
	if len(results) != 2 {
		t.Errorf("%d tests ran", len(results))
	}

	in := input()
	in.Candidate.Files = []result.File{{Path: "model.pkl", Size: 25_000_000}}
	in.Comparison = append(in.Comparison, compared("age_band=70+", 0.9, 0.9, -0.01, 0.01, result.Equivalent))
	got, err := policies.Evaluate(t.Context(), files, in)
	if err != nil {
		t.Fatal(err)
	}
	want := "denied: The model has 25 MB; the phones have room for 20 (and 1 more)"
	if got.Reason != want || got.Findings[1].Message != "ROC AUC for age_band=70+ lags the average by 0.063." {
		t.Errorf("reason is %q, findings are %v", got.Reason, summary(got.Findings))
	}
}

// Every code that the documentation lists is one that muster can explain.
func TestDocumentedCodes(t *testing.T) {
	text, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## The bundled policies")
	set, err := policies.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.SplitSeq(table, "\n") {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| `"), " |")
		if !strings.HasPrefix(row, "| `") {
			continue
		}
		for code := range strings.SplitSeq(cell, ", ") {
			code = strings.Trim(code, "` …")
			if _, _, ok := set.Explain(code); !ok {
				t.Errorf("%s is listed and not explained", code)
			}
		}
	}
}

// A team's policy is Rego in any package of its own; findings come from its
// deny, warn and info rules.
func ExampleEvaluate() {
	team := fstest.MapFS{"commit.rego": {Data: []byte(`package acme.commit

deny contains {"code": "dirty", "message": "The model was trained from files that are not committed."} if {
	input.run.git.dirty
}
`)}}
	digest := strings.Repeat("a", 64)
	decided, err := policies.Evaluate(context.Background(), team, policies.Input{
		Pipeline:   "tumour",
		Gate:       policies.Gate{Confidence: 0.95, Metrics: map[string]policies.GateMetric{"roc_auc": {}}, Policies: "policies"},
		Candidate:  &result.Model{Digest: digest, Path: "model.pkl"},
		Run:        &result.Run{ID: "r1", Git: &result.Git{Commit: "d4e5f6a", Dirty: true}},
		Candidates: map[string]float64{"roc_auc": 0.96},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(decided.Verdict)
	for _, finding := range decided.Findings {
		fmt.Printf("%s %s (%s)\n", finding.Severity, finding.Code, finding.Policy)
	}
	// Output:
	// deny
	// deny dirty (policies/commit.rego)
	// info first-model (muster:champion.rego)
}
