package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestPlain(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nothing to do":       {"epoch 3: loss 0.23", "epoch 3: loss 0.23"},
		"indented":            {"\t  File \"x.py\"", "      File \"x.py\""},
		"colours":             {"\x1b[1;31mred\x1b[0m", "red"},
		"a title":             {"\x1b]0;owned\x07text", "text"},
		"a link":              {"\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"},
		"eight-bit control":   {"a\u009b31mb", "ab"},
		"an open sequence":    {"a\x1b]0;never ends", "a"},
		"a progress bar":      {"10 %\r20 %", "10 % 20 %"},
		"a backspace":         {"rm\b\bls", "rm��ls"},
		"a turn of direction": {"\u202egnp.exe", "�gnp.exe"},
		"an invisible letter": {"mo\u200bdel", "mo�del"},
		"not UTF-8":           {"a\xffb", "a�b"},
		"a runner's command":  {"::set-output name=x::y", ":\u200b:set-output name=x::y"},
		"after a word":        {"a ::error::b", "a :\u200b:error::b"},
		"an old command":      {"x ##[error]", "x ##\u200b[error]"},
		"Azure's command":     {"x ##vso[task.setvariable]y", "x ##\u200bvso[task.setvariable]y"},
		"TeamCity's command":  {"##teamcity[x]", "##\u200bteamcity[x]"},
		"a heading":           {"## What [x]", "## What [x]"},
		"a name in C++":       {"std::vector", "std::vector"},
		"an emoji family":     {"👩\u200d🔬", "👩\u200d🔬"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := report.Plain(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Whatever a document says, a terminal shows it within its width, and nothing
// in it acts.
func FuzzTerminal(f *testing.F) {
	for _, seed := range []string{"tumour", "\x1b[2J", "::stop-commands::x", "##[group]", "##vso[task.complete]", "日本語", "\u202e", strings.Repeat("x", 10_000), strings.Repeat("x::error::", 50)} {
		f.Add(seed, 60)
	}
	command := regexp.MustCompile(`(?m)^\s*::\w|##\w*\[`)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = min(max(width, 40), 200)
		var buf bytes.Buffer
		if err := report.Terminal(&buf, hostile(s), report.TerminalOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if found := command.FindString(buf.String()); found != "" {
			t.Errorf("a runner would take %q for a command", found)
		}
		for _, r := range buf.String() {
			if r != '\n' && unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' {
				t.Fatalf("there is a %U in it", r)
			}
		}
	})
}

// hostile is a document in which every text is s.
func hostile(s string) result.Report {
	value, low := 0.5, 0.25
	run := result.Run{
		ID: s, Pipeline: s, Status: result.RunFailed, Git: &result.Git{Commit: s, Branch: s},
		Stages:  []result.Stage{{Name: s, Status: result.StageFailed, Image: s, ImageID: s, Key: s, Log: s, Error: "exit code 1\n" + s}},
		Metrics: map[string]float64{s: 1},
	}
	model := &result.Model{Version: s, Digest: s, TrainingKey: s, Commit: s}
	other := *model
	other.Digest += "x"
	return result.Report{
		Pipeline: s, Commit: s, Run: &run, Problems: []string{s, "gate: " + s},
		Decision: &result.Decision{
			Verdict: result.Deny, Reason: s, Candidate: model, Champion: &other,
			Findings: []result.Finding{{Code: s, Severity: result.SeverityDeny, Metric: s, Slice: s, Message: s + ".", Policy: s}},
			Comparison: []result.Compared{{
				Metric: s, Slice: s, Candidate: &low, Champion: &value, Diff: &low, Interval: &[2]float64{-1, 1},
				Gated: true, Verdict: result.Worse, Note: s, Method: s,
			}},
			Receipt: result.Receipt{Alias: s, Registry: s, Ruler: s, Policies: map[string]string{s: s}, ChampionRun: s},
		},
		ScoreChange: &result.ScoreChange{Raised: []result.CriterionChange{{ID: s}}, Lowered: []result.CriterionChange{{ID: s}}},
		Promotion:   &result.Promotion{Status: result.Promoted, Alias: s, From: s, To: s, Reason: s},
		Assessment: &result.Assessment{
			Kind: result.KindTraining, Summary: s, Rubric: s, Unread: []result.Evidence{{Path: s, Note: s}},
			Roots: []result.Root{{Path: s, Debts: []string{s}, Criteria: []result.Criterion{{
				ID: s, Question: s, Verdict: result.CriterionUnmet, Reason: s, Remedy: s, Effort: s, Evidence: []result.Evidence{{Path: s, URL: s, Note: s}},
			}}}},
		},
	}
}
