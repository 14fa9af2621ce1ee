package flow

import (
	"maps"
	"math"
	"slices"

	"github.com/muster-ci/muster/internal/result"
)

// modelOf is a version's model with the version's name.
func modelOf(v result.Version) result.Model {
	model := v.Model
	model.Version = v.Version
	return model
}

// sameData reports whether both versions were measured on the same rows.
func sameData(a, b result.Version) bool {
	return a.Decision != nil && b.Decision != nil && a.Decision.Receipt.EvaluationData != "" &&
		a.Decision.Receipt.EvaluationData == b.Decision.Receipt.EvaluationData
}

// keysOf are the names in either of the maps, sorted.
func keysOf[V any](a, b map[string]V) []string {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// metricBetween compares a metric of two versions as the numbers stand: what is more
// than noise, the decisions say.
func metricBetween(name string, better result.Direction, a, b map[string]float64) result.MetricChange {
	change := result.MetricChange{MetricInfo: result.MetricInfo{Name: name, Better: better}, Outcome: result.Inconclusive}
	before, inA := a[name]
	after, inB := b[name]
	if inA {
		change.A = &result.Metric{Value: before}
	}
	if inB {
		change.B = &result.Metric{Value: after}
	}
	difference := after - before
	if !inA || !inB || math.IsNaN(difference) || math.IsInf(difference, 0) {
		return change
	}
	change.Difference = &difference
	switch {
	case difference == 0:
		change.Outcome = result.Equivalent
	case better == "":
	case (difference > 0) == (better == result.Higher):
		change.Outcome = result.Better
	default:
		change.Outcome = result.Worse
	}
	return change
}

// filesBetween lists the files that are not the same in both models.
func filesBetween(a, b []result.File) []result.FileChange {
	content := func(files []result.File) map[string]string {
		out := map[string]string{}
		for _, file := range files {
			out[file.Path] = file.SHA256
			if file.Executable {
				out[file.Path] += "+x"
			}
		}
		return out
	}
	before, after := content(a), content(b)
	out := []result.FileChange{}
	for _, path := range keysOf(before, after) {
		if before[path] != after[path] {
			out = append(out, result.FileChange{Path: path, Stages: []string{}, A: before[path], B: after[path]})
		}
	}
	return out
}
