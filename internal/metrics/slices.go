package metrics

import (
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/metrics/input"
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
	for _, column := range c.opts.RequiredSlices {
		if !slices.Contains(c.candidate.Columns.Slices, column) {
			c.problems = append(c.problems, impossible(SliceMissing,
				fmt.Sprintf("slice column %s is required, but the predictions were read without it", input.Quote(column))))
		}
	}
	for i, column := range c.candidate.Columns.Slices {
		for _, g := range c.sliceGroups(i, column) {
			c.groups = append(c.groups, g)
			for _, spec := range c.specs {
				if slices.Contains(c.opts.SliceMetrics, spec.Metric) {
					c.addSlice(spec, g)
				}
			}
		}
	}
}

// sliceGroups divides the rows by the values of a column.
func (c *comparer) sliceGroups(at int, column string) []*group {
	rows := make(map[string][]int32)
	texts := c.candidate.Slice[at]
	for row := range texts.Code {
		rows[texts.At(row)] = append(rows[texts.At(row)], int32(row))
	}
	if len(rows) > manyValues {
		c.problems = append(c.problems, impossible(SlicesTooMany,
			fmt.Sprintf("slice column %s has %d values, more than %d; put them into classes", input.Quote(column), len(rows), manyValues)))
		return nil
	}
	var groups []*group
	for _, value := range slices.Sorted(maps.Keys(rows)) {
		g := &group{slice: column + "=" + value, candidate: rows[value], required: slices.Contains(c.opts.RequiredSlices, column)}
		if c.joined != nil {
			for _, row := range g.candidate {
				g.champion = append(g.champion, c.joined[row])
			}
		}
		groups = append(groups, g)
	}
	return groups
}

// addSlice adds one metric on one slice; where the slice is too small it is
// only listed.
func (c *comparer) addSlice(spec Spec, g *group) {
	definition, err := LookupIn(c.candidate, spec.Metric)
	if err != nil || c.undefined(spec.Metric) {
		return // that is a problem already
	}
	spec.Require = result.NotWorse
	if c.opts.SliceMargin != nil {
		spec.Margin = *c.opts.SliceMargin
	}
	e := c.newEntry(spec, definition, g)
	c.entries = append(c.entries, e)
	err = c.measure(e)
	if why := c.tooSmall(e); why != "" {
		e.row.Blind, e.row.Gated = true, false
		e.notes = append(e.notes, why)
		if !c.opts.SameModel {
			e.pair = nil
		}
		return
	}
	if err != nil {
		problem := impossible(MetricUndefined, err.Error())
		problem.Metric, problem.Slice = spec.Metric, g.slice
		c.problems = append(c.problems, problem)
		e.notes = append(e.notes, "could not be computed")
		return
	}
	switch {
	case !spec.Gated || definition.Reported:
	case g.required:
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
	if n := len(e.group.candidate); n < c.opts.SliceMinSize {
		return fmt.Sprintf("%d rows, fewer than %d: too few to compare", n, c.opts.SliceMinSize)
	}
	if !e.definition.classes {
		return ""
	}
	positives := 0
	for _, row := range e.group.candidate {
		if c.candidate.LabelAt(int(row)) == "1" {
			positives++
		}
	}
	if least := min(positives, len(e.group.candidate)-positives); least < fewOfClass {
		return fmt.Sprintf("%d rows of one class, fewer than %d: too few to compare", least, fewOfClass)
	}
	return ""
}
