package policies_test

import (
	"testing"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

func TestComparisonOverAllRows(t *testing.T) {
	decide(t, map[string]decisionCase{
		"not worse": {
			func(*policies.Input) {},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"worse": {
			func(in *policies.Input) {
				in.Comparison = []result.Compared{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)}
			},
			result.Deny, "denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)",
			[]string{"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)."},
		},
		"lower is better": {
			func(in *policies.Input) {
				c := compared("", 0.231, 0.265, 0.012, 0.056, result.Worse)
				c.Metric, c.Better, c.Margin = "log_loss", result.Lower, 0.00462
				in.Comparison = []result.Compared{c}
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
				in.Comparison = []result.Compared{c}
			},
			result.Deny,
			"denied: The data cannot show that the model is not worse: ROC AUC fell 0.961 → 0.951 (−0.010, 95 % −0.041 to +0.021; 0.02 allowed; 212 rows); cannot tell; about 640 rows would",
			[]string{"deny metric-inconclusive: The data cannot show that the model is not worse: ROC AUC fell 0.961 → 0.951 (−0.010, 95 % −0.041 to +0.021; 0.02 allowed; 212 rows); cannot tell; about 640 rows would."},
		},
		"inconclusive, where not-worse is enough": {
			func(in *policies.Input) {
				in.Comparison = []result.Compared{compared("", 0.961, 0.951, -0.041, 0.021, result.Inconclusive)}
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
		"several": {
			func(in *policies.Input) {
				in.Comparison = append([]result.Compared{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)},
					compared("z=1", 0.9, 0.8, -0.15, -0.05, result.Worse), compared("a=1", 0.9, 0.8, -0.15, -0.05, result.Worse))
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.99)}
			},
			result.Deny, "denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows) (and 3 more)",
			[]string{
				"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows).",
				"deny threshold-min: ROC AUC is 0.963, below the minimum 0.99.",
				"deny slice-worse: ROC AUC fell 0.900 → 0.800 for a=1 (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows).",
				"deny slice-worse: ROC AUC fell 0.900 → 0.800 for z=1 (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows).",
			},
		},
	})
}

func TestSlices(t *testing.T) {
	decide(t, map[string]decisionCase{
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
		"blind": {
			func(in *policies.Input) {
				in.Comparison[0].Blind, in.Comparison[0].Detectable = true, new(0.1234)
				small := compared("age_band=70+", 0.941, 0.893, -0.079, 0.017, result.Inconclusive)
				small.Blind, small.Gated, small.Note = true, false, "31 rows, fewer than 50: too few to compare"
				seen := compared("age_band=50-70", 0.941, 0.893, -0.079, 0.017, result.Inconclusive)
				seen.Blind, seen.Note, seen.Require = true, "blind: a drop of five margins would not show", result.NotWorse
				in.Comparison = append(in.Comparison, small, seen)
			},
			result.Pass, "this gate cannot see drops of ROC AUC below 0.123; as far as it sees, roc_auc is not worse than v3's; the data shows no difference (1 warning)",
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
		"a slice whose name breaks lines": {
			func(in *policies.Input) {
				in.Comparison = append(in.Comparison, compared("a=x\n::error::y", 0.9, 0.8, -0.15, -0.05, result.Worse))
			},
			result.Deny, "denied: ROC AUC fell 0.900 → 0.800 for a=x\ufffd::error::y (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows)",
			[]string{"deny slice-worse: ROC AUC fell 0.900 → 0.800 for a=x\ufffd::error::y (−0.100, 95 % −0.150 to −0.050; 0.02 allowed; 212 rows)."},
		},
	})
}

func TestThresholds(t *testing.T) {
	decide(t, map[string]decisionCase{
		"below the minimum, by less than a usual rounding shows": {
			func(in *policies.Input) {
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.9)}
				in.Candidates["roc_auc"] = 0.89996
			},
			result.Deny, "denied: ROC AUC is 0.89996, below the minimum 0.9",
			[]string{"deny threshold-min: ROC AUC is 0.89996, below the minimum 0.9."},
		},
		"exactly at the minimum": {
			func(in *policies.Input) {
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.9), Max: new(0.9)}
				in.Candidates["roc_auc"] = 0.9
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"above the maximum, by the stage's own number": {
			func(in *policies.Input) {
				in.Gate.Metrics["latency"] = policies.GateMetric{Max: new(250.0)}
				in.Reported = map[string]float64{"latency": 300.25}
				c := compared("", 240, 300.25, 50, 70, result.Equivalent)
				c.Metric = "latency"
				in.Comparison = append(in.Comparison, c)
			},
			result.Deny, "denied: latency is 300.250, above the maximum 250",
			[]string{"deny threshold-max: latency is 300.250, above the maximum 250."},
		},
	})
}

func TestValuesMustBeThere(t *testing.T) {
	decide(t, map[string]decisionCase{
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
		"a gate without metrics": {
			func(in *policies.Input) { in.Gate.Metrics, in.Comparison, in.Candidates = nil, nil, nil },
			result.Pass, "no metric is compared with v3's (1 warning)",
			[]string{"warn no-metrics: The gate names no metric: it lets every model pass."},
		},
	})
}

func TestReportedValuesMustAgree(t *testing.T) {
	decide(t, map[string]decisionCase{
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
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"the stage rounds too much": {
			func(in *policies.Input) { in.Reported = map[string]float64{"roc_auc": 0.96} },
			result.Deny, "denied: The evaluate stage says that roc_auc is 0.96, and muster computes 0.963 from its predictions",
			[]string{"deny reported-differs: The evaluate stage says that roc_auc is 0.96, and muster computes 0.963 from its predictions."},
		},
	})
}

func TestFirstModel(t *testing.T) {
	decide(t, map[string]decisionCase{
		"first model": {
			func(in *policies.Input) {
				in.Champion, in.Champions = nil, nil
				in.Comparison = []result.Compared{{
					Metric: "roc_auc", Better: result.Higher, Candidate: new(0.963), N: 212, Method: "none: first model",
					Require: result.NonInferior, Verdict: result.Inconclusive, Note: "no champion to compare with",
				}}
			},
			result.Pass, "first model: there is nothing to compare it with",
			[]string{"info first-model: There is no champion yet: only absolute thresholds apply."},
		},
		"first model, above its threshold": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.9)}
			},
			result.Pass, "first model: thresholds met",
			[]string{"info first-model: There is no champion yet: only absolute thresholds apply."},
		},
		"first model, below its threshold": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.99)}
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
	})
}

func TestProblems(t *testing.T) {
	decide(t, map[string]decisionCase{
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
					{Code: "ruler-renewed", Message: "the ruler changed"},
					{Code: "not-deterministic", Metric: "roc_auc", Message: "two answers"},
				}
			},
			result.Pass, "roc_auc is not worse than v3's (3 warnings)",
			[]string{
				"warn not-deterministic: ROC AUC rose 0.9610 → 0.9630 (+0.0020, 95 % −0.0010 to +0.0040; 0.02 allowed; 212 rows): two answers.",
				"warn ruler-renewed: The ruler changed.",
				"warn slice-suspect: ROC AUC fell 0.941 → 0.911 for age_band=70+ (−0.030, 95 % −0.060 to −0.001; 0.02 allowed; 212 rows): worse before the adjustment for 6 comparisons, not after.",
			},
		},
	})
}
