package metrics

import (
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/result"
)

// dependence says what of the items is independent of the rest, which is what
// is resampled whole.
type dependence struct {
	kind kind
	// column is the column that says so.
	column string
	// unit is the unit of each item; nil if each item is its own.
	unit []int32
	// units is how many there are.
	units    int
	weighted string // the column of weights, or ""
}

type kind int

const (
	rows   kind = iota // every row is a unit
	items              // every item, whose answers count as one
	groups             // the rows of a group
	times              // blocks of consecutive times
)

// dependenceOf reads it off the candidate's columns, with which the champion's agree.
func dependenceOf(s *side) (dependence, []result.Problem) {
	set := s.set
	d := dependence{units: s.items(), weighted: set.Columns.Weight}
	if set.Weight == nil {
		d.weighted = ""
	}
	switch {
	case set.Group != nil && set.Time != nil:
		return d, []result.Problem{impossible(DependenceMixed, fmt.Sprintf(
			"rows are grouped by %s and ordered by %s, and blocks of time would tear the groups apart; name the one along which rows depend on one another most",
			input.Quote(set.Columns.Group), input.Quote(set.Columns.Time)))}
	case set.Group != nil:
		d.kind, d.column = groups, set.Columns.Group
		d.unit, d.units = s.codes(set.Group.Code)
	case set.Time != nil:
		d.kind, d.column = times, set.Columns.Time
		d.unit, d.units = s.ranks(set.Time)
	case set.Item != nil:
		d.kind, d.column = items, set.Columns.Repeat
	}
	return d, nil
}

// codes numbers what the items' first rows have in the order of the items.
func (s *side) codes(code []int32) ([]int32, int) {
	unit, seen := make([]int32, s.items()), make(map[int32]int32)
	for item := range unit {
		own := code[s.first(item)]
		at, ok := seen[own]
		if !ok {
			at = int32(len(seen))
			seen[own] = at
		}
		unit[item] = at
	}
	return unit, len(seen)
}

// ranks numbers times in their order; what happened at one time is one unit.
func (s *side) ranks(time []float64) ([]int32, int) {
	unit := make([]int32, s.items())
	distinct := make([]float64, s.items())
	for item := range distinct {
		distinct[item] = time[s.first(item)]
	}
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	for item := range unit {
		at, _ := slices.BinarySearch(distinct, time[s.first(item)])
		unit[item] = int32(at)
	}
	return unit, len(distinct)
}

// plain is true where every row is a unit and counts once, so that the exact
// and closed methods hold.
func (d dependence) plain() bool { return d.kind == rows && d.weighted == "" }

// String says for the receipt what was taken to be independent.
func (d dependence) String() string {
	text := "rows assumed independent"
	switch d.kind {
	case groups:
		text = fmt.Sprintf("resampled by group %s (%d groups)", d.column, d.units)
	case times:
		text = fmt.Sprintf("resampled by blocks of time %s (%d times)", d.column, d.units)
	case items:
		text = fmt.Sprintf("answers averaged per item over %s; items assumed independent (%d items)", d.column, d.units)
	}
	if d.weighted != "" {
		text += fmt.Sprintf("; weighted by %s", d.weighted)
	}
	return text
}

// unitName is what the units are called.
func (d dependence) unitName() string {
	return [...]string{"rows", "items", "groups", "times"}[d.kind]
}
