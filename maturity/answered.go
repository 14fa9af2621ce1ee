package maturity

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/maturity/catalogue"
	"github.com/muster-ci/muster/maturity/facts"
	"github.com/muster-ci/muster/maturity/source"
)

// answered are the projects of a repository as they were answered before: one of which
// nothing changed that its answers rest on is not asked again. A nil one knows nothing.
type answered struct {
	cache    Cache
	question string
	beside   source.Sum // see reading.beside
	before   map[string]answeredRoot
	now      map[string]answeredRoot
}

// answeredRoot is one project with its answers, and what those rest on.
type answeredRoot struct {
	Basis  source.Sum
	Root   json.RawMessage
	Hosted bool
}

// answered returns what is remembered of the projects under a sum of what lies beside
// the tree, which was taken before any of that was read; nil where answers may rest on
// more than a sum can stand for.
func (r reading) answered(t *team, beside source.Sum, known bool) *answered {
	if !known || len(t.attested) > 0 { // what became of an attestation is noted while answers are given
		return nil
	}
	a := &answered{
		cache: r.opts.cache(r.dir), question: "projects " + r.question(), beside: beside,
		before: map[string]answeredRoot{}, now: map[string]answeredRoot{},
	}
	if data, known := a.cache.Answer(a.question, beside); known {
		if json.Unmarshal(data, &a.before) != nil {
			a.before = map[string]answeredRoot{}
		}
	}
	return a
}

// keep writes down what was answered now, unless the tree or what lies beside it changed
// meanwhile: nobody knows which of the two was read.
func (r reading) keep(a *answered) {
	if a == nil || len(a.now) == 0 {
		return
	}
	if after, known := r.beside(source.Sum{}); r.glance.Moved() || !known || after != a.beside {
		return
	}
	if data, err := json.Marshal(a.now); err == nil {
		a.cache.Keep(a.question, a.beside, data)
	}
}

// uses are what is remembered of the files' uses of a catalogue; keep writes down what
// became known.
func (r reading) uses(tools *catalogue.Catalogue) (uses *facts.Uses, keep func()) {
	cache := r.opts.cache(r.dir)
	if cache == (Cache{}) {
		return nil, func() {}
	}
	data, err := json.Marshal(tools.Tools)
	if err != nil {
		return nil, func() {}
	}
	uses, of := new(facts.Uses), sha256.Sum256(data)
	if data, known := cache.Answer("uses", of); known && json.Unmarshal(data, uses) != nil {
		uses = new(facts.Uses)
	}
	return uses, func() {
		if !uses.Changed() {
			return
		}
		if data, err := json.Marshal(uses); err == nil {
			cache.Keep("uses", of, data)
		}
	}
}

// project is one that is to be answered, or was.
type project struct {
	path   string
	set    *facts.Set // nil where root is known
	tree   *source.Tree
	root   result.Root
	hosted bool
	basis  facts.Basis
	based  bool
}

// bases are what the answers of some projects beside all others rest on.
type bases struct {
	some, all []string
	of        map[string]func() (facts.Basis, bool)
	// stop ends the search, and waits until it is over.
	stop func()
}

// findBases begins to find them beside what follows, but where rules are watched.
func (p projects) findBases(ctx context.Context, some, all []string) bases {
	ctx, cancel := context.WithCancel(ctx)
	var search sync.WaitGroup
	out := bases{some, all, map[string]func() (facts.Basis, bool){}, func() {
		cancel()
		search.Wait()
	}}
	for _, project := range some {
		out.of[project] = sync.OnceValues(func() (facts.Basis, bool) { return p.view.Basis(project, others(all, project)) })
	}
	if p.answered == nil || p.scorer.rubric.Watched() {
		return out
	}
	search.Go(func() {
		for _, project := range some {
			if ctx.Err() == nil {
				_, _ = out.of[project]() // whoever asks is told
			}
		}
	})
	return out
}

// look finds a project's answers of before, or else its facts.
func (p projects) look(path string, others []string) project {
	found := project{path: path}
	if p.answered != nil {
		found.basis, found.based = p.bases.of[path]()
		if was, ok := p.answered.before[path]; found.based && ok && was.Basis == found.basis && json.Unmarshal(was.Root, &found.root) == nil {
			found.hosted = was.Hosted
			return found
		}
	}
	found.tree = p.view.Sight(path, others)
	found.set = p.facts(found.tree, path, others)
	return found
}

// answer asks the rules of a project, unless that was done.
func (p projects) answer(ctx context.Context, of project) (result.Root, bool, error) {
	if of.set == nil {
		p.answered.now[of.path] = p.answered.before[of.path]
		return of.root, of.hosted, nil
	}
	root, err := p.root(ctx, of)
	if err != nil {
		return root, false, err
	}
	hosted := len(of.set.Facts["hosted"]) > 0
	if of.based {
		if data, err := json.Marshal(root); err == nil {
			p.answered.now[of.path] = answeredRoot{of.basis, data, hosted}
		}
	}
	return root, hosted, nil
}
