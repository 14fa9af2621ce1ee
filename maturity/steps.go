package maturity

import (
	"cmp"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/rubric"
)

// outcome is what a project's answers come to, and what would change it.
type outcome struct {
	criteria []rubric.Criterion
	answers  map[string]rubric.Answer
	highest  int
	need     rubric.Shares
}

// level is the level with one answer changed; "" changes none.
func (o outcome) level(changed map[string]bool) int {
	level, _ := reached(tally(o.criteria, o.answers, func(id string, a rubric.Answer) bool {
		if met, ok := changed[id]; ok {
			return met
		}
		return isMet(id, a)
	}), o.highest, o.need)
	return level
}

// one lists the criteria that alone would change the level: up if they were
// met, down if they were not.
func (o outcome) one(level int) (up, down []string) {
	for _, c := range o.criteria {
		a := o.answers[c.ID]
		switch {
		case isOpen(a) && o.level(map[string]bool{c.ID: true}) > level:
			up = append(up, c.ID)
		case a.Verdict == result.CriterionMet && o.level(map[string]bool{c.ID: false}) < level:
			down = append(down, c.ID)
		}
	}
	return up, down
}

// isOpen reports whether work could meet the criterion, and nobody has accepted that
// it is not done.
func isOpen(a rubric.Answer) bool {
	if a.Accepted != "" {
		return false
	}
	return a.Verdict == result.CriterionUnmet || a.Verdict == result.CriterionPartial || a.Verdict == result.CriterionUnknown
}

// efforts orders remedies by how much work they are.
var efforts = []string{"low", "med", "high"}

// steps are the criteria that lead to the next level, the cheapest first: those
// that it cannot do without, and as many others as their weight asks for.
func (o outcome) steps(level int) []string {
	if level >= o.highest {
		return nil
	}
	open := slices.DeleteFunc(slices.Clone(o.criteria), func(c rubric.Criterion) bool {
		return c.Level > level+1 || !isOpen(o.answers[c.ID])
	})
	slices.SortStableFunc(open, cheapest)
	changed := map[string]bool{}
	for _, c := range open {
		changed[c.ID] = true
	}
	if o.level(changed) <= level {
		return nil
	}
	for _, c := range slices.Backward(open) { // leave out the dearest that are not needed
		less := maps.Clone(changed)
		delete(less, c.ID)
		if o.level(less) > level {
			changed = less
		}
	}
	var out []string
	for _, c := range open {
		if changed[c.ID] {
			out = append(out, c.ID)
		}
	}
	return out
}

// cheapest orders criteria by effort; of the same, what is core and weighs more
// comes first.
func cheapest(a, b rubric.Criterion) int {
	core := map[bool]int{true: 0, false: 1}
	return cmp.Or(
		cmp.Compare(slices.Index(efforts, a.Effort), slices.Index(efforts, b.Effort)),
		cmp.Compare(core[a.Core], core[b.Core]), cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Level, b.Level),
	)
}

// dimensions are the levels that each dimension's criteria alone reach.
func (o outcome) dimensions() map[string]int {
	by := map[string][]rubric.Criterion{}
	for _, c := range o.criteria {
		if a, ok := o.answers[c.ID]; ok && a.Verdict != result.CriterionNotApplicable {
			by[c.Dimension] = append(by[c.Dimension], c)
		}
	}
	out := map[string]int{}
	for dim, criteria := range by {
		out[dim], _ = reached(tally(criteria, o.answers, isMet), o.highest, o.need)
	}
	return out
}
