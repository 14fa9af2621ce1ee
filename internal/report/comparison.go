package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// decisionView is what the gate decided, and from what.
type decisionView struct {
	// Anew is true where another job than this one made the model.
	Anew bool
	// Verdict is the gate's answer in one word.
	Verdict string
	// Champion is "v17", or "the champion", or empty if there is none.
	Champion phrase
	// Interval heads the column of changes: "95 %", or empty if nothing was compared.
	Interval string
	// Tables are what a reviewer must see, the decisive one first: all overall rows,
	// and the slices that something is to be said about. Others are the other slices.
	Tables        []rowGroup
	Others        []rowView
	OthersSummary string
	// Judged is what each ruler says, where the change edits the ruler.
	Judged   []judgedView
	Findings []findingView
	// Denials is how many findings deny.
	Denials   int
	Notes     []findingView
	Changed   phrase
	ToPass    phrase
	Reproduce phrase
	Receipt   []fact
	// Brief is the part of the receipt that a terminal shows.
	Brief []fact
}

// rowView is one metric, overall or on a slice.
type rowView struct {
	Tone          tone
	Metric, Slice string
	// Hint is "lower is better" where that needs saying.
	Hint                string
	Champion, Candidate string
	Change, Interval    string
	Allowed             string
	// Verdict is a word or two; Detail is what else is known.
	Verdict, Detail string
	Rows            int
	// Overall is true for what is no slice.
	Overall bool
	Blind   bool
	Plot    *plot
}

// Label names the row: "roc_auc · age_band=70+".
func (r rowView) Label() string {
	if r.Slice == "" {
		return r.Metric
	}
	return r.Metric + " · " + r.Slice
}

// Moved is the change with its interval.
func (r rowView) Moved() string {
	return strings.TrimSpace(r.Change + " " + r.Interval)
}

// Concluded is the verdict with all that is known about it.
func (r rowView) Concluded() string {
	if r.Detail == "" {
		return r.Verdict
	}
	return r.Verdict + " (" + r.Detail + ")"
}

func newDecision(d result.Decision, run *result.Run) *decisionView {
	v := &decisionView{Verdict: verdictWord(d.Verdict), Champion: championName(d), Anew: d.Receipt.Anew != ""}
	for _, c := range d.Comparison {
		if c.Interval != nil && d.Receipt.Confidence > 0 {
			v.Interval = percent(d.Receipt.Confidence)
		}
	}
	v.addRows(d)
	v.OthersSummary = summary(v.Others)
	v.Judged = judged(d)
	v.addFindings(d)
	v.Changed = changed(d)
	v.ToPass = toPass(d)
	v.Reproduce = reproduce(d, run)
	v.Receipt, v.Brief = newReceipt(d), briefReceipt(d)
	return v
}

func verdictWord(verdict result.Verdict) string {
	switch verdict {
	case result.Pass:
		return "passed"
	case result.Deny:
		return "denied"
	default:
		return "undecided"
	}
}

func championName(d result.Decision) phrase {
	switch {
	case d.Champion == nil:
		return nil
	case d.Champion.Version != "":
		return phrase{name(d.Champion.Version)}
	default:
		return phrase{own("the champion")}
	}
}

func newRow(d result.Decision, c result.Compared) rowView {
	tone, verdict := concluded(d, c)
	return rowOfTable(c, tone, verdict)
}

// rowOfTable is a row with its verdict in words.
func rowOfTable(c result.Compared, tone tone, verdict string) rowView {
	p := precisionFor(c)
	row := rowView{
		Tone: tone, Verdict: verdict,
		Metric: clip(clean(c.Metric), nameLimit), Slice: clip(beside(c), nameLimit),
		Champion: p.value(c.Champion), Candidate: p.value(c.Candidate),
		Change: p.change(c.Diff), Interval: p.interval(c.Interval),
		Allowed: p.margin(c.Margin), Rows: c.N, Overall: c.Slice == "", Blind: c.Blind,
	}
	if c.Better == result.Lower {
		row.Hint = "lower is better"
	}
	if c.Diff == nil {
		row.Allowed = absent
	}
	note := without(clip(clean(c.Note), messageLimit), row.Verdict)
	details := []string{note}
	if c.Verdict == result.Worse && c.PAdjusted != nil {
		details = []string{pValue(c.PAdjusted) + ", Holm", note}
	} else if c.Verdict == result.Worse && c.P != nil {
		details = []string{pValue(c.P), note}
	}
	row.Detail = strings.Trim(strings.Join(details, "; "), "; ")
	return row
}

// beside is the slice of a row, and what else sets it apart from the metric's row
// against the champion: none may pass for another.
func beside(c result.Compared) string {
	parts := nonEmpty(clean(c.Slice))
	if c.Against != "" {
		parts = append(parts, "against the "+clean(c.Against))
	}
	if c.Data != "" {
		parts = append(parts, "on the "+clean(c.Data)+" data")
	}
	return strings.Join(parts, " · ")
}

func nonEmpty(parts ...string) []string {
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// about reports whether a finding is about a row: some are about the rows that
// guard in the long run, and all others are not.
func about(f result.Finding, c result.Compared) bool {
	return f.Metric != "" && f.Metric == c.Metric && f.Slice == c.Slice &&
		(f.Code == "creep") == (c.Against == "anchor") && (f.Code == "audit-worse") == (c.Data == "audit")
}

// without takes the part out of a note that repeats the verdict.
func without(note, verdict string) string {
	parts := slices.DeleteFunc(strings.Split(note, "; "), func(part string) bool { return part == verdict })
	return strings.Join(parts, "; ")
}

// concluded is the verdict of a row, in words, and what the policies make of it.
func concluded(d result.Decision, c result.Compared) (tone, string) {
	finding := strongest(d, c)
	outcome, word := outcomeOf(d, c)
	switch {
	case finding == nil:
	case finding.Waived:
		return unsure, word + ", waived"
	case finding.Severity == result.SeverityDeny && outcome == good:
		return bad, word + ", denied by " + clip(clean(finding.Code), nameLimit)
	case finding.Severity == result.SeverityDeny:
		return bad, word
	case finding.Severity == result.SeverityWarn && outcome != bad:
		return unsure, word
	}
	return outcome, word
}

// outcomeOf is what the comparison alone shows.
func outcomeOf(d result.Decision, c result.Compared) (tone, string) {
	switch {
	case bootstrapped(d):
		return neutral, "not compared"
	case c.Champion == nil && d.Champion == nil:
		return neutral, "first model"
	case same(d):
		return good, "the same model"
	case c.Gated:
		return gatedOutcome(c)
	case c.Verdict == result.Worse:
		return unsure, "worse, not gated"
	case c.Verdict == result.Better:
		return neutral, "better, not gated"
	case c.Verdict == result.Equivalent:
		return neutral, "not worse, not gated"
	default:
		return neutral, "not compared"
	}
}

// gatedOutcome is what the comparison shows where something is required.
func gatedOutcome(c result.Compared) (tone, string) {
	switch c.Verdict {
	case result.Worse:
		return bad, "worse"
	case result.Better:
		return good, "better"
	case result.Equivalent:
		if c.Require == result.RequireBetter {
			return bad, "not better"
		}
		return good, "not worse"
	default:
		return unsure, "cannot tell"
	}
}

// strongest is the most severe finding about a row.
func strongest(d result.Decision, c result.Compared) *result.Finding {
	rank := map[result.Severity]int{result.SeverityDeny: 3, result.SeverityWarn: 2, result.SeverityInfo: 1}
	var found *result.Finding
	for i, f := range d.Findings {
		if !about(f, c) {
			continue
		}
		if found == nil || (found.Waived && !f.Waived) || (found.Waived == f.Waived && rank[f.Severity] > rank[found.Severity]) {
			found = &d.Findings[i]
		}
	}
	return found
}

// summary counts the slices that need no attention: "5 other slices passed · 1 blind (31 rows)".
func summary(rows []rowView) string {
	passed, unsettled, shown, blind, least := 0, 0, 0, 0, 0
	for _, row := range rows {
		switch {
		case row.Blind:
			blind++
			if least == 0 || row.Rows < least {
				least = row.Rows
			}
		case row.Tone == good:
			passed++
		case row.Tone == unsure:
			unsettled++
		default:
			shown++
		}
	}
	var parts []string
	if passed > 0 {
		parts = append(parts, plural(passed, "other slice passed", "other slices passed"))
	}
	if unsettled > 0 {
		parts = append(parts, plural(unsettled, "slice cannot tell", "slices cannot tell"))
	}
	if shown > 0 {
		parts = append(parts, plural(shown, "slice only shown", "slices only shown"))
	}
	if blind > 0 {
		parts = append(parts, fmt.Sprintf("%d blind (%s)", blind, plural(least, "row", "rows")))
	}
	return strings.Join(parts, " · ")
}
