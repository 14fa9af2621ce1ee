package maturity

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/rubric"
)

// maxShown is how many facts a rationale shows.
const maxShown = 60

// Criteria returns the criteria of the rubric, in its order.
func (s *Scorer) Criteria() []rubric.Criterion { return slices.Clone(s.rubric.Criteria) }

// UnknownError says that the rubric has no criterion of that name.
type UnknownError struct{ ID string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no criterion %q", e.ID) }

// Explain scores the repository, and says how the answer to one criterion came
// about in the project that its level is taken from. A criterion that is not in
// the rubric is an [UnknownError].
func (s *Scorer) Explain(ctx context.Context, dir, id string, opts Options) (result.Rationale, error) {
	c, ok := s.rubric.Criterion(id)
	if !ok {
		return result.Rationale{}, &UnknownError{id}
	}
	sets, seen := map[string]*facts.Set{}, opts.Seen
	opts.Seen = func(project string, set *facts.Set) {
		sets[project] = set
		if seen != nil {
			seen(project, set)
		}
	}
	a, err := s.Score(ctx, dir, opts)
	if err != nil {
		return result.Rationale{}, err
	}
	root := a.Roots[max(slices.IndexFunc(a.Roots, func(r result.Root) bool { return r.Path == a.Root }), 0)]
	r := s.rationale(c, sets[root.Path])
	for _, answered := range root.Criteria {
		if answered.ID == id {
			r.Criterion = answered
		}
	}
	if len(root.Criteria) == 0 {
		r.Criterion.Reason = a.Summary
	}
	return r, nil
}

func (s *Scorer) rationale(c rubric.Criterion, set *facts.Set) result.Rationale {
	r := result.Rationale{
		Schema: result.SchemaOf[result.Rationale](), Criterion: criterion(c, rubric.Answer{
			Verdict: result.CriterionNotApplicable, Strength: result.StrengthNone, Reason: "not asked",
		}),
		Why: c.Why, Counts: c.Counts, LookAlikes: c.LookAlikes, Proof: c.Proof, NotApplicable: c.NotApplicable,
		Fix: c.Fix, Source: c.Source, References: c.References, Attestable: c.Attest,
		Rule: s.rubric.Rule(c.ID), Categories: []string{}, Facts: []result.SeenFact{},
	}
	if set == nil {
		return r
	}
	r.Categories = append(r.Categories, s.rubric.Categories(c.ID, slices.Sorted(maps.Keys(set.Facts)))...)
	for _, category := range r.Categories {
		for _, f := range set.Facts[category] {
			if len(r.Facts) == maxShown {
				r.FactsLeftOut++
				continue
			}
			r.Facts = append(r.Facts, seenFact(f, set))
		}
	}
	return r
}

// seenFact puts a fact into its form for people.
func seenFact(f facts.Fact, set *facts.Set) result.SeenFact {
	const most = 3
	out := result.SeenFact{Category: f.Category, Tool: f.Tool, Subject: f.Subject, Path: f.Path, Line: f.Line, Context: f.Context}
	for _, link := range f.Entries {
		if e := set.Entries[link.ID]; len(out.Reached) < most {
			text := fmt.Sprintf("%s (%s:%d)", e.Name, e.Path, e.Line)
			if e.Off != "" {
				text += ", which never runs: " + e.Off
			}
			out.Reached = append(out.Reached, text)
		}
		if out.Lost == "" {
			out.Lost = link.Swallowed
		}
	}
	return out
}
