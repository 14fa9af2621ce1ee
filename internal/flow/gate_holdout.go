package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// auditDue reports whether the data that is kept for promotion is to be opened: it
// wears out each time, so only for a candidate that is about to be promoted over
// another model.
func (g Gate) auditDue(t *trial) bool {
	return g.Audit && t.ruler.config.Gate.Holdout.Audit != "" && t.compared != nil && t.champion != nil && !t.sameModel()
}

// auditMissing reports whether a decision would promote over another model without
// the audit data that the gate names.
func auditMissing(gate *config.Gate, decision result.Decision) bool {
	return gate.Holdout.Audit != "" && decision.Receipt.AuditData == "" && decision.Champion != nil && decision.Champion.Digest != decision.Candidate.Digest
}

// audit has candidate and champion predict the audit data in the place of
// evaluate's, and compares them over all of it. The rows are a family of their own
// under Holm, and are gated against being worse: nobody chose the candidate by
// them, so they need not show more. What fails leaves the gate undecided.
func (g Gate) audit(ctx context.Context, t *trial) error {
	mine, err := g.measureAudit(ctx, t, *t.run.Candidate, "candidate")
	if err == nil {
		var theirs measured
		if theirs, err = g.measureAudit(ctx, t, t.champion.Model, "champion"); err == nil {
			err = t.compareAudit(ctx, mine, theirs)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, cannot := errors.AsType[*stages.ChampionError](err); err != nil && !cannot {
		return fmt.Errorf("open the audit data: %w", err)
	}
	if err != nil {
		t.undecided("audit-failed", "the audit data %s cannot be used to compare the models: %v", t.ruler.config.Gate.Holdout.Audit, err)
	}
	return nil
}

// measureAudit has a model predict the audit data.
func (g Gate) measureAudit(ctx context.Context, t *trial, model result.Model, label string) (found measured, err error) {
	holdout := t.ruler.config.Gate.Holdout
	place := g.place(t, holdout.Audit)
	if !isThere(place) {
		return found, &stages.ChampionError{Message: "it is not there"}
	}
	if label == "champion" && len(g.preparedOtherwise(t, *t.champion)) > 0 {
		return found, &stages.ChampionError{Message: fmt.Sprintf("%s learned from data that was prepared in another way", t.champion.Version)}
	}
	inputs := map[string]string{holdout.Replaces: place}
	runner := g.rulerRunner(t)
	done, err := runner.Measure(ctx, stages.Measuring{Model: model, Label: label, Inputs: inputs})
	if err != nil {
		return found, err
	}
	return found, g.readAnswers(t, runner, done.Evaluation, &found)
}

// compareAudit adds the rows of the audit data to the comparison.
func (t *trial) compareAudit(ctx context.Context, mine, theirs measured) error {
	computed, written := splitSpecs(t)
	specs := slices.Clone(computed)
	for i := range specs {
		specs[i].Require = result.NotWorse
	}
	var rows []result.Compared
	if len(specs) > 0 {
		compared, err := metrics.Compare(ctx, mine.set, theirs.set, specs, gateOptions(t.ruler.config.Gate))
		if err != nil {
			return &stages.ChampionError{Message: err.Error()}
		}
		if compared.Impossible() {
			return &stages.ChampionError{Message: compared.Problems[0].Message}
		}
		rows = slices.DeleteFunc(compared.Rows, func(row result.Compared) bool { return row.Slice != "" })
	}
	for _, spec := range written {
		candidate, ok := mine.numbers[spec.Metric]
		champion, also := theirs.numbers[spec.Metric]
		if !ok || !also {
			return &stages.ChampionError{Message: fmt.Sprintf("the evaluate stage wrote no %s on it", spec.Metric)}
		}
		spec.Require = result.NotWorse
		row := byMargin(spec, candidate, champion)
		row.N = mine.set.Len()
		rows = append(rows, row)
	}
	for i := range rows {
		rows[i].Data, rows[i].Blind = "audit", false // what every day's data cannot see is said there
	}
	t.compared.Rows = append(t.compared.Rows, rows...)
	t.receipt.AuditData = mine.set.Digest()
	return nil
}
