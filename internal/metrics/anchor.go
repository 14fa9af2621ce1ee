package metrics

import (
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// What a comparison holds the candidate against.
const (
	championSide = "champion"
	anchorSide   = "anchor"
)

// joinAnchor lays the anchor over the candidate's items. What forbids that leaves
// the comparison with the champion as it is, and is a problem of its own: a model
// that cannot be held against the anchor may have crept away from it.
func (c *comparer) joinAnchor(first *side) {
	if c.opts.Anchor == nil || c.opts.SameModel || c.recipe || c.why != "" {
		return
	}
	anchors, problems := layAll([]*predictions.Set{c.opts.Anchor}, first, anchorSide)
	if len(problems) > 0 {
		c.problems = append(c.problems, impossible(AnchorDiffers, problems[0].Message))
		return
	}
	c.anchors = anchors
}

// addAnchor holds each gated metric against the anchor too: worse than it by more
// than creep is denied, whatever the champion is by now. That is one-sided, so
// nothing else is required of it.
func (c *comparer) addAnchor() {
	if len(c.anchors) == 0 {
		return
	}
	all := c.newSubset("", nil, c.anchors)
	all.against = anchorSide
	for _, e := range c.entries {
		if e.family != main {
			continue
		}
		spec := e.spec
		spec.Margin, spec.Require = spec.Allowance(), result.NotWorse
		anchored := c.newEntry(spec, e.definition, all)
		anchored.family, anchored.row.Against = main, anchorSide
		c.entries = append(c.entries, anchored)
	}
}

// Allowance is the drop from the anchor that is allowed.
func (s Spec) Allowance() Margin {
	if s.Creep != nil {
		return *s.Creep
	}
	return Margin{Value: 2 * s.Margin.Value, Percent: s.Margin.Percent}
}
