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

func (v *decisionView) addFindings(d result.Decision) {
	var denials, warnings []findingView
	for _, f := range d.Findings {
		finding := newFinding(f)
		if f.Message != "" && f.Message == decisiveMessage(d) {
			finding.Message = phrase{own("As said above.")}
		}
		switch f.Severity {
		case result.SeverityDeny:
			denials = append(denials, finding)
			if !f.Waived {
				v.Denials++
			}
		case result.SeverityWarn:
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

// changed says what differs between the two models, as far as their keys tell.
func changed(d result.Decision) phrase {
	a, b := d.Candidate, d.Champion
	switch {
	case a == nil || b == nil:
		return nil
	case same(d):
		return phrase{own("nothing; both models have the digest "), name(short(a.Digest))}
	}
	var out phrase
	switch {
	case a.TrainingKey == "" || b.TrainingKey == "":
		out = phrase{own("the model")}
	case a.TrainingKey == b.TrainingKey:
		out = phrase{own("the model, though it was trained from the same inputs: training is not deterministic")}
	default:
		out = phrase{own("what trains the model (code, data, parameters or image)")}
	}
	switch {
	case a.RulerKey == "" || b.RulerKey == "":
	case a.RulerKey == b.RulerKey:
		out = append(out, own("; what evaluates it: unchanged"))
	default:
		out = append(out, own("; and what evaluates it; both were measured with the new one"))
	}
	return append(out, own("."))
}

// toPass says what would turn the denial round.
func toPass(d result.Decision) phrase {
	if d.Verdict == result.Pass {
		return nil
	}
	var ways []phrase
	seen := map[*result.Compared]bool{}
	for _, f := range d.Findings {
		row := rowOf(d, f)
		if f.Severity != result.SeverityDeny || f.Waived || row == nil || seen[row] {
			continue
		}
		seen[row] = true
		if way := wayToPass(*row); way != nil {
			ways = append(ways, way)
		}
	}
	if len(ways) == 0 {
		return nil
	}
	return append(listed(ways), own("."))
}

func wayToPass(c result.Compared) phrase {
	if c.Champion == nil {
		return nil
	}
	p := precisionFor(c)
	where := phrase{name(c.Metric)}
	if c.Slice != "" {
		where = phrase{name(c.Metric), own(" for "), name(c.Slice)}
	}
	bound, sign, drop := *c.Champion-c.Margin, "≥", "drop"
	if c.Better == result.Lower {
		bound, sign, drop = *c.Champion+c.Margin, "≤", "rise"
	}
	switch {
	case c.Verdict == result.Worse && c.Margin > 0:
		return append(append(phrase{own("keep the " + drop + " of ")}, where...),
			own(" within "+p.margin(c.Margin)+" ("+sign+" "+p.value(&bound)+")"))
	case c.Verdict == result.Worse:
		return append(append(phrase{own("bring ")}, where...), own(" back to "+sign+" "+p.value(&bound)))
	case c.Verdict == result.Inconclusive && c.Gated:
		return append(append(phrase{own("show that ")}, where...),
			own(" is not worse by more than "+p.margin(c.Margin)+", with a better model or more evaluation rows"))
	case c.Verdict == result.Equivalent && c.Require == result.RequireBetter:
		return append(append(phrase{own("show that ")}, where...), own(" is better than "+p.value(c.Champion)))
	}
	return nil
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
