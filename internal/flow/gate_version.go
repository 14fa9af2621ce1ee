package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// evaluateVersion has a version predict the candidate's rows, now: through the
// ruler's evaluate stage if what lies before it is what the version learned from,
// else through its own stages. What it answered when it was promoted stands in
// for that where the data is the same. The problem says why there is no answer;
// the error is for what failed around it.
func (g Gate) evaluateVersion(ctx context.Context, t *trial, version result.Version) (found measured, problem string, err error) {
	if err := g.restore(ctx, t, version.Version); err != nil {
		return found, fmt.Sprintf("its files cannot be taken from the registry: %v", err), nil
	}
	changes := g.preparedOtherwise(t, version)
	if len(changes) == 0 {
		found, err = g.throughRuler(ctx, t, version)
	} else {
		found, err = g.throughOwnStages(ctx, t, version, changes)
	}
	failed, cannot := errors.AsType[*stages.ChampionError](err)
	if !cannot {
		return found, "", err
	}
	stored, why := g.storedAnswers(ctx, t, version)
	if why != "" {
		return found, fmt.Sprintf("%s; and what it answered when it was promoted does not stand in for that: %s", failed.Message, why), nil
	}
	t.note("champion-stored", "the model %s cannot run any more (%s): what it answered when it was promoted, on the same data, is compared", version.Version, firstLine(failed.Message))
	return stored, "", nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// named is a version with its commit, as a receipt calls it.
func named(version result.Version) string {
	if commit := version.Model.Commit; commit != "" {
		return fmt.Sprintf("%s (commit %.7s)", version.Version, commit)
	}
	return version.Version
}

// minute is a time as a receipt has it.
func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// rulerRunner runs the ruler's stages, in the ruler's folder.
func (g Gate) rulerRunner(t *trial) *stages.Runner {
	runner := *g.Runner
	runner.Config, runner.Dir = t.ruler.config, t.ruler.dir
	return &runner
}

// throughRuler has the version take the candidate's place in the ruler.
func (g Gate) throughRuler(ctx context.Context, t *trial, version result.Version) (found measured, err error) {
	runner := g.rulerRunner(t)
	var evaluation result.Evaluation
	if t.ruler.dir == g.Project.Dir {
		evaluation, err = runner.Evaluate(ctx, t.run, version.Model)
	} else {
		var done stages.Measured
		done, err = runner.Measure(ctx, stages.Measuring{Model: version.Model, Label: "champion"})
		if evaluation = done.Evaluation; err == nil && done.RulerKey != t.run.Candidate.RulerKey {
			err = &stages.ChampionError{Message: "what evaluates has changed since the candidate was measured: gate again"}
		}
	}
	if err != nil {
		return found, err
	}
	found.how = fmt.Sprintf("%s, through stage %s, on the candidate's rows, %s", named(version), evaluation.Stage, minute(time.Now()))
	return found, g.readAnswers(t, runner, evaluation, &found)
}

// readAnswers reads what an evaluation left.
func (g Gate) readAnswers(t *trial, runner *stages.Runner, evaluation result.Evaluation, found *measured) (err error) {
	if found.set, err = g.readLabelled(t, runner, evaluation); err != nil {
		return &stages.ChampionError{Message: fmt.Sprintf("its predictions cannot be used: %v", err)}
	}
	if found.numbers, err = runner.ReadMetrics(evaluation); err != nil {
		return &stages.ChampionError{Message: fmt.Sprintf("its numbers cannot be used: %v", err)}
	}
	return nil
}
