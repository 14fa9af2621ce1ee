package report

import (
	"github.com/muster-ci/muster/internal/result"
)

// findingView is what a policy, or muster, has to say.
type findingView struct {
	Tone     tone
	Severity result.Severity
	// Word is "denies", "warns", "notes", or "waived".
	Word    string
	Code    span
	Where   phrase
	Message phrase
	Policy  phrase
}

// addFindings lists what the first lines do not say.
func (v *decisionView) addFindings(d result.Decision) {
	var denials, warnings []findingView
	for _, f := range d.Findings {
		finding := newFinding(f)
		told := f.Message != "" && f.Message == decisiveMessage(d) || toldAside(f)
		if f.Severity == result.SeverityDeny && !f.Waived {
			v.Denials++
		}
		switch {
		case told: // above
		case f.Severity == result.SeverityDeny:
			denials = append(denials, finding)
		case f.Severity == result.SeverityWarn:
			warnings = append(warnings, finding)
		default:
			v.Notes = append(v.Notes, finding)
		}
	}
	v.Findings = append(denials, warnings...)
}

func newFinding(f result.Finding) findingView {
	v := findingView{Severity: f.Severity, Code: name(f.Code), Message: phrase{said(f.Message)}}
	switch f.Severity {
	case result.SeverityDeny:
		v.Tone, v.Word = bad, "denies"
		if f.Undecided {
			v.Tone, v.Word = unsure, "leaves this undecided"
		}
	case result.SeverityWarn:
		v.Tone, v.Word = unsure, "warns"
	default:
		v.Tone, v.Word = neutral, "notes"
	}
	if f.Waived {
		v.Tone, v.Word = neutral, "waived"
	}
	switch {
	case f.Metric != "" && f.Slice != "":
		v.Where = phrase{name(f.Metric), own(" for "), name(f.Slice)}
	case f.Metric != "" || f.Slice != "":
		v.Where = phrase{name(f.Metric + f.Slice)}
	}
	if f.Policy != "" {
		v.Policy = phrase{name(f.Policy)}
	}
	return v
}

// reproduce is how the decision can be made again.
func reproduce(d result.Decision, run *result.Run) phrase {
	out := phrase{command("muster run && muster gate")}
	commit := ""
	switch {
	case run != nil && run.Git != nil && run.Git.Dirty:
		return append(out, own(" at commit "), name(commit7(run.Git.Commit)), own(" with the changes that were not committed"))
	case run != nil && run.Git != nil:
		commit = run.Git.Commit
	case d.Candidate != nil:
		commit = d.Candidate.Commit
	}
	if commit != "" {
		out = append(out, own(" at commit "), name(commit7(commit)))
	}
	return out
}
