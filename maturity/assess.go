package maturity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/rubric"
)

// names are the levels' names.
var names = [topLevel + 1]string{"no automation", "DevOps, no MLOps", "automated training", "automated deployment", "full automation"}

// assess makes the assessment of one root from its answers.
func assess(r *rubric.Rubric, kind result.Kind, project string, answers map[string]rubric.Answer) result.Assessment {
	a := result.Assessment{
		Schema: result.SchemaOf[result.Assessment](), Kind: kind,
		Rubric: fmt.Sprintf("%s, %d criteria", r.Version, len(r.Criteria)),
	}
	root := result.Root{Path: project, Kind: kind, Shape: map[string]float64{}, Criteria: []result.Criterion{}}
	if !scored(kind) {
		a.Summary = unscored(kind)
		a.Roots = []result.Root{root}
		return a
	}
	levels := tally(r.Criteria, answers, isMet)
	level, debts := reached(levels, highest(kind))
	proven, _ := reached(tally(r.Criteria, answers, isProven), highest(kind))
	most, _ := reached(tally(r.Criteria, answers, isPossible), highest(kind))
	root.Level, root.Shape, root.Debts = &level, shape(levels), debts
	for _, c := range r.Criteria {
		root.Criteria = append(root.Criteria, criterion(c, answers[c.ID]))
	}
	a.Level, a.ProvenLevel = &level, &proven
	a.Summary = summary(r, kind, level, most, debts, answers)
	a.Roots = []result.Root{root}
	return a
}

func isMet(a rubric.Answer) bool { return a.Verdict == result.CriterionMet }

// isProven asks for a record where there could be one.
func isProven(a rubric.Answer) bool {
	return isMet(a) && (a.Strength == result.StrengthProven || !a.Provable)
}

// isPossible counts what files cannot tell as met.
func isPossible(a rubric.Answer) bool { return isMet(a) || a.Verdict == result.CriterionUnknown }

// criterion puts an answer into its form for reports. What is met needs no remedy.
func criterion(c rubric.Criterion, a rubric.Answer) result.Criterion {
	out := result.Criterion{
		ID: c.ID, Level: c.Level, Dimension: c.Dimension, Question: c.Question, Core: c.Core, Weight: c.Weight,
		Verdict: a.Verdict, Strength: a.Strength, Reason: a.Reason, Evidence: a.Evidence,
	}
	if a.Verdict != result.CriterionMet && a.Verdict != result.CriterionNotApplicable {
		out.Remedy, out.Effort = c.Fix, c.Effort
	}
	return out
}

// summary is the one sentence that matters.
func summary(r *rubric.Rubric, kind result.Kind, level, most int, debts []string, answers map[string]rubric.Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "level %d of %d: %s", level, topLevel, names[level])
	if most > level {
		fmt.Fprintf(&b, " (up to %d: files alone cannot tell)", most)
	}
	switch kind {
	case result.KindConsumer:
		b.WriteString("; it uses a model that it does not train, so level 1 is the most it can have")
	case result.KindLibrary:
		b.WriteString("; its users train, so only its engineering is asked for")
	}
	for _, id := range debts {
		i := slices.IndexFunc(r.Criteria, func(c rubric.Criterion) bool { return c.ID == id })
		fmt.Fprintf(&b, "; one debt at level %d: %s", r.Criteria[i].Level, answers[id].Reason)
	}
	if id := next(r, level, highest(kind), answers); id != "" {
		b.WriteString("; next: " + id)
	}
	return b.String()
}

// efforts orders remedies by how much work they are.
var efforts = []string{"low", "med", "high"}

// next is the cheapest core criterion of the next level that is not met, or of
// a level below where that one has none.
func next(r *rubric.Rubric, level, highest int, answers map[string]rubric.Answer) string {
	best := -1
	for i, c := range r.Criteria {
		open := answers[c.ID].Verdict == result.CriterionUnmet || answers[c.ID].Verdict == result.CriterionPartial
		if !open || !c.Core || c.Level > min(level+1, highest) {
			continue
		}
		if best < 0 || c.Level > r.Criteria[best].Level ||
			c.Level == r.Criteria[best].Level && slices.Index(efforts, c.Effort) < slices.Index(efforts, r.Criteria[best].Effort) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return r.Criteria[best].ID
}

// unscored says why a repository has no level.
func unscored(kind result.Kind) string {
	switch kind {
	case result.KindTemplate:
		return "a template that becomes other repositories: score one of those"
	case result.KindCollection:
		return "a collection of lessons, not one project: score one of its folders by its path"
	}
	return "not an ML repository: no training, no inference and no model was found"
}
