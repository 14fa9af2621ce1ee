package metrics

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

const (
	// fewOfClass is the number of rows of a class below which a slice has no AUC to compare.
	fewOfClass = 20
	// manyValues is the number of values above which a column is no slice column.
	manyValues = 1000
)

// addSlices adds the comparisons on slices: each value of each slice column.
func (c *comparer) addSlices() {
	columns := c.candidates[0].set.Columns.Slices
	for _, column := range c.opts.RequiredSlices {
		if !slices.Contains(columns, column) {
			c.problems = append(c.problems, impossible(SliceMissing,
				fmt.Sprintf("slice column %s is required, but the predictions were read without it", input.Quote(column))))
		}
	}
	for i, column := range columns {
		for _, part := range c.divide(column, c.candidates[0].set.Slice[i]) {
			s := c.newSubset(column+"="+part.value, part.items, c.champions)
			s.required = slices.Contains(c.opts.RequiredSlices, column)
			for _, spec := range c.specs {
				if slices.Contains(c.opts.SliceMetrics, spec.Metric) {
					c.addSlice(spec, s)
				}
			}
		}
	}
}

// part is the items that have one value of a slice column.
type part struct {
	value string
	items []int32
}

// divide divides the items by the values of a column.
func (c *comparer) divide(column string, texts predictions.Texts) []part {
	first := c.candidates[0]
	counts := make([]int, len(texts.Names))
	for item := range first.items() {
		counts[texts.Code[first.first(item)]]++
	}
	parts, place := make([]part, 0, len(counts)), make([]int, len(counts))
	for code, count := range counts {
		if place[code] = len(parts); count > 0 {
			parts = append(parts, part{texts.Names[code], make([]int32, 0, count)})
		}
	}
	if len(parts) > manyValues {
		c.problems = append(c.problems, impossible(SlicesTooMany,
			fmt.Sprintf("slice column %s has %d values, more than %d; put them into classes", input.Quote(column), len(parts), manyValues)))
		return nil
	}
	for item := range first.items() {
		p := &parts[place[texts.Code[first.first(item)]]]
		p.items = append(p.items, int32(item))
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.value, b.value) })
	return parts
}

// addSlice adds one metric on one slice; where the slice is too small it is
// only listed.
func (c *comparer) addSlice(spec Spec, s *subset) {
	definition, err := LookupIn(c.candidates[0].set, spec.Metric)
	if err != nil || c.undefined(spec.Metric) {
		return // that is a problem already
	}
	spec.Require = result.NotWorse
	if c.opts.SliceMargin != nil {
		spec.Margin = *c.opts.SliceMargin
	}
	e := c.newEntry(spec, definition, s)
	c.entries = append(c.entries, e)
	if why := c.tooSmall(e); why != "" {
		e.small, e.row.Blind, e.row.Gated = true, true, false
		e.notes = append(e.notes, why)
		return
	}
	switch {
	case !e.row.Gated:
	case s.required:
		e.family = main
	default:
		e.family = further
	}
}

// undefined says whether the metric is undefined on all rows.
func (c *comparer) undefined(metric string) bool {
	return slices.ContainsFunc(c.problems, func(p result.Problem) bool { return p.Code == MetricUndefined && p.Metric == metric && p.Slice == "" })
}

// tooSmall says why a slice cannot be compared, or nothing.
func (c *comparer) tooSmall(e *entry) string {
	if e.subset.n < c.opts.SliceMinSize {
		return fmt.Sprintf("%d rows, fewer than %d: too few to compare", e.subset.n, c.opts.SliceMinSize)
	}
	if !e.definition.classes {
		return ""
	}
	if least := e.subset.leastClass(); least < fewOfClass {
		return fmt.Sprintf("%d rows of one class, fewer than %d: too few to compare", least, fewOfClass)
	}
	return ""
}

// leastClass is the number of rows of the rarer of two classes.
func (s *subset) leastClass() int {
	ones := s.positives()
	return min(ones, s.n-ones)
}

// ones counts the rows with the label 1.
func (s *subset) ones() int {
	sample := s.candidates[0].sample
	labels, err := sample.whole.ones()
	if err != nil {
		return 0
	}
	count := 0
	for place := range sample.len() {
		if row := sample.row(place); labels[row] {
			count++
		}
	}
	return count
}
