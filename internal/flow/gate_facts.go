package flow

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/policies"
)

// lastPromotions is how many are read where the gate does not say it.
const lastPromotions = 5

// facts are what the policies learn besides the comparison.
type facts struct {
	changes           []result.Difference
	evaluationChanged []string
	model             *policies.ModelFacts
	candidate         *policies.Evaluated
	champion          *policies.Evaluated
	history           []policies.Promoted
}

// promotions are what facts need of the registry.
type promotions interface {
	Recent(ctx context.Context, alias string, n int) ([]result.Move, error)
	Version(ctx context.Context, name string) (result.Version, error)
}

// gatherFacts looks at the run's record, the registry's history and the working
// copy for what the rules besides the comparison need.
func (g Gate) gatherFacts(ctx context.Context, t *trial) error {
	g.findChanges(t)
	if t.run.Candidate != nil {
		t.facts.model = g.modelFacts(ctx, t.run)
	}
	t.facts.candidate = g.candidateFacts(t)
	t.facts.champion = championFacts(t)
	if t.facts.candidate != nil {
		t.receipt.Columns = t.facts.candidate.Columns
	}
	return g.findHistory(ctx, t)
}

// modelFacts are what the model takes, and where it comes from.
func (g Gate) modelFacts(ctx context.Context, run result.Run) *policies.ModelFacts {
	model := &policies.ModelFacts{Files: len(run.Candidate.Files), License: g.findLicense(ctx, *run.Candidate)}
	for _, file := range run.Candidate.Files {
		model.Size += file.Size
	}
	if run.Git != nil {
		model.Provenance.Commit, model.Provenance.Dirty = run.Git.Commit, run.Git.Dirty
	}
	model.Provenance.Unpinned = unpinned(run)
	return model
}

// unpinned lists the stages of which nobody knows in what they ran, in the run's
// order. What muster does itself (fetching, building) runs in nothing.
func unpinned(run result.Run) []string {
	var names []string
	for _, stage := range run.Stages {
		ran := stage.ImageID != "" || stage.Image != "" || stage.ExitCode != nil
		if stage.Made() && ran && !strings.HasPrefix(stage.ImageID, "sha256:") {
			names = append(names, stage.Name)
		}
	}
	return names
}

// championFacts is the champion's evaluation as its record has it. The receipt of
// the decision that let it in says on which rows.
func championFacts(t *trial) *policies.Evaluated {
	if t.champion == nil {
		return nil
	}
	facts := &policies.Evaluated{}
	if decision := t.champion.Decision; decision != nil {
		facts.Data, facts.Rows, facts.Columns = decision.Receipt.EvaluationData, decision.Receipt.Rows, decision.Receipt.Columns
	}
	if run := t.champion.Run; run != nil && run.Evaluation != nil {
		took(facts, run.Stages, run.Evaluation.Stage)
	}
	return facts
}

// findHistory reads the last promotions, and no more than those.
func (g Gate) findHistory(ctx context.Context, t *trial) error {
	if t.champion == nil {
		return nil
	}
	reg, err := g.registry(ctx, t)
	if err == nil {
		t.facts.history, err = history(ctx, reg, t.ruler.config.Gate)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, registry.ErrNoAlias) {
		t.undecided("registry-failed", "the registry does not say what was promoted last: %v", err)
	}
	return nil
}

func history(ctx context.Context, reg promotions, gate *config.Gate) ([]policies.Promoted, error) {
	n := lastPromotions
	if gate.Drift != nil {
		n = max(n, gate.Drift.Last)
	}
	moves, err := reg.Recent(ctx, gate.Champion, n)
	if err != nil {
		return nil, err
	}
	var out []policies.Promoted
	for _, move := range moves {
		version, err := reg.Version(ctx, move.To)
		if err != nil {
			return nil, err
		}
		promoted := policies.Promoted{Version: move.To, At: move.At, Override: move.Override, Metrics: version.Metrics}
		if version.Decision != nil {
			promoted.Data = version.Decision.Receipt.EvaluationData
		}
		out = append(out, promoted)
	}
	return out, nil
}

// input is the document that the policies see.
func (g Gate) input(t *trial, decision result.Decision) policies.Input {
	return policies.Input{
		Pipeline: g.Project.Config.Name, Alias: t.ruler.config.Gate.Champion, Gate: policyGate(t.ruler.config.Gate),
		Candidate: decision.Candidate, Champion: decision.Champion, Run: &t.run, Comparison: decision.Comparison,
		Candidates: overall(decision.Comparison, candidateSide), Champions: overall(decision.Comparison, championSide),
		Reported: t.run.Metrics, Problems: t.problems,
		Base: baseOf(t.ruler), Changes: decision.Changes, Model: t.facts.model, Tests: testsOf(t.run),
		Evaluation: policies.Evaluations{Candidate: t.facts.candidate, Champion: t.facts.champion, Changed: t.facts.evaluationChanged},
		History:    t.facts.history,
		Ledger:     policies.Ledger{Attempt: t.receipt.Attempt, Decisions: t.receipt.Decisions, Budget: t.receipt.Budget},
		Waivers:    t.waivers, Now: t.now,
	}
}

func baseOf(r ruler) *policies.Base {
	if r.commit == "" {
		return nil
	}
	branch, _, _ := strings.Cut(r.from, " at ")
	return &policies.Base{Commit: r.commit, Branch: branch}
}

// testsOf adds up the tests of all stages.
func testsOf(run result.Run) policies.Tests {
	var tests policies.Tests
	for _, stage := range run.Stages {
		if stage.Tests == nil || !stage.Made() {
			continue
		}
		tests.Passed += stage.Tests.Passed
		tests.Failed += stage.Tests.Failed
		tests.Skipped += stage.Tests.Skipped
		tests.Stages = append(tests.Stages, stage.Name)
		for _, failure := range stage.Tests.Failures {
			tests.Failures = append(tests.Failures, failure.Name)
		}
	}
	return tests
}

// policyGate is the gate section as policies see it.
func policyGate(gate *config.Gate) policies.Gate {
	out := policies.Gate{
		Champion: gate.Champion, Confidence: gate.Confidence, Policies: gate.Policies.Path, Blind: gate.Blind,
		Metrics: map[string]policies.GateMetric{},
		Slices: policies.GateSlices{
			MinSize: gate.Slices.MinSize, Margin: policyMargin(gate.Slices.Margin), Gap: policyMargin(gate.Slices.Gap),
			Required: gate.Slices.Required, Metrics: gate.Slices.Metrics,
		},
		Require: gate.Require,
		Budgets: policies.GateBudgets{
			Size: int64(gate.Budgets.Size), Time: time.Duration(gate.Budgets.Time).Seconds(), Memory: int64(gate.Budgets.Memory),
		},
		Data:    policies.GateData{Rows: policyMargin(gate.Data.Rows), Schema: gate.Data.Schema},
		Holdout: policies.GateHoldout{Budget: gate.Holdout.Budget, Audit: gate.Holdout.Audit},
	}
	if gate.Drift != nil && gate.Drift.Max != nil {
		out.Drift = &policies.GateDrift{Last: gate.Drift.Last, Max: *policyMargin(gate.Drift.Max)}
	}
	for _, m := range gate.Metrics {
		out.Metrics[m.Name] = policies.GateMetric{
			Better: direction(m), Min: m.Min, Max: m.Max, Margin: policyMargin(m.Margin), Require: result.Require(m.Require),
		}
	}
	return out
}

// direction is as muster.yaml says, or else the metric's own.
func direction(m config.GateMetric) result.Direction {
	if definition, known := metrics.Lookup(m.Name); known && m.Better == "" {
		return definition.Better
	}
	return result.Direction(m.Better)
}

func policyMargin(m *config.Margin) *policies.Margin {
	if m == nil {
		return nil
	}
	return &policies.Margin{Value: m.Value, Percent: m.Percent}
}
