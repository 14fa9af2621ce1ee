package report

import (
	"regexp"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// counted is how a reason says how many warnings there are.
var counted = regexp.MustCompile(` \(\d+ warnings?\)$`)

func (v *view) leadDecision(d result.Decision) {
	message := counted.ReplaceAllString(decisiveMessage(d), "") // the headline counts them
	v.Lead, v.Verdict = numbered(sentence(message)), v.Decision.Verdict
	switch d.Verdict {
	case result.Pass:
		v.leadPass(d)
	case result.Deny:
		v.Tone = bad
		v.Clause = denial(d, v.Decision)
	default:
		v.Tone = unsure
		v.Clause = denial(d, v.Decision)
	}
	v.addNumbers(d)
}

func (v *view) leadPass(d result.Decision) {
	v.Tone = good
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

// decisiveMessage is the one sentence that a reviewer needs: the decisive
// finding's, since the headline says already what it leads to, or else the
// decision's own.
func decisiveMessage(d result.Decision) string {
	if f := decisive(d); f != nil && d.Verdict != result.Pass && f.Message != "" {
		return f.Message
	}
	return d.Reason
}

// sentence begins and ends a clause as sentences do; a name at its beginning stays as it is.
func sentence(clause string) string {
	clause = strings.TrimSpace(clause)
	word, _, _ := strings.Cut(clause, " ")
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz:,") == "" {
		clause = capital(clause)
	}
	if clause == "" || strings.ContainsAny(clause[len(clause)-1:], ".!?…") {
		return clause
	}
	return clause + "."
}

// rowOf is the comparison that a finding is about, or nil.
func rowOf(d result.Decision, f result.Finding) *result.Compared {
	for i, c := range d.Comparison {
		if about(f, c) {
			return &d.Comparison[i]
		}
	}
	return nil
}

// addNumbers completes the sentence where it lacks the numbers of the row that
// it is about, and says so where the overall value hides what a slice shows.
func (v *view) addNumbers(d result.Decision) {
	row := telling(d)
	if row == nil {
		return
	}
	if !strings.Contains(v.Lead.String(), " → ") {
		if v.Lead != nil {
			v.Lead = append(v.Lead, own(" "))
		}
		v.Lead = append(v.Lead, change(*row, d.Receipt.Confidence)...)
	}
	if row.Verdict != result.Worse || row.Slice == "" {
		return
	}
	for _, c := range d.Comparison {
		if c.Slice == "" && c.Metric == row.Metric && (c.Verdict == result.Better || c.Verdict == result.Equivalent) {
			v.Lead = append(v.Lead, own(" Overall it is not worse, so the average hides this."))
			return
		}
	}
}

// telling is the row whose numbers stand in the first sentence: the decisive
// finding's, or for a pass the first gated one.
func telling(d result.Decision) *result.Compared {
	var row *result.Compared
	if f := decisive(d); f != nil && d.Verdict != result.Pass {
		row = rowOf(d, *f)
	}
	for i, c := range d.Comparison {
		if row == nil && d.Verdict == result.Pass && c.Gated && c.Slice == "" && !same(d) {
			row = &d.Comparison[i]
		}
	}
	if row == nil || row.Candidate == nil || row.Champion == nil || row.Diff == nil {
		return nil
	}
	return row
}

// change is a row in a sentence.
func change(c result.Compared, confidence float64) phrase {
	p := precisionFor(c)
	verb := "fell"
	switch {
	case *c.Diff > 0:
		verb = "rose"
	case *c.Diff == 0:
		verb = "stayed at"
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
