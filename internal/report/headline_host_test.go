package report_test

import (
	"testing"

	"github.com/muster-ci/muster/internal/report"
)

// A status is a line of plain text.
func TestHeadlineOfAStatus(t *testing.T) {
	for name, want := range map[string]string{
		"deny":        "Denied: worse for age_band=70+ and 1 other finding",
		"pass":        "Passed: better than v17 in roc_auc, with 1 warning; promoted as v18",
		"undecided":   "Undecided: champion-cannot-run",
		"bootstrap":   "Passed: absolute thresholds only; the gate is new here",
		"first-model": "Passed: the first model; promoted as v1",
		"run-failed":  "Failed: stage train",
		"no-decision": "Failed: gate could not be done",
		"waived":      "Passed with 1 waiver: not worse than v17, with 1 warning; a waiver has expired",
	} {
		if got := report.Headline(sample(t, "testdata/"+name+".json"), report.Notes{}); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
