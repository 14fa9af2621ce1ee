package policies_test

import (
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

func TestRequirements(t *testing.T) {
	decide(t, map[string]decisionCase{
		"nothing is there": {
			func(in *policies.Input) {
				in.Gate.Require = []string{"tests", "license", "provenance"}
				in.Model = &policies.ModelFacts{}
			},
			result.Deny, "denied: The gate requires a licence, and there is none: not in the model's files, not in a model card, not in the repository (and 2 more)",
			[]string{
				"deny license-missing: The gate requires a licence, and there is none: not in the model's files, not in a model card, not in the repository.",
				"deny provenance-missing: The gate requires provenance, and the run was in no repository.",
				"deny tests-missing: The gate requires tests, and none ran.",
			},
		},
		"all is there": {
			func(in *policies.Input) {
				in.Gate.Require = []string{"tests", "license", "provenance"}
				in.Model = &policies.ModelFacts{License: policies.License{Path: "LICENSE"}, Provenance: policies.Provenance{Commit: "c"}}
				in.Tests = policies.Tests{Passed: 1}
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"budgets": {
			func(in *policies.Input) {
				in.Gate.Budgets = policies.GateBudgets{Size: 10 << 20, Time: 90, Memory: 1 << 30}
				in.Model = &policies.ModelFacts{Size: 25 << 20}
				in.Evaluation.Candidate = &policies.Evaluated{Stage: "evaluate", Seconds: 120.5, PeakMemory: 3 << 29}
				in.Evaluation.Champion = &policies.Evaluated{Seconds: 60}
			},
			result.Deny, "denied: Stage evaluate took 1.5 GiB (1610612736 bytes) with this model, and 1 GiB are allowed (and 2 more)",
			[]string{
				"deny budget-memory: Stage evaluate took 1.5 GiB (1610612736 bytes) with this model, and 1 GiB are allowed.",
				"deny budget-size: The model takes 25 MiB (26214400 bytes), and 10 MiB are allowed.",
				"deny budget-time: Stage evaluate took 120.5 s with this model, and 90 s are allowed; it took 60 s with the champion.",
			},
		},
	})
}

func TestDrift(t *testing.T) {
	decide(t, map[string]decisionCase{
		"lost since": {
			func(in *policies.Input) {
				in.Gate.Drift = &policies.GateDrift{Last: 2, Max: policies.Margin{Value: 0.01}}
				in.Evaluation.Candidate = &policies.Evaluated{Data: digest("d"), Rows: 212}
				for i, value := range []float64{0.999, 0.98, 0.97} {
					in.History = append(in.History, policies.Promoted{
						Version: []string{"v1", "v2", "v3"}[i], At: time.Unix(int64(i), 0), Data: digest("d"), Metrics: map[string]float64{"roc_auc": value},
					})
				}
			},
			result.Deny, "denied: ROC AUC is 0.963, and was 0.98 with v2, the best of the last 2 promotions: 0.017 worse, and 0.01 may be lost",
			[]string{"deny metric-drift: ROC AUC is 0.963, and was 0.98 with v2, the best of the last 2 promotions: 0.017 worse, and 0.01 may be lost."},
		},
	})
}

func TestSliceGap(t *testing.T) {
	apart := func(in *policies.Input) {
		in.Gate.Slices.MinSize, in.Gate.Slices.Gap = 50, &policies.Margin{Value: 0.05}
		for slice, value := range map[string]float64{"site=north": 0.95, "site=south": 0.91, "site=west": 0.89, "age=70+": 0.7} {
			c := compared(slice, value, value, -0.01, 0.01, result.Equivalent)
			in.Comparison = append(in.Comparison, c)
		}
	}
	decide(t, map[string]decisionCase{
		"too far apart": {
			apart, result.Deny,
			"denied: ROC AUC is 0.890 for site=west (212 rows) and 0.950 for site=north (212 rows): 0.060 apart, and 0.05 is allowed; the champion's lie 0.060 apart; these are the values as measured, without an interval; 212 rows are the fewer",
			[]string{"deny slice-gap: ROC AUC is 0.890 for site=west (212 rows) and 0.950 for site=north (212 rows): 0.060 apart, and 0.05 is allowed; the champion's lie 0.060 apart; these are the values as measured, without an interval; 212 rows are the fewer."},
		},
		"the worst is too small to count": {
			func(in *policies.Input) {
				apart(in)
				for i := range in.Comparison {
					if in.Comparison[i].Slice == "site=west" {
						in.Comparison[i].N = 49
					}
				}
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"exactly as far as is allowed": {
			func(in *policies.Input) {
				apart(in)
				in.Gate.Slices.Gap.Value = 0.06
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"in percent of the best": {
			func(in *policies.Input) {
				apart(in)
				*in.Gate.Slices.Gap = policies.Margin{Value: 6.4, Percent: true}
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference", nil,
		},
		"lower is better": {
			func(in *policies.Input) {
				apart(in)
				for i := range in.Comparison[1:] {
					in.Comparison[i+1].Better = result.Lower
				}
			},
			result.Deny,
			"denied: ROC AUC is 0.950 for site=north (212 rows) and 0.890 for site=west (212 rows): 0.060 apart, and 0.05 is allowed; the champion's lie 0.060 apart; these are the values as measured, without an interval; 212 rows are the fewer",
			[]string{"deny slice-gap: ROC AUC is 0.950 for site=north (212 rows) and 0.890 for site=west (212 rows): 0.060 apart, and 0.05 is allowed; the champion's lie 0.060 apart; these are the values as measured, without an interval; 212 rows are the fewer."},
		},
	})
}

func TestReasons(t *testing.T) {
	blind := func(in *policies.Input) {
		in.Comparison[0].Blind, in.Comparison[0].Detectable = true, new(0.0612)
	}
	decide(t, map[string]decisionCase{
		"blind, and denied": {
			func(in *policies.Input) {
				in.Comparison = []result.Compared{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)}
				blind(in)
				second := compared("", 0.9, 0.9, -0.01, 0.01, result.Equivalent)
				second.Metric, second.Better, second.Blind = "log_loss", result.Lower, true
				in.Comparison = append(in.Comparison, second)
			},
			result.Deny,
			"denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows); this gate cannot see drops of ROC AUC below 0.0612 (nor those of 1 more metric)",
			[]string{
				"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows).",
				"warn metric-blind: This gate cannot see a change of Log loss for the worse (0.02 allowed; 212 rows).",
				"warn metric-blind: This gate cannot see a change of ROC AUC for the worse that is smaller than 0.0612 (0.02 allowed; 212 rows).",
			},
		},
		"the gate is new": {
			func(in *policies.Input) {
				in.Comparison = []result.Compared{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse)}
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.9)}
				in.Problems = []policies.Problem{{Code: "bootstrap", Message: "there is no gate at the base"}}
			},
			result.Pass, "the gate is new here: thresholds met (1 warning)",
			[]string{"warn bootstrap: There is no gate at the base."},
		},
		"the gate is new, and a threshold is not met": {
			func(in *policies.Input) {
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.99)}
				in.Problems = []policies.Problem{{Code: "bootstrap", Message: "there is no gate at the base"}}
			},
			result.Deny, "denied: ROC AUC is 0.963, below the minimum 0.99",
			[]string{"deny threshold-min: ROC AUC is 0.963, below the minimum 0.99.", "warn bootstrap: There is no gate at the base."},
		},
		"a threshold is waived": {
			func(in *policies.Input) {
				in.Champion, in.Champions, in.Comparison = nil, nil, nil
				in.Gate.Metrics["roc_auc"] = policies.GateMetric{Min: new(0.99)}
				in.Waivers, in.Now = []result.Waiver{waiver("threshold-min")}, noon
			},
			result.Pass, "first model: a threshold is not met, and that is waived (1 waived)",
			[]string{
				"deny threshold-min: ROC AUC is 0.963, below the minimum 0.99.",
				"info first-model: There is no champion yet: only absolute thresholds apply.",
			},
		},
		"one metric is waived, another is good": {
			func(in *policies.Input) {
				good := compared("", 0.231, 0.229, -0.006, 0.002, result.Equivalent)
				good.Metric, good.Better = "log_loss", result.Lower
				in.Comparison = []result.Compared{compared("", 0.961, 0.921, -0.058, -0.022, result.Worse), good}
				in.Gate.Metrics["log_loss"], in.Candidates["log_loss"] = policies.GateMetric{}, 0.229
				in.Waivers, in.Now = []result.Waiver{waiver("metric-worse")}, noon
			},
			result.Pass, "log_loss is not worse than v3's (1 waived)",
			[]string{"deny metric-worse: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)."},
		},
		"a baseline": {
			func(in *policies.Input) {
				in.Champion, in.Champions = nil, nil
				in.Comparison[0].Against, in.Comparison[0].Interval = "baseline", nil
			},
			result.Pass, "roc_auc is not worse than the baseline's",
			[]string{"info baseline-only: Numbers without rows stand in for the champion: there is no interval, and the margin alone decides."},
		},
	})
}

// What a reader should know of slices is one sentence, however many they are.
func TestSlicesThatCannotTell(t *testing.T) {
	decide(t, map[string]decisionCase{
		"one": {
			func(in *policies.Input) {
				c := compared("site=north", 0.9, 0.89, -0.06, 0.04, result.Inconclusive)
				c.Require = result.NotWorse
				in.Comparison = append(in.Comparison, c)
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference",
			[]string{"info slice-inconclusive: The data cannot show that the model is not worse: ROC AUC fell 0.900 → 0.890 for site=north (−0.010, 95 % −0.060 to +0.040; 0.02 allowed; 212 rows)."},
		},
		"four": {
			func(in *policies.Input) {
				for _, slice := range []string{"site=a", "site=b", "site=c", "site=d"} {
					in.Comparison = append(in.Comparison, compared(slice, 0.9, 0.89, -0.06, 0.04, result.Inconclusive))
				}
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference",
			[]string{"info slice-inconclusive: On 4 of 4 gated slices the data cannot show that the model is not worse: site=a, site=b, site=c and 1 more."},
		},
	})
}
