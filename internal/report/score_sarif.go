package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/muster-ci/muster/internal/result"
)

// criteriaPages is where the page of each criterion is.
const criteriaPages = "https://github.com/muster-ci/muster/blob/main/docs/criteria/"

// ScoreSARIF writes the gaps of a score as SARIF 2.1.0 (OASIS), for the tab of a code
// host: what is not met, at the place where something of it was seen, or at the file
// that would mend it, with the remedy. Place is the file for what has neither.
func ScoreSARIF(w io.Writer, a result.Assessment, version, place string) error {
	run := sarif.NewRunWithInformationURI("muster", "https://github.com/muster-ci/muster")
	if v := clean(version); v != "" {
		run.Tool.Driver.WithVersion(v)
	}
	run.Results = []*sarif.Result{}
	for _, root := range ordered(a) {
		for _, c := range root.Criteria {
			if !isOpen(c) {
				continue
			}
			addCriterion(run, c)
			run.AddResult(openResult(a, root, c, place))
		}
	}
	text, err := json.MarshalIndent(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []*sarif.Run{run}}, "", "  ")
	if err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	_, err = w.Write(append(PlainJSON(text), '\n'))
	return err
}

// addCriterion describes a criterion once.
func addCriterion(run *sarif.Run, c result.Criterion) {
	id := clip(clean(c.ID), nameLimit)
	rule := run.AddRule("maturity/" + id)
	rule.WithName(id).WithShortDescription(sarif.NewMultiformatMessageString().WithText(cmp.Or(clip(clean(c.Question), messageLimit), id)))
	if fix := clip(clean(c.Remedy), messageLimit); fix != "" {
		rule.WithHelp(sarif.NewMultiformatMessageString().WithText(fix + ". See: muster score --explain " + id))
	}
	rule.WithHelpURI(criteriaPages + url.PathEscape(id) + ".md")
}

// openResult is one criterion that is not met. What identifies it from one score to the next
// is the criterion and the project.
func openResult(a result.Assessment, root result.Root, c result.Criterion, place string) *sarif.Result {
	_, verdict := answered(c.Verdict)
	message := fmt.Sprintf("Level %d, %s: %s", c.Level, verdict, cmp.Or(clip(clean(c.Reason), messageLimit), clip(clean(c.Question), messageLimit)))
	if fix := clip(clean(c.Remedy), messageLimit); fix != "" {
		message += ". To mend it: " + fix
	}
	out := sarif.NewRuleResult("maturity/" + clip(clean(c.ID), nameLimit)).WithLevel(gapLevel(root, c)).WithMessage(sarif.NewTextMessage(message))
	out.WithPartialFingerprints(map[string]string{"musterCriterion/v1": clean(root.Path) + " " + clean(c.ID)})
	for _, e := range c.Evidence {
		if e.Path != "" {
			out.AddLocation(sarifLocation(uriPath(e.Path), e.Line))
			return out
		}
	}
	if files := filesFor(a.Files, c.ID); len(files) > 0 {
		place = files[0]
	}
	out.AddLocation(sarifLocation(uriPath(cmp.Or(place, "README.md")), 1))
	return out
}

// uriPath is a path as a relative reference (RFC 3986).
func uriPath(path string) string {
	return (&url.URL{Path: strings.TrimLeft(clean(path), "/")}).String() // which keeps a colon from making a scheme
}

// gapLevel is a warning for a debt and for what is core to the next level.
func gapLevel(root result.Root, c result.Criterion) string {
	if c.Core && root.Level != nil && c.Level <= *root.Level+1 {
		return "warning"
	}
	return "note"
}
