package flow

import (
	"context"
	"errors"

	"github.com/muster-ci/muster/internal/registry"
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
	reg, err := g.Project.Registry(ctx)
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
	version, _, err := reg.Current(ctx, gate.Champion)
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
	t.champion = &version
	return nil
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
	for _, v := range versions {
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
	same := t.champion.Model.Digest == t.run.Candidate.Digest
	if same {
		t.theirs, t.theirNumbers = t.mine, t.run.Metrics
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
	t.theirs, t.theirNumbers = found.set, found.numbers
	t.receipt.ChampionRun = found.how
	return nil
}

func (g Gate) restoreChampion(ctx context.Context, version string) error {
	reg, err := g.Project.Registry(ctx)
	if err != nil {
		return err
	}
	store, err := g.Project.Folder.Store()
	if err != nil {
		return err
	}
	return reg.Restore(ctx, version, store)
}
