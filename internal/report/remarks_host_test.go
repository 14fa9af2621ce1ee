package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// A reviewer sees beside the lines what asks for what failed, and what was changed.
func TestAnnotations(t *testing.T) {
	at := func(path string, line int) *result.Location { return &result.Location{Path: path, Line: line} }
	finding := func(severity result.Severity, place *result.Location, edit func(*result.Finding)) result.Finding {
		f := result.Finding{Code: "slice-worse", Severity: severity, Metric: "auc", Slice: "age=70+", Message: "AUC fell 0.94 → 0.89", Location: place, Passes: "AUC of at least 0.92"}
		if edit != nil {
			edit(&f)
		}
		return f
	}
	from, to := "8", "3"
	changes := []result.Difference{
		{Kind: "param", Path: "params.yaml", Line: 7, Name: "max_depth", From: &from, To: &to},
		{Kind: "param", Path: "params.yaml", Line: 7, Name: "other", From: &from, To: &to},
		{Kind: "code", Path: "src/train.py"},
	}
	suspect := result.Remark{
		Location: *at("params.yaml", 7), Severity: result.SeverityWarn, Title: "changed in a model that was denied",
		Message: "max_depth 8 → 3. AUC fell 0.94 → 0.89.",
	}
	denied := result.Remark{
		Location: *at("muster.yaml", 12), Severity: result.SeverityDeny, Title: "slice-worse denies, auc for age=70+",
		Message: "AUC fell 0.94 → 0.89. Would have passed: AUC of at least 0.92.",
	}
	warned := denied
	warned.Severity, warned.Title = result.SeverityWarn, "slice-worse warns, auc for age=70+"
	first := denied
	first.Line = 1
	for name, test := range map[string]struct {
		verdict  result.Verdict
		findings []result.Finding
		want     []result.Remark
	}{
		"denied": {result.Deny, []result.Finding{finding(result.SeverityDeny, at("muster.yaml", 12), nil)}, []result.Remark{denied, suspect}},
		"worst first": {result.Deny, []result.Finding{
			finding(result.SeverityWarn, at("muster.yaml", 12), nil), finding(result.SeverityDeny, at("muster.yaml", 12), nil),
		}, []result.Remark{denied, warned, suspect}},
		"passed":       {result.Pass, []result.Finding{finding(result.SeverityWarn, at("muster.yaml", 12), nil)}, []result.Remark{warned}},
		"a whole file": {result.Undecided, []result.Finding{finding(result.SeverityDeny, at("muster.yaml", 0), nil)}, []result.Remark{first}},
		"a note":       {result.Pass, []result.Finding{finding(result.SeverityInfo, at("muster.yaml", 12), nil)}, nil},
		"waived":       {result.Pass, []result.Finding{finding(result.SeverityDeny, at("muster.yaml", 12), func(f *result.Finding) { f.Waived = true })}, nil},
		"no place":     {result.Pass, []result.Finding{finding(result.SeverityWarn, nil, nil)}, nil},
		"outside": {result.Pass, []result.Finding{
			finding(result.SeverityWarn, at("../muster.yaml", 1), nil), finding(result.SeverityWarn, at("/etc/passwd", 1), nil),
			finding(result.SeverityWarn, at("a\nb", 1), nil), finding(result.SeverityWarn, at("", 1), nil),
		}, nil},
	} {
		doc := result.Report{Decision: &result.Decision{Verdict: test.verdict, Findings: test.findings, Changes: changes}}
		if diff := cmp.Diff(test.want, report.Annotations(doc)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	many := result.Decision{Verdict: result.Deny}
	for i := range 1000 {
		many.Findings = append(many.Findings, finding(result.SeverityDeny, at(fmt.Sprintf("%d.yaml", i), 1), nil))
	}
	if got := report.Annotations(result.Report{Decision: &many}); len(got) != 100 {
		t.Errorf("%d lines are marked", len(got))
	}
	if got := report.Annotations(result.Report{}); got != nil {
		t.Errorf("without a decision: %v", got)
	}
}

// What is marked in a change is what SARIF locates.
func TestAnnotationsAreWhereSARIFIs(t *testing.T) {
	doc := sample(t, "testdata/deny.json")
	doc.Decision.Findings[0].Location = &result.Location{Path: "muster.yaml", Line: 31}
	var buf bytes.Buffer
	if err := report.SARIF(&buf, doc, func(string) (string, string, bool) { return "", "", false }); err != nil {
		t.Fatal(err)
	}
	got := report.Annotations(doc)
	if len(got) != 2 {
		t.Errorf("marked are %v", got)
	}
	for _, r := range got {
		place := regexp.MustCompile(fmt.Sprintf(`"uri": %q\s*},\s*"region": {[^}]*"startLine": %d\b`, r.Path, r.Line))
		if !place.Match(buf.Bytes()) {
			t.Errorf("%s:%d is not in SARIF", r.Path, r.Line)
		}
	}
}
