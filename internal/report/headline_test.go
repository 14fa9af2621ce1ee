package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// The first line says what a reader must know, and claims no more than was shown.
func TestHeadline(t *testing.T) {
	champion := &result.Model{Version: "v17", Digest: "a"}
	candidate := &result.Model{Digest: "b"}
	row := func(metric, slice string, verdict result.Outcome, edit func(*result.Compared)) result.Compared {
		before, after, diff := 0.9, 0.8, -0.1
		c := result.Compared{
			Metric: metric, Slice: slice, Better: result.Higher, Champion: &before, Candidate: &after, Diff: &diff,
			Gated: true, Require: result.NonInferior, Verdict: verdict,
		}
		if edit != nil {
			edit(&c)
		}
		return c
	}
	denies := func(code, metric, slice string) result.Finding {
		return result.Finding{Code: code, Severity: result.SeverityDeny, Metric: metric, Slice: slice, Message: "because."}
	}
	decided := func(verdict result.Verdict, rows []result.Compared, findings ...result.Finding) result.Report {
		return result.Report{Pipeline: "x", Decision: &result.Decision{
			Verdict: verdict, Candidate: candidate, Champion: champion, Comparison: rows, Findings: findings,
		}}
	}
	waived := denies("slice-worse", "auc", "a=1")
	waived.Waived = true
	unknown := denies("registry-missing", "", "")
	unknown.Undecided = true
	expired := result.Finding{Code: "waiver-expired", Severity: result.SeverityWarn, Message: "It ended."}
	fresh := result.Finding{Code: "bootstrap", Severity: result.SeverityWarn, Message: "No gate."}
	overridden := result.Finding{Code: "champion-overridden", Severity: result.SeverityWarn, Message: "By ada."}
	waived.Waiver = &result.Waiver{Finding: "slice-worse", Reason: "r", Owner: "o", Expires: "2026-06-01"}
	least := 0.06
	blind := row("f1", "", result.Equivalent, func(c *result.Compared) { c.Blind, c.Detectable = true, &least })
	chance := row("auc", "", result.Equivalent, func(c *result.Compared) { c.Interval = &[2]float64{-0.2, 0.1} })
	anchored := row("auc", "", result.Worse, func(c *result.Compared) { c.Against = "anchor" })
	audited := row("auc", "", result.Better, func(c *result.Compared) { c.Data = "audit" })
	first := decided(result.Pass, nil, fresh)
	first.Decision.Champion = nil
	worse, cannotTell := row("auc", "", result.Worse, nil), row("auc", "", result.Inconclusive, nil)
	equal, better := row("auc", "", result.Equivalent, nil), row("auc", "", result.Better, nil)
	tests := map[string]struct {
		doc  result.Report
		want string
	}{
		"worse overall":             {decided(result.Deny, []result.Compared{worse}, denies("worse", "auc", "")), "✗ x: denied, worse in auc"},
		"worse goes first":          {decided(result.Deny, []result.Compared{row("auc", "a=1", result.Worse, nil)}, denies("leak", "", ""), denies("slice-worse", "auc", "a=1")), "✗ x: denied, worse for a=1 and 1 other finding"},
		"the data cannot tell":      {decided(result.Deny, []result.Compared{cannotTell}, denies("inconclusive", "auc", "")), "✗ x: denied, not shown to be as good in auc"},
		"below a minimum":           {decided(result.Deny, []result.Compared{equal}, denies("below-min", "auc", "")), "✗ x: denied, by below-min for auc"},
		"a team's own rule":         {decided(result.Deny, []result.Compared{equal}, denies("too-large", "", "")), "✗ x: denied, by too-large"},
		"required to be better":     {decided(result.Deny, []result.Compared{row("auc", "", result.Equivalent, func(c *result.Compared) { c.Require = result.RequireBetter })}, denies("not-better", "auc", "")), "✗ x: denied, not shown to be better in auc"},
		"something was not known":   {decided(result.Undecided, nil, denies("worse", "auc", ""), unknown), "! x: undecided, registry-missing and 1 other finding"},
		"not worse":                 {decided(result.Pass, []result.Compared{equal}), "✓ x: passed, not worse than v17"},
		"better":                    {decided(result.Pass, []result.Compared{better}), "✓ x: passed, better than v17 in auc"},
		"passed without being sure": {decided(result.Pass, []result.Compared{better, row("f1", "", result.Inconclusive, nil)}), "✓ x: passed, not shown to be worse than v17"},
		"passed by a waiver":        {decided(result.Pass, []result.Compared{equal, row("auc", "a=1", result.Worse, nil)}, waived), "! x: passed with 1 waiver, not worse than v17"},
		"worse but for a waiver":    {decided(result.Pass, []result.Compared{worse, row("f1", "", result.Inconclusive, nil)}, waived), "! x: passed with 1 waiver, worse than v17 in auc"},
		"blind":                     {decided(result.Pass, []result.Compared{equal, blind}), "! x: passed, not worse than v17; this gate cannot see drops of f1 below 0.06"},
		"blind and denied":          {decided(result.Deny, []result.Compared{worse, blind}, denies("worse", "auc", "")), "✗ x: denied, worse in auc; this gate cannot see drops of f1 below 0.06"},
		"the first gate":            {first, "! x: passed, absolute thresholds only; the gate is new here"},
		"against an override":       {decided(result.Pass, []result.Compared{equal}, overridden), "! x: passed, not worse than v17; v17 was promoted against the gate"},
		"a waiver that is over":     {decided(result.Pass, []result.Compared{equal}, expired), "! x: passed, not worse than v17; a waiver has expired"},
		"only chance":               {decided(result.Pass, []result.Compared{chance}), "✓ x: passed, no difference from v17 that the data shows"},
		"crept":                     {decided(result.Deny, []result.Compared{equal, anchored}, denies("creep", "auc", "")), "✗ x: denied, worse than the anchor in auc"},
		"better on other data":      {decided(result.Pass, []result.Compared{equal, audited}), "✓ x: passed, not worse than v17"},
		"nothing was compared":      {decided(result.Pass, nil), "✓ x: passed, nothing was compared"},
		"only a rollback":           {result.Report{Pipeline: "x", Promotion: &result.Promotion{Status: result.RolledBack, Alias: "production", From: "v18", To: "v17"}}, "! x: rolled back, production is again v17; it was v18"},
		"interrupted":               {result.Report{Run: &result.Run{Pipeline: "x", Status: result.RunInterrupted}}, "! x: interrupted, the run did not finish"},
		"no machine learning":       {result.Report{Assessment: &result.Assessment{Kind: result.KindNotML}}, "· No maturity level, no machine learning was found"},
		"nothing":                   {result.Report{}, "· Nothing to report"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := report.Terminal(&buf, test.doc, report.TerminalOptions{Width: 200}); err != nil {
				t.Fatal(err)
			}
			if got, _, _ := strings.Cut(buf.String(), "\n"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// What a stage says of itself ends as a sentence before the next one begins.
func TestWhatAFailedStageSaysIsASentence(t *testing.T) {
	for said, want := range map[string]string{
		"pull image x: no such host": "pull image x: no such host. Not run: b.",
		"the disk is full.":          "the disk is full. Not run: b.",
		"exit code 3":                "It ended with exit code 3. Not run: b.",
	} {
		run := &result.Run{Pipeline: "x", Status: result.RunFailed, Stages: []result.Stage{
			{Name: "a", Status: result.StageFailed, Error: said}, {Name: "b", Status: result.StageSkipped},
		}}
		var out bytes.Buffer
		if err := report.Terminal(&out, result.Report{Pipeline: "x", Run: run}, report.TerminalOptions{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
}

// A slice is worse; of the whole it is said how that stands, and never that it is not worse where it is.
func TestWhatTheAverageHides(t *testing.T) {
	tests := map[string]struct {
		interval [2]float64
		better   result.Direction
		want     string
	}{
		"perhaps the same":             {[2]float64{-0.01, 0.02}, result.Higher, "Overall it is not worse, so the average hides this."},
		"a little worse":               {[2]float64{-0.02, -0.01}, result.Higher, "Overall it is worse within what is allowed, so the average hides this."},
		"lower is better, and it rose": {[2]float64{0.01, 0.02}, result.Lower, "Overall it is worse within what is allowed, so the average hides this."},
		"lower is better, and it fell": {[2]float64{-0.02, -0.01}, result.Lower, "Overall it is not worse, so the average hides this."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, after, diff := 0.9, 0.8, -0.1
			whole := result.Compared{Metric: "auc", Better: test.better, Verdict: result.Equivalent, Gated: true, Interval: &test.interval}
			slice := result.Compared{Metric: "auc", Slice: "a=1", Better: test.better, Verdict: result.Worse, Gated: true, Champion: &before, Candidate: &after, Diff: &diff}
			var out strings.Builder
			err := report.Markdown(&out, result.Report{Decision: &result.Decision{
				Verdict: result.Deny, Champion: &result.Model{Version: "v1", Digest: "a"}, Candidate: &result.Model{Digest: "b"},
				Comparison: []result.Compared{whole, slice},
				Findings:   []result.Finding{{Code: "slice-worse", Severity: result.SeverityDeny, Metric: "auc", Slice: "a=1", Message: "m"}},
			}})
			if err != nil || !strings.Contains(out.String(), test.want) {
				t.Errorf("error %v, no %q in:\n%s", err, test.want, out.String())
			}
		})
	}
}
