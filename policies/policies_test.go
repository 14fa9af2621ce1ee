package policies_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

func digest(c string) string { return strings.Repeat(c, 64) }

// compared is one gated comparison with a margin of 0.02.
func compared(slice string, champion, candidate, low, high float64, verdict result.Outcome) result.Compared {
	difference := candidate - champion
	return result.Compared{
		Metric: "roc_auc", Slice: slice, Better: result.Higher, Champion: &champion, Candidate: &candidate,
		Diff: &difference, Interval: &[2]float64{low, high}, N: 212, Margin: 0.02, Method: "delong",
		Gated: true, Require: result.NonInferior, Verdict: verdict,
	}
}

// input is a candidate that is as good as the champion.
func input() policies.Input {
	return policies.Input{
		Pipeline: "tumour", Alias: "production",
		Gate: policies.Gate{
			Champion: "production", Confidence: 0.95,
			Metrics: map[string]policies.GateMetric{"roc_auc": {Better: result.Higher, Margin: &policies.Margin{Value: 0.02}}},
		},
		Candidate:  &result.Model{Digest: digest("a"), Path: "model.pkl", TrainingKey: digest("1")},
		Champion:   &result.Model{Digest: digest("b"), Path: "model.pkl", TrainingKey: digest("2"), Version: "v3"},
		Run:        &result.Run{ID: "r1", Pipeline: "tumour", Status: result.RunPassed, Git: &result.Git{Commit: digest("c")[:40]}},
		Comparison: []result.Compared{compared("", 0.961, 0.963, -0.001, 0.004, result.Equivalent)},
		Candidates: map[string]float64{"roc_auc": 0.963},
		Champions:  map[string]float64{"roc_auc": 0.961},
	}
}

// summary is what a table needs of a finding.
func summary(findings []result.Finding) []string {
	out := []string{}
	for _, f := range findings {
		line := string(f.Severity) + " " + f.Code
		if f.Undecided {
			line += " (undecided)"
		}
		out = append(out, line+": "+f.Message)
	}
	return out
}

// decisionCase changes the input and says what comes of it.
type decisionCase struct {
	change  func(*policies.Input)
	verdict result.Verdict
	reason  string
	want    []string
}

// decide runs the bundled policies on each case.
func decide(t *testing.T, tests map[string]decisionCase) {
	t.Helper()
	set, err := policies.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := input()
			test.change(&in)
			got, err := set.Decide(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != test.verdict || got.Reason != test.reason {
				t.Errorf("verdict is %s, %q\nwant       %s, %q", got.Verdict, got.Reason, test.verdict, test.reason)
			}
			if diff := cmp.Diff(test.want, summary(got.Findings), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindingKeepsMetricSliceAndPolicy(t *testing.T) {
	in := input()
	in.Comparison = append(in.Comparison, compared("age_band=70+", 0.941, 0.893, -0.079, -0.017, result.Worse))
	in.Comparison[1].Require = result.NotWorse // as slices have it
	got, err := policies.Evaluate(t.Context(), nil, in)
	if err != nil {
		t.Fatal(err)
	}
	want := []result.Finding{{
		Code: "slice-worse", Severity: result.SeverityDeny, Metric: "roc_auc", Slice: "age_band=70+", Policy: "muster:slices.rego", Rule: "muster.gate.slices.deny",
		Message: "ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows).",
		Passes:  "ROC AUC of at least 0.921 for age_band=70+",
	}}
	if diff := cmp.Diff(want, got.Findings); diff != "" {
		t.Error(diff)
	}
	if len(got.Policies["muster:slices.rego"]) != 64 {
		t.Errorf("policies: %v", got.Policies)
	}
	for path := range got.Policies {
		if strings.HasSuffix(path, "_test.rego") {
			t.Errorf("a test was loaded: %s", path)
		}
	}
}

func TestNoDecisionWithoutNumbers(t *testing.T) {
	in := input()
	in.Candidates["roc_auc"] = math.NaN()
	if got, err := policies.Evaluate(t.Context(), nil, in); err == nil {
		t.Errorf("NaN gave the verdict %s", got.Verdict)
	}
}

func TestNoDecisionAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := policies.Evaluate(ctx, nil, input()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

func TestBundledRegoTests(t *testing.T) {
	results, err := policies.Test(t.Context(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 {
		t.Fatal("there are no tests")
	}
	for _, r := range results {
		if r.Status != rego.TestPassed {
			t.Errorf("%s:%d: %s: %s: %s\n%s", r.Path, r.Line, r.Name, r.Status, r.Message, r.Output)
		}
	}
}

func TestTeamTestsSeeTheBundledPolicies(t *testing.T) {
	files := fstest.MapFS{
		"a.rego": {Data: []byte("package acme\n\nimport data.muster.lib\n\ndeny contains \"no\" if lib.value(\"f1\") < 1\n")},
		"a_test.rego": {Data: []byte(`package acme_test

import data.acme

test_low if "no" in acme.deny with input as {"metrics": {"candidate": {"f1": 0.5}}}

test_wrong if "no" in acme.deny with input as {"metrics": {"candidate": {"f1": 1}}}
`)},
	}
	results, err := policies.Test(t.Context(), files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, r.Path+" "+r.Name+" "+string(r.Status))
	}
	want := []string{"policies/a_test.rego test_low passed", "policies/a_test.rego test_wrong failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every code that can come out of the bundled rules is explained.
func TestExplain(t *testing.T) {
	set, err := policies.Load(team("# METADATA\n# title: Mine\n# description: It is mine.\n# custom:\n#   code: mine\npackage acme\n\ndeny contains \"x\"\n"), "policies")
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{
		"threshold-min", "threshold-max", "metric-worse", "metric-inconclusive", "metric-not-better", "metric-blind",
		"slice-worse", "slice-blind", "slice-suspect", "metric-missing", "reported-differs", "no-metrics", "first-model",
		"same-model", "ruler-changed", "ruler-renewed", "alias-missing", "policy-error", "policy-unused", "rows-differ", "registry-missing", "mine",
	}
	for _, code := range codes {
		title, description, ok := set.Explain(code)
		if !ok || title == "" || !strings.HasSuffix(description, ".") {
			t.Errorf("Explain(%s) gave %q, %q, %v", code, title, description, ok)
		}
	}
	if _, _, ok := set.Explain("moon-phase"); ok {
		t.Error("an unknown code was explained")
	}
}
