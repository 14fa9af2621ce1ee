package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/muster-ci/muster/internal/result"
)

// usualShare is the share of its weight that a level needs; see docs/maturity.md.
const usualShare = 0.6

// progressView is how far the way to the next level is.
type progressView struct {
	Level   int
	Name    string
	Percent int // of its weight that is met
	Needed  int
	Core    string // "2 of 3 core criteria"
}

// Describe says it in words.
func (p progressView) Describe() string {
	return fmt.Sprintf("%d %% of its weight (it needs %d %%), %s", p.Percent, p.Needed, p.Core)
}

// newProgress is nil where there is no next level.
func newProgress(root result.Root) *progressView {
	if root.Level == nil || *root.Level >= root.Kind.Highest() {
		return nil
	}
	next := *root.Level + 1
	met, all, core, coreMet := 0.0, 0.0, 0, 0
	for _, c := range root.Criteria {
		if c.Level != next || c.Verdict == result.CriterionNotApplicable {
			continue
		}
		is := c.Verdict == result.CriterionMet
		if c.Core {
			core++
		}
		if c.Core && is {
			coreMet++
		}
		if c.Verdict != result.CriterionUnknown {
			all += weight(c)
		}
		if is {
			met += weight(c)
		}
	}
	if all == 0 && core == 0 {
		return nil // not asked of such a repository
	}
	return &progressView{
		Level: next, Name: levelName(next), Percent: shareOf(met, all), Needed: shareOf(cmp.Or(root.Needed, usualShare), 1),
		Core: fmt.Sprintf("%d of %d core criteria", coreMet, core),
	}
}

// topLevel is the highest there is.
const topLevel = 4

// weight is that of a criterion; older assessments did not name it.
func weight(c result.Criterion) float64 { return cmp.Or(c.Weight, 1) }

func shareOf(part, all float64) int {
	if all <= 0 {
		return 0
	}
	return min(max(int(100*part/all+0.5), 0), 100)
}

// way has the criteria that stand between a project and its next level, in the order
// of the assessment, else debts first, then what is core, then what is least work.
func way(root result.Root) []result.Criterion {
	if root.Level == nil {
		return nil
	}
	if len(root.Steps) > 0 {
		var steps []result.Criterion
		for _, id := range root.Steps {
			if i := slices.IndexFunc(root.Criteria, func(c result.Criterion) bool { return c.ID == id }); i >= 0 {
				steps = append(steps, root.Criteria[i])
			}
		}
		return steps
	}
	var steps []result.Criterion
	for _, c := range root.Criteria {
		if isOpen(c) && (slices.Contains(root.Debts, c.ID) || c.Level <= min(*root.Level+1, root.Kind.Highest())) {
			steps = append(steps, c)
		}
	}
	first := func(c result.Criterion) int {
		switch {
		case slices.Contains(root.Debts, c.ID):
			return 0
		case c.Core:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(steps, func(a, b result.Criterion) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(effortRank(a), effortRank(b)), cmp.Compare(weight(b), weight(a)))
	})
	return steps
}

func isOpen(c result.Criterion) bool {
	return c.Verdict == result.CriterionUnmet || c.Verdict == result.CriterionPartial
}

func effortRank(c result.Criterion) int {
	if i := slices.Index([]string{"low", "med", "high"}, c.Effort); i >= 0 {
		return i
	}
	return 3
}

// raises says what a criterion would add once it is met: "core · level 2: 40 → 52 %".
func raises(root result.Root, c result.Criterion) string {
	met, all := 0.0, 0.0
	for _, other := range root.Criteria {
		if other.Level != c.Level || other.Verdict == result.CriterionNotApplicable || other.Verdict == result.CriterionUnknown {
			continue
		}
		all += weight(other)
		if other.Verdict == result.CriterionMet {
			met += weight(other)
		}
	}
	text := fmt.Sprintf("level %d: %d → %d %%", c.Level, shareOf(met, all), shareOf(met+weight(c), all))
	if root.Level != nil && slices.Contains(root.Up, c.ID) {
		text += fmt.Sprintf(", and level %d is reached", *root.Level+1)
	}
	switch {
	case slices.Contains(root.Debts, c.ID):
		return "a debt · " + text
	case c.Core:
		return "core · " + text
	}
	return text
}

// dimensionNames are the dimensions in their order; see [result.Root].
var dimensionNames = []struct{ ID, Name string }{
	{"P", "People"}, {"C", "Code and CI"}, {"D", "Data"}, {"M", "Model creation"}, {"R", "Model release"}, {"O", "Operations"},
}

// dimensionView is how one dimension stands.
type dimensionView struct {
	Name string
	// Share is that of the dimension's weight that is met, in percent; Count is in words.
	Share int
	Count string
	// Level is -1 where nothing says it.
	Level int
}

// LevelText is for tables.
func (d dimensionView) LevelText() string {
	if d.Level < 0 {
		return absent
	}
	return strconv.Itoa(d.Level)
}

func newDimensions(root result.Root) []dimensionView {
	var out []dimensionView
	for _, d := range dimensionNames {
		met, all, n, of := 0.0, 0.0, 0, 0
		for _, c := range root.Criteria {
			if c.Dimension != d.ID || c.Verdict == result.CriterionNotApplicable || c.Verdict == result.CriterionUnknown {
				continue
			}
			all, of = all+weight(c), of+1
			if c.Verdict == result.CriterionMet {
				met, n = met+weight(c), n+1
			}
		}
		if of == 0 {
			continue
		}
		v := dimensionView{Name: d.Name, Share: shareOf(met, all), Count: fmt.Sprintf("%d of %d", n, of), Level: -1}
		if level, ok := root.Dimensions[d.ID]; ok {
			v.Level = level
		}
		out = append(out, v)
	}
	return out
}
