package report

import (
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// rowGroup is a table of rows that are held against the same: the champion, or
// the anchor, or a baseline, and on the same data.
type rowGroup struct {
	// Caption says what the rows are held against: "Candidate against v17, 1204 rows".
	Caption phrase
	// Before heads the column of what they are held against: "champion v17".
	Before phrase
	Rows   []rowView
}

// Plotted reports whether any row has a plot.
func (g rowGroup) Plotted() bool {
	return slices.ContainsFunc(g.Rows, func(r rowView) bool { return r.Plot != nil })
}

// addRows puts the row that decided first, then what else denies, what warns,
// and what was compared over all rows. The other slices are set apart, and so is
// what is not held against the champion.
func (v *decisionView) addRows(d result.Decision) {
	var decided *result.Compared
	if f := decisive(d); f != nil {
		decided = rowOf(d, *f)
	}
	kinds, reach := kindsOf(d.Comparison, decided), plotReach(d.Comparison)
	for _, kind := range kinds {
		ranked := map[int][]rowView{}
		for i, c := range d.Comparison {
			if kindOf(c) != kind {
				continue
			}
			row := newRow(d, c)
			row.Plot = newPlot(c, reach)
			rank := rankOf(d, c, row, decided == &d.Comparison[i])
			ranked[rank] = append(ranked[rank], row)
		}
		group := newGroup(d, v.Champion, kind)
		group.Rows = slices.Concat(ranked[0], ranked[1], ranked[2], ranked[3])
		if all := slices.IndexFunc(group.Rows, func(r rowView) bool { return r.Overall }); all >= 0 && group.Rows[all].Rows > 0 && kind.against != "baseline" {
			group.Caption = append(group.Caption, own(", "+plural(group.Rows[all].Rows, "row", "rows")))
		}
		if len(group.Rows) > 0 {
			v.Tables = append(v.Tables, group)
		}
		v.Others = append(v.Others, ranked[others]...)
	}
}

// others is the rank of rows that need no attention.
const others = 4

func rankOf(d result.Decision, c result.Compared, row rowView, decided bool) int {
	const first, denies, warns, overall = 0, 1, 2, 3
	switch f := strongest(d, c); {
	case decided:
		return first
	case row.Tone == bad:
		return denies
	case f != nil && f.Severity != result.SeverityInfo && c.Gated && c.Slice != "":
		return warns
	case c.Slice == "", !champions(c):
		return overall
	default:
		return others
	}
}

// rowKind is what rows of one table have in common.
type rowKind struct{ against, data string }

func kindOf(c result.Compared) rowKind { return rowKind{c.Against, c.Data} }

// champions are the rows that are held against the champion, on the evaluation data.
func champions(c result.Compared) bool { return kindOf(c) == rowKind{} }

// kindsOf are the kinds of rows in their order, that of the decisive row first.
func kindsOf(rows []result.Compared, decided *result.Compared) []rowKind {
	var kinds []rowKind
	if decided != nil {
		kinds = append(kinds, kindOf(*decided))
	}
	for _, c := range rows {
		if !slices.Contains(kinds, kindOf(c)) {
			kinds = append(kinds, kindOf(c))
		}
	}
	return kinds
}

func newGroup(d result.Decision, champion phrase, kind rowKind) rowGroup {
	g := rowGroup{Caption: phrase{own("Candidate")}, Before: phrase{own("champion")}}
	if len(champion) > 0 && champion[0].IsCode() {
		g.Before = append(g.Before, own(" "), champion[0])
	}
	switch {
	case kind.against == "anchor":
		g.Before = phrase{own("anchor")}
		if anchor := d.Receipt.Anchor; anchor != "" && !strings.ContainsAny(anchor, " ,;") {
			g.Before = append(g.Before, own(" "), name(anchor))
		}
		g.Caption = append(phrase{own("Candidate against the ")}, g.Before...)
	case kind.against != "":
		g.Before = phrase{said(kind.against)}
		g.Caption = append(phrase{own("Candidate against the ")}, g.Before...)
	case len(champion) > 0:
		g.Caption = append(phrase{own("Candidate against ")}, champion...)
	}
	if kind.data != "" {
		g.Caption = append(g.Caption, own(" on the "), said(kind.data), own(" data"))
	}
	return g
}

// allRows are those of all tables.
func (v *decisionView) allRows() []rowView {
	var rows []rowView
	for _, table := range v.Tables {
		rows = append(rows, table.Rows...)
	}
	return append(rows, v.Others...)
}

// othersTable is the table of the slices that need no attention.
func (v *decisionView) othersTable() rowGroup {
	g := newGroup(result.Decision{}, v.Champion, rowKind{})
	g.Caption, g.Rows = phrase{own("Slices that need no attention")}, v.Others
	return g
}
