package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func TestMetrics(t *testing.T) {
	golden(t, ".metrics.txt", report.Metrics)
}

// sampleLine is a sample of OpenMetrics, as narrow as what is written.
var sampleLine = regexp.MustCompile(`^muster_[a-z_]+(\{([a-z]+="([^"\\#\n]|\\\\|\\")*",?)+\})? -?[0-9.e+-]+$`)

// Every line is one that GitLab's reader takes: a name without a # or an open
// quotation mark, and a number. One bad line costs the whole report.
func TestMetricsCanBeRead(t *testing.T) {
	for name, doc := range samples(t) {
		var buf bytes.Buffer
		if err := report.Metrics(&buf, doc); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n")
		if lines[len(lines)-1] != "# EOF" {
			t.Errorf("%s ends with %q", name, lines[len(lines)-1])
		}
		seen := map[string]bool{}
		for _, line := range lines {
			if !strings.HasPrefix(line, "# ") && !sampleLine.MatchString(line) || seen[line] {
				t.Errorf("%s: %q", name, line)
			}
			seen[line] = true
		}
	}
}

func TestCodeQuality(t *testing.T) {
	golden(t, ".codequality", report.CodeQuality)
}

func TestCodeQualityPlacesAndWeighs(t *testing.T) {
	place := &result.Location{Path: "muster.yaml", Line: 31}
	doc := result.Report{Decision: &result.Decision{Findings: []result.Finding{
		{Code: "metric-worse", Severity: result.SeverityDeny, Message: "It fell.", Location: place},
		{Code: "metric-worse", Severity: result.SeverityDeny, Message: "It fell again.", Location: place},
		{Code: "rows-differ", Severity: result.SeverityDeny, Undecided: true, Message: "Other rows.", Location: &result.Location{Path: "data/test.csv"}},
		{Code: "slice-suspect", Severity: result.SeverityWarn, Message: "Look.", Location: place},
		{Code: "leakage", Severity: result.SeverityDeny, Message: "Known.", Location: place, Waived: true, Waiver: &result.Waiver{Owner: "@acme/ml", Expires: "2027-01-01"}},
		{Code: "registry-missing", Severity: result.SeverityDeny, Message: "It stands nowhere."},
	}}}
	var buf bytes.Buffer
	if err := report.CodeQuality(&buf, doc); err != nil {
		t.Fatal(err)
	}
	var issues []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal(buf.Bytes(), &issues); err != nil {
		t.Fatal(err)
	}
	var severities []string
	prints := map[string]bool{}
	for _, issue := range issues {
		severities = append(severities, issue.Severity)
		prints[issue.Fingerprint] = true
		if issue.Location.Path == "" || issue.Location.Lines.Begin < 1 || issue.CheckName == "" {
			t.Errorf("not an issue for GitLab: %+v", issue)
		}
	}
	if got := strings.Join(severities, " "); got != "blocker blocker critical minor info" {
		t.Errorf("severities: %s", got)
	}
	if len(prints) != len(issues) {
		t.Errorf("%d issues have %d fingerprints", len(issues), len(prints))
	}
	if !strings.Contains(issues[4].Description, "Waived by @acme/ml until 2027-01-01.") {
		t.Errorf("the waiver is not said: %s", issues[4].Description)
	}
}
