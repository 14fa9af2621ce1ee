package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

func (a *app) gateCommand() *cobra.Command {
	var flags runFlags
	var source candidateSource
	var log string
	var explain bool
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Compare the new model with the current one, and decide",
		Long: `Decide whether the model of the latest run may become the current one. The
champion is evaluated again, now, on the same rows; the metrics are computed from
both sets of predictions and compared in pairs; the bundled policies and the
team's own turn the comparison into findings. A pass means: shown not to be worse
by more than the margin.

In a change request, and with --base, everything that measures and judges comes
from the tip of the branch that the change goes into: a change cannot weaken its
own gate, and one that drops or moves it is denied.

What cannot be known (a missing registry, an unreadable file, a policy that
errors) is undecided, never a pass. The decision is kept in .muster/decision.json,
and the document that the policies saw in .muster/gate-input.json.

Data that holdout.audit names is opened only for what is about to be promoted: in a
job on the default branch, or with --audit, for a candidate that passes without it.

With --candidate the model comes from another machine: the whole bundle is checked
first, and the model is measured here. A run in which training was not due (when: in
muster.yaml) has no new model: there is nothing to decide, and nothing is kept.

Exit codes: 0 passed, or nothing to decide · 1 muster or the engine failed ·
2 invalid file or bundle · 4 denied · 5 could not decide · 130 interrupted`,
		Example: `  muster run && muster gate
  muster gate --candidate DIR     # a model that muster run --export brought from another machine
  muster gate --explain           # which rule and which lines of the input led to each finding
  muster gate --format json | jq .verdict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.gate(cmd, flags, source, log, explain) },
	}
	flags.register(cmd, runtime.NumCPU())
	cmd.Flags().StringVar(&source.run, "run", "last", "the run whose model is the candidate")
	cmd.Flags().StringVar(&source.bundle, "candidate", "", "a folder that muster run --export wrote: its model is measured here, and is the candidate")
	cmd.Flags().BoolVar(&source.audit, "audit", false, "open the data that is kept for promotion (holdout.audit) if the candidate passes without it")
	cmd.Flags().StringVar(&log, "decision-log", "", "the file that the decision is added to, as a line in OPA's format (default .muster/decision-log.jsonl); - prints the line in place of the result")
	cmd.Flags().BoolVar(&explain, "explain", false, "show in place of the report which rule and which lines of the input led to each finding, and what would have passed")
	cmd.MarkFlagsMutuallyExclusive("run", "candidate")
	return cmd
}

// candidateSource says where the candidate comes from: a run of this folder, or a bundle.
type candidateSource struct {
	run, bundle string
	// audit opens the data that is kept for promotion.
	audit bool
}

// open finds the run whose model is the candidate, or checks the bundle that holds it.
func (c candidateSource) open(ctx context.Context, project *flow.Project) (run result.Run, bundle *stages.Bundle, err error) {
	if c.bundle != "" {
		bundle, err = stages.OpenBundle(ctx, c.bundle)
		return run, bundle, err
	}
	run, err = project.Folder.LoadRun(c.run, project.Config.Name)
	return run, nil, err
}

func (a *app) gate(cmd *cobra.Command, flags runFlags, source candidateSource, log string, explain bool) error {
	ctx := cmd.Context()
	project, event, err := a.open(ctx, "auto", flags.base)
	var base *flow.Base
	if err == nil {
		base = a.base(ctx, project, event)
	} else if project, base, err = a.gone(ctx, event, err); err != nil {
		return err
	}
	gate := flow.Gate{Project: project, Ephemeral: event.Ephemeral, Version: ownVersion(), Change: event.About(), Base: base, Log: a.decisionLog(log)}
	if explain {
		gate.Explanation = new(result.Explanation)
	}
	if project.Gone() || base != nil && project.Config.Gate == nil {
		return a.decide(ctx, gate, result.Run{}) // no model is needed to say that the gate was taken out
	}
	run, bundle, err := source.open(ctx, project)
	if err != nil {
		return err
	}
	runner, done, err := a.runner(ctx, project, flags, event, base)
	if err != nil {
		return err
	}
	defer done()
	if bundle != nil {
		if run, err = runner.Import(ctx, bundle); err != nil {
			return err
		}
	}
	gate.Runner, gate.Audit = runner, source.audit || event.DefaultBranch && event.Ephemeral
	return a.decide(ctx, gate, run)
}

// decisionLog is where --decision-log says.
func (a *app) decisionLog(path string) flow.DecisionLog {
	if path == "-" {
		return flow.DecisionLog{Writer: a.Out}
	}
	return flow.DecisionLog{Path: path}
}

// showExplanation prints what led to a decision; the exit code is the decision's.
func (a *app) showExplanation(explanation result.Explanation) error {
	explanation.Input.Path = relative(explanation.Input.Path)
	if err := printAs(a, explanation, report.Explanation); err != nil {
		return err
	}
	return asOutcome(verdictCode(explanation.Verdict))
}

func (a *app) decide(ctx context.Context, gate flow.Gate, run result.Run) error {
	var err error
	if gate.Signer, err = a.signer(); err != nil {
		return err
	}
	decision, err := gate.Decide(ctx, run)
	if isA[*flow.NoModelError](err) {
		fmt.Fprintln(a.Err, "nothing to decide:", err)
		return nil
	}
	if err != nil {
		return err
	}
	if gate.Log.Writer != nil { // the line is there already
		return asOutcome(verdictCode(decision.Verdict))
	}
	if gate.Explanation != nil {
		return a.showExplanation(*gate.Explanation)
	}
	if err := printDocument(a, decision, result.Report{Pipeline: decision.Pipeline, Decision: &decision}); err != nil {
		return err
	}
	return asOutcome(verdictCode(decision.Verdict))
}
