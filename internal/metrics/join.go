package metrics

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// side is one model's answers, laid over the items that all models were asked.
type side struct {
	set *predictions.Set
	// all is the sample of all rows, weighted; what it computes its parts share.
	all *sample
	// rows are the set's rows in the order of the items; inOrder if they stand so in the set.
	rows    []int32
	inOrder bool
	// start is where the rows of each item begin in rows, and at last their
	// number; nil if every item has one row.
	start []int32
}

// first returns the row that stands for an item.
func (s *side) first(item int) int {
	if s.start != nil {
		item = int(s.start[item])
	}
	return int(s.rows[item])
}

// lay brings a set's rows into the order of the ids of another, or says which
// ids only one of them has. So nothing depends on how rows stand in files.
func lay(set, first *predictions.Set) (s *side, extra, lost []int) {
	place, lost, extra := predictions.Match(set, first)
	if len(extra)+len(lost) > 0 {
		return nil, extra, lost
	}
	if order := first.Items.Order(); order != nil {
		rank := make([]int32, len(order))
		for at, item := range order {
			rank[item] = int32(at)
		}
		for i, item := range place {
			place[i] = rank[item]
		}
	}
	s = &side{set: set, rows: make([]int32, set.Len())}
	if set.Item == nil {
		s.inOrder = true
		for row, item := range place {
			s.rows[item] = int32(row)
			s.inOrder = s.inOrder && int(item) == row
		}
		return s, nil, nil
	}
	s.start = make([]int32, first.Items.Len()+1)
	for _, own := range set.Item {
		s.start[place[own]+1]++
	}
	for item := range first.Items.Len() {
		s.start[item+1] += s.start[item]
	}
	next := slices.Clone(s.start)
	for row, own := range set.Item {
		item := place[own]
		s.rows[next[item]] = int32(row)
		next[item]++
	}
	for item := range s.items() {
		slices.SortFunc(s.rows[s.start[item]:s.start[item+1]], func(a, b int32) int {
			return cmp.Compare(set.RepeatAt(int(a)), set.RepeatAt(int(b)))
		})
	}
	return s, nil, nil
}

// rowsDiffer names the items that only the champion (or who it is) has, and only the candidate.
func rowsDiffer(candidate, champion *predictions.Set, who string, extra, lost []int) result.Problem {
	msg := fmt.Sprintf("candidate and %s answered different rows (%d and %d)", who, candidate.Items.Len(), champion.Items.Len())
	if len(extra) > 0 {
		msg += fmt.Sprintf("; the candidate lacks %d that the %s has: id %s", len(extra), who, idsOf(champion, extra))
	}
	if len(lost) > 0 {
		msg += fmt.Sprintf("; the %s lacks %d that the candidate has: id %s", who, len(lost), idsOf(candidate, lost))
	}
	if candidate.NumericIDs != champion.NumericIDs && len(lost) > 0 && len(extra) > 0 {
		msg += fmt.Sprintf("; ids are numbers on one side and text on the other (%s and %s): write them the same way", idsOf(candidate, lost[:1]), idsOf(champion, extra[:1]))
	}
	return impossible(RowsDiffer, msg)
}

// idsOf names the first few of some items.
func idsOf(set *predictions.Set, items []int) string {
	var ids []string
	for _, item := range items[:min(len(items), 3)] {
		ids = append(ids, set.Items.At(item))
	}
	list := input.QuoteList(ids, 3)
	if more := len(items) - len(ids); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// layAll lays sets, whose side is called who, over the items of the first side, or returns the problems that
// forbid it. It never leaves out a row.
func layAll(sets []*predictions.Set, first *side, who string) ([]*side, []result.Problem) {
	var sides []*side
	var problems []result.Problem
	for _, set := range sets {
		s, extra, lost := lay(set, first.set)
		if s == nil {
			return nil, []result.Problem{rowsDiffer(first.set, set, who, extra, lost)}
		}
		problems = append(problems, s.agreesWithItself()...)
		problems = append(problems, first.agreesWith(s, who)...)
		sides = append(sides, s)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return sides, nil
}
