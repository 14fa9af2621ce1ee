package stages

import (
	"context"
	"fmt"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// Check executes each stage of a finished run again, from nothing and beside
// the working copy, and compares what comes out with what came out before.
// Builds and downloads are left out: what they give is not a stage's own doing.
func (r *Runner) Check(ctx context.Context, run result.Run) (result.Reproduction, error) {
	out := result.Reproduction{Schema: result.SchemaOf[result.Reproduction](), Pipeline: r.Config.Name, Run: run.ID, Same: true}
	s, end, err := r.begin(ctx)
	if err != nil {
		return out, err
	}
	defer end()
	again := s.repeatable(run)
	plan := &Plan{}
	for _, before := range again {
		plan.Stages = append(plan.Stages, s.stageNamed(before.Name))
	}
	s.announce(plan)
	good := false
	defer func() { s.send(result.Event{Kind: result.EventDone, Run: s.id, Status: statusOf(ctx, good)}) }()
	for i, before := range again {
		stage := plan.Stages[i]
		compared, err := s.again(ctx, stage, before)
		if err != nil {
			return out, fmt.Errorf("run stage %s again: %w", stage.Name, err)
		}
		out.Stages = append(out.Stages, compared)
		out.Same = out.Same && compared.Same
	}
	good = out.Same
	return out, ctx.Err()
}

// repeatable are the stages of a run that have something to compare.
func (s *session) repeatable(run result.Run) []result.Stage {
	var list []result.Stage
	for _, before := range run.Stages {
		stage := s.stageNamed(before.Name)
		if stage.Build == nil && stage.Fetch == nil && (before.Status == result.StageRan || before.Status == result.StageCached) {
			list = append(list, before)
		}
	}
	return list
}

func (s *session) again(ctx context.Context, stage config.Stage, before result.Stage) (result.ReproductionStage, error) {
	outcome, err := s.stage(ctx, stage, options{fresh: true, label: stage.Name + ".again"})
	s.send(result.Event{Kind: result.EventEnd, Stage: stage.Name, Result: &outcome})
	if err != nil || ctx.Err() != nil {
		return result.ReproductionStage{}, err
	}
	compared := result.ReproductionStage{Name: stage.Name, Outputs: len(before.Outputs)}
	if outcome.Status == result.StageFailed {
		compared.Error = outcome.Error
		return compared, nil
	}
	compared.Different = differences(before.Outputs, outcome.Outputs)
	compared.Same = len(compared.Different) == 0
	return compared, nil
}

// differences pairs the files of two executions by path. Both lists are sorted.
func differences(first, again []result.File) []result.DifferentOutput {
	var out []result.DifferentOutput
	for len(first) > 0 || len(again) > 0 {
		switch {
		case len(again) == 0 || (len(first) > 0 && first[0].Path < again[0].Path):
			out = append(out, result.DifferentOutput{Path: first[0].Path, First: first[0].SHA256})
			first = first[1:]
		case len(first) == 0 || again[0].Path < first[0].Path:
			out = append(out, result.DifferentOutput{Path: again[0].Path, Again: again[0].SHA256})
			again = again[1:]
		default:
			if first[0].SHA256 != again[0].SHA256 || first[0].Executable != again[0].Executable {
				out = append(out, result.DifferentOutput{Path: first[0].Path, First: first[0].SHA256, Again: again[0].SHA256})
			}
			first, again = first[1:], again[1:]
		}
	}
	return out
}
