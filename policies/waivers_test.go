package policies_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// noon is when the decisions of these tests are made.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// waiver lets a finding pass until the day of these tests.
func waiver(finding string) result.Waiver {
	return result.Waiver{Finding: finding, Reason: "agreed", Owner: "@acme/ml-leads", Expires: "2026-11-25", Source: "waivers.yaml:2"}
}

func on(w result.Waiver, metric, slice string) result.Waiver {
	w.Metric, w.Slice = metric, slice
	return w
}

func until(w result.Waiver, day string) result.Waiver {
	w.Expires = day
	return w
}

// denied is a candidate that is worse over all rows and on two slices.
func denied() policies.Input {
	in := input()
	in.Now = noon
	in.Comparison = []result.Compared{
		compared("", 0.961, 0.921, -0.058, -0.022, result.Worse),
		compared("age=70+", 0.9, 0.8, -0.15, -0.05, result.Worse),
		compared("age=80+", 0.9, 0.8, -0.15, -0.05, result.Worse),
	}
	return in
}

func TestWaivers(t *testing.T) {
	const worse = "denied: ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows)"
	tests := map[string]struct {
		waivers []result.Waiver
		change  func(*policies.Input)
		verdict result.Verdict
		reason  string
		waived  []string // codes and slices
		remarks []string
	}{
		"none": {nil, nil, result.Deny, worse + " (and 2 more)", nil, nil},
		"one of three": {
			[]result.Waiver{on(waiver("slice-worse"), "roc_auc", "age=70+")},
			nil,
			result.Deny, worse + " (and 1 more, 1 waived)",
			[]string{"slice-worse age=70+"},
			nil,
		},
		"all of them": {
			[]result.Waiver{waiver("slice-worse"), waiver("metric-worse")},
			nil,
			result.Pass, "ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows); waived until 2026-11-25 by @acme/ml-leads (3 waived)",
			[]string{"metric-worse ", "slice-worse age=70+", "slice-worse age=80+"},
			nil,
		},
		"on the last day, to its end": {
			[]result.Waiver{waiver("slice-worse"), waiver("metric-worse")},
			func(in *policies.Input) { in.Now = time.Date(2026, 11, 25, 23, 59, 59, 999, time.UTC) },
			result.Pass, "ROC AUC fell 0.961 → 0.921 (−0.040, 95 % −0.058 to −0.022; 0.02 allowed; 212 rows); waived until 2026-11-25 by @acme/ml-leads (3 waived)",
			[]string{"metric-worse ", "slice-worse age=70+", "slice-worse age=80+"},
			nil,
		},
		"a moment later": {
			[]result.Waiver{waiver("metric-worse")},
			func(in *policies.Input) { in.Now = time.Date(2026, 11, 25, 19, 0, 0, 0, time.FixedZone("", -5*3600)) },
			result.Deny, worse + " (and 2 more)", nil,
			[]string{"warn waiver-expired: Waiver metric-worse (waivers.yaml:2) by @acme/ml-leads. It ended with 2026-11-25 and does nothing. Take it out, or have it renewed."},
		},
		"where nobody says what time it is": {
			[]result.Waiver{until(waiver("metric-worse"), "2999-01-01")},
			func(in *policies.Input) { in.Now = time.Time{} },
			result.Deny, worse + " (and 2 more)", nil,
			[]string{"warn waiver-expired: Waiver metric-worse (waivers.yaml:2) by @acme/ml-leads. It ended with 2999-01-01 and does nothing. Take it out, or have it renewed."},
		},
		"with a day that is none": {
			[]result.Waiver{until(waiver("metric-worse"), "soon")},
			nil,
			result.Deny, worse + " (and 2 more)", nil,
			[]string{"warn waiver-expired: Waiver metric-worse (waivers.yaml:2) by @acme/ml-leads. It ended with soon and does nothing. Take it out, or have it renewed."},
		},
		"of something else": {
			[]result.Waiver{on(waiver("metric-worse"), "log_loss", ""), on(waiver("slice-worse"), "", "age=90+"), waiver("metric")},
			nil,
			result.Deny, worse + " (and 2 more)", nil,
			[]string{
				"info waiver-unused: Waiver metric (waivers.yaml:2) by @acme/ml-leads. Nothing that denies matches it. Take it out if it is no longer needed.",
				"info waiver-unused: Waiver metric-worse of log_loss (waivers.yaml:2) by @acme/ml-leads. Nothing that denies matches it. Take it out if it is no longer needed.",
				"info waiver-unused: Waiver slice-worse for age=90+ (waivers.yaml:2) by @acme/ml-leads. Nothing that denies matches it. Take it out if it is no longer needed.",
			},
		},
		"of what is undecided": {
			[]result.Waiver{waiver("rows-differ")},
			func(in *policies.Input) {
				in.Problems = []policies.Problem{{Code: "rows-differ", Message: "rows differ"}}
			},
			result.Undecided, "cannot decide: Rows differ", nil,
			[]string{"warn waiver-refused: Waiver rows-differ (waivers.yaml:2) by @acme/ml-leads. It names what is undecided, and cannot be used: what cannot be known is never a pass."},
		},
		"of a gate that was dropped": {
			[]result.Waiver{waiver("gate-dropped")},
			func(in *policies.Input) {
				in.Comparison = nil
				in.Problems = []policies.Problem{{Code: "gate-dropped", Message: "no gate"}}
			},
			result.Deny, "denied: No gate", nil,
			[]string{"warn waiver-refused: Waiver gate-dropped (waivers.yaml:2) by @acme/ml-leads. This finding denies in any case: no waiver lets it pass."},
		},
		"of a ruler that changed": {
			[]result.Waiver{waiver("ruler-changed")},
			func(in *policies.Input) {
				in.Comparison = in.Comparison[:1]
				in.Comparison[0] = compared("", 0.961, 0.963, -0.001, 0.004, result.Equivalent)
				in.Problems = []policies.Problem{{Code: "ruler-changed", Message: "the ruler changed"}}
			},
			result.Pass, "roc_auc is not worse than v3's; the data shows no difference (1 waived)",
			[]string{"ruler-changed "},
			nil,
		},
		// With what can be waived, all the rest must still be right.
		"of leakage, where nothing was compared": {
			[]result.Waiver{waiver("ruler-changed")},
			func(in *policies.Input) {
				in.Comparison = nil
				in.Problems = []policies.Problem{{Code: "ruler-changed", Message: "the ruler changed"}}
			},
			result.Undecided, "cannot decide: ROC AUC is gated, and was not compared with the champion's (1 waived)",
			[]string{"ruler-changed "},
			nil,
		},
	}
	set, err := policies.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := denied()
			in.Waivers = test.waivers
			if test.change != nil {
				test.change(&in)
			}
			got, err := set.Decide(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != test.verdict || got.Reason != test.reason {
				t.Errorf("verdict is %s, %q\nwant       %s, %q", got.Verdict, got.Reason, test.verdict, test.reason)
			}
			var waived, remarks []string
			for _, f := range got.Findings {
				if f.Waived {
					waived = append(waived, f.Code+" "+f.Slice)
				}
				if f.Waived != (f.Waiver != nil) || f.Waived && f.Waiver.Finding != f.Code {
					t.Errorf("%s: waived is %v, by %v", f.Code, f.Waived, f.Waiver)
				}
				if strings.HasPrefix(f.Code, "waiver-") {
					remarks = append(remarks, summary([]result.Finding{f})...)
				}
			}
			if diff := cmp.Diff(test.waived, waived, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.remarks, remarks, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if (len(got.Waivers) > 0) != (len(waived) > 0) {
				t.Errorf("waivers used are %v, waived is %v", got.Waivers, waived)
			}
		})
	}
}

// The rules that know what no waiver lets pass, and the code that applies waivers, agree.
func TestWhatIsFinal(t *testing.T) {
	set, err := policies.Load(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"gate-dropped", "gate-moved", "gate-renamed", "rows-lost", "slice-lost", "leakage", "ruler-changed"} {
		in := denied()
		in.Comparison = []result.Compared{compared("", 0.961, 0.963, -0.001, 0.004, result.Equivalent)}
		in.Problems = []policies.Problem{{Code: code, Message: "something is wrong"}}
		in.Waivers = []result.Waiver{waiver(code)}
		got, err := set.Decide(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want := result.Deny
		if code == "leakage" || code == "ruler-changed" {
			want = result.Pass
		}
		if got.Verdict != want {
			t.Errorf("%s with a waiver: %s, want %s", code, got.Verdict, want)
		}
		// Whatever cannot be waived is enough of an answer: nothing need be compared.
		in.Comparison = nil
		if got, err = set.Decide(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if want == result.Pass {
			want = result.Undecided
		}
		if got.Verdict != want {
			t.Errorf("%s, nothing compared: %s, want %s", code, got.Verdict, want)
		}
	}
}
