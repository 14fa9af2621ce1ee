package flow

import (
	"context"
	"errors"

	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/rego/remote"
	"github.com/muster-ci/muster/internal/result"
)

// proposal is the candidate as the change's own ruler measured it.
type proposal struct {
	run  result.Run
	mine *predictions.Set
}

// propose says what the change's own ruler would have decided, where that is not
// the base's. It is shown beside the decision and binds nobody, so that what goes
// wrong in it is its answer, and no error.
func (g Gate) propose(ctx context.Context, t *trial) *result.Judgement {
	if t.proposed == nil || len(t.changes) == 0 || ctx.Err() != nil {
		return nil
	}
	own := &trial{run: t.proposed.run, mine: t.proposed.mine, registry: t.registry, champion: t.champion, ruler: g.ownRuler(t.run)}
	undecided := func(err error) *result.Judgement {
		return &result.Judgement{
			Verdict: result.Undecided, Reason: "the change's own ruler decides nothing: " + err.Error(),
			Findings: []result.Finding{}, Comparison: []result.Compared{},
		}
	}
	var err error
	if own.specs, err = gateSpecs(own.ruler.config); err != nil {
		return undecided(err)
	}
	if bundle := own.ruler.config.Gate.Policies.Bundle; remote.Is(bundle) && bundle != t.ruler.config.Gate.Policies.Bundle {
		return undecided(errors.New("it names another bundle of policies, and what a change names is not fetched"))
	}
	if t.judged.verdict.Stuck { // there is no time for more
		return undecided(errors.New("a policy of the base does not end"))
	}
	own.receipt.Alias = own.ruler.config.Gate.Champion
	if err = own.take(ctx, g.findWaivers, g.findBaseline, g.evaluateChampion, g.compare, g.gatherFacts, g.tellTime); err != nil {
		return undecided(err)
	}
	decision, err := g.judge(ctx, own)
	if err != nil {
		return undecided(err)
	}
	return &result.Judgement{Verdict: decision.Verdict, Reason: decision.Reason, Findings: decision.Findings, Comparison: decision.Comparison}
}
