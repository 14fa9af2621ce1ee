package flow

import (
	"context"
	"fmt"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// findRuler says what the candidate is measured and judged by. In a change request
// that is what the base says, whatever the change makes of it; elsewhere, the
// working copy, which is the base itself.
func (g Gate) findRuler(ctx context.Context, t *trial) error {
	t.ruler = g.ownRuler(t.run)
	var err error
	switch {
	case g.Base != nil:
		err = g.holdToBase(ctx, t)
	case g.Project.Config.Gate == nil:
		return ErrNoGate
	default:
		if g.Ephemeral {
			g.refuseCommitted(ctx, t)
		}
		g.noteDirt(t)
	}
	if err != nil || t.closed {
		return err
	}
	t.specs, err = gateSpecs(t.ruler.config)
	return err
}

// ownRuler is the working copy's.
func (g Gate) ownRuler(run result.Run) ruler {
	own := ruler{config: g.Project.Config, dir: g.Project.Dir, from: "the working copy's own"}
	if run.Scope == result.ScopeDefaultBranch && run.Git != nil {
		own.from = fmt.Sprintf("the default branch's own, at %.7s", run.Git.Commit)
	}
	return own
}

// noteDirt says so where a job on the default branch measures by what is in no commit.
func (g Gate) noteDirt(t *trial) {
	if git := t.run.Git; g.Ephemeral && t.run.Scope == result.ScopeDefaultBranch && git != nil && git.Dirty {
		t.note("ruler-dirty", "files of the checkout differ from commit %.7s, so what measured here is in no commit", git.Commit)
		t.ruler.from += ", with changes that are in no commit"
	}
}

// compareRulers says whether what measures has changed, and whether it may have.
func (g Gate) compareRulers(_ context.Context, t *trial) error {
	if t.bootstrap || t.run.Candidate == nil {
		return nil
	}
	if t.ruler.commit != "" {
		g.noteOtherData(t)
		t.judgeChanges()
		return nil
	}
	if t.champion != nil && t.champion.Model.RulerKey != t.run.Candidate.RulerKey {
		t.noteRuler()
	}
	return nil
}

// noteRuler says that what evaluates is not what it was when the champion was
// promoted. The same model is then measured anew; another one is not let through.
func (t *trial) noteRuler() {
	const changed = "what evaluates (code, data, image or parameters) has changed since the champion was promoted"
	if t.sameModel() {
		t.note("ruler-renewed", changed+"; the same model is measured anew")
		return
	}
	t.note("ruler-changed", changed+", and the model has, too; change what evaluates first, on its own")
}

// closedRuler is a ruler by which nothing is measured: it has a gate that names no
// metric, and only the base's waivers.
func (g Gate) closedRuler(dir string) ruler {
	cfg := *g.Project.Config
	cfg.Gate = &config.Gate{Champion: "production", Confidence: 0.95}
	closed := ruler{config: &cfg, dir: dir, from: "the working copy's own"}
	if g.Base.gated() {
		cfg.Name, cfg.Gate.Champion, cfg.Gate.Waivers = g.Base.Config.Name, g.Base.Config.Gate.Champion, g.Base.Config.Gate.Waivers
		closed.from, closed.commit = g.Base.String(), g.Base.Commit
	}
	return closed
}
