package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// Impossible is the first problem that kept models from being compared, or nil.
func Impossible(c result.Comparison) *result.Problem {
	for i, p := range c.Problems {
		if p.Severity == result.SeverityDeny {
			return &c.Problems[i]
		}
	}
	return nil
}

// Unmet are the gated rows that do not show what is required of them.
func Unmet(c result.Comparison) []result.Compared {
	var out []result.Compared
	for _, row := range c.Comparison {
		if row.Gated && !meets(row) {
			out = append(out, row)
		}
	}
	return out
}

func meets(row result.Compared) bool {
	switch row.Require {
	case result.RequireBetter:
		return row.Verdict == result.Better
	case result.NotWorse:
		return row.Verdict != result.Worse
	default:
		return row.Verdict == result.Better || row.Verdict == result.Equivalent
	}
}

// overallVerdict puts the rows' verdicts together; see result.Comparison.
func overallVerdict(c result.Comparison) result.Outcome {
	rows := counting(c)
	has := func(verdict result.Outcome) bool {
		return slices.ContainsFunc(rows, func(row result.Compared) bool { return row.Verdict == verdict })
	}
	gated := len(rows) > 0 && rows[0].Gated
	switch {
	case Impossible(c) != nil, len(rows) == 0:
		return result.Inconclusive
	case has(result.Worse):
		return result.Worse
	case gated && has(result.Inconclusive):
		return result.Inconclusive
	case gated && has(result.Equivalent):
		return result.Equivalent
	case has(result.Better):
		return result.Better
	case has(result.Inconclusive):
		return result.Inconclusive
	default:
		return result.Equivalent
	}
}

// counting are the rows that a verdict is made of: the gated overall ones and
// the gated slices that are worse, or if nothing is gated all overall ones. A
// slice that cannot tell is no news: it is smaller than the whole.
func counting(c result.Comparison) []result.Compared {
	var gated, shown []result.Compared
	for _, row := range c.Comparison {
		switch {
		case row.Gated && (row.Slice == "" || row.Verdict == result.Worse):
			gated = append(gated, row)
		case !row.Gated && row.Slice == "" && !reported(row):
			shown = append(shown, row)
		}
	}
	if len(gated) > 0 {
		return gated
	}
	return shown
}

// reported marks metrics that are shown and never compared.
func reported(row result.Compared) bool {
	definition, _ := metrics.Lookup(row.Metric)
	return definition.Reported
}

// reason is the one sentence that matters.
func reason(c result.Comparison, sameModel bool) string {
	if p := Impossible(c); p != nil {
		if len(Compared(c)) > 0 {
			return "not everything could be compared: " + p.Message
		}
		return "could not be compared: " + p.Message
	}
	if sameModel {
		return "the same model on both sides"
	}
	first, rest := told{rows: counting(c), all: c.Comparison, confidence: c.Receipt.Confidence}.clauses(c.Verdict)
	parts := append([]string{first, blindness(c.Comparison)}, rest...)
	if slices.ContainsFunc(c.Problems, func(p result.Problem) bool { return p.Code == samePredictions }) {
		parts = append([]string{"the same predictions on both sides"}, parts...)
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "; ")
}

// Compared are the rows in which there is a difference to speak of.
func Compared(c result.Comparison) []result.Compared {
	return slices.DeleteFunc(slices.Clone(c.Comparison), func(row result.Compared) bool { return row.Diff == nil })
}

// told puts the rows that count into words.
type told struct {
	rows, all  []result.Compared
	confidence float64
}

func (t told) with(verdict result.Outcome) []result.Compared {
	return slices.DeleteFunc(slices.Clone(t.rows), func(row result.Compared) bool { return row.Verdict != verdict })
}

// clauses are the one that matters, and what else there is to say; those are
// empty where there is nothing.
func (t told) clauses(verdict result.Outcome) (first string, rest []string) {
	if len(t.rows) == 0 {
		return "nothing was compared", nil
	}
	worse, better, unknown, equal := t.with(result.Worse), t.with(result.Better), t.with(result.Inconclusive), t.with(result.Equivalent)
	gated := t.rows[0].Gated
	switch {
	case verdict == result.Worse:
		return "worse: " + t.change(worse[0]), []string{t.hidden(worse[0]), in("also", worse[1:]), in("better", better)}
	case verdict == result.Inconclusive && gated:
		return "cannot tell: " + t.change(unknown[0]), []string{needed(unknown[0]), in("nor", unknown[1:]), in("better", better), in("not worse", equal)}
	case verdict == result.Inconclusive:
		return "cannot tell the models apart in " + counted(len(unknown), "metric"), []string{drops(unknown)}
	case verdict == result.Better:
		return "better: " + t.change(better[0]), []string{in("also", better[1:]), in("cannot tell", unknown)}
	}
	if wanted := slices.IndexFunc(equal, func(row result.Compared) bool { return row.Require == result.RequireBetter }); wanted >= 0 {
		return "not shown to be better: " + t.change(equal[wanted]), []string{in("better", better)}
	}
	return t.equivalent(equal, better), nil
}

func (t told) equivalent(equal, better []result.Compared) string {
	switch {
	case len(t.rows) == 1:
		return "not worse by more than the margin: " + t.change(equal[0])
	case len(better) > 0:
		return "better in " + names(better) + ", and not worse by more than the margins in " + names(equal)
	default:
		if len(equal) == 2 {
			return "not worse by more than the margins in both metrics"
		}
		return fmt.Sprintf("not worse by more than the margins in all %d metrics", len(equal))
	}
}

// change is a row in a clause: "ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows)".
func (t told) change(row result.Compared) string {
	text := policies.Describe(row, t.confidence)
	if !row.Gated {
		return strings.Replace(text.Change, "; "+text.Allowed, "", 1)
	}
	return text.Change
}

// hidden says so where the overall value hides what a slice shows.
func (t told) hidden(row result.Compared) string {
	if row.Slice == "" {
		return ""
	}
	for _, c := range t.all {
		if c.Slice == "" && c.Metric == row.Metric && (c.Verdict == result.Better || c.Verdict == result.Equivalent) {
			return "overall it is not worse, so the average hides this"
		}
	}
	return ""
}

// needed is what the comparison says about the rows that would settle it.
func needed(row result.Compared) string {
	for part := range strings.SplitSeq(row.Note, "; ") {
		if strings.HasPrefix(part, "about ") || row.Interval == nil {
			return part
		}
	}
	return ""
}

// drops says how small a drop the data would have shown.
func drops(rows []result.Compared) string {
	for _, row := range rows {
		if row.Detectable != nil {
			text := policies.Describe(row, 0)
			return fmt.Sprintf("a %s of %s below %s would mostly not show in this data", fall(row), row.Metric, text.Detectable)
		}
	}
	return ""
}

func fall(row result.Compared) string {
	if row.Better == result.Lower {
		return "rise"
	}
	return "drop"
}

// blindness says what the gated metrics could not have shown.
func blindness(rows []result.Compared) string {
	var parts []string
	for _, row := range rows {
		if !row.Blind || !row.Gated || row.Slice != "" {
			continue
		}
		parts = append(parts, fmt.Sprintf("%ss below %s in %s", fall(row), unseen(row), row.Metric))
	}
	if len(parts) == 0 {
		return ""
	}
	return "blind: this comparison cannot see " + strings.Join(parts, ", ")
}

// unseen is the largest drop that would not show: where no spread was seen, the
// bound itself is what could be hidden.
func unseen(row result.Compared) string {
	if row.Detectable == nil && row.Interval != nil && row.Diff != nil {
		hidden := *row.Diff - row.Interval[0]
		if row.Better == result.Lower {
			hidden = row.Interval[1] - *row.Diff
		}
		row.Detectable = &hidden
	}
	return policies.Describe(row, 0).Detectable
}

func in(verdict string, rows []result.Compared) string {
	if len(rows) == 0 {
		return ""
	}
	return verdict + " in " + names(rows)
}

// names lists at most three rows, and how many more there are.
func names(rows []result.Compared) string {
	const most = 3
	var parts []string
	for _, row := range rows[:min(len(rows), most)] {
		part := row.Metric
		if row.Slice != "" {
			part += " for " + row.Slice
		}
		parts = append(parts, part)
	}
	text := strings.Join(parts, ", ")
	if left := len(rows) - most; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
