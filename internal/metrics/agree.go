package metrics

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// column is something that must be the same for an item wherever it occurs,
// since it says what was asked and not what a model answered.
type column struct {
	code, what string
	// differ says whether two rows have different values, a of the first set
	// and b of the second.
	differ func(a, b int) bool
	showA  func(row int) string
	showB  func(row int) string
}

// agreesWith compares what the candidate was asked with what another, called who, was asked.
func (s *side) agreesWith(other *side, who string) []result.Problem {
	columns, problems := columnsOf(s.set, other.set, who)
	for _, c := range columns {
		count, first := 0, -1
		for item := range s.items() {
			if c.differ(s.first(item), other.first(item)) {
				if count == 0 {
					first = item
				}
				count++
			}
		}
		if count > 0 {
			a, b := s.first(first), other.first(first)
			problems = append(problems, impossible(c.code, fmt.Sprintf("%d of %d %s differ; id %s is %s for the candidate and %s for the %s",
				count, s.items(), c.what, input.Quote(s.set.ID(a)), input.Quote(c.showA(a)), input.Quote(c.showB(b)), who)))
		}
	}
	return problems
}

// agreesWithItself compares the rows of each item with one another.
func (s *side) agreesWithItself() []result.Problem {
	if s.start == nil {
		return nil
	}
	columns, problems := columnsOf(s.set, s.set, championSide)
	for _, c := range columns {
		for item := range s.items() {
			rows := s.rows[s.start[item]:s.start[item+1]]
			other := slices.IndexFunc(rows, func(row int32) bool { return c.differ(int(rows[0]), int(row)) })
			if other >= 0 {
				a, b := int(rows[0]), int(rows[other])
				problems = append(problems, impossible(c.code, fmt.Sprintf("%s differ between the answers to one item; id %s is %s in line %d and %s in line %d of %s",
					c.what, input.Quote(s.set.ID(a)), input.Quote(c.showA(a)), s.set.Line(a), input.Quote(c.showB(b)), s.set.Line(b), s.set.Name)))
				break
			}
		}
	}
	return problems
}

func (s *side) items() int {
	if s.start != nil {
		return len(s.start) - 1
	}
	return len(s.rows)
}

// columnsOf lists what must agree between two sets, and what only one of them has.
func columnsOf(a, b *predictions.Set, other string) ([]column, []result.Problem) {
	columns := []column{labels(a, b)}
	var problems []result.Problem
	for i, name := range a.Columns.Slices {
		at := slices.Index(b.Columns.Slices, name)
		if at < 0 {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the %s's predictions were read without slice column %s", other, input.Quote(name))))
			continue
		}
		columns = append(columns, texts(SlicesDiffer, "values of slice column "+input.Quote(name), a.Slice[i], b.Slice[at]))
	}
	for _, name := range b.Columns.Slices {
		if !slices.Contains(a.Columns.Slices, name) {
			problems = append(problems, impossible(SlicesDiffer, fmt.Sprintf("the candidate's predictions were read without slice column %s", input.Quote(name))))
		}
	}
	if a.Group != nil && b.Group != nil {
		columns = append(columns, texts(GroupsDiffer, "groups", *a.Group, *b.Group))
	}
	if a.Time != nil && b.Time != nil {
		columns = append(columns, numbers(TimesDiffer, "times", a.Time, b.Time))
	}
	if a.Weight != nil && b.Weight != nil {
		columns = append(columns, numbers(WeightsDiffer, "weights", a.Weight, b.Weight))
	}
	return columns, append(problems, readDifferently(a, b, other)...)
}

// readDifferently says which of the columns that rows depend by only one side has.
func readDifferently(a, b *predictions.Set, other string) []result.Problem {
	var problems []result.Problem
	for _, c := range []struct {
		what string
		a, b bool
	}{
		{"groups", a.Group != nil, b.Group != nil},
		{"times", a.Time != nil, b.Time != nil},
		{"weights", a.Weight != nil, b.Weight != nil},
		{"repeats", a.Item != nil, b.Item != nil},
	} {
		if c.a != c.b {
			who := "candidate"
			if c.a {
				who = other
			}
			problems = append(problems, impossible(ColumnsDiffer, fmt.Sprintf("the %s's predictions were read without %s, the other's with them", who, c.what)))
		}
	}
	return problems
}

// labels compares labels by what they mean.
func labels(a, b *predictions.Set) column {
	c := column{code: LabelsDiffer, what: "labels", showA: a.LabelAt, showB: b.LabelAt}
	switch {
	case a.Label != nil && b.Label != nil:
		codes := make(map[string]int32)
		x, y := common(a.Classes, labelKey, codes), common(b.Classes, labelKey, codes)
		c.differ = func(i, j int) bool { return x[a.Label[i]] != y[b.Label[j]] }
	case a.LabelNumber != nil && b.LabelNumber != nil:
		c.differ = func(i, j int) bool { return a.LabelNumber[i] != b.LabelNumber[j] }
	default:
		c.differ = func(i, j int) bool { return labelKey(a.LabelAt(i)) != labelKey(b.LabelAt(j)) }
	}
	return c
}

// labelKey takes 2.5 and 2.50 for one label, but not 007 and 7.
func labelKey(text string) string {
	digits := strings.TrimLeft(text, "+-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return text
	}
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(value+0, 'g', -1, 64) // −0 is 0
	}
	return text
}

func texts(code, what string, a, b predictions.Texts) column {
	same, codes := func(text string) string { return text }, make(map[string]int32)
	x, y := common(a.Names, same, codes), common(b.Names, same, codes)
	return column{code, what, func(i, j int) bool { return x[a.Code[i]] != y[b.Code[j]] }, a.At, b.At}
}

// common numbers names so that the same key has the same number in all lists.
func common(names []string, key func(string) string, codes map[string]int32) []int32 {
	out := make([]int32, len(names))
	for i, name := range names {
		k := key(name)
		code, ok := codes[k]
		if !ok {
			code = int32(len(codes))
			codes[k] = code
		}
		out[i] = code
	}
	return out
}

func numbers(code, what string, a, b []float64) column {
	show := func(values []float64) func(int) string {
		return func(row int) string { return strconv.FormatFloat(values[row], 'g', -1, 64) }
	}
	return column{code, what, func(i, j int) bool { return a[i] != b[j] }, show(a), show(b)}
}
