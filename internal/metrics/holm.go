package metrics

import (
	"fmt"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// members counts the comparisons of a family.
func (c *comparer) members(f family) int {
	count := 0
	for _, e := range c.entries {
		if e.family == f && e.compared {
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
			if e.family == f && e.compared {
				members = append(members, e)
			}
		}
		var p []float64
		for _, e := range members {
			p = append(p, e.estimate.P)
		}
		for i, adjusted := range statistics.Holm(p) {
			doubled := min(2*adjusted, 1)
			members[i].row.PAdjusted = &doubled
		}
	}
}

// adjustment describes the adjustment for the receipt.
func (c *comparer) adjustment() string {
	if c.why != "" || c.opts.SameModel {
		return ""
	}
	what := "overall and required"
	if len(c.anchors) > 0 {
		what = "overall, anchor and required"
	}
	return fmt.Sprintf("Holm: half of α over %d %s, half over %d further slices", c.members(main), what, c.members(further))
}
