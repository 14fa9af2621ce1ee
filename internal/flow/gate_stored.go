package flow

import (
	"context"
	"fmt"
	"maps"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// storedAnswers reads what a version answered when it was promoted. It counts
// only where the data was the same; that ids and labels are is seen when the two
// are joined. Why says why it does not count.
func (g Gate) storedAnswers(ctx context.Context, t *trial, version result.Version) (found measured, why string) {
	if version.Run == nil || version.Run.Evaluation == nil {
		return found, "its record does not say how it was measured"
	}
	theirs := readRecord(version.Run.Stages, version.Run.Evaluation.Stage, version.Model.TrainingKey)
	mine := readRecord(t.measuredBy(), t.run.Evaluation.Stage, t.run.Candidate.TrainingKey)
	if !g.sameData(theirs, mine, version.Model.Path, t.run.Candidate.Path) {
		return found, "it was about other data"
	}
	reg, err := g.registry(ctx, t)
	if err != nil {
		return found, err.Error()
	}
	content, err := reg.OpenPredictions(ctx, version)
	if err != nil {
		return found, err.Error()
	}
	defer content.Close()
	set, err := predictions.Read(content, version.Version+"'s predictions", stages.PredictionColumns(t.ruler.config))
	if err != nil {
		return found, err.Error()
	}
	if found.set, err = g.withLabels(t, set); err != nil {
		return found, err.Error()
	}
	found.numbers = version.Run.Metrics
	found.how = fmt.Sprintf("%s, not run: what it answered on the same data when it was promoted, %s", named(version), minute(version.Created))
	return found, ""
}

// sameData reports whether both were measured on the same data: what evaluate
// read besides code and model, or all that it was made from. Nothing is not the same.
func (g Gate) sameData(theirs, mine recorded, theirModel, myModel string) bool {
	if theirs.evaluate == nil || mine.evaluate == nil {
		return false
	}
	a, b := data(*theirs.evaluate, theirModel), data(*mine.evaluate, myModel)
	if len(a) > 0 && maps.Equal(a, b) {
		return true
	}
	a, b = theirs.raw(theirModel), mine.raw(myModel)
	return len(a) > 0 && maps.Equal(a, b)
}

// data are the files that a stage read besides code and the model, and what lies
// elsewhere, with their digests or versions.
func data(stage result.Stage, model string) map[string]string {
	out := maps.Clone(stage.Refs)
	if out == nil {
		out = map[string]string{}
	}
	for _, file := range stage.Inputs {
		if !config.IsCode(file.Path) && !config.Within(file.Path, model) {
			out[file.Path] = file.SHA256
		}
	}
	return out
}

// raw is the data that the measurement starts from: what no stage made.
func (r recorded) raw(model string) map[string]string {
	out := map[string]string{}
	for _, stage := range append([]result.Stage{*r.evaluate}, r.prepare...) {
		if stage.Command == "" { // a build
			continue
		}
		for name, digest := range data(stage, model) {
			if !r.made(name) {
				out[name] = digest
			}
		}
	}
	return out
}
