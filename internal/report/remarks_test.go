package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

// What muster has to say of a stage is in every format, and escaped there.
func TestRemarksAndWhatWasNotDue(t *testing.T) {
	doc := result.Report{Schema: result.SchemaOf[result.Report](), Run: &result.Run{
		ID: "r", Status: result.RunPassed, NoModel: "there is no new model in this run because train is not due (when: schedule)",
		Stages: []result.Stage{
			{Name: "train", Status: result.StageSkipped, Postponed: true, Reason: "when: schedule; this is a change"},
			{Name: "load", Status: result.StageRan, Remarks: []string{"secret API_TOKEN is withheld <b>*here*</b>"}},
		},
	}}
	formats := map[string]func(io.Writer) error{
		"terminal": func(w io.Writer) error { return report.Terminal(w, doc, report.TerminalOptions{Width: 200}) },
		"markdown": func(w io.Writer) error { return report.Markdown(w, doc) },
		"html":     func(w io.Writer) error { return report.HTML(w, doc) },
	}
	for format, render := range formats {
		var out bytes.Buffer
		if err := render(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"no new model", "because train is not due", "was not run: when: schedule; this is a change", "is withheld"} {
			if !strings.Contains(strings.ReplaceAll(out.String(), "\\", ""), want) {
				t.Errorf("%s has no %q:\n%s", format, want, out.String())
			}
		}
		if format != "terminal" && strings.Contains(out.String(), "<b>") {
			t.Errorf("%s is not escaped", format)
		}
	}
}
