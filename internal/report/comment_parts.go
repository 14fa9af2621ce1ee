package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// comment are the pieces of a change's comment, in their order.
func (m markdown) comment(r result.Report) []part {
	return []part{
		m.part("", markdown.marker, markdown.headline, markdown.asides, markdown.judged, markdown.topRows, markdown.said, markdown.problems),
		m.part("other metrics", markdown.otherRows),
		m.part("other slices", markdown.digest),
		m.part("history", func(m markdown) { m.course(r) }),
		m.part("notes", markdown.findingNotes),
		m.part("receipt", markdown.receipt),
		m.part("pipeline", markdown.run),
		m.part("maturity", markdown.maturityInShort),
		m.part("", markdown.verdicts, markdown.promotion),
		{name: leftOut},
		m.part("", markdown.last),
	}
}

// summary are the pieces of the page of a check or a job.
func (m markdown) summary() []part {
	return []part{
		m.part("", markdown.headline, markdown.asides, markdown.judged, markdown.topRows, markdown.said, markdown.problems),
		m.part("other metrics", markdown.otherRows),
		m.part("other slices", markdown.digest),
		m.part("notes", markdown.findingNotes),
		m.part("receipt", markdown.receipt),
		m.part("pipeline", markdown.run),
		m.part("maturity", markdown.maturity),
		{name: leftOut},
		m.part("", markdown.promotion, markdown.last),
	}
}

// divided gives the rows that stand open, the decisive one first, and the rest.
func (m markdown) divided() (top, rest []rowGroup) {
	left, all := m.room.rows, 0
	for _, table := range m.v.Decision.Tables {
		all += len(table.Rows)
	}
	for _, table := range m.v.Decision.Tables {
		if all > left && len(table.Rows) > 1 { // the order of muster.yaml no longer helps
			table.Rows = slices.Clone(table.Rows)
			slices.SortStableFunc(table.Rows[1:], urgent)
		}
		open, folded := table, table
		n := min(left, len(table.Rows))
		open.Rows, folded.Rows = table.Rows[:n], table.Rows[n:]
		left -= n
		if n > 0 {
			top = append(top, open)
		}
		if len(folded.Rows) > 0 {
			rest = append(rest, folded)
		}
	}
	return top, rest
}

// urgent orders rows by how much they need attention.
func urgent(a, b rowView) int {
	rank := map[tone]int{bad: 0, unsure: 1}
	of := func(r rowView) int {
		if n, ok := rank[r.Tone]; ok {
			return n
		}
		return len(rank)
	}
	return cmp.Or(cmp.Compare(of(a), of(b)), nearest(a, b))
}

// topRows is the table that a reviewer reads.
func (m markdown) topRows() {
	if m.v.Decision == nil {
		return
	}
	top, _ := m.divided()
	for i, table := range top {
		m.line("")
		if i > 0 {
			m.line("%s:\n", mdPhrase(table.Caption, true))
		}
		m.rows(table, m.v.Decision.Interval)
	}
	if slices.ContainsFunc(top, rowGroup.Plotted) {
		m.line("\n<sub>%s</sub>", barLegend)
	}
}

// otherRows are the rows over all data that the open table has no room for.
func (m markdown) otherRows() {
	if m.v.Decision == nil {
		return
	}
	_, rest := m.divided()
	if len(rest) == 0 {
		return
	}
	var all []rowView
	for _, table := range rest {
		all = append(all, table.Rows...)
	}
	what := "comparison"
	if !slices.ContainsFunc(all, func(r rowView) bool { return !r.Overall }) && len(rest) == 1 {
		what = "metric"
	}
	m.open(plural(len(all), "more "+what, "more "+what+"s") + ": " + tally(all))
	left := m.room.folded
	for _, table := range rest {
		table.Rows = table.Rows[:min(len(table.Rows), left)]
		left -= len(table.Rows)
		if len(table.Rows) == 0 {
			continue
		}
		if len(rest) > 1 {
			m.line("%s:\n", mdPhrase(table.Caption, true))
		}
		m.rows(table, m.v.Decision.Interval)
		m.line("")
	}
	if more := len(all) - m.room.folded; more > 0 {
		m.line("and %s", plural(more, "more row", "more rows"))
	}
	m.close()
}

// tally counts rows by what was concluded: "3 worse · 45 not worse".
func tally(rows []rowView) string {
	counts := map[string]int{}
	var words []string
	for _, row := range rows {
		if counts[row.Verdict] == 0 {
			words = append(words, row.Verdict)
		}
		counts[row.Verdict]++
	}
	const most = 5
	var parts []string
	for _, word := range words[:min(len(words), most)] {
		parts = append(parts, strconv.Itoa(counts[word])+" "+mdText(word))
	}
	return strings.Join(parts, " · ")
}

// digest is about the slices that need no attention: all of them while they are
// few, else a line for each slice and the rows that are nearest to their limit.
func (m markdown) digest() {
	d := m.v.Decision
	if d == nil || len(d.Others) == 0 {
		return
	}
	table := d.othersTable()
	slices.SortStableFunc(table.Rows, nearest)
	const few = 40
	if len(table.Rows) <= few || m.room.folded >= len(table.Rows) {
		m.open(mdText(d.OthersSummary))
		m.rows(table, d.Interval)
		m.close()
		return
	}
	m.slices(table.Rows)
	const most = 20
	table.Rows = table.Rows[:min(most, m.room.folded)]
	m.line("\nThe %d that are nearest to their limit:\n", len(table.Rows))
	m.rows(table, d.Interval)
	m.close()
}

// nearest orders rows by how near they come to what is allowed, the nearest first.
func nearest(a, b rowView) int { return cmp.Compare(reaches(a), reaches(b)) }

// reaches is the worst change that a row allows for, in the units of plots, where
// every row has its limit at the same place.
func reaches(row rowView) float64 {
	switch {
	case row.Plot == nil:
		return 2 * plotMiddle // there is nothing to compare
	case row.Plot.HasLine:
		return row.Plot.Low
	default:
		return row.Plot.Point
	}
}

// slices opens what is folded, and writes a line for each slice. Its rows come the nearest to a limit first.
func (m markdown) slices(rows []rowView) {
	var names []string
	bySlice := map[string][]rowView{}
	for _, row := range rows {
		if bySlice[row.Slice] == nil {
			names = append(names, row.Slice)
		}
		bySlice[row.Slice] = append(bySlice[row.Slice], row)
	}
	m.open(plural(len(names), "slice", "slices") + " that need no attention: " + tally(rows))
	m.line("| slice | rows | compared | nearest to its limit | change |\n|---|---|---|---|---|")
	for _, name := range names[:min(len(names), m.room.folded)] {
		of := bySlice[name]
		m.line("| %s | %d | %s | %s | %s |", mdText(name), of[0].Rows, tally(of), mdText(of[0].Metric), m.whole(of[0].Moved()))
	}
	if more := len(names) - m.room.folded; more > 0 {
		m.line("\nand %s", plural(more, "more slice", "more slices"))
	}
}

// verdicts are those of earlier commits of the change, the newest first.
func (m markdown) verdicts() {
	if len(m.earlier) == 0 {
		return
	}
	m.open(plural(len(m.earlier), "earlier verdict", "earlier verdicts"))
	m.line("| when | verdict | commit | |\n|---|---|---|---|")
	for _, past := range slices.Backward(m.earlier) {
		t := unsure
		switch past.Verdict {
		case result.Pass:
			t = good
		case result.Deny:
			t = bad
		}
		m.line("| %s | %s %s | %s | %s |", moment(past.At), t.emoji(), verdictWord(past.Verdict), mdCode(commit7(past.Commit)), mdText(past.Said))
	}
	m.close()
}
