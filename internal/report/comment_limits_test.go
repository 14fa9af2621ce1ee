package report_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// large is a decision about 60 metrics on 30 slices each: one slice is worse, one
// cannot be told, and the rest differ by little.
func large(t *testing.T) result.Report {
	t.Helper()
	doc := sample(t, "testdata/deny.json")
	d := doc.Decision
	worse, overall := d.Comparison[0], d.Comparison[1]
	for _, c := range d.Comparison {
		if c.Verdict == result.Worse {
			worse = c
		}
		if c.Slice == "" && c.Metric == worse.Metric {
			overall = c
		}
	}
	d.Comparison = nil
	for m := range 60 {
		for s := range 31 {
			c := overall
			c.Metric, c.N = fmt.Sprintf("%s_%02d", []string{"recall", "precision", "f1", "roc_auc", "brier", "log_loss"}[m%6], m), 12040
			shift := 0.004 * math.Sin(float64(m*31+s))
			if s > 0 {
				c.Slice, c.N = fmt.Sprintf("site=%02d", s), 150+17*s
				shift *= 3
			}
			before, after, interval := 0.91, 0.91+shift, [2]float64{shift - 0.006, shift + 0.006}
			c.Champion, c.Candidate, c.Diff, c.Interval, c.Margin, c.Verdict = &before, &after, &shift, &interval, 0.02, result.Equivalent
			d.Comparison = append(d.Comparison, c)
		}
	}
	worse.Metric, worse.Slice = "f1_44", "site=17"
	d.Comparison[44*31+17] = worse
	d.Comparison[51*31].Verdict = result.Inconclusive
	d.Findings = []result.Finding{
		{Code: "inconclusive", Severity: result.SeverityWarn, Metric: d.Comparison[51*31].Metric, Message: "roc_auc_51 cannot be told: 3000 rows more would."},
		{Code: "slice-worse", Severity: result.SeverityDeny, Metric: "f1_44", Slice: "site=17", Message: "F1 fell 0.941 → 0.893 for site=17.", Passes: "F1 of at least 0.921"},
	}
	return doc
}

// A comment about 1,860 comparisons is within limits, and begins with what matters.
func TestCommentOfManyComparisons(t *testing.T) {
	text := comment(t, large(t), before, around)
	if n := units(text); n > 65_536 || n > 40_000 {
		t.Errorf("%d characters", n)
	}
	path := "testdata/large/comment.md"
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("it differs (-want +got); if it should: go test ./internal/report -update\n%s", diff)
	}
	open, _, _ := strings.Cut(text, "<details>")
	rows := strings.Split(open, "\n| ")[2:] // after the head
	if !strings.HasPrefix(rows[0], "**f1_44 · site=17** | 0.941 | 0.893 |") {
		t.Errorf("the first row is %s", rows[0])
	}
	if len(rows) > 12 {
		t.Errorf("%d rows stand open", len(rows))
	}
}

// However long the parts are, every text is within what its host takes, is whole,
// says the verdict first and what was left out, and hands on the verdicts.
func TestWhatHostsTake(t *testing.T) {
	worst := strings.Repeat("|<@#1\U0001F600", 120)
	many := large(t)
	for name, grow := range map[string]func(*result.Report){
		"all denied": func(r *result.Report) {
			for i := range many.Decision.Comparison {
				row := many.Decision.Comparison[i]
				row.Verdict = result.Worse
				r.Decision.Comparison = append(r.Decision.Comparison, row)
				r.Decision.Findings = append(r.Decision.Findings, result.Finding{Code: "slice-worse", Severity: result.SeverityDeny, Metric: row.Metric, Slice: row.Slice, Message: worst, Passes: worst})
			}
		},
		"long names": func(r *result.Report) {
			for i := range many.Decision.Comparison {
				row := many.Decision.Comparison[i]
				row.Metric, row.Slice, row.Note = worst+row.Metric, row.Slice+worst, worst
				r.Decision.Comparison = append(r.Decision.Comparison, row)
			}
		},
		"many slices": func(r *result.Report) {
			for i := range 1500 {
				row := r.Decision.Comparison[0]
				row.Slice = fmt.Sprintf("shop=%d %s", i, worst)
				r.Decision.Comparison = append(r.Decision.Comparison, row)
			}
		},
		"many pictures": func(r *result.Report) { // each is two units
			for i := range 38 {
				row := r.Decision.Comparison[1]
				row.Slice, row.Note = fmt.Sprintf("shop=%d", i), strings.Repeat("\U0001F600", 600)
				r.Decision.Comparison = append(r.Decision.Comparison, row)
			}
		},
		"many champions": func(r *result.Report) {
			for range 2000 {
				r.History = append(r.History, r.History[0])
			}
		},
		"many waivers and problems": func(r *result.Report) {
			r.Decision.Proposed = &result.Judgement{Verdict: result.Deny, Reason: worst}
			for range 200 {
				r.Decision.Receipt.Waivers = append(r.Decision.Receipt.Waivers, result.Waiver{Finding: worst, Reason: worst, Owner: worst, Expires: "2026-01-01"})
				r.Problems = append(r.Problems, "gate: "+worst)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := sample(t, "testdata/deny.json")
			grow(&doc)
			notes := around
			for range 100 {
				notes.Owners, notes.Warnings = append(notes.Owners, worst), append(notes.Warnings, worst)
			}
			var earlier []result.PastVerdict
			for range 30 {
				earlier = append(earlier, result.PastVerdict{Verdict: result.Deny, Commit: worst, Said: worst})
			}
			for host, written := range map[string]struct {
				most  int
				size  func(string) int
				write func(*bytes.Buffer) error
			}{
				"comment": {65_536, units, func(b *bytes.Buffer) error { return report.Comment(b, doc, earlier, notes) }},
				"check":   {65_535, bytesOf, func(b *bytes.Buffer) error { return report.Summary(b, doc, notes, report.CheckLimit) }},
				"job":     {1 << 20, bytesOf, func(b *bytes.Buffer) error { return report.Summary(b, doc, notes, report.JobSummaryLimit) }},
			} {
				var buf bytes.Buffer
				if err := written.write(&buf); err != nil {
					t.Fatal(err)
				}
				text := buf.String()
				if n := written.size(text); n > written.most || n < 500 {
					t.Errorf("%s: %d", host, n)
				}
				begin := "### ❌ tumour-classifier: denied"
				if host == "comment" {
					begin = "<!-- muster:tumour-classifier -->\n" + begin
				}
				if !strings.HasPrefix(text, begin) {
					t.Errorf("%s begins with %.200s", host, text)
				}
				if opened, closed := strings.Count(text, "<details>"), strings.Count(text, "</details>"); opened != closed {
					t.Errorf("%s: %d parts are opened, %d closed", host, opened, closed)
				}
				if host == "comment" && len(report.Earlier(text)) < 2 {
					t.Errorf("the comment hands on %d verdicts", len(report.Earlier(text)))
				}
			}
		})
	}
}

func bytesOf(s string) int { return len(s) }
