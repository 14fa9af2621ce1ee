package tracking

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/metrics/statistics"
	"github.com/muster-ci/muster/internal/result"
)

// Summarise reduces a record to what a list of runs shows of it.
func Summarise(run result.Run) result.Summary {
	s := result.Summary{
		ID: run.ID, Status: run.Status, Scope: run.Scope, Started: run.Started, Seconds: run.Seconds, Git: run.Git,
		Params: Params(run), Metrics: Metrics(run), Tests: tests(run),
	}
	for _, stage := range run.Stages {
		switch stage.Status {
		case result.StageRan:
			s.Ran++
		case result.StageCached:
			s.Cached++
		case result.StageFailed:
			s.Failed = append(s.Failed, stage.Name)
			if s.Error == "" {
				s.Error = stage.Error
			}
		}
	}
	if run.Candidate != nil {
		s.Model = run.Candidate.Digest
	}
	return s
}

// Params brings the parameters of all stages together. They come from one file,
// so the same name has the same value wherever it is read.
func Params(run result.Run) map[string]string {
	all := map[string]string{}
	for _, stage := range run.Stages {
		maps.Copy(all, stage.Params)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// tests adds up what the stages' JUnit files say.
func tests(run result.Run) *result.Tests {
	var sum *result.Tests
	for _, stage := range run.Stages {
		if stage.Tests == nil {
			continue
		}
		if sum == nil {
			sum = &result.Tests{}
		}
		sum.Passed += stage.Tests.Passed
		sum.Failed += stage.Tests.Failed
		sum.Skipped += stage.Tests.Skipped
		sum.Failures = append(sum.Failures, stage.Tests.Failures...)
	}
	return sum
}

// Metrics brings the numbers of a run together under one name each: what muster
// computed before what the evaluate stage wrote, and that before what others
// wrote. A name that is taken already gets the stage's before it.
func Metrics(run result.Run) map[string]result.Metric {
	all := map[string]result.Metric{}
	for _, numbers := range []map[string]float64{run.Computed, run.Metrics} {
		for name, value := range numbers {
			if _, taken := all[name]; !taken {
				all[name] = result.Metric{Value: value}
			}
		}
	}
	for _, group := range groups(run) {
		numbers := group.metrics()
		prefix := ""
		for name := range numbers {
			if _, taken := all[name]; taken {
				prefix = group.base + "." // all of them, so that a reader sees what belongs together
			}
		}
		for name, metric := range numbers {
			all[prefix+name] = metric
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// group is a stage of the file with its cells, if it has a matrix.
type group struct {
	base   string
	stages []result.Stage
}

// groups lists the stages that wrote numbers, without the evaluate stage, whose
// numbers are the run's.
func groups(run result.Run) []group {
	var out []group
	for _, stage := range run.Stages {
		if len(stage.Metrics) == 0 || (run.Evaluation != nil && run.Evaluation.Stage == stage.Name) {
			continue
		}
		base, _, _ := strings.Cut(stage.Name, "@")
		if i := slices.IndexFunc(out, func(g group) bool { return g.base == base }); i >= 0 {
			out[i].stages = append(out[i].stages, stage)
			continue
		}
		out = append(out, group{base, []result.Stage{stage}})
	}
	return out
}

// metrics returns the group's numbers. Cells that differ by a seed alone are
// one number, the mean; others have their values in the name: "f1@model=rf".
func (g group) metrics() map[string]result.Metric {
	cells := map[string]map[string]float64{} // by name, then by stage
	for _, stage := range g.stages {
		suffix := besidesSeeds(stage.Name)
		for name, value := range stage.Metrics {
			if cells[name+suffix] == nil {
				cells[name+suffix] = map[string]float64{}
			}
			cells[name+suffix][stage.Name] = value
		}
	}
	out := map[string]result.Metric{}
	for name, values := range cells {
		out[name] = mean(values)
	}
	return out
}

func mean(values map[string]float64) result.Metric {
	var list []float64
	for _, stage := range slices.Sorted(maps.Keys(values)) { // always in one order, so that sums are the same
		list = append(list, values[stage])
	}
	if len(list) == 1 {
		return result.Metric{Value: list[0]}
	}
	average, sd := statistics.MeanStdDev(list)
	return result.Metric{Value: average, N: len(list), SD: &sd, Cells: values}
}

// besidesSeeds is what a stage's name says of its cell, without the axes that
// only repeat the same thing: "@model=rf" of "train@seed=1,model=rf".
func besidesSeeds(stage string) string {
	_, cell, found := strings.Cut(stage, "@")
	if !found {
		return ""
	}
	kept := slices.DeleteFunc(strings.Split(cell, ","), func(part string) bool {
		axis, _, _ := strings.Cut(part, "=")
		return repeats(axis)
	})
	if len(kept) == 0 {
		return ""
	}
	return "@" + strings.Join(kept, ",")
}

// repeats reports whether an axis of a matrix is of repetitions.
func repeats(axis string) bool {
	axis = strings.ToLower(axis)
	return strings.HasSuffix(axis, "seed") || strings.HasSuffix(axis, "seeds") ||
		slices.Contains([]string{"random_state", "fold", "folds", "repeat", "repetition", "replicate", "rep"}, axis)
}
