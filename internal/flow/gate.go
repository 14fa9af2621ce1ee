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
	"github.com/muster-ci/muster/internal/registry"
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
	// Explanation, unless it is nil, is filled with what led to each finding.
	Explanation *result.Explanation
	// Signer signs the decision, so that it can promote where the registry wants that; nil for none.
	Signer *attest.Signer
	// Anew has the base's ruler alone measure the candidate, which another job made:
	// nothing of the change is executed here.
	Anew bool
	// Measured, unless it is nil, is filled with the run as it was measured anew.
	Measured *result.Run
	// Reviews are the change's approvals, in which code owners may waive what denies; nil for none.
	Reviews *Reviews
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
	// commit is the base's, or empty for the working copy's own; branch is what the base is called.
	commit, branch string
}

// trial is what the steps of a decision hand on to one another.
type trial struct {
	// What is tried, and by what.
	run   result.Run
	ruler ruler
	specs []metrics.Spec
	// bootstrap is true if the base is known to have no gate, closed if the change
	// did away with its own, so that there is nothing to measure.
	bootstrap, closed bool
	// proposed is the candidate as the change's own ruler measured it; nil without a base.
	proposed *proposal
	// changes are what of the ruler the change edits.
	changes []result.Difference
	// waivers are the ruler's; now is when the decision is made, for their last days.
	waivers []result.Waiver
	now     time.Time
	// reviewed is true once the host was asked for approvals that waive something.
	reviewed bool

	// The models, and what each came to on the same rows.
	// stages are what the candidate was measured by if that is not its run.
	stages []result.Stage
	// labels are those of the gate, once they were read; nil if they are in the predictions.
	labels *predictions.Set
	mine   *predictions.Set
	// registry is open once it was asked for; see [Gate.registry].
	registry *registry.Registry
	// champion is nil if there is none; move is what made it that.
	champion *result.Version
	move     result.Move
	theirs   measured
	// anchor is nil unless there is one that is neither the champion nor the candidate.
	anchor *measured
	// baseline is nil unless numbers stand in for the champion's.
	baseline *baseline

	// What is known for the policies.
	compared *metrics.Comparisons
	facts    facts
	problems []policies.Problem
	// unknown is true if one of the problems is that something is not known which the
	// comparison needs.
	unknown bool
	// ledger is nil where nothing was looked at, or where none is kept.
	ledger *ledger

	// What came of it.
	// input is the document that the policies saw last, and judged what they said.
	input   policies.Input
	judged  judged
	receipt result.Receipt

	// after is what is to be removed once the decision is made.
	after []func()
}

// measuredBy are the stages that the candidate was measured by.
func (t *trial) measuredBy() []result.Stage {
	if t.stages != nil {
		return t.stages
	}
	return t.run.Stages
}

// end removes what was laid out for the decision.
func (t *trial) end() {
	for _, remove := range t.after {
		remove()
	}
}

// note has the policies make a finding of something that was seen. It leaves the
// comparison possible.
func (t *trial) note(code, format string, args ...any) {
	t.problems = append(t.problems, policies.Problem{Code: code, Message: fmt.Sprintf(format, args...)})
}

// undecided notes something that could not be known, which is never a pass: without
// a champion, there is no comparison then.
func (t *trial) undecided(code, format string, args ...any) {
	t.note(code, format, args...)
	t.unknown = true
}

// Decide takes the run's candidate through the gate, step by step, and saves
// the decision. What cannot be known makes it undecided; an error means that
// muster or its surroundings failed before there was anything to decide.
func (g Gate) Decide(ctx context.Context, run result.Run) (result.Decision, error) {
	t := &trial{run: run}
	defer t.end()
	err := t.take(ctx,
		g.findRuler,
		g.findWaivers,
		g.forget, // only now: a file with a mistake says nothing about the last decision
		g.measure,
		g.tellTime,
	)
	if err != nil {
		return result.Decision{}, err
	}
	decision, err := g.judgeAndKeep(ctx, t)
	if err != nil {
		return result.Decision{}, err
	}
	if err := g.keepInput(t); err != nil {
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
	if err := save(g.Project, DecisionFile, decision); err != nil {
		return decision, err
	}
	return decision, g.explain(ctx, t, decision)
}

// measure finds out everything that is to be known of the candidate.
func (g Gate) measure(ctx context.Context, t *trial) error {
	if t.closed {
		return nil
	}
	return t.take(ctx,
		g.expectModel,
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
	)
}

// step is one of what a decision is made of. It notes on the trial what it finds
// and what it cannot find out; its error is for what failed around it.
type step func(context.Context, *trial) error

// take takes the steps, until one fails.
func (t *trial) take(ctx context.Context, steps ...step) error {
	for _, step := range steps {
		if err := step(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// forget removes the last decision, and the input that it was made from: one that
// cannot be made again does not stand.
func (g Gate) forget(context.Context, *trial) error {
	for _, name := range []string{DecisionFile, InputFile} {
		if err := os.Remove(g.Project.Folder.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the last decision: %w", err)
		}
	}
	return nil
}
