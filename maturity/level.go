package maturity

import (
	"strconv"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/rubric"
)

const (
	topLevel = 4
	maxDebts = 1
)

// count is what the answers to one level's criteria come to.
type count struct {
	met, applicable float64
	missing         []string // core criteria that are not met
}

func (c count) share() float64 {
	if c.applicable == 0 {
		return 0
	}
	return c.met / c.applicable
}

// tally adds up the answers by level. An answer counts as met if the function
// says so; what is not applicable counts for nothing. What files cannot tell is
// outside the weight, but a core criterion must be known to be met.
func tally(criteria []rubric.Criterion, answers map[string]rubric.Answer, met func(string, rubric.Answer) bool) [topLevel + 1]count {
	var levels [topLevel + 1]count
	for _, c := range criteria {
		a, ok := answers[c.ID]
		if !ok || a.Verdict == result.CriterionNotApplicable {
			continue
		}
		l := &levels[c.Level]
		switch {
		case met(c.ID, a):
			l.met += c.Weight
			l.applicable += c.Weight
		case a.Verdict == result.CriterionUnknown:
			if c.Core {
				l.missing = append(l.missing, c.ID)
			}
		default:
			l.applicable += c.Weight
			if c.Core {
				l.missing = append(l.missing, c.ID)
			}
		}
	}
	return levels
}

// reached returns the highest level that is reached, and the core criteria of
// the levels below it that are not met: its debts. A level is reached when all
// its core criteria are met, with 60 % of its weight, half the weight of each
// level below, and at most one core criterion missing there.
func reached(levels [topLevel + 1]count, highest int, need rubric.Shares) (int, []string) {
	for level := min(highest, topLevel); level > 0; level-- {
		own := levels[level]
		ok := own.applicable > 0 && len(own.missing) == 0 && own.share() >= need.Own
		var debts []string
		for below := 1; below < level; below++ {
			debts = append(debts, levels[below].missing...)
			ok = ok && (levels[below].applicable == 0 || levels[below].share() >= need.Below)
		}
		if ok && len(debts) <= maxDebts {
			return level, debts
		}
	}
	return 0, nil
}

// shape is the share of each level's weight that is met.
func shape(levels [topLevel + 1]count) map[string]float64 {
	out := map[string]float64{}
	for level := 1; level <= topLevel; level++ {
		if levels[level].applicable > 0 {
			out[strconv.Itoa(level)] = levels[level].share()
		}
	}
	return out
}
