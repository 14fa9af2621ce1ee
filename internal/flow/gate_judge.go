package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// loadPolicies compiles the bundled policies with the team's own. A mistake in
// the team's, or a bundle that cannot be had, leaves the gate undecided; the
// bundled ones still say what they see.
func (g Gate) loadPolicies(ctx context.Context, t *trial) (*policies.Set, error) {
	if t.closed {
		return policies.Load(nil, "")
	}
	team, err := TeamPolicies(ctx, t.ruler.config, t.ruler.dir)
	if _, ok := errors.AsType[*config.Error](err); ok || ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		t.undecided("policy-error", "the team's policies cannot be used: %v", err)
		return policies.Load(nil, "")
	}
	set, err := policies.LoadTeam(team)
	if invalid, ok := errors.AsType[*rego.CompileError](err); ok {
		t.undecided("policy-error", "the team's policies cannot be used: %v", invalid)
		return policies.Load(nil, "")
	}
	return set, err
}

// judge lets the policies decide, and writes the receipt.
func (g Gate) judge(ctx context.Context, t *trial) (result.Decision, error) {
	set := t.judged.set // from an earlier round
	if set == nil {
		var err error
		if set, err = g.loadPolicies(ctx, t); err != nil {
			return result.Decision{}, err
		}
	}
	decision := result.Decision{
		Schema: result.SchemaOf[result.Decision](), Pipeline: g.Project.Config.Name, Created: time.Now().UTC().Truncate(time.Second),
		Candidate: t.run.Candidate, Findings: []result.Finding{}, Comparison: []result.Compared{},
	}
	if t.champion != nil {
		champion := modelOf(*t.champion)
		decision.Champion = &champion
	}
	if t.compared != nil {
		decision.Comparison = t.compared.Rows
	}
	decision.Changes = slices.Concat(t.facts.changes, t.changes)
	t.input = g.input(t, decision)
	verdict, err := set.Decide(ctx, t.input)
	if err != nil {
		return result.Decision{}, fmt.Errorf("evaluate policies: %w", err)
	}
	t.judged = judged{set, verdict}
	decision.Verdict, decision.Findings, decision.Reason = verdict.Verdict, verdict.Findings, verdict.Reason
	g.locate(ctx, decision.Findings)
	decision.Receipt = g.writeReceipt(t, verdict)
	return decision, nil
}

// judgeAndKeep judges, opens the audit data for what passed, judges again, and has
// the ledger keep it. Where it cannot be kept, that is one more thing to say.
func (g Gate) judgeAndKeep(ctx context.Context, t *trial) (result.Decision, error) {
	decision, err := g.judge(ctx, t)
	if err == nil {
		decision, err = g.judgeReviewed(ctx, t, decision)
	}
	if err != nil {
		return decision, err
	}
	if decision.Verdict == result.Pass && g.auditDue(t) {
		if err := g.audit(ctx, t); err != nil {
			return decision, err
		}
		if decision, err = g.judge(ctx, t); err == nil {
			decision, err = g.judgeReviewed(ctx, t, decision)
		}
		if err != nil {
			return decision, err
		}
	}
	kept, err := g.keepLedger(ctx, t, &decision)
	if err != nil || kept || t.judged.verdict.Stuck { // what does not end must not begin again
		return decision, err
	}
	t.note("ledger-not-kept", "the registry cannot be written from here, so this decision is not counted")
	t.receipt.Attempt, t.receipt.Decisions = 0, 0
	return g.judge(ctx, t)
}

func (g Gate) writeReceipt(t *trial, verdict policies.Result) result.Receipt {
	receipt := t.receipt
	receipt.Waivers, receipt.Input = verdict.Waivers, inputDigest(verdict.Document)
	receipt.Confidence, receipt.Policies = t.ruler.config.Gate.Confidence, verdict.Policies
	receipt.Muster, receipt.OPA = g.Version, rego.Version()
	receipt.Ruler, receipt.BaseCommit = t.ruler.from, t.ruler.commit
	receipt.Gate = gateDigest(t.ruler.config)
	if t.compared != nil {
		receipt.EvaluationData, receipt.Rows, receipt.Independence = t.compared.Data, t.compared.N, t.compared.Independence
		receipt.Resamples, receipt.Seed, receipt.Adjustment = t.compared.Resamples, t.compared.Seed, t.compared.Adjustment
	}
	return receipt
}
