package predictions

import (
	"fmt"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// repeats makes items of the rows of one id.
func (a *assembler) repeats(s *Set, rows arena) {
	x := new(index)
	x.build(rows)
	var items arena
	s.Item = make([]int32, rows.Len())
	number := make([]int32, rows.Len()) // by the first row of an item
	for row := range s.Item {
		first := x.find(rows, rows.bytes(row))
		if int(first) == row {
			number[row] = int32(items.Len())
			items.add(rows.At(row))
		}
		s.Item[row] = number[first]
	}
	s.Items = newIDs(items)
	s.repeat = Texts{Names: a.repeat.names, Code: gather(a, func(p *part) *[]int32 { return &p.repeat.codes })}
}

// agree refuses two answers with one number to one item, and an item whose
// answers differ in what belongs to the item.
func (s *Set) agree() error {
	if s.Item == nil {
		return nil
	}
	first := make([]int32, s.Items.Len())
	for i := range first {
		first[i] = -1
	}
	seen := make(map[[2]int32]int32, len(s.Item))
	for row, item := range s.Item {
		answer := [2]int32{item, s.repeat.Code[row]}
		if other, twice := seen[answer]; twice {
			return s.ErrorAt(row, s.Columns.Repeat,
				fmt.Sprintf("repeat %s of id %s is already in %s", input.Quote(s.repeat.At(row)), input.Quote(s.ID(row)), s.place(int(other))),
				"number the answers to each item")
		}
		seen[answer] = int32(row)
		if first[item] < 0 {
			first[item] = int32(row)
			continue
		}
		if err := s.sameItem(int(first[item]), row); err != nil {
			return err
		}
	}
	return nil
}

// sameItem compares what two answers to one item must share.
func (s *Set) sameItem(first, row int) error {
	differ := func(column, what, before, now string) error {
		return s.ErrorAt(row, column,
			fmt.Sprintf("%s of id %s is %s, but %s in %s", what, input.Quote(s.ID(row)), input.Quote(now), input.Quote(before), s.place(first)),
			"all answers to one item share its "+what)
	}
	switch {
	case s.Label != nil && s.Label[first] != s.Label[row], s.Label == nil && s.LabelNumber != nil && s.LabelNumber[first] != s.LabelNumber[row]:
		return differ(s.Columns.Label, "label", s.LabelAt(first), s.LabelAt(row))
	case s.Group != nil && s.Group.Code[first] != s.Group.Code[row]:
		return differ(s.Columns.Group, "group", s.Group.At(first), s.Group.At(row))
	case s.Weight != nil && s.Weight[first] != s.Weight[row]:
		return differ(s.Columns.Weight, "weight", realText(s.Weight[first]), realText(s.Weight[row]))
	}
	for i, column := range s.Columns.Slices {
		if s.Slice[i].Code[first] != s.Slice[i].Code[row] {
			return differ(column, input.Quote(column), s.Slice[i].At(first), s.Slice[i].At(row))
		}
	}
	return nil
}
