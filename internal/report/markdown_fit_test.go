package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// A comment is never longer than GitHub takes, says what it leaves out, and is whole.
func TestMarkdownFits(t *testing.T) {
	worst := strings.Repeat("|<@#1", 200)
	for name, grow := range map[string]func(*result.Decision){
		"many slices": func(d *result.Decision) {
			for i := range 5000 {
				row := d.Comparison[0]
				row.Slice = fmt.Sprintf("shop=%d", i)
				d.Comparison = append(d.Comparison, row)
			}
		},
		"many denials": func(d *result.Decision) {
			for i := range 500 {
				row := d.Comparison[0]
				row.Slice, row.Verdict = fmt.Sprintf("shop=%d %s", i, worst), result.Worse
				d.Comparison = append(d.Comparison, row)
				d.Findings = append(d.Findings, result.Finding{Code: "slice-worse", Severity: result.SeverityDeny, Metric: row.Metric, Slice: row.Slice, Message: worst, Passes: worst})
			}
		},
		"many policies": func(d *result.Decision) {
			for i := range 5000 {
				d.Receipt.Policies[fmt.Sprintf("%s%d", worst[:70], i)] = strings.Repeat("a", 64)
			}
		},
		"long words everywhere": func(d *result.Decision) {
			d.Proposed = &result.Judgement{Verdict: result.Deny, Reason: worst}
			d.Receipt.Ruler = worst
			for i := range d.Findings {
				d.Findings[i].Message, d.Findings[i].Passes = worst, worst
			}
			for range 50 {
				d.Receipt.Waivers = append(d.Receipt.Waivers, result.Waiver{Finding: worst, Reason: worst, Owner: worst, Expires: "2026-01-01"})
				d.Changes = append(d.Changes, result.Difference{Kind: "param", Path: worst, Name: worst, From: &worst, To: &worst})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := sample(t, "testdata/deny.json")
			grow(doc.Decision)
			var buf bytes.Buffer
			if err := report.Markdown(&buf, doc); err != nil {
				t.Fatal(err)
			}
			text := buf.String()
			if n := utf8.RuneCountInString(text); n > 65_536 || n < 500 {
				t.Errorf("%d characters", n)
			}
			if !strings.HasPrefix(text, "<!-- muster:tumour-classifier -->\n### ❌ tumour-classifier: denied") {
				t.Errorf("it begins with %.200s", text)
			}
			if opened, closed := strings.Count(text, "<details>"), strings.Count(text, "</details>"); opened != closed {
				t.Errorf("%d parts are opened, %d closed", opened, closed)
			}
			if !strings.Contains(text, "holds no more") && !strings.Contains(text, " more ") {
				t.Error("nothing says what was left out")
			}
		})
	}
}
