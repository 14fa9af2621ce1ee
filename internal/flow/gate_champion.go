package flow

import (
	"context"
	"errors"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// findChampion asks the registry. A registry that is missing, or does not
// answer, leaves the gate undecided; one that was made and is empty means that
// this is the first model.
func (g Gate) findChampion(ctx context.Context, t *trial) error {
	if t.bootstrap { // what the registry says by this change's word is not asked
		return nil
	}
	gate := t.ruler.config.Gate
	t.receipt.Alias, t.receipt.Registry = gate.Champion, t.ruler.config.Registry.Type
	if g.Ephemeral && !t.baseline.covers(gate) && g.Project.insideCheckout(ctx) {
		t.undecided("registry-not-kept", "the registry lies inside the checkout, which this job throws away; keep it on a branch (registry: {git: {}} in muster.yaml), or elsewhere and set MUSTER_REGISTRY")
		return nil
	}
	reg, err := g.registry(ctx, t)
	switch {
	case errors.Is(err, registry.ErrMissing) && t.baseline.covers(gate):
		t.receipt.Registry = "" // nothing can be promoted, and what stands in for the champion is known
		return nil
	case errors.Is(err, registry.ErrMissing):
		t.undecided("registry-missing", "there is no registry to ask for the champion (%v); make it once with: muster models init", err)
		return nil
	case err != nil:
		t.undecided("registry-failed", "the registry does not say which model is the champion: %v", err)
		return nil
	}
	version, move, err := reg.Current(ctx, gate.Champion)
	switch {
	case errors.Is(err, registry.ErrNoAlias):
		return g.expectEmpty(ctx, t, reg)
	case err != nil:
		t.undecided("registry-failed", "the registry does not say which model is the champion: %v", err)
		return nil
	}
	// That the cache has the champion says nothing of whether the registry still keeps it.
	if err := reg.Check(ctx, version); err != nil {
		t.undecided("registry-failed", "the registry does not keep the champion as it was promoted: %v; muster models verify says what to do", err)
		return nil
	}
	t.champion, t.move = &version, move
	return nil
}

// registry opens the registry, once for all that a decision asks of it: so all the
// answers are of one moment, and a remote is asked once.
func (g Gate) registry(ctx context.Context, t *trial) (*registry.Registry, error) {
	if t.registry == nil {
		opened, err := g.Project.Registry(ctx)
		if err != nil {
			return nil, err
		}
		t.registry = opened
	}
	return t.registry, nil
}

// current is what an alias names, and the move that made it so.
func (g Gate) current(ctx context.Context, t *trial, alias string) (result.Version, result.Move, error) {
	reg, err := g.registry(ctx, t)
	if err != nil {
		return result.Version{}, result.Move{}, err
	}
	return reg.Current(ctx, alias)
}

// expectEmpty makes sure that a candidate without a champion is the first. In a
// registry with versions the alias was lost or misspelt; only a version of this
// very candidate may be there, from a promotion that was cut short.
func (g Gate) expectEmpty(ctx context.Context, t *trial, reg *registry.Registry) error {
	versions, err := reg.Versions(ctx)
	if err != nil {
		t.undecided("registry-failed", "the registry does not list its versions: %v", err)
		return nil
	}
	aliases, err := reg.Aliases(ctx)
	if err != nil {
		t.undecided("registry-failed", "the registry does not list its aliases: %v", err)
		return nil
	}
	for _, v := range versions {
		if v.Staged != nil && len(aliases) == 0 {
			continue // it waits for its change, and nothing was ever promoted
		}
		if t.run.Candidate == nil || v.Model.Digest != t.run.Candidate.Digest {
			t.undecided("alias-missing", "the registry has versions, but %s names none of them", t.ruler.config.Gate.Champion)
			return nil
		}
	}
	return nil
}

// evaluateChampion has the champion predict the candidate's rows, now.
func (g Gate) evaluateChampion(ctx context.Context, t *trial) error {
	if t.champion == nil || t.mine == nil {
		return nil
	}
	if t.baseline.covers(t.ruler.config.Gate) {
		t.receipt.ChampionRun = "not evaluated: a baseline stands in for " + t.champion.Version
		return nil
	}
	if t.sameModel() {
		t.theirs = measured{set: t.mine, numbers: t.run.Metrics}
		t.receipt.ChampionRun = "the candidate is the champion; not evaluated twice"
		return nil
	}
	found, problem, err := g.evaluateVersion(ctx, t, *t.champion)
	if err != nil {
		return err
	}
	if problem != "" {
		t.undecided("champion-cannot-run", "%s", problem)
		return nil
	}
	t.theirs = found
	t.receipt.ChampionRun = found.how
	return nil
}

// restore puts a version's files where a stage can have them.
func (g Gate) restore(ctx context.Context, t *trial, version string) error {
	reg, err := g.registry(ctx, t)
	if err != nil {
		return err
	}
	store, err := g.Project.Folder.Store()
	if err != nil {
		return err
	}
	return reg.Restore(ctx, version, store)
}
