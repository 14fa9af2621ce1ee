package flow

import (
	"testing"

	"github.com/muster-ci/muster/internal/result"
)

// compared is a row that moved from 0.9 by so much.
func compared(metric string, difference float64, verdict result.Outcome, change ...func(*result.Compared)) result.Compared {
	before, after := 0.9, 0.9+difference
	row := result.Compared{
		Metric: metric, Better: result.Higher, Champion: &before, Candidate: &after, Diff: &difference,
		Interval: &[2]float64{difference - 0.01, difference + 0.01}, N: 500, Margin: 0.02, Gated: true,
		Require: result.NonInferior, Verdict: verdict, Note: "cannot tell; about 700 rows would",
	}
	for _, f := range change {
		f(&row)
	}
	return row
}

func shownOnly(row *result.Compared)   { row.Gated, row.Margin = false, 0 }
func mustImprove(row *result.Compared) { row.Require = result.RequireBetter }
func onSlice(row *result.Compared)     { row.Slice, row.Require = "site=a", result.NotWorse }
func blind(row *result.Compared)       { drop := 0.1234; row.Blind, row.Detectable = true, &drop }

func TestReason(t *testing.T) {
	const rise, fell = "rose 0.900 → 0.930 (+0.030, 95 % +0.020 to +0.040; 0.02 allowed; 500 rows)", "fell 0.900 → 0.870 (−0.030, 95 % −0.040 to −0.020; 0.02 allowed; 500 rows)"
	const still = "stayed at 0.900 (0.000, 95 % −0.010 to +0.010; 0.02 allowed; 500 rows)"
	same := compared("f1", 0, result.Equivalent)
	tests := map[string]struct {
		rows    []result.Compared
		verdict result.Outcome
		want    string
	}{
		"nothing": {nil, result.Inconclusive, "nothing was compared"},
		"worse comes first": {
			[]result.Compared{compared("mcc", 0.03, result.Better), compared("f1", -0.03, result.Worse), compared("r2", 0, result.Worse)},
			result.Worse,
			"worse: F1 " + fell + "; also in r2; better in mcc",
		},
		"a slice that is worse counts, and is hidden by the average": {
			[]result.Compared{same, compared("f1", -0.03, result.Worse, onSlice)},
			result.Worse,
			"worse: F1 fell 0.900 → 0.870 for site=a (−0.030, 95 % −0.040 to −0.020; 0.02 allowed; 500 rows); overall it is not worse, so the average hides this",
		},
		"a slice that cannot tell does not count": {
			[]result.Compared{same, compared("f1", -0.03, result.Inconclusive, onSlice)},
			result.Equivalent,
			"not worse by more than the margin: F1 " + still,
		},
		"cannot tell, and about how many rows would": {
			[]result.Compared{compared("f1", 0, result.Inconclusive), compared("r2", 0, result.Inconclusive), compared("mcc", 0, result.Equivalent)},
			result.Inconclusive,
			"cannot tell: F1 " + still + "; about 700 rows would; nor in r2; not worse in mcc",
		},
		"blindness follows at once": {
			[]result.Compared{compared("f1", 0, result.Inconclusive, blind)},
			result.Inconclusive,
			"cannot tell: F1 " + still + "; blind: this comparison cannot see drops below 0.123 in f1; about 700 rows would",
		},
		"all as good": {[]result.Compared{same, same}, result.Equivalent, "not worse by more than the margins in both metrics"},
		"some better": {
			[]result.Compared{same, compared("mcc", 0.03, result.Better)},
			result.Equivalent,
			"better in mcc, and not worse by more than the margins in f1",
		},
		"all better":           {[]result.Compared{compared("f1", 0.03, result.Better)}, result.Better, "better: F1 " + rise},
		"better was asked for": {[]result.Compared{compared("f1", 0, result.Equivalent, mustImprove)}, result.Equivalent, "not shown to be better: F1 " + still},
		"shown only, one is worse": {
			[]result.Compared{compared("f1", 0.03, result.Better, shownOnly), compared("mcc", -0.03, result.Worse, shownOnly)},
			result.Worse,
			"worse: MCC fell 0.900 → 0.870 (−0.030, 95 % −0.040 to −0.020; 500 rows); better in f1",
		},
		"shown only, one is better": {
			[]result.Compared{compared("f1", 0.03, result.Better, shownOnly), compared("mcc", 0, result.Inconclusive, shownOnly)},
			result.Better,
			"better: F1 rose 0.900 → 0.930 (+0.030, 95 % +0.020 to +0.040; 500 rows); cannot tell in mcc",
		},
		"shown only, no news": {
			[]result.Compared{compared("f1", 0, result.Inconclusive, shownOnly, blind)},
			result.Inconclusive,
			"cannot tell the models apart in 1 metric; a drop of f1 below 0.123 would mostly not show in this data",
		},
		"what is gated counts, what is shown does not": {
			[]result.Compared{same, compared("mcc", -0.03, result.Worse, shownOnly)},
			result.Equivalent,
			"not worse by more than the margin: F1 " + still,
		},
		"what is reported does not count": {
			[]result.Compared{compared("f1", 0.03, result.Better, shownOnly), compared("calibration_error", 0, result.Inconclusive, shownOnly)},
			result.Better,
			"better: F1 rose 0.900 → 0.930 (+0.030, 95 % +0.020 to +0.040; 500 rows)",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			doc := result.Comparison{Comparison: test.rows, Receipt: result.Receipt{Confidence: 0.95}}
			doc.Verdict = overallVerdict(doc)
			if doc.Verdict != test.verdict {
				t.Errorf("verdict %s, want %s", doc.Verdict, test.verdict)
			}
			if got := reason(doc, false); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestUnmet(t *testing.T) {
	for _, test := range []struct {
		require result.Require
		passes  []result.Outcome
	}{
		{result.NonInferior, []result.Outcome{result.Better, result.Equivalent}},
		{result.NotWorse, []result.Outcome{result.Better, result.Equivalent, result.Inconclusive}},
		{result.RequireBetter, []result.Outcome{result.Better}},
	} {
		for _, verdict := range []result.Outcome{result.Better, result.Equivalent, result.Inconclusive, result.Worse} {
			row := compared("f1", 0, verdict, func(row *result.Compared) { row.Require = test.require })
			want := 1
			for _, passes := range test.passes {
				if passes == verdict {
					want = 0
				}
			}
			if got := len(Unmet(result.Comparison{Comparison: []result.Compared{row}})); got != want {
				t.Errorf("%s with %s: %d unmet, want %d", test.require, verdict, got, want)
			}
			row.Gated = false
			if got := len(Unmet(result.Comparison{Comparison: []result.Compared{row}})); got != 0 {
				t.Errorf("%s with %s, not gated: %d unmet", test.require, verdict, got)
			}
		}
	}
}
