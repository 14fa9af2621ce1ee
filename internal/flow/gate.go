package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
	"github.com/muster-ci/muster/stages"
)

// Gate decides whether the candidate of a run may become the champion.
type Gate struct {
	Project *Project
	Runner  *stages.Runner
	// Ephemeral is true where the checkout does not outlive the job: a registry in it would be empty every time.
	Ephemeral bool
	// Change identifies the change request, or the branch, for the count of attempts;
	// empty for the branch of the run.
	Change string
	// Audit opens the data that is kept for promotion, if the candidate passes without it.
	Audit bool
	// Version is muster's own, for the receipt.
	Version string
	// Base is the tip of the branch that a change goes into; nil outside of a change request.
	Base *Base
	// Log says where the decision is logged.
	Log DecisionLog
	// Signer signs the decision, so that it can promote where the registry wants that; nil for none.
	Signer *attest.Signer
}

// ErrNoGate says that the configuration has no gate.
var ErrNoGate = errors.New("there is no gate in " + config.FileName)

// ruler is all that measures, and where it comes from.
type ruler struct {
	// config has the gate section, the evaluate stage and the registry.
	config *config.Config
	// dir is the folder that policies, waivers, code and data of the ruler are read from.
	dir string
	// from says where it comes from, for the receipt: "main at d4e5f6a", or "the working copy's own".
	from string
	// commit is the base's, or empty for the working copy's own.
	commit string
	// inputs gives, by path, the absolute place of files that stand in for those in dir; see [stages.Measuring].
	inputs map[string]string
}

// trial is what the steps of a decision hand on to one another.
type trial struct {
	ruler    ruler
	specs    []metrics.Spec
	run      result.Run
	champion *result.Version
	mine     *predictions.Set
	theirs   *predictions.Set
	// theirNumbers are what the evaluate stage wrote of the champion itself.
	theirNumbers map[string]float64
	// anchor is nil unless there is one that is neither the champion nor the candidate.
	anchor *measured
	// baseline is nil unless numbers stand in for the champion's.
	baseline *baseline
	compared *metrics.Comparisons
	problems []policies.Problem
	receipt  result.Receipt
	facts    facts
	// waivers are the ruler's; now is when the decision is made, for their last days.
	waivers []result.Waiver
	now     time.Time
	// stages are what the candidate was measured by if that is not its run.
	stages []result.Stage
	// labels are those of the gate, once they were read; nil if they are in the predictions.
	labels *predictions.Set
	// ledger is nil where nothing was looked at, or where none is kept.
	ledger *ledger
	// input is the document that the policies saw.
	input policies.Input

	// bootstrap is true if the base is known to have no gate, closed if the change
	// did away with its own, so that there is nothing to measure.
	bootstrap, closed bool
	// proposed is the candidate as the change's own ruler measured it; nil without a base.
	proposed *proposal
	// changes are what of the ruler the change edits.
	changes []result.Difference
	// after is what is to be removed once the decision is made.
	after []func()
	// judged is what the policies said last.
	judged judged
}

// measuredBy are the stages that the candidate was measured by.
func (t *trial) measuredBy() []result.Stage {
	if t.stages != nil {
		return t.stages
	}
	return t.run.Stages
}

func (t *trial) end() {
	for _, remove := range t.after {
		remove()
	}
}

// undecided notes something that could not be known. The policies turn it into
// a finding: whatever is not known is never a pass.
func (t *trial) undecided(code, format string, args ...any) {
	t.problems = append(t.problems, policies.Problem{Code: code, Message: fmt.Sprintf(format, args...)})
}

// Decide takes the run's candidate through the gate, step by step, and saves
// the decision. What cannot be known makes it undecided; an error means that
// muster or its surroundings failed before there was anything to decide.
func (g Gate) Decide(ctx context.Context, run result.Run) (result.Decision, error) {
	t := &trial{run: run}
	defer t.end()
	// A decision that cannot be made again does not stand, but a file with a mistake says nothing about it.
	if err := g.findRuler(ctx, t); err != nil {
		return result.Decision{}, err
	}
	if err := g.findWaivers(ctx, t); err != nil {
		return result.Decision{}, err
	}
	if err := os.Remove(g.Project.Folder.Path(DecisionFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return result.Decision{}, fmt.Errorf("remove the last decision: %w", err)
	}
	if err := g.measure(ctx, t); err != nil {
		return result.Decision{}, err
	}
	if err := g.tellTime(ctx, t); err != nil {
		return result.Decision{}, err
	}
	decision, err := g.judgeAndKeep(ctx, t)
	if err != nil {
		return result.Decision{}, err
	}
	decision.Proposed = g.propose(ctx, t)
	if err := signDecision(g.Signer, &decision); err != nil {
		return result.Decision{}, err
	}
	if err := g.logDecision(t, decision); err != nil {
		return result.Decision{}, err
	}
	if err := g.illustrate(t, decision); err != nil {
		return result.Decision{}, err
	}
	return decision, save(g.Project, DecisionFile, decision)
}

// measure takes the candidate through everything that is to be known of it.
func (g Gate) measure(ctx context.Context, t *trial) error {
	if t.closed {
		return nil
	}
	if err := g.expectModel(t); err != nil {
		return err
	}
	steps := []func(context.Context, *trial) error{
		g.findCandidate,
		g.measureByBase,
		g.findBaseline,
		g.findChampion,
		g.checkPromotion,
		g.compareRulers,
		g.holdRows,
		g.evaluateChampion,
		g.evaluateAnchor,
		g.compare,
		g.checkLeakage,
		g.gatherFacts,
		g.readLedger,
	}
	for _, step := range steps {
		if err := step(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
