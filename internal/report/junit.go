package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/muster-ci/muster/internal/result"
)

// JUnit writes the report as JUnit XML, which CI hosts show as tests: one suite
// of the decision, in which every comparison and every further finding is a
// case, and one of the stages. What denies has failed, what could not be decided
// is an error, and what is only shown or waived was skipped.
func JUnit(w io.Writer, r result.Report) error {
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return err
	}
	suites := junit.Testsuites{Name: clean(subject(r))}
	if r.Decision != nil {
		suites.AddSuite(decisionSuite(*r.Decision))
	}
	if r.Run != nil {
		suites.AddSuite(stageSuite(*r.Run))
	}
	return suites.WriteXML(w)
}

func decisionSuite(d result.Decision) junit.Testsuite {
	suite := junit.Testsuite{Name: "muster gate", Time: "0"}
	suite.SetTimestamp(d.Created)
	suite.AddProperty("verdict", string(d.Verdict))
	suite.AddProperty("reason", clean(d.Reason))
	told := map[int]bool{} // findings that stand with their comparison
	for _, c := range d.Comparison {
		suite.AddTestcase(comparisonCase(d, c, told))
	}
	for i, f := range d.Findings {
		if told[i] || f.Severity == result.SeverityInfo {
			continue
		}
		test := junit.Testcase{Classname: "muster.gate", Name: findingName(f)}
		setOutcome(&test, f)
		suite.AddTestcase(test)
	}
	return suite
}

// comparisonCase is a comparison as a test, failed by the first finding about it that denies.
func comparisonCase(d result.Decision, c result.Compared, told map[int]bool) junit.Testcase {
	test := junit.Testcase{Classname: "muster.gate.comparison", Name: rowLabel(c)}
	text := sentenceOf(c, d.Receipt.Confidence)
	for i, f := range d.Findings {
		if !about(f, c) || f.Severity != result.SeverityDeny {
			continue
		}
		told[i] = true
		if test.Failure == nil && test.Error == nil && test.Skipped == nil {
			setOutcome(&test, f)
		}
	}
	if test.Failure == nil && test.Error == nil && test.Skipped == nil && !c.Gated {
		test.Skipped = &junit.Result{Message: "only shown: " + clean(c.Note)}
	}
	test.SystemOut = &junit.Output{Data: text}
	return test
}

// setOutcome says of a test what a finding does to the decision.
func setOutcome(test *junit.Testcase, f result.Finding) {
	outcome := &junit.Result{Message: clean(f.Message), Type: clean(f.Code), Data: details(f)}
	switch {
	case f.Waived:
		test.Skipped = outcome
	case f.Undecided:
		test.Error = outcome
	case f.Severity == result.SeverityDeny:
		test.Failure = outcome
	default:
		test.SystemOut = &junit.Output{Data: "warning: " + clean(f.Message)}
	}
}

// details is a finding with what a reader may do about it, a line each.
func details(f result.Finding) string {
	lines := []string{clean(f.Message)}
	if f.Passes != "" {
		lines = append(lines, "would have passed: "+clean(f.Passes))
	}
	if f.Waiver != nil {
		lines = append(lines, fmt.Sprintf("waived by %s until %s: %s", clean(f.Waiver.Owner), clean(f.Waiver.Expires), clean(f.Waiver.Reason)))
	}
	return strings.Join(append(lines, "see: muster policy explain "+clean(f.Code)), "\n")
}

func findingName(f result.Finding) string {
	return strings.Join(nonEmpty(clean(f.Code), clean(f.Metric), clean(f.Slice)), " · ")
}

// rowLabel names a comparison: "roc_auc · age_band=70+ · against the anchor".
func rowLabel(c result.Compared) string {
	return strings.Join(nonEmpty(clean(c.Metric), beside(c)), " · ")
}

// sentenceOf is a comparison in words, or what is missing of it.
func sentenceOf(c result.Compared, confidence float64) string {
	if c.Candidate == nil || c.Champion == nil || c.Diff == nil {
		return clean(c.Note)
	}
	return change(c, confidence).String() + " " + string(c.Verdict)
}

func stageSuite(run result.Run) junit.Testsuite {
	suite := junit.Testsuite{Name: "muster run", Time: fmt.Sprintf("%.3f", run.Seconds)}
	suite.SetTimestamp(run.Started)
	for _, s := range run.Stages {
		test := junit.Testcase{Classname: "muster.stage", Name: clean(s.Name), Time: fmt.Sprintf("%.3f", s.Seconds)}
		switch s.Status {
		case result.StageFailed:
			test.Failure = &junit.Result{Message: clean(s.Error), Type: "stage-failed", Data: clean(s.Error)}
		case result.StageSkipped:
			test.Skipped = &junit.Result{Message: clean(s.Reason)}
		}
		suite.AddTestcase(test)
	}
	return suite
}
