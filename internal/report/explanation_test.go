package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestExplanationIsCutAndEscaped(t *testing.T) {
	e := result.Explanation{
		Verdict: result.Deny, Reason: "denied: worse\x1b[31m",
		Findings: []result.ExplainedFinding{{
			Finding: result.Finding{
				Code: "metric-worse", Severity: result.SeverityDeny, Message: "It fell.", Rule: "a.deny", Passes: "0.9",
				Waiver: &result.Waiver{Owner: "ada", Expires: "2026-01-01", Reason: "once"}, Waived: true,
			},
			Rule: &result.Location{Path: "a.rego", Line: 3}, Origin: "policy",
		}},
	}
	reads := &e.Findings[0].Reads
	for range 8 {
		*reads = append(*reads, result.InputRead{Ref: "input.x", Line: 7, Value: "\"\x1b]0;\a\""})
	}
	*reads = append(*reads, result.InputRead{Ref: "input.aside", Line: 8, Aside: true})
	for range 7 {
		e.Findings = append(e.Findings, result.ExplainedFinding{Finding: result.Finding{Code: "note", Severity: result.SeverityInfo, Message: "Told."}})
	}
	var text strings.Builder
	if err := report.Explanation(&text, e, report.TerminalOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	got := text.String()
	for _, want := range []string{"✗ denied: worse", "a.rego:3 (a.deny)", "and 3 more places", "passes  0.9", "until the end of 2026-01-01 by ada: once", "and 2 more notes"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.ContainsAny(got, "\x1b\a") || strings.Contains(got, "input.aside") {
		t.Errorf("not escaped, or not cut:\n%q", got)
	}
}

func TestReplayListsWhatIsDifferent(t *testing.T) {
	r := result.Replay{
		Summary: "would have stopped 1 of 2 decisions that passed, and let 0 of 0 decisions that did not pass through",
		Counts:  result.ReplayCounts{Passed: 2, WouldStop: 1, Unread: 1},
		Decisions: []result.Replayed{
			{At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Change: "pr-1\x1b[2J", Commit: strings.Repeat("c", 40), Was: result.Pass, WouldBe: result.Deny, New: []string{"too-large"}},
			{Was: result.Pass, WouldBe: result.Pass},
		},
		Unread: []result.Unread{{Source: "log.jsonl:3", Why: "cut short\x1b"}},
	}
	var text strings.Builder
	if err := report.Replay(&text, r, report.TerminalOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	got := text.String()
	for _, want := range []string{"would have stopped 1 of 2", "2026-01-02 03:04", "ccccccc ", "new: too-large", "1 decision would be the same", "log.jsonl:3: cut short"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("not escaped: %q", got)
	}
}
