package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/rego"
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
	// Version is muster's own, for the receipt.
	Version string
}

// ErrNoGate says that the configuration has no gate.
var ErrNoGate = errors.New("there is no gate in " + config.FileName)

// trial is what the steps of a decision hand on to one another.
type trial struct {
	run      result.Run
	champion *result.Version
	mine     *predictions.Set
	theirs   *predictions.Set
	compared *metrics.Comparisons
	problems []policies.Problem
	receipt  result.Receipt
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
	if g.Project.Config.Gate == nil {
		return result.Decision{}, ErrNoGate
	}
	specs, err := gateSpecs(g.Project.Config)
	if err != nil {
		return result.Decision{}, err
	}
	// A decision that cannot be made again does not stand.
	if err := os.Remove(g.Project.Folder.Path(DecisionFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return result.Decision{}, fmt.Errorf("remove the last decision: %w", err)
	}
	t := &trial{run: run}
	if err := g.expectModel(t); err != nil {
		return result.Decision{}, err
	}
	steps := []func(context.Context, *trial) error{
		g.findCandidate,
		g.findChampion,
		g.evaluateChampion,
		func(ctx context.Context, t *trial) error { return g.compare(ctx, t, specs) },
	}
	for _, step := range steps {
		if err := step(ctx, t); err != nil {
			return result.Decision{}, err
		}
	}
	decision, err := g.judge(ctx, t)
	if err != nil {
		return result.Decision{}, err
	}
	return decision, save(g.Project, DecisionFile, decision)
}

// gateSpecs turns the gate section into what the comparison needs, and refuses
// metrics that muster does not compute and no column has, or that it would not gate.
func gateSpecs(cfg *config.Config) ([]metrics.Spec, error) {
	var specs []metrics.Spec
	for _, m := range cfg.Gate.Metrics {
		spec := metrics.Spec{
			Metric: m.Name, Better: result.Direction(m.Better), Min: m.Min, Max: m.Max,
			Margin: margin(m.Margin), Require: result.Require(m.Require), Gated: true,
		}
		definition, known := metrics.Lookup(m.Name)
		switch {
		case !known && m.Better == "":
			// A column of numbers, or a name that is written wrongly: only who means the
			// column knows which way is better, and the wrong way lets regressions pass.
			return nil, cfg.ProblemAt("/gate/metrics/"+m.Name,
				fmt.Sprintf("muster cannot compute %q from predictions", m.Name),
				fmt.Sprintf("if it is a column of numbers in them, say better: higher or better: lower; else muster knows %s", strings.Join(metrics.Known(), ", ")))
		case definition.Reported && (m.Margin != nil || m.Min == nil && m.Max == nil):
			// The comparison would leave it ungated, and whoever wrote this would not know.
			return nil, cfg.ProblemAt("/gate/metrics/"+m.Name,
				fmt.Sprintf("%s is never held to the champion's: its interval would not hold", m.Name),
				"give it a max and no margin, or gate brier")
		}
		specs = append(specs, spec)
	}
	for _, name := range cfg.Gate.Slices.Metrics {
		if definition, _ := metrics.Lookup(name); definition.Reported {
			return nil, cfg.ProblemAt("/gate/slices/metrics", name+" gates no slice: its interval would not hold", "name brier")
		}
	}
	return specs, nil
}

// gateOptions says how the gate section has models compared.
func gateOptions(gate *config.Gate) metrics.Options {
	opts := metrics.Options{
		Confidence: gate.Confidence, SliceMinSize: gate.Slices.MinSize, SliceMetrics: gate.Slices.Metrics,
		RequiredSlices: gate.Slices.Required,
	}
	if gate.Slices.Margin != nil {
		allowed := margin(gate.Slices.Margin)
		opts.SliceMargin = &allowed
	}
	return opts
}

func margin(m *config.Margin) metrics.Margin {
	if m == nil {
		return metrics.Margin{}
	}
	return metrics.Margin{Value: m.Value, Percent: m.Percent}
}

// findCandidate reads the predictions that the run stored.
func (g Gate) findCandidate(_ context.Context, t *trial) error {
	switch {
	case t.run.Pipeline != g.Project.Config.Name:
		t.undecided("no-candidate", "run %s is of pipeline %s, and this is %s", t.run.ID, t.run.Pipeline, g.Project.Config.Name)
		return nil
	case t.run.Status != result.RunPassed:
		t.undecided("no-candidate", "run %s %s, so there is no candidate", t.run.ID, t.run.Status)
		return nil
	case t.run.Candidate == nil || t.run.Evaluation == nil:
		t.undecided("no-candidate", "run %s did not both train and evaluate; run the whole pipeline", t.run.ID)
		return nil
	}
	predictions, err := g.Runner.ReadPredictions(*t.run.Evaluation)
	if err != nil {
		t.undecided("predictions-invalid", "the candidate's predictions cannot be used: %v", err)
	}
	t.mine = predictions
	return nil
}

// findChampion asks the registry. A registry that is missing, or does not
// answer, leaves the gate undecided; one that was made and is empty means that
// this is the first model.
func (g Gate) findChampion(ctx context.Context, t *trial) error {
	gate := g.Project.Config.Gate
	t.receipt.Alias, t.receipt.Registry = gate.Champion, g.Project.Config.Registry.Type
	if g.Ephemeral && g.Project.insideCheckout(ctx) {
		t.undecided("registry-not-kept", "the registry lies inside the checkout, which this job throws away; keep it elsewhere and set MUSTER_REGISTRY")
		return nil
	}
	reg, err := g.Project.Registry()
	switch {
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
	t.champion = &version
	return nil
}

// expectEmpty makes sure that a candidate without a champion is the first. In a
// registry with versions the alias was lost or misspelt; only a version of this
// very candidate may be there, from a promotion that was cut short.
func (g Gate) expectEmpty(ctx context.Context, t *trial, reg *registry.Dir) error {
	versions, err := reg.Versions(ctx)
	if err != nil {
		t.undecided("registry-failed", "the registry does not list its versions: %v", err)
		return nil
	}
	for _, v := range versions {
		if t.run.Candidate == nil || v.Model.Digest != t.run.Candidate.Digest {
			t.undecided("alias-missing", "the registry has versions, but %s names none of them", g.Project.Config.Gate.Champion)
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
	same := t.champion.Model.Digest == t.run.Candidate.Digest
	if t.champion.Model.RulerKey != t.run.Candidate.RulerKey {
		t.problems = append(t.problems, rulerProblem(same))
	}
	if same {
		t.theirs = t.mine
		t.receipt.ChampionRun = "the candidate is the champion; not evaluated twice"
		return nil
	}
	if err := g.restoreChampion(ctx, t.champion.Version); err != nil {
		t.undecided("champion-cannot-run", "the champion's files cannot be taken from the registry: %v", err)
		return nil
	}
	evaluation, err := g.Runner.Evaluate(ctx, t.run, t.champion.Model)
	if failed, ok := errors.AsType[*stages.ChampionError](err); ok {
		t.undecided("champion-cannot-run", "%s", failed.Message)
		return nil
	}
	if err != nil {
		return err
	}
	predictions, err := g.Runner.ReadPredictions(evaluation)
	if err != nil {
		t.undecided("champion-cannot-run", "the champion's predictions cannot be used: %v", err)
		return nil
	}
	t.theirs = predictions
	t.receipt.ChampionRun = fmt.Sprintf("%s, through stage %s, on the candidate's rows", t.champion.Version, evaluation.Stage)
	return nil
}

// rulerProblem says that what evaluates is not what it was when the champion was
// promoted. The same model is then measured anew; another one is not let through.
func rulerProblem(sameModel bool) policies.Problem {
	if sameModel {
		return policies.Problem{Code: "ruler-renewed", Message: "what evaluates (code, data, image or parameters) has changed since the champion was promoted; the same model is measured anew"}
	}
	return policies.Problem{Code: "ruler-changed", Message: "what evaluates (code, data, image or parameters) has changed since the champion was promoted, and the model has, too; change what evaluates first, on its own"}
}

func (g Gate) restoreChampion(ctx context.Context, version string) error {
	reg, err := g.Project.Registry()
	if err != nil {
		return err
	}
	store, err := g.Project.Folder.Store()
	if err != nil {
		return err
	}
	return reg.Restore(ctx, version, store)
}

// compare computes every metric from both sets of predictions.
func (g Gate) compare(ctx context.Context, t *trial, specs []metrics.Spec) error {
	// Without a champion there is a comparison only if it is known that there is none.
	if t.mine == nil || (t.champion != nil && t.theirs == nil) || (t.champion == nil && len(t.problems) > 0) {
		return nil
	}
	opts := gateOptions(g.Project.Config.Gate)
	opts.SameModel = t.champion != nil && t.champion.Model.Digest == t.run.Candidate.Digest
	compared, err := metrics.Compare(ctx, t.mine, t.theirs, specs, opts)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		t.undecided("comparison-failed", "the two models cannot be compared: %v", err)
		return nil
	}
	t.compared = compared
	for _, p := range compared.Problems {
		t.problems = append(t.problems, policies.Problem{Code: p.Code, Metric: p.Metric, Slice: p.Slice, Message: p.Message})
	}
	return nil
}

// loadPolicies compiles the bundled policies with the team's own. A mistake in
// the team's leaves the gate undecided; the bundled ones still say what they see.
func (g Gate) loadPolicies(t *trial) (*policies.Set, error) {
	dir := g.Project.Config.Gate.Policies
	if dir == "" {
		return policies.Load(nil, "")
	}
	path := filepath.Join(g.Project.Dir, filepath.FromSlash(dir))
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, g.Project.Config.ProblemAt("/gate/policies", fmt.Sprintf("there is no folder %s", dir), "make it, or take the line out")
	}
	set, err := policies.Load(os.DirFS(path), dir)
	if invalid, ok := errors.AsType[*rego.CompileError](err); ok {
		t.undecided("policy-error", "the team's policies cannot be used: %v", invalid)
		return policies.Load(nil, "")
	}
	return set, err
}

// judge lets the policies decide, and writes the receipt.
func (g Gate) judge(ctx context.Context, t *trial) (result.Decision, error) {
	set, err := g.loadPolicies(t)
	if err != nil {
		return result.Decision{}, err
	}
	decision := result.Decision{
		Schema: result.SchemaOf[result.Decision](), Pipeline: g.Project.Config.Name, Created: time.Now().UTC().Truncate(time.Second),
		Candidate: t.run.Candidate, Findings: []result.Finding{}, Comparison: []result.Compared{},
	}
	if t.champion != nil {
		champion := t.champion.Model
		champion.Version = t.champion.Version
		decision.Champion = &champion
	}
	if t.compared != nil {
		decision.Comparison = t.compared.Rows
	}
	verdict, err := set.Decide(ctx, g.input(t, decision))
	if err != nil {
		return result.Decision{}, fmt.Errorf("evaluate policies: %w", err)
	}
	decision.Verdict, decision.Findings, decision.Reason = verdict.Verdict, verdict.Findings, verdict.Reason
	decision.Receipt = g.writeReceipt(t, verdict)
	return decision, nil
}

// input is the document that the policies see.
func (g Gate) input(t *trial, decision result.Decision) policies.Input {
	gate := g.Project.Config.Gate
	in := policies.Input{
		Pipeline: g.Project.Config.Name, Alias: gate.Champion,
		Gate: policies.Gate{
			Champion: gate.Champion, Confidence: gate.Confidence, Policies: gate.Policies, Blind: gate.Blind,
			Metrics: map[string]policies.GateMetric{},
			Slices: policies.GateSlices{
				MinSize: gate.Slices.MinSize, Margin: policyMargin(gate.Slices.Margin),
				Required: gate.Slices.Required, Metrics: gate.Slices.Metrics,
			},
		},
		Candidate: decision.Candidate, Champion: decision.Champion, Run: &t.run, Comparison: decision.Comparison,
		Candidates: overall(decision.Comparison, candidateSide), Champions: overall(decision.Comparison, championSide),
		Reported: t.run.Metrics, Problems: t.problems,
	}
	for _, m := range gate.Metrics {
		in.Gate.Metrics[m.Name] = policies.GateMetric{
			Better: result.Direction(m.Better), Min: m.Min, Max: m.Max, Margin: policyMargin(m.Margin), Require: result.Require(m.Require),
		}
	}
	return in
}

func policyMargin(m *config.Margin) *policies.Margin {
	if m == nil {
		return nil
	}
	return &policies.Margin{Value: m.Value, Percent: m.Percent}
}

// overall are one side's metrics over all rows.
func overall(rows []result.Compared, side func(result.Compared) *float64) map[string]float64 {
	values := map[string]float64{}
	for _, row := range rows {
		if value := side(row); row.Slice == "" && value != nil {
			values[row.Metric] = *value
		}
	}
	return values
}

func candidateSide(c result.Compared) *float64 { return c.Candidate }
func championSide(c result.Compared) *float64  { return c.Champion }

func (g Gate) writeReceipt(t *trial, verdict policies.Result) result.Receipt {
	receipt := t.receipt
	receipt.Confidence, receipt.Policies = g.Project.Config.Gate.Confidence, verdict.Policies
	receipt.Muster, receipt.OPA = g.Version, rego.Version()
	receipt.Ruler = "the working copy's own"
	receipt.Gate = gateDigest(g.Project.Config)
	if t.compared != nil {
		receipt.EvaluationData, receipt.Rows, receipt.Independence = t.compared.Data, t.compared.N, t.compared.Independence
		receipt.Resamples, receipt.Seed, receipt.Adjustment = t.compared.Resamples, t.compared.Seed, t.compared.Adjustment
	}
	return receipt
}
