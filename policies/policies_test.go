package policies_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
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
func compared(slice string, champion, candidate, low, high float64, verdict result.Outcome) result.Comparison {
	difference := candidate - champion
	return result.Comparison{
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
		Comparison: []result.Comparison{compared("", 0.961, 0.963, -0.001, 0.004, result.Equivalent)},
		Candidates: map[string]float64{"roc_auc": 0.963},
		Champions:  map[string]float64{"roc_auc": 0.961},
	}
}

func ptr[T any](value T) *T { return &value }

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

func TestBundledPolicies(t *testing.T) {
	tests := map[string]struct {
		change  func(*policies.Input)
		verdict result.Verdict
		reason  string
		want    []string
	}{
		"not worse": {
			func(*policies.Input) {},
			result.Pass, "roc_auc is not worse than v3's", nil,
		},
		"worse": {
			func(in *policies.Input) {
				in.Comparison = []result.Comparison{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)}
			},
			result.Deny, "denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)",
			[]string{"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)."},
		},
		"worse on a slice": {
			func(in *policies.Input) {
				in.Comparison = append(in.Comparison, compared("age_band=70+", 0.941, 0.893, -0.079, -0.017, result.Worse))
			},
			result.Deny, "denied: ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows)",
			[]string{"deny slice-worse: ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows)."},
		},
		"worse, but only shown": {
			func(in *policies.Input) {
				shown := compared("age_band=70+", 0.941, 0.893, -0.079, -0.017, result.Worse)
				shown.Gated = false
				in.Comparison = append(in.Comparison, shown)
			},
			result.Pass, "roc_auc is not worse than v3's", nil,
		},
		"lower is better": {
			func(in *policies.Input) {
				c := compared("", 0.231, 0.265, 0.012, 0.056, result.Worse)
				c.Metric, c.Better, c.Margin = "log_loss", result.Lower, 0.00462
				in.Comparison = []result.Comparison{c}
				in.Gate.Metrics = map[string]policies.GateMetric{"log_loss": {Better: result.Lower}}
				in.Candidates = map[string]float64{"log_loss": 0.265}
			},
			result.Deny, "denied: Log loss rose 0.231 → 0.265 (+0.034, 95 % +0.012 to +0.056; 0.00462 allowed; 212 rows)",
			[]string{"deny metric-worse: Log loss rose 0.231 → 0.265 (+0.034, 95 % +0.012 to +0.056; 0.00462 allowed; 212 rows)."},
		},
		"inconclusive": {
			func(in *policies.Input) {
				c := compared("", 0.961, 0.951, -0.041, 0.021, result.Inconclusive)
				c.Note = "cannot tell; about 640 rows would"
				in.Comparison = []result.Comparison{c}
			},
			result.Deny,
			"denied: The data cannot show that the model is not worse: ROC AUC fell 0.961 → 0.951 (−0.010, 95 % −0.041 to +0.021; 0.02 allowed; 212 rows); cannot tell; about 640 rows would",
			[]string{"deny metric-inconclusive: The data cannot show that the model is not worse: ROC AUC fell 0.961 → 0.951 (−0.010, 95 % −0.041 to +0.021; 0.02 allowed; 212 rows); cannot tell; about 640 rows would."},
		},
		"inconclusive, where not-worse is enough": {
			func(in *policies.Input) {
				in.Comparison = []result.Comparison{compared("", 0.961, 0.951, -0.041, 0.021, result.Inconclusive)}
				in.Comparison[0].Require = result.NotWorse
			},
			result.Pass, "roc_auc is not shown to be worse than v3's (1 warning)",
			[]string{"warn metric-inconclusive: The data cannot show that the model is not worse: ROC AUC fell 0.961 → 0.951 (−0.010, 95 % −0.041 to +0.021; 0.02 allowed; 212 rows)."},
		},
		"not better, where that is required": {
			func(in *policies.Input) { in.Comparison[0].Require = result.RequireBetter },
			result.Deny, "denied: The gate requires an improvement, and the data shows none: ROC AUC rose 0.9610 → 0.9630 (+0.0020, 95 % −0.0010 to +0.0040; 0.02 allowed; 212 rows)",
			[]string{"deny metric-not-better: The gate requires an improvement, and the data shows none: ROC AUC rose 0.9610 → 0.9630 (+0.0020, 95 % −0.0010 to +0.0040; 0.02 allowed; 212 rows)."},
		},
		"the same model, where better is required": {
			func(in *policies.Input) {
				in.Candidate.Digest = in.Champion.Digest
				in.Comparison[0].Require = result.RequireBetter
			},
			result.Pass, "the candidate is v3: the same model",
			[]string{"info same-model: The candidate is the champion v3: the same model."},
		},
		"below the minimum, by less than a usual rounding shows": {
			func(in *policies.Input) {
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: ptr(0.9)}
				in.Candidates["roc_auc"] = 0.89996
			},
			result.Deny, "denied: ROC AUC is 0.89996, below the minimum 0.9",
			[]string{"deny threshold-min: ROC AUC is 0.89996, below the minimum 0.9."},
		},
		"exactly at the minimum": {
			func(in *policies.Input) {
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: ptr(0.9), Max: ptr(0.9)}
				in.Candidates["roc_auc"] = 0.9
			},
			result.Pass, "roc_auc is not worse than v3's", nil,
		},
		"above the maximum, by the stage's own number": {
			func(in *policies.Input) {
				in.Gate.Metrics["latency"] = policies.GateMetric{Max: ptr(250.0)}
				in.Reported = map[string]float64{"latency": 300.25}
				c := compared("", 240, 300.25, 50, 70, result.Equivalent)
				c.Metric = "latency"
				in.Comparison = append(in.Comparison, c)
			},
			result.Deny, "denied: latency is 300.250, above the maximum 250",
			[]string{"deny threshold-max: latency is 300.250, above the maximum 250."},
		},
		"no value": {
			func(in *policies.Input) {
				in.Candidates, in.Comparison = nil, nil
			},
			result.Undecided, "cannot decide: ROC AUC is gated, and has no value for the candidate",
			[]string{"deny metric-missing (undecided): ROC AUC is gated, and has no value for the candidate."},
		},
		"a value, but no comparison": {
			func(in *policies.Input) { in.Comparison = nil },
			result.Undecided, "cannot decide: ROC AUC is gated, and was not compared with the champion's",
			[]string{"deny metric-missing (undecided): ROC AUC is gated, and was not compared with the champion's."},
		},
		"a comparison that is only shown does not count": {
			func(in *policies.Input) { in.Comparison[0].Gated = false },
			result.Undecided, "cannot decide: ROC AUC is gated, and was not compared with the champion's",
			[]string{"deny metric-missing (undecided): ROC AUC is gated, and was not compared with the champion's."},
		},
		"a verdict that nobody knows": {
			func(in *policies.Input) { in.Comparison[0].Verdict = "" },
			result.Undecided, "cannot decide: ROC AUC is gated, and was not compared with the champion's",
			[]string{"deny metric-missing (undecided): ROC AUC is gated, and was not compared with the champion's."},
		},
		"the stage says another number": {
			func(in *policies.Input) { in.Reported = map[string]float64{"roc_auc": 0.97} },
			result.Deny, "denied: The evaluate stage says that roc_auc is 0.97, and muster computes 0.963 from its predictions",
			[]string{"deny reported-differs: The evaluate stage says that roc_auc is 0.97, and muster computes 0.963 from its predictions."},
		},
		"the stage rounds its number": {
			func(in *policies.Input) {
				in.Candidates["roc_auc"] = 0.9634567
				in.Reported = map[string]float64{"roc_auc": 0.9635, "other": 1}
			},
			result.Pass, "roc_auc is not worse than v3's", nil,
		},
		"the stage rounds too much": {
			func(in *policies.Input) { in.Reported = map[string]float64{"roc_auc": 0.96} },
			result.Deny, "denied: The evaluate stage says that roc_auc is 0.96, and muster computes 0.963 from its predictions",
			[]string{"deny reported-differs: The evaluate stage says that roc_auc is 0.96, and muster computes 0.963 from its predictions."},
		},
		"first model": {
			func(in *policies.Input) {
				in.Champion, in.Champions = nil, nil
				in.Comparison = []result.Comparison{{
					Metric: "roc_auc", Better: result.Higher, Candidate: ptr(0.963), N: 212, Method: "none: first model",
					Require: result.NonInferior, Verdict: result.Inconclusive, Note: "no champion to compare with",
				}}
			},
			result.Pass, "first model: there is nothing to compare it with",
			[]string{"info first-model: There is no champion yet: only absolute thresholds apply."},
		},
		"first model, above its threshold": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: ptr(0.9)}
			},
			result.Pass, "first model: thresholds met",
			[]string{"info first-model: There is no champion yet: only absolute thresholds apply."},
		},
		"first model, below its threshold": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: ptr(0.99)}
			},
			result.Deny, "denied: ROC AUC is 0.963, below the minimum 0.99",
			[]string{
				"deny threshold-min: ROC AUC is 0.963, below the minimum 0.99.",
				"info first-model: There is no champion yet: only absolute thresholds apply.",
			},
		},
		"a registry that is not there is no first model": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Problems = []policies.Problem{{Code: "registry-missing", Message: "there is no registry"}}
			},
			result.Undecided, "cannot decide: There is no registry",
			[]string{"deny registry-missing (undecided): There is no registry."},
		},
		"no candidate": {
			func(in *policies.Input) {
				in.Candidate, in.Comparison, in.Candidates, in.Run = nil, nil, nil, nil
				in.Problems = []policies.Problem{{Code: "no-candidate", Message: "run r1 failed, so there is no candidate."}}
			},
			result.Undecided, "cannot decide: Run r1 failed, so there is no candidate",
			[]string{"deny no-candidate (undecided): Run r1 failed, so there is no candidate."},
		},
		"a problem that nobody foresaw": {
			func(in *policies.Input) {
				in.Problems = []policies.Problem{{Code: "moon-phase", Metric: "roc_auc", Slice: "a=b", Message: "full moon\nand tide\n"}}
			},
			result.Undecided, "cannot decide: Full moon; and tide",
			[]string{"deny moon-phase (undecided): Full moon; and tide."},
		},
		"problems that only warn": {
			func(in *policies.Input) {
				in.Comparison = append(in.Comparison, compared("age_band=70+", 0.941, 0.911, -0.06, -0.001, result.Equivalent))
				in.Problems = []policies.Problem{
					{Code: "slice-suspect", Metric: "roc_auc", Slice: "age_band=70+", Message: "worse before the adjustment for 6 comparisons, not after"},
					{Code: "ruler-changed", Message: "the ruler changed"},
					{Code: "not-deterministic", Metric: "roc_auc", Message: "two answers"},
				}
			},
			result.Pass, "roc_auc is not worse than v3's (3 warnings)",
			[]string{
				"warn not-deterministic: ROC AUC rose 0.9610 → 0.9630 (+0.0020, 95 % −0.0010 to +0.0040; 0.02 allowed; 212 rows): two answers.",
				"warn ruler-changed: The ruler changed.",
				"warn slice-suspect: ROC AUC fell 0.941 → 0.911 for age_band=70+ (−0.030, 95 % −0.060 to −0.001; 0.02 allowed; 212 rows): worse before the adjustment for 6 comparisons, not after.",
			},
		},
		"blind": {
			func(in *policies.Input) {
				in.Comparison[0].Blind, in.Comparison[0].Detectable = true, ptr(0.1234)
				small := compared("age_band=70+", 0.941, 0.893, -0.079, 0.017, result.Inconclusive)
				small.Blind, small.Gated, small.Note = true, false, "31 rows, fewer than 50: too few to compare"
				seen := compared("age_band=50-70", 0.941, 0.893, -0.079, 0.017, result.Inconclusive)
				seen.Blind, seen.Note, seen.Require = true, "blind: a drop of five margins would not show", result.NotWorse
				in.Comparison = append(in.Comparison, small, seen)
			},
			result.Pass, "roc_auc is not worse than v3's (1 warning)",
			[]string{
				"warn metric-blind: This gate cannot see a change of ROC AUC for the worse that is smaller than 0.123 (0.02 allowed; 212 rows).",
				"info slice-blind: The gate is blind to ROC AUC for age_band=50-70: a drop of five margins would not show (0.02 allowed; 212 rows).",
				"info slice-blind: The gate is blind to ROC AUC for age_band=70+: 31 rows, fewer than 50: too few to compare.",
			},
		},
		"blind, where that denies": {
			func(in *policies.Input) {
				in.Comparison[0].Blind, in.Gate.Blind = true, "deny"
			},
			result.Undecided, "cannot decide: This gate cannot see a change of ROC AUC for the worse (0.02 allowed; 212 rows)",
			[]string{"deny metric-blind (undecided): This gate cannot see a change of ROC AUC for the worse (0.02 allowed; 212 rows)."},
		},
		"a gate without metrics": {
			func(in *policies.Input) { in.Gate.Metrics, in.Comparison, in.Candidates = nil, nil, nil },
			result.Pass, "no metric is compared with v3's (1 warning)",
			[]string{"warn no-metrics: The gate names no metric: it lets every model pass."},
		},
		"several": {
			func(in *policies.Input) {
				in.Comparison = append([]result.Comparison{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)},
					compared("z=1", 0.9, 0.8, -0.15, -0.05, result.Worse), compared("a=1", 0.9, 0.8, -0.15, -0.05, result.Worse))
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: ptr(0.99)}
			},
			result.Deny, "denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows) (and 3 more)",
			[]string{
				"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows).",
				"deny threshold-min: ROC AUC is 0.963, below the minimum 0.99.",
				"deny slice-worse: ROC AUC fell 0.900 → 0.800 for a=1 (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows).",
				"deny slice-worse: ROC AUC fell 0.900 → 0.800 for z=1 (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows).",
			},
		},
		"a slice whose name breaks lines": {
			func(in *policies.Input) {
				in.Comparison = append(in.Comparison, compared("a=x\n::error::y", 0.9, 0.8, -0.15, -0.05, result.Worse))
			},
			result.Deny, "denied: ROC AUC fell 0.900 → 0.800 for a=x\ufffd::error::y (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows)",
			[]string{"deny slice-worse: ROC AUC fell 0.900 → 0.800 for a=x\ufffd::error::y (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows)."},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := input()
			test.change(&in)
			got, err := policies.Evaluate(t.Context(), nil, in)
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
	got, err := policies.Evaluate(t.Context(), nil, in)
	if err != nil {
		t.Fatal(err)
	}
	want := []result.Finding{{
		Code: "slice-worse", Severity: result.SeverityDeny, Metric: "roc_auc", Slice: "age_band=70+", Policy: "muster:slices.rego",
		Message: "ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows).",
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

// team returns a folder with one policy in it.
func team(source string) fstest.MapFS {
	return fstest.MapFS{"team.rego": {Data: []byte(source)}}
}

func TestTeamPolicies(t *testing.T) {
	tests := map[string]struct {
		source  string
		verdict result.Verdict
		want    []string
	}{
		"denies": {
			`package acme.size

deny contains {"code": "too-many-files", "message": sprintf("The model has %d files.", [n])} if {
	n := count(input.candidate.files)
	n < 5
}`,
			result.Deny, []string{"deny too-many-files: The model has 0 files."},
		},
		"warns and informs, with a message alone": {
			`package acme

warn contains "careful"

info contains sprintf("made from %s", [input.run.git.commit])`,
			result.Pass, []string{"warn policy: careful", "info policy: made from " + digest("c")[:40]},
		},
		"says that it cannot know": {
			`package acme

warn contains {"code": "no-card", "message": "No model card.", "metric": "roc_auc", "undecided": true}`,
			result.Undecided, []string{"deny no-card (undecided): No model card."},
		},
		"uses the library": {
			`package acme

import data.muster.lib

deny contains "worse" if {
	some c in lib.overall
	c.difference < 0.01
}`,
			result.Deny, []string{"deny policy: worse"},
		},
		"says the same twice": {
			`package acme

deny contains "no"

deny contains {"code": "policy", "message": "no"}`,
			result.Deny, []string{"deny policy: no"},
		},
		"has nothing to say": {"package acme\n\ndeny contains \"x\" if input.pipeline == \"other\"\n", result.Pass, nil},
		"an undefined rule": {
			"package acme\n\ndeny := [\"x\"] if input.pipeline == \"other\"\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny is undefined; write it as a set: deny contains {…} if {…}."},
		},
		"a boolean": {
			"package acme\n\ndeny if input.pipeline == \"tumour\"\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny is true and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"false": {
			"package acme\n\ndefault deny := false\n\ndeny if input.pipeline == \"other\"\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny is false and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"an object": {
			"package acme\n\ndeny[x] := 1 if some x in [\"a\"]\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny is an object and not a set of findings; write it as: deny contains {…} if {…}."},
		},
		"a number among the findings": {
			"package acme\n\ndeny contains 7\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny has a value that is no finding: it is a number; give {\"code\": …, \"message\": …}, or the message alone."},
		},
		"a finding without code": {
			"package acme\n\nwarn contains {\"message\": \"x\"}\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its code is missing, not a text."},
		},
		"a finding whose message is empty": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \" \"}\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its message is an empty text, not a text."},
		},
		"a finding whose slice is a list": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \"y\", \"slice\": [1]}\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its slice is a list, not a text."},
		},
		"undecided that is a text": {
			"package acme\n\nwarn contains {\"code\": \"x\", \"message\": \"y\", \"undecided\": \"no\"}\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.warn has a value that is no finding: its undecided is a text, not true or false."},
		},
		"a built-in that fails": {
			"package acme\n\ndeny contains \"x\" if to_number(input.pipeline) > 1\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny cannot be evaluated: policies/team.rego:3: eval_builtin_error: to_number: strconv.ParseFloat: parsing \"tumour\": invalid syntax."},
		},
		"two values for one rule": {
			"package acme\n\ndeny contains name\n\nname := \"a\"\n\nname := input.pipeline\n",
			result.Undecided, []string{"deny policy-error (undecided): Policy acme.deny cannot be evaluated: policies/team.rego:7: eval_conflict_error: rule data.acme.name produced conflicting values: \"a\" at policies/team.rego:5 \"tumour\" at policies/team.rego:7."},
		},
		"a misspelt rule": {
			"package acme\n\ndenny contains \"x\"\n",
			result.Pass, []string{"warn policy-unused: policies/team.rego defines no deny, warn or info rule, and nothing that does uses it: it decides nothing."},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := input()
			in.Gate.Policies = "policies/"
			got, err := policies.Evaluate(t.Context(), team(test.source), in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != test.verdict {
				t.Errorf("verdict is %s, want %s", got.Verdict, test.verdict)
			}
			if diff := cmp.Diff(test.want, summary(got.Findings), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			for _, finding := range got.Findings {
				if finding.Policy != "policies/team.rego" {
					t.Errorf("finding %s comes from %q", finding.Code, finding.Policy)
				}
			}
		})
	}
}

func TestHelperFilesAreUsed(t *testing.T) {
	files := fstest.MapFS{
		"a.rego":      {Data: []byte("package acme.a\n\nimport data.acme.lib\n\ndeny contains lib.message\n")},
		"lib/b.rego":  {Data: []byte("package acme.lib\n\nimport data.acme.deeper\n\nmessage := deeper.message\n")},
		"lib/c.rego":  {Data: []byte("package acme.deeper\n\nmessage := \"no\"\n")},
		"a_test.rego": {Data: []byte("package acme.a_test\n\nthis is no Rego\n")},
		"README.md":   {Data: []byte("# About")},
	}
	got, err := policies.Evaluate(t.Context(), files, input())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"deny policy: no"}, summary(got.Findings)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct{ source, want string }{
		"no Rego":                        {"deny", "policies/team.rego:1:1:"},
		"a bundled package":              {"package muster.gate.regressions\n\ninconclusive(_) := \"fine\"\n", "package muster.gate.regressions is reserved"},
		"a package beside the bundled":   {"package muster.gate.mine\n\ndeny contains \"x\"\n", "package muster.gate.mine is reserved"},
		"the library":                    {"package muster.lib\n\nblocked := false\n", "muster.lib"},
		"the root":                       {"package muster\n\ngate := {}\n", "gate"},
		"a field that the input has not": {"package acme\n\ndeny contains \"x\" if input.candidat.digest == \"a\"\n", "policies/team.rego:3:22: undefined ref: input.candidat"},
		"a field of comparisons":         {"package acme\n\ndeny contains \"x\" if input.comparison[_].verdct == \"worse\"\n", "undefined ref: input.comparison[_].verdct"},
		"the clock":                      {"package acme\n\ndeny contains \"x\" if time.now_ns() > 1\n", "undefined function time.now_ns"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := policies.Load(team(test.source), "policies")
			var mistakes *rego.CompileError
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want a CompileError with %q", err, test.want)
			}
		})
	}
	if _, err := policies.Load(os.DirFS(filepath.Join(t.TempDir(), "missing")), "policies"); err == nil {
		t.Error("a folder that is not there was accepted")
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
		"same-model", "ruler-changed", "policy-error", "policy-unused", "rows-differ", "registry-missing", "mine",
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
