package maturity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// names are the levels' names.
var names = [topLevel + 1]string{"no automation", "DevOps, no MLOps", "automated training", "automated deployment", "full automation"}

// root makes the assessment of one project from its answers.
func root(r *rubric.Rubric, kind result.Kind, project string, answers map[string]rubric.Answer) result.Root {
	root := result.Root{Path: project, Kind: kind, Shape: map[string]float64{}, Criteria: []result.Criterion{}}
	if !scored(kind) {
		return root
	}
	o := outcome{criteria: r.Criteria, answers: answers, highest: kind.Highest(), need: r.Shares}
	levels := tally(r.Criteria, answers, isMet)
	level, debts := reached(levels, o.highest, o.need)
	proven, _ := reached(tally(r.Criteria, answers, isProven), o.highest, o.need)
	most, _ := reached(tally(r.Criteria, answers, isPossible), o.highest, o.need)
	root.Level, root.ProvenLevel, root.Shape, root.Debts = &level, &proven, shape(levels), debts
	if most > level {
		root.MostLevel = &most
	}
	root.Needed = r.Shares.Own
	root.Dimensions, root.Steps = o.dimensions(), o.steps(level)
	root.Up, root.Down = o.one(level)
	for _, c := range r.Criteria {
		root.Criteria = append(root.Criteria, criterion(c, answers[c.ID]))
	}
	return root
}

// assess puts the projects of a repository together. Kind is that of the whole.
func assess(r *rubric.Rubric, kind result.Kind, roots []result.Root, production []string) result.Assessment {
	a := result.Assessment{
		Schema: result.SchemaOf[result.Assessment](), Kind: kind, Roots: roots,
		Rubric: fmt.Sprintf("%s, %d criteria", r.Version, len(r.Criteria)),
	}
	if !scored(kind) {
		a.Summary = unscored(kind)
		return a
	}
	i, why := headline(roots, production)
	chosen := roots[i]
	a.Kind, a.Root = chosen.Kind, chosen.Path
	a.Level, a.ProvenLevel, a.MostLevel = chosen.Level, chosen.ProvenLevel, chosen.MostLevel
	a.Summary = summary(chosen)
	withOwnClaims(roots, i)
	if len(roots) > 1 {
		a.Chosen = why
		a.Summary += fmt.Sprintf("; it is that of %s, %s of %d projects", chosen.Path, why, len(roots))
	}
	return a
}

// withOwnClaims leaves pages that lie in no project to the one that is chosen: what
// they say is listed once.
func withOwnClaims(roots []result.Root, chosen int) {
	said := map[string]bool{}
	for _, c := range roots[chosen].Claims {
		said[c.Path] = true
	}
	for i, r := range roots {
		if i != chosen {
			roots[i].Claims = slices.DeleteFunc(r.Claims, func(c result.Evidence) bool { return said[c.Path] || !source.Under(c.Path, r.Path) })
		}
	}
}

func isMet(_ string, a rubric.Answer) bool { return a.Verdict == result.CriterionMet }

// isProven asks for a record where there could be one.
func isProven(_ string, a rubric.Answer) bool {
	return a.Verdict == result.CriterionMet && (a.Strength == result.StrengthProven || !a.Provable)
}

// isPossible counts what files cannot tell as met.
func isPossible(id string, a rubric.Answer) bool {
	return isMet(id, a) || a.Verdict == result.CriterionUnknown
}

// criterion puts an answer into its form for reports. What is met needs no remedy.
func criterion(c rubric.Criterion, a rubric.Answer) result.Criterion {
	out := result.Criterion{
		ID: c.ID, Level: c.Level, Dimension: c.Dimension, Question: c.Question, Core: c.Core, Weight: c.Weight,
		Verdict: a.Verdict, Strength: a.Strength, Reason: a.Reason, Evidence: a.Evidence,
	}
	if a.Verdict != result.CriterionMet && a.Verdict != result.CriterionNotApplicable {
		out.Remedy, out.Effort = c.Fix, c.Effort
	}
	if a.Accepted != "" {
		out.Remedy, out.Effort, out.Reason = "", "", out.Reason+"; "+a.Accepted
	}
	return out
}

// summary is the one sentence that matters.
func summary(r result.Root) string {
	var b strings.Builder
	fmt.Fprintf(&b, "level %d of %d: %s", *r.Level, topLevel, names[*r.Level])
	if r.MostLevel != nil {
		fmt.Fprintf(&b, "; it may be up to %d: files alone cannot tell", *r.MostLevel)
	}
	switch r.Kind {
	case result.KindConsumer:
		b.WriteString("; it uses a model that it does not train, so level 1 is the most it can have")
	case result.KindLibrary:
		b.WriteString("; its users train, so only its engineering is asked for")
	}
	for _, id := range r.Debts {
		i := slices.IndexFunc(r.Criteria, func(c result.Criterion) bool { return c.ID == id })
		fmt.Fprintf(&b, "; one debt at level %d: %s", r.Criteria[i].Level, r.Criteria[i].Reason)
	}
	if n := attested(r); n > 0 {
		fmt.Fprintf(&b, "; %d of its criteria only attested", n)
	}
	return b.String()
}

// attested counts the criteria up to the level that are met by people's word.
func attested(r result.Root) int {
	n := 0
	for _, c := range r.Criteria {
		if c.Verdict == result.CriterionMet && c.Strength == result.StrengthAttested && c.Level <= *r.Level {
			n++
		}
	}
	return n
}

// unscored says why a repository has no level.
func unscored(kind result.Kind) string {
	switch kind {
	case result.KindTemplate:
		return "a template that becomes other repositories: score one of those"
	case result.KindCollection:
		return "a collection of lessons, not one project: each folder has a level of its own"
	}
	return "not an ML repository: no training, no inference and no model was found"
}
