package metrics

import (
	"cmp"
	"fmt"
	"slices"
)

// members counts the comparisons of a family.
func (c *comparer) members(f family) int {
	count := 0
	for _, e := range c.entries {
		if e.family == f && e.pair != nil {
			count++
		}
	}
	return count
}

// level is the smallest level that Holm's procedure asks of a member.
func (c *comparer) level(f family) float64 {
	return c.opts.alpha() / 2 / float64(max(c.members(f), 1))
}

// adjust fills in the p values. Each family has half of α, so its adjusted
// values are doubled: then "at most α" is the test.
func (c *comparer) adjust() {
	if c.opts.SameModel {
		return
	}
	for _, f := range []family{main, further} {
		var members []*entry
		for _, e := range c.entries {
			if e.family == f && e.pair != nil {
				members = append(members, e)
			}
		}
		slices.SortStableFunc(members, func(a, b *entry) int {
			return cmp.Compare(a.estimate.p, b.estimate.p)
		})
		highest := 0.0
		for i, e := range members {
			highest = max(highest, float64(len(members)-i)*e.estimate.p)
			adjusted := min(2*highest, 1)
			e.row.PAdjusted = &adjusted
		}
	}
}

// adjustment describes the adjustment for the receipt.
func (c *comparer) adjustment() string {
	if c.joined == nil || c.opts.SameModel {
		return ""
	}
	return fmt.Sprintf("Holm: half of α over %d overall and required, half over %d further slices", c.members(main), c.members(further))
}
