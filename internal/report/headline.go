package report

import (
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// headline says first what matters most: a pipeline that broke, then what the
// gate decided, then a step that could not be done, then all that went well.
func (v *view) headline(r result.Report) {
	switch {
	case v.Run != nil && r.Run.Status != result.RunPassed:
		v.leadBrokenRun(*r.Run)
	case v.Decision != nil:
		v.leadDecision(*r.Decision)
		v.addToPass(r)
	case len(v.Problems) > 0:
		v.Tone, v.Verdict = bad, "failed"
		v.Clause = v.Problems[0].clause()
		v.Lead = v.takeProblem()
	case v.Run != nil:
		v.Tone, v.Verdict = good, "passed"
		v.Clause = v.Run.Summary
	case v.Promotion != nil:
		v.Tone, v.Verdict = v.Promotion.Tone, v.Promotion.Verdict
		v.Clause = v.Promotion.What
		v.Lead = v.Promotion.Reason
	case v.Maturity != nil:
		v.Tone, v.Verdict = neutral, v.Maturity.Verdict
		v.Clause = v.Maturity.Clause
		v.Lead = v.Maturity.Summary
	default:
		v.Tone, v.Verdict = neutral, "nothing to report"
	}
	if v.Name == "" {
		v.Verdict = capital(v.Verdict)
	}
}

// takeProblem moves the first problem from the list into the lead.
func (v *view) takeProblem() phrase {
	why := v.Problems[0].Why
	v.Problems = v.Problems[1:]
	return why
}

// capital makes a text of this package begin a line.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (p problemView) clause() phrase {
	if p.Step == nil {
		return phrase{own("a step could not be done")}
	}
	return append(append(phrase{}, p.Step...), own(" could not be done"))
}

// addToPass adds what came after a pass to the headline: the promotion, or the
// step that failed. A pass with a problem is no plain pass.
func (v *view) addToPass(r result.Report) {
	switch {
	case r.Decision.Verdict != result.Pass:
	case len(v.Problems) > 0:
		v.Tone = bad
		v.Clause = append(phrase{own("but ")}, v.Problems[0].clause()...)
		v.Lead = append(append(v.takeProblem(), own(" About the model: ")), v.Lead...)
	case r.Promotion != nil && r.Promotion.Status == result.Promoted:
		v.Clause = append(v.Clause, own("; promoted as "), name(r.Promotion.To))
	}
}

func (v *view) leadBrokenRun(run result.Run) {
	v.Tone, v.Verdict = bad, "failed"
	v.Clause = phrase{own("the run did not finish")}
	if run.Status == result.RunInterrupted {
		v.Tone, v.Verdict = unsure, "interrupted"
	}
	var skipped []phrase
	for _, stage := range run.Stages {
		if stage.Status == result.StageSkipped {
			skipped = append(skipped, phrase{name(stage.Name)})
		}
	}
	for _, stage := range run.Stages {
		if stage.Status != result.StageFailed {
			continue
		}
		first, rest, _ := strings.Cut(strings.TrimSpace(stage.Error), "\n")
		v.Clause = phrase{own("stage "), name(stage.Name)}
		v.Lead = phrase{own("It ended with "), said(strings.TrimSuffix(first, ":")), own(".")}
		if !strings.HasPrefix(first, "exit code") {
			v.Lead = phrase{said(first)}
		}
		v.Log = tail(rest)
		break
	}
	if len(skipped) > 0 {
		v.Lead = append(v.Lead, own(" Not run: "))
		v.Lead = append(v.Lead, joined(", ", skipped)...)
		v.Lead = append(v.Lead, own("."))
	}
	if v.Lead == nil && len(v.Problems) > 0 {
		v.Lead = v.takeProblem()
	}
}

// tail is the end of a log, a line at a time.
func tail(log string) []string {
	const most = 30
	if strings.TrimSpace(log) == "" {
		return nil
	}
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	var out []string
	for _, line := range lines {
		out = append(out, clip(cleanLine(line), lineLimit))
	}
	return out
}

func (v *view) leadDecision(d result.Decision) {
	v.Lead = numbered(d.Reason)
	switch d.Verdict {
	case result.Pass:
		v.leadPass(d)
	case result.Deny:
		v.Tone, v.Verdict = bad, "denied"
		v.Clause = denial(d, v.Decision)
	default:
		v.Tone, v.Verdict = unsure, "undecided"
		v.Clause = denial(d, v.Decision)
	}
	v.addNumbers(d)
}

func (v *view) leadPass(d result.Decision) {
	v.Tone, v.Verdict = good, "passed"
	switch {
	case d.Champion == nil:
		v.Clause = phrase{own("the first model")}
	case same(d):
		v.Verdict = "unchanged"
		v.Clause = append(phrase{own("the same model as ")}, v.Decision.Champion...)
	default:
		v.Clause = comparedWith(d, v.Decision.Champion)
	}
	warnings := 0
	for _, f := range v.Decision.Findings {
		if f.Severity == result.SeverityWarn {
			warnings++
		}
	}
	if warnings > 0 {
		v.Clause = append(v.Clause, own(", with "+plural(warnings, "warning", "warnings")))
	}
}

// comparedWith claims no more than the overall rows show.
func comparedWith(d result.Decision, champion phrase) phrase {
	var better []phrase
	shown := false
	for _, c := range d.Comparison {
		if c.Slice != "" || !c.Gated {
			continue
		}
		switch c.Verdict {
		case result.Better:
			better = append(better, phrase{name(c.Metric)})
		case result.Inconclusive, result.Worse:
			return append(phrase{own("not shown to be worse than ")}, champion...)
		}
		shown = true
	}
	switch {
	case !shown:
		return phrase{own("nothing was compared")}
	case len(better) > 0:
		return append(append(append(phrase{own("better than ")}, champion...), own(" in ")), joined(", ", better)...)
	default:
		return append(phrase{own("not worse than ")}, champion...)
	}
}

// denial is the decisive finding in a clause.
func denial(d result.Decision, v *decisionView) phrase {
	f := decisive(d)
	if f == nil {
		return nil
	}
	clause := phrase{own("by "), name(f.Code)}
	if d.Verdict != result.Deny {
		clause = phrase{name(f.Code)}
	}
	where := phrase{name(f.Metric)}
	if f.Slice != "" {
		where = phrase{name(f.Slice)}
	}
	switch row := rowOf(d, *f); {
	case row != nil && row.Verdict == result.Worse && f.Slice != "":
		clause = append(phrase{own("worse for ")}, where...)
	case row != nil && row.Verdict == result.Worse:
		clause = append(phrase{own("worse in ")}, where...)
	case row != nil && row.Verdict == result.Inconclusive && row.Gated:
		clause = append(phrase{own("not shown to be as good in ")}, where...)
	case row != nil && row.Verdict == result.Equivalent && row.Require == result.RequireBetter:
		clause = append(phrase{own("not shown to be better in ")}, where...)
	case f.Slice != "" || f.Metric != "":
		clause = append(append(clause, own(" for ")), where...)
	}
	if others := v.Denials - 1; others > 0 {
		clause = append(clause, own(" and "+plural(others, "other finding", "other findings")))
	}
	return clause
}

// decisive is the finding that a reader should hear of first: what is shown to
// be worse, else the first that denies.
func decisive(d result.Decision) *result.Finding {
	var first *result.Finding
	for i, f := range d.Findings {
		if f.Severity != result.SeverityDeny || f.Waived {
			continue
		}
		if d.Verdict == result.Undecided && !f.Undecided {
			continue
		}
		if row := rowOf(d, f); row != nil && row.Verdict == result.Worse {
			return &d.Findings[i]
		}
		if first == nil {
			first = &d.Findings[i]
		}
	}
	return first
}

// rowOf is the comparison that a finding is about, or nil.
func rowOf(d result.Decision, f result.Finding) *result.Comparison {
	for i, c := range d.Comparison {
		if f.Metric != "" && c.Metric == f.Metric && c.Slice == f.Slice {
			return &d.Comparison[i]
		}
	}
	return nil
}

// addNumbers completes the sentence where it lacks the numbers of the decisive
// row, and says so where the overall value hides what a slice shows.
func (v *view) addNumbers(d result.Decision) {
	f := decisive(d)
	if f == nil {
		return
	}
	row := rowOf(d, *f)
	if row == nil || row.Verdict != result.Worse {
		return
	}
	if !strings.Contains(d.Reason, " → ") && row.Candidate != nil && row.Champion != nil {
		if v.Lead != nil {
			v.Lead = append(v.Lead, own(" "))
		}
		v.Lead = append(v.Lead, change(*row, d.Receipt.Confidence)...)
	}
	if f.Slice == "" || strings.Contains(d.Reason, "average hides") {
		return
	}
	for _, c := range d.Comparison {
		if c.Slice == "" && c.Metric == f.Metric && (c.Verdict == result.Better || c.Verdict == result.Equivalent) {
			v.Lead = append(v.Lead, own(" Overall it is not worse, so the average hides this."))
			return
		}
	}
}

// change is a row in a sentence.
func change(c result.Comparison, confidence float64) phrase {
	p := precisionFor(c)
	verb := "fell"
	if *c.Candidate > *c.Champion {
		verb = "rose"
	}
	out := phrase{name(c.Metric), own(" " + verb + " "), {Text: p.value(c.Champion) + " → " + p.value(c.Candidate), Style: strong}}
	inside := p.change(c.Diff)
	if c.Interval != nil {
		inside += ", "
		if confidence > 0 {
			inside += percent(confidence) + " "
		}
		inside += p.change(&c.Interval[0]) + " to " + p.change(&c.Interval[1])
	}
	return append(out, own(" ("+inside+"; "+p.margin(c.Margin)+" allowed; "+plural(c.N, "row", "rows")+")."))
}

// same reports whether candidate and champion are the same model.
func same(d result.Decision) bool {
	return d.Candidate != nil && d.Champion != nil && d.Candidate.Digest == d.Champion.Digest
}
