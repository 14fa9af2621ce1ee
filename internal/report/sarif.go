package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/muster-ci/muster/internal/result"
)

// Explain says what a finding's code means: a title, and what can be done.
type Explain func(code string) (title, description string, ok bool)

// SARIF writes the decision's findings as SARIF 2.1.0 (OASIS), which code hosts
// show beside the lines of a change. A finding stands at the line of muster.yaml
// that asks for what it is about, and names the lines of the change as related;
// one that is waived is suppressed. Without a decision there are no results.
func SARIF(w io.Writer, r result.Report, explain Explain) error {
	run := sarif.NewRunWithInformationURI("muster", "https://github.com/muster-ci/muster")
	if r.Decision != nil {
		if v := clean(r.Decision.Receipt.Muster); v != "" {
			run.Tool.Driver.WithVersion(v)
		}
		for _, f := range r.Decision.Findings {
			addRule(run, f, explain)
			run.AddResult(sarifResult(*r.Decision, f))
		}
	}
	text, err := json.MarshalIndent(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []*sarif.Run{run}}, "", "  ")
	if err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	_, err = w.Write(text)
	return err
}

// sarifLog is the whole of a SARIF file (SARIF 2.1.0, section 3.13, sarifLog). go-sarif's own
// can check itself, by a JSON schema of 0.1 MB and another library to read it.
type sarifLog struct {
	Schema     string       `json:"$schema"`
	Version    string       `json:"version"`
	Runs       []*sarif.Run `json:"runs"`
	Properties struct{}     `json:"properties"`
}

const sarifSchema = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json"

// addRule describes a code once.
func addRule(run *sarif.Run, f result.Finding, explain Explain) {
	title, description, ok := explain(f.Code)
	rule := run.AddRule(clean(f.Code))
	if !ok {
		return
	}
	rule.WithShortDescription(sarif.NewMultiformatMessageString().WithText(clean(title)))
	if text := clean(description); text != "" {
		rule.WithFullDescription(sarif.NewMultiformatMessageString().WithText(text))
		rule.WithHelp(sarif.NewMultiformatMessageString().WithText(text + " See: muster policy explain " + clean(f.Code)))
	}
}

func sarifResult(d result.Decision, f result.Finding) *sarif.Result {
	message := clean(f.Message)
	if f.Passes != "" {
		message += " Would have passed: " + clean(f.Passes) + "."
	}
	out := sarif.NewRuleResult(clean(f.Code)).WithLevel(sarifLevel(f)).WithMessage(sarif.NewTextMessage(message))
	// What identifies a finding from one run to the next is what it is about, not its numbers.
	out.WithPartialFingerprints(map[string]string{"musterFinding/v1": findingName(f)})
	if f.Location != nil {
		out.AddLocation(sarifLocation(f.Location.Path, f.Location.Line))
	}
	var related []*sarif.Location
	for _, c := range changedLines(d) {
		related = append(related, sarifLocation(c.Path, c.Line))
	}
	if len(related) > 0 {
		out.WithRelatedLocations(related)
	}
	if f.Waiver != nil {
		reason := clean(f.Waiver.Reason) + " (" + clean(f.Waiver.Owner) + ", until " + clean(f.Waiver.Expires) + ")"
		out.WithSuppressions([]*sarif.Suppression{sarif.NewSuppression().WithKind("external").WithJustification(reason)})
	}
	return out
}

func sarifLevel(f result.Finding) string {
	switch f.Severity {
	case result.SeverityDeny:
		return "error"
	case result.SeverityWarn:
		return "warning"
	default:
		return "note"
	}
}

func sarifLocation(path string, line int) *sarif.Location {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(clean(path)))
	if line > 0 {
		place.WithRegion(sarif.NewRegion().WithStartLine(line))
	}
	return sarif.NewLocationWithPhysicalLocation(place)
}
