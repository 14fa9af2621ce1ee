package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// CompareOptions say how much of a comparison is shown.
type CompareOptions struct {
	TerminalOptions
	// All shows every slice, and of every row all that is known.
	All bool
	// Folder is where the plots are, as the caller wrote it.
	Folder string
}

// CompareTerminal writes a comparison, the sentence that matters first.
func CompareTerminal(w io.Writer, c result.Comparison, opts CompareOptions) error {
	t := newTerminal(w, opts.TerminalOptions)
	v := newComparison(c, opts.All)
	t.lead(v)
	t.compared(v)
	t.remarks("Could not be compared", v.Impossible)
	t.remarks("Worth a look", v.Warnings)
	if len(c.Plots) > 0 {
		v.Facts = append(v.Facts, fact{Label: "Plots", Value: phrase{said(filepath.ToSlash(opts.Folder) + ": " + strings.Join(c.Plots, ", "))}})
	}
	t.pointers(v.Facts)
	return t.Flush()
}

// comparisonView is what two sets of predictions say about two models.
type comparisonView struct {
	Tone tone
	// Lead is the sentence that matters, in its clauses.
	Lead  []string
	Title string
	// Interval heads the column of changes.
	Interval   string
	Rows       []rowView
	Details    []phrase // of each row, if all is shown
	Others     string
	Impossible []problemLine
	Warnings   []problemLine
	Facts      []fact
}

// problemLine is a problem and what it is about.
type problemLine struct {
	tone tone
	text phrase
}

func newComparison(c result.Comparison, all bool) comparisonView {
	v := comparisonView{
		Tone: comparisonTone(c), Lead: clauses(c.Reason),
		Title: clip(clean(c.Candidate.Name), nameLimit) + " against " + clip(clean(c.Champion.Name), nameLimit),
	}
	if c.Candidate.Rows > 0 {
		v.Title += ", " + plural(c.Candidate.Rows, "row", "rows")
	}
	for _, row := range c.Comparison {
		if row.Interval != nil && c.Receipt.Confidence > 0 {
			v.Interval = percent(c.Receipt.Confidence)
		}
	}
	v.addRows(c, all)
	for _, p := range c.Problems {
		line := newProblemLine(p)
		if p.Severity == result.SeverityDeny {
			v.Impossible = append(v.Impossible, line)
		} else {
			v.Warnings = append(v.Warnings, line)
		}
	}
	if len(v.Impossible) == 1 && len(v.Lead) > 0 {
		v.Impossible = nil // the reason says it
	}
	v.Facts = comparisonFacts(c)
	return v
}

// clauses divides the reason, of which the first clause is the one to read. What
// stands in parentheses stays together.
func clauses(reason string) []string {
	text := clip(clean(reason), messageLimit)
	var out []string
	depth, start := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '(':
			depth++
		case text[i] == ')':
			depth = max(depth-1, 0)
		case depth == 0 && strings.HasPrefix(text[i:], "; "):
			out, start = append(out, text[start:i]), i+2
		}
	}
	return append(out, text[start:])
}

func comparisonTone(c result.Comparison) tone {
	switch {
	case c.Verdict == result.Worse:
		return bad
	case c.Verdict == result.Inconclusive:
		return unsure
	case slices.ContainsFunc(c.Comparison, func(row result.Compared) bool {
		tone, _ := comparedOutcome(c, row)
		return tone == bad
	}):
		return bad
	default:
		return good
	}
}

// addRows puts what is worse first, then the overall rows, then slices that are
// not as they should be. The other slices are counted, unless all are shown.
func (v *comparisonView) addRows(c result.Comparison, all bool) {
	const worse, overall, notable, others = 0, 1, 2, 3
	if !hasDifference(c) {
		return // the candidate's values alone say nothing
	}
	ranked, details, left := map[int][]rowView{}, map[int][]phrase{}, map[string]int{}
	var order []string
	for _, row := range c.Comparison {
		tone, word := comparedOutcome(c, row)
		view := rowOfTable(row, tone, word)
		if !row.Gated {
			view.Allowed = absent
		}
		rank := others
		switch {
		case tone == bad && row.Gated:
			rank = worse
		case row.Slice == "":
			rank = overall
		case row.Verdict == result.Worse || row.Verdict == result.Better || suspicious(c, row):
			rank = notable
		}
		if rank == others && !all {
			if left[word] == 0 {
				order = append(order, word)
			}
			left[word]++
			continue
		}
		ranked[rank] = append(ranked[rank], view)
		details[rank] = append(details[rank], rowDetails(row))
	}
	v.Rows = slices.Concat(ranked[worse], ranked[overall], ranked[notable], ranked[others])
	if all {
		v.Details = slices.Concat(details[worse], details[overall], details[notable], details[others])
	}
	v.Others = countedSlices(order, left)
}

func hasDifference(c result.Comparison) bool {
	return slices.ContainsFunc(c.Comparison, func(row result.Compared) bool { return row.Diff != nil })
}

// countedSlices says what became of the slices that are not shown.
func countedSlices(order []string, left map[string]int) string {
	var parts []string
	total := 0
	for _, word := range order {
		parts = append(parts, fmt.Sprintf("%d %s", left[word], word))
		total += left[word]
	}
	if total == 0 {
		return ""
	}
	return plural(total, "slice more", "slices more") + ": " + strings.Join(parts, " · ") + " (--all shows them)"
}

func suspicious(c result.Comparison, row result.Compared) bool {
	return slices.ContainsFunc(c.Problems, func(p result.Problem) bool {
		return p.Metric == row.Metric && p.Slice == row.Slice
	})
}

// comparedOutcome is a row's verdict in words.
func comparedOutcome(c result.Comparison, row result.Compared) (tone, string) {
	switch {
	case row.Diff == nil:
		return unsure, "not compared"
	case c.Candidate.Model != "" && c.Candidate.Model == c.Champion.Model:
		return good, "the same model"
	case row.Blind && row.Interval == nil:
		return neutral, "too few rows"
	case row.Gated:
		return gatedOutcome(row)
	case row.Interval == nil && row.Verdict != result.Worse:
		return neutral, "not compared"
	}
	switch row.Verdict {
	case result.Worse:
		return bad, "worse"
	case result.Better:
		return good, "better"
	case result.Equivalent:
		return good, "not worse"
	default:
		return neutral, "cannot tell"
	}
}

func newProblemLine(p result.Problem) problemLine {
	line := problemLine{tone: unsure, text: phrase{name(p.Code)}}
	switch {
	case p.Metric != "" && p.Slice != "":
		line.text = append(line.text, own(", "), name(p.Metric), own(" for "), name(p.Slice))
	case p.Metric != "" || p.Slice != "":
		line.text = append(line.text, own(", "), name(p.Metric+p.Slice))
	}
	line.text = append(line.text, own(": "), said(p.Message))
	return line
}

// comparisonFacts say what the numbers stand on.
func comparisonFacts(c result.Comparison) []fact {
	if !hasDifference(c) {
		return nil // there are none
	}
	var facts []fact
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{Label: label, Value: phrase{said(text)}})
		}
	}
	add("Would show", detectable(c.Comparison))
	for i, method := range methods(c.Comparison) {
		add([]string{"Method", ""}[min(i, 1)], method)
	}
	add("Rows", rowsFact(c.Receipt))
	add("Adjusted", adjusted(c))
	if slices.ContainsFunc(c.Comparison, func(row result.Compared) bool { return row.Gated && row.Blind }) {
		add("Next", "muster calibrate tells which margins these rows can carry; more rows would carry finer ones")
	}
	return facts
}

// detectable lists the smallest drops that the overall rows would have shown.
func detectable(rows []result.Compared) string {
	var parts []string
	for _, row := range rows {
		if row.Slice == "" && row.Detectable != nil {
			way := "−"
			if row.Better == result.Lower {
				way = "+"
			}
			parts = append(parts, clip(clean(row.Metric), nameLimit)+" "+way+significant(*row.Detectable, 2))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + " (in 80 % of such comparisons)"
}

// adjusted says what was done about there being many comparisons.
func adjusted(c result.Comparison) string {
	gated, shown := 0, 0
	for _, row := range c.Comparison {
		switch {
		case !estimated(row):
		case row.Gated:
			gated++
		default:
			shown++
		}
	}
	var parts []string
	if gated > 0 {
		parts = append(parts, c.Receipt.Adjustment)
	}
	if alpha := (1 - c.Receipt.Confidence) / 2; shown > 1 {
		parts = append(parts, fmt.Sprintf("not for the %d rows without a margin: of so many, chance alone makes about %s look worse", shown, significant(alpha*float64(shown), 1)))
	}
	return strings.Join(parts, "; ")
}

// rowDetails are what is known of a row besides what its table shows.
func rowDetails(c result.Compared) phrase {
	rows := plural(c.N, "row", "rows")
	if c.Groups > 0 {
		rows += " in " + plural(c.Groups, "independent unit", "independent units")
	}
	parts := []string{rows}
	if c.Unit != "" {
		parts = append(parts, "unit "+c.Unit+", "+string(c.Better)+" is better")
	}
	if estimated(c) {
		parts = append(parts, c.Method)
	}
	if c.P != nil {
		p := pValue(c.P) + " if it were not worse"
		if c.PAdjusted != nil {
			p += ", adjusted " + pValue(c.PAdjusted)
		}
		parts = append(parts, p)
	}
	if c.Detectable != nil {
		parts = append(parts, "would show "+significant(*c.Detectable, 3)+" with 80 % power")
	}
	if c.Gated {
		parts = append(parts, "must be "+string(c.Require)+", margin "+strconv.FormatFloat(c.Margin, 'g', 6, 64))
	}
	return phrase{said(strings.Join(parts, "; "))}
}

// lead writes the sentence, its first clause so that it is seen.
func (t terminal) lead(v comparisonView) {
	for i, clause := range v.Lead {
		for j, line := range wrap(termText(clause), t.width-2) {
			prefix := "  "
			if i+j == 0 {
				prefix = t.mark(v.Tone) + " "
			}
			if i == 0 {
				line = t.paint(ansiBold, line)
			}
			t.println(prefix + line)
		}
	}
}

func (t terminal) compared(v comparisonView) {
	if len(v.Rows) == 0 {
		return
	}
	t.title(termText(v.Title))
	t.rows(rowGroup{Rows: v.Rows}, v.Interval)
	if v.Others != "" {
		t.paragraph("  ", v.Others)
	}
	if len(v.Details) > 0 {
		t.title("In detail")
	}
	for i, detail := range v.Details {
		t.paragraph("  "+t.mark(v.Rows[i].Tone)+" ", termText(v.Rows[i].Label())+": "+t.words(detail))
	}
}

func (t terminal) remarks(title string, lines []problemLine) {
	if len(lines) == 0 {
		return
	}
	t.title(title)
	for _, line := range lines {
		t.paragraph("  "+t.mark(line.tone)+" ", t.words(line.text))
	}
}
