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
		if r.Run.NoModel != "" {
			v.Verdict, v.Lead = "passed, no new model", phrase{said(capital(r.Run.NoModel)), own(".")}
		}
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
		if text := v.Lead.String(); text != "" && !strings.ContainsAny(text[len(text)-1:], ".!?") {
			v.Lead = append(v.Lead, own("."))
		}
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
