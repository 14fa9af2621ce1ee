package maturity

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// maxShown is how many facts a rationale shows.
const maxShown = 60

// UnknownError says that the rubric has no criterion of that name.
type UnknownError struct{ ID string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no criterion %q", e.ID) }

// seen is what a project was answered from.
type seen struct {
	set   *facts.Set
	asked *rubric.Rubric
}

// Explain scores the repository, and says how the answer to one criterion came
// about in the project that its level is taken from. A criterion that is in neither
// the rubric nor the team's own is an [UnknownError].
func (s *Scorer) Explain(ctx context.Context, dir, id string, opts Options) (result.Rationale, error) {
	projects := map[string]seen{}
	opts.Seen = func(project string, set *facts.Set, asked *rubric.Rubric) { projects[project] = seen{set, asked} }
	a, err := s.Score(ctx, dir, opts)
	if err != nil {
		return result.Rationale{}, err
	}
	root := a.Roots[max(slices.IndexFunc(a.Roots, func(r result.Root) bool { return r.Path == a.Root }), 0)]
	from, ok := projects[root.Path]
	if !ok {
		from = seen{&facts.Set{}, s.rubric}
	}
	c, ok := from.asked.Criterion(id)
	if !ok {
		return result.Rationale{}, &UnknownError{id}
	}
	r, err := from.rationale(c)
	if err != nil {
		return result.Rationale{}, err
	}
	if i := slices.IndexFunc(root.Criteria, func(c result.Criterion) bool { return c.ID == id }); i >= 0 {
		r.Criterion = root.Criteria[i]
	} else {
		r.Criterion.Reason = a.Summary
	}
	return r, nil
}

// rationale says what is asked, by which rule, and what it had to go by.
func (s seen) rationale(c rubric.Criterion) (result.Rationale, error) {
	rule, err := s.asked.Rule(c.ID)
	if err != nil {
		return result.Rationale{}, err
	}
	categories, err := s.asked.Categories(c.ID, slices.Sorted(maps.Keys(s.set.Facts)))
	if err != nil {
		return result.Rationale{}, err
	}
	r := result.Rationale{
		Schema: result.SchemaOf[result.Rationale](), Criterion: criterion(c, rubric.Answer{
			Verdict: result.CriterionNotApplicable, Strength: result.StrengthNone, Reason: "not asked",
		}),
		Why: c.Why, Counts: c.Counts, LookAlikes: c.LookAlikes, Proof: c.Proof, NotApplicable: c.NotApplicable,
		Fix: c.Fix, Source: c.Source, References: c.References, Attestable: c.Attest,
		Rule: rule, Categories: append([]string{}, categories...), Facts: []result.SeenFact{},
	}
	var all []facts.Fact
	for _, category := range r.Categories {
		all = append(all, s.set.Facts[category]...)
	}
	slices.SortStableFunc(all, func(a, b facts.Fact) int { return weightOf(a) - weightOf(b) })
	shown := all[:min(len(all), maxShown)]
	for _, f := range shown {
		r.Facts = append(r.Facts, seenFact(f, s.set))
	}
	r.FactsLeftOut = len(all) - len(shown)
	return r, nil
}

// weightOf puts first what something runs, and last what is only written about.
func weightOf(f facts.Fact) int {
	switch {
	case f.Context == string(source.Docs):
		return 3
	case len(f.Entries) > 0:
		return 0
	case f.Context == string(source.Source) || f.Context == "command":
		return 1
	}
	return 2
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
