package maturity

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/forge"
	"github.com/muster-ci/muster/maturity/rubric"
	"github.com/muster-ci/muster/maturity/source"
)

// projects scores the projects of one repository.
type projects struct {
	scorer *Scorer
	tree   *source.Tree
	view   *facts.View
	opts   Options
	beside outside
	team   *team
	// answered is what is remembered of the projects.
	answered *answered
	bases    bases
}

// assess scores the project that was asked for, or each that there is.
func (p projects) assess(ctx context.Context) (result.Assessment, error) {
	all := roots(p.tree, p.view)
	named, err := p.team.roots()
	if err != nil {
		return result.Assessment{}, err
	}
	if named != nil {
		all = named
	}
	if p.opts.Project != "" {
		project := path.Clean(p.opts.Project)
		if p.opts.Tree == nil && !p.has(project) { // an older commit may not have it yet
			return result.Assessment{}, &ProjectError{project}
		}
		if project == "." {
			all = nil
		}
		return p.together(ctx, "", []string{project}, all)
	}
	if named != nil {
		return p.together(ctx, "", named, named)
	}
	p.bases = p.findBases(ctx, all[:min(len(all), maxRoots)], all) // most often they are what is scored
	defer p.bases.stop()
	whole := p.view.Sketch()
	kind := p.kind(p.tree, whole, ".")
	switch {
	case kind == result.KindCollection:
		found := lessons(p.tree)
		if len(found) == 0 {
			found = units(p.tree, whole, ".")
		}
		if len(found) == 0 {
			found = []string{"."}
		}
		return p.together(ctx, kind, found, found)
	case !scored(kind) || kind == result.KindLibrary:
		all = []string{"."}
	}
	some := all[:min(len(all), maxRoots)]
	a, err := p.together(ctx, "", some, all)
	if left := len(all) - len(some); left > 0 {
		a.Unread = append(a.Unread, result.Evidence{Path: all[len(some)], Note: fmt.Sprintf(
			"%d of %d projects are scored: score another with --project", len(some), len(all))})
	}
	return a, err
}

// ProjectError says that the folder that was to be scored holds no file.
type ProjectError struct{ Path string }

func (e *ProjectError) Error() string { return "there is no file below " + e.Path }

func (p projects) has(project string) bool {
	return slices.ContainsFunc(p.tree.Files, func(f string) bool { return source.Under(f, project) })
}

// together scores some projects beside all that there are. Kind is that of the
// whole, if it is not that of the project that is chosen.
func (p projects) together(ctx context.Context, kind result.Kind, some, all []string) (result.Assessment, error) {
	if !slices.Equal(p.bases.some, some) || !slices.Equal(p.bases.all, all) {
		if p.bases.stop != nil {
			p.bases.stop()
		}
		p.bases = p.findBases(ctx, some, all)
		defer p.bases.stop()
	}
	list, hosted, err := p.each(ctx, some, all)
	if err != nil {
		return result.Assessment{}, err
	}
	if kind == "" {
		kind = kindOfAll(list)
	}
	a := assess(p.scorer.rubric, kind, list, p.opts.Production)
	if kind == result.KindNotML && hosted {
		a.Summary = "not a repository of models of its own: it calls hosted language models, which this scale does not cover"
	}
	return a, nil
}

// each scores the projects, one after the other: while the rules are asked of one, the
// facts of the next are gathered, but where rules are watched. It tells whether one of
// them calls hosted models.
func (p projects) each(ctx context.Context, some, all []string) (list []result.Root, hosted bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	found := make(chan project)
	var turn sync.Locker = noLock{}
	if p.scorer.rubric.Watched() {
		turn = &sync.Mutex{}
	}
	group.Go(func() error {
		defer close(found)
		for _, project := range some {
			turn.Lock()
			next := p.look(project, others(all, project))
			turn.Unlock()
			select {
			case found <- next:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for project := range found {
			turn.Lock()
			root, calls, err := p.answer(ctx, project)
			turn.Unlock()
			if err != nil {
				return fmt.Errorf("score project %s: %w", project.path, err)
			}
			list = append(list, root)
			hosted = hosted || calls
		}
		return nil
	})
	err = group.Wait()
	return list, hosted, err
}

// noLock lets everybody pass.
type noLock struct{}

func (noLock) Lock()   {}
func (noLock) Unlock() {}

// facts are those of one project. Of a library, everything counts that its users
// may call.
func (p projects) facts(tree *source.Tree, project string, others []string) *facts.Set {
	set, whole := p.view.Project(project, others), p.view.Whole()
	if whole != p.view && p.kind(tree, set, project) == result.KindLibrary {
		return whole.Project(project, others)
	}
	return set
}

// kindOfAll is the kind of the first project that has a level, or of the first.
func kindOfAll(list []result.Root) result.Kind {
	for _, r := range list {
		if r.Level != nil {
			return r.Kind
		}
	}
	return list[0].Kind
}

// kind is what the project is taken for.
func (p projects) kind(tree *source.Tree, set *facts.Set, project string) result.Kind {
	if p.opts.Kind != "" {
		return p.opts.Kind
	}
	return kindOf(tree, p.scorer.tools, set, project)
}

// root scores one project.
func (p projects) root(ctx context.Context, of project) (result.Root, error) {
	var none result.Root
	set, project := of.set, of.path
	if p.opts.Tree == nil { // records lie beside the working copy, not in an older tree
		p.beside.add(set)
	}
	if p.opts.Seen != nil {
		p.opts.Seen(project, set, p.scorer.rubric)
	}
	kind := p.kind(of.tree, set, project)
	answers := map[string]rubric.Answer{}
	if scored(kind) {
		var err error
		if answers, err = p.scorer.rubric.Answer(ctx, kind, set); err != nil {
			return none, fmt.Errorf("answer criteria: %w", err)
		}
		p.doubt(answers)
		p.say(project, answers)
	}
	r := root(p.scorer.rubric, kind, project, answers)
	r.Claims = claims(r, set)
	return r, nil
}

// doubt makes "cannot tell" of what files deny and only the forge could show,
// where it was not asked or did not answer: such criteria stand outside the weight.
func (p projects) doubt(answers map[string]rubric.Answer) {
	for _, c := range p.scorer.rubric.Criteria {
		a, ok := answers[c.ID]
		if !ok || !c.Forge || forge.Told(p.opts.Forge, c.ID) || a.Verdict != result.CriterionUnmet && a.Verdict != result.CriterionPartial {
			continue
		}
		a.Verdict = result.CriterionUnknown
		a.Reason += "; only the forge can tell"
		if p.opts.Forge == nil {
			a.Reason += " (--forge)"
		}
		answers[c.ID] = a
	}
}

// say puts what the team says beside the answers.
func (p projects) say(project string, answers map[string]rubric.Answer) {
	p.team.equivalents(p.view, project, answers)
	a := attestations{
		list: p.team.attested, rubric: p.scorer.rubric, project: project, now: p.opts.now(),
		has: func(name string) bool { return p.tree.Has(name) },
	}
	p.team.in = append(p.team.in, a.apply(answers)...)
}

// claims are what the documentation says of criteria that are not met: of what a page
// says of one, the first line.
func claims(r result.Root, set *facts.Set) []result.Evidence {
	var out []result.Evidence
	for _, c := range r.Criteria {
		if c.Verdict != result.CriterionUnmet && c.Verdict != result.CriterionPartial {
			continue
		}
		said := map[string]bool{}
		for _, f := range set.Facts["claim."+c.ID] {
			if said[f.Path] {
				continue
			}
			said[f.Path] = true
			out = append(out, result.Evidence{Path: f.Path, Line: f.Line, Note: fmt.Sprintf("%q, but %s: %s", f.Subject, c.ID, c.Reason)})
		}
	}
	return out
}
