package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// counts is how a reason ends that says how many findings warn, and were waived.
var counts = regexp.MustCompile(` \((\d+ warnings?)?(, )?(\d+ waived)?\)$`)

// unsighted is how a reason begins that says what the gate cannot see.
const unsighted = "; as far as it sees, "

// bare is a reason without what the headline says in its own words.
func bare(reason string) string {
	reason = counts.ReplaceAllString(reason, "")
	if blind, rest, ok := strings.Cut(reason, unsighted); ok && strings.HasPrefix(blind, "this gate cannot see ") {
		return "as far as this gate sees, " + rest
	}
	return strings.TrimPrefix(strings.TrimPrefix(reason, "denied: "), "the gate is new here: ")
}

func (v *view) leadDecision(d result.Decision) {
	v.Lead, v.Verdict = numbered(sentence(bare(decisiveMessage(d)))), v.Decision.Verdict
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
	for _, a := range v.Asides {
		if len(a.Short) > 0 {
			v.Clause = append(append(v.Clause, own("; ")), a.Short...)
		}
	}
	v.addNumbers(d)
}

// leadPass says what was shown. What must be said beside it makes it no plain pass.
func (v *view) leadPass(d result.Decision) {
	v.Tone = good
	if len(v.Asides) > 0 {
		v.Tone = unsure
	}
	if waivers := waiversUsed(d); len(waivers) > 0 {
		v.Verdict += " with " + plural(len(waivers), "waiver", "waivers")
	}
	reference := v.Decision.Champion
	switch {
	case heldToBaseline(d):
		v.Clause = comparedWith(d, phrase{own("the baseline")}, "baseline")
	case bootstrapped(d):
		v.Clause = phrase{own("absolute thresholds only")}
	case d.Champion == nil:
		v.Clause = phrase{own("the first model")}
	case same(d):
		v.Verdict = "unchanged"
		v.Clause = append(phrase{own("the same model as ")}, reference...)
	case result.MaybeChance(d.Comparison):
		v.Clause = append(append(phrase{own("no difference from ")}, reference...), own(" that the data shows"))
	default:
		v.Clause = comparedWith(d, reference, "")
	}
	warnings := 0
	for _, f := range d.Findings {
		if f.Severity == result.SeverityWarn && !toldAside(f) {
			warnings++
		}
	}
	if warnings > 0 {
		v.Clause = append(v.Clause, own(", with "+plural(warnings, "warning", "warnings")))
	}
}

// bootstrapped reports whether the change brings the first gate, so that no champion was asked for.
func bootstrapped(d result.Decision) bool {
	return d.Champion == nil && slices.ContainsFunc(d.Findings, func(f result.Finding) bool { return f.Code == "bootstrap" })
}

// heldToBaseline reports whether numbers stood in for the champion in everything that was compared.
func heldToBaseline(d result.Decision) bool {
	baseline := false
	for _, c := range d.Comparison {
		if !c.Gated || c.Slice != "" || c.Data != "" || c.Against == "anchor" {
			continue
		}
		if c.Against != "baseline" {
			return false
		}
		baseline = true
	}
	return baseline
}

// comparedWith claims no more than the overall rows show that are held against it.
func comparedWith(d result.Decision, reference phrase, against string) phrase {
	var better, worse []phrase
	shown, unsure := false, false
	for _, c := range d.Comparison {
		if c.Slice != "" || !c.Gated || kindOf(c) != (rowKind{against: against}) {
			continue
		}
		switch c.Verdict {
		case result.Better:
			better = append(better, phrase{name(c.Metric)})
		case result.Worse: // a waiver lets it pass, and makes it no better
			worse = append(worse, phrase{name(c.Metric)})
		case result.Inconclusive:
			unsure = true
		}
		shown = true
	}
	switch {
	case len(worse) > 0:
		return append(append(append(phrase{own("worse than ")}, reference...), own(" in ")), joined(", ", worse)...)
	case unsure:
		return append(phrase{own("not shown to be worse than ")}, reference...)
	case !shown:
		return phrase{own("nothing was compared")}
	case len(better) > 0:
		return append(append(append(phrase{own("better than ")}, reference...), own(" in ")), joined(", ", better)...)
	default:
		return append(phrase{own("not worse than ")}, reference...)
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
	if row := rowOf(d, *f); row != nil && outcomeClause(*row) != nil {
		clause = append(outcomeClause(*row), whereOf(*f)...)
	} else if f.Slice != "" || f.Metric != "" {
		clause = append(append(clause, own(" for ")), whereOf(*f)...)
	}
	if others := v.Denials - 1; others > 0 {
		clause = append(clause, own(" and "+plural(others, "other finding", "other findings")))
	}
	return clause
}

// whereOf is the slice that a finding is about, or else its metric.
func whereOf(f result.Finding) phrase {
	if f.Slice != "" {
		return phrase{name(f.Slice)}
	}
	return phrase{name(f.Metric)}
}

// outcomeClause begins a clause with what a row shows: "worse than the anchor in ".
func outcomeClause(c result.Compared) phrase {
	than, preposition := "", " in "
	if c.Slice != "" {
		preposition = " for "
	}
	if c.Against != "" {
		than = " than the " + clean(c.Against)
	}
	if c.Data != "" {
		than += " on the " + clean(c.Data) + " data"
	}
	switch {
	case c.Verdict == result.Worse:
		return phrase{own("worse" + than + preposition)}
	case than != "":
		return nil
	case c.Verdict == result.Inconclusive && c.Gated:
		return phrase{own("not shown to be as good" + preposition)}
	case c.Verdict == result.Equivalent && c.Require == result.RequireBetter:
		return phrase{own("not shown to be better" + preposition)}
	default:
		return nil
	}
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
	if lead := v.Lead.String(); !strings.Contains(lead, " → ") && !strings.Contains(lead, " stayed at ") {
		if v.Lead != nil {
			v.Lead = append(v.Lead, own(" "))
		}
		v.Lead = append(v.Lead, change(*row, d.Receipt.Confidence)...)
	}
	if row.Verdict != result.Worse || row.Slice == "" {
		return
	}
	for _, c := range d.Comparison {
		if c.Slice == "" && champions(c) && c.Metric == row.Metric && (c.Verdict == result.Better || c.Verdict == result.Equivalent) {
			overall := "not worse"
			if shownWorse(c) {
				overall = "worse within what is allowed"
			}
			v.Lead = append(v.Lead, own(" Overall it is "+overall+", so the average hides this."))
			return
		}
	}
}

// shownWorse reports whether the whole interval lies on the side of a loss.
func shownWorse(c result.Compared) bool {
	if c.Interval == nil {
		return false
	}
	if c.Better == result.Lower {
		return c.Interval[0] > 0
	}
	return c.Interval[1] < 0
}

// telling is the row whose numbers stand in the first sentence: the decisive
// finding's, or for a pass the first gated one.
func telling(d result.Decision) *result.Compared {
	var row *result.Compared
	if f := decisive(d); f != nil && d.Verdict != result.Pass {
		row = rowOf(d, *f)
	}
	for i, c := range d.Comparison {
		if row == nil && d.Verdict == result.Pass && c.Gated && c.Slice == "" && c.Against != "anchor" && c.Data == "" && !same(d) {
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
	verb, values := "fell", p.value(c.Champion)+" → "+p.value(c.Candidate)
	switch {
	case *c.Diff > 0:
		verb = "rose"
	case *c.Diff == 0:
		verb, values = "stayed at", p.value(c.Candidate)
	}
	out := phrase{name(c.Metric)}
	if b := beside(c); b != "" && c.Slice == "" {
		out = append(out, own(" "), said(b))
	}
	out = append(out, own(" "+verb+" "), span{Text: values, Style: strong})
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
