package tracking

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/agnivade/levenshtein"

	"github.com/muster-ci/muster/internal/result"
)

// NoMetricError says that no run has the metric.
type NoMetricError struct {
	Metric string
	Known  []string // those that some run has
}

func (e *NoMetricError) Error() string {
	return fmt.Sprintf("no run that passed has a metric %q", e.Metric)
}

// Hint names those that there are, the nearest alone if it is near.
func (e *NoMetricError) Hint() string {
	if len(e.Known) == 0 {
		return "let a stage write metrics: [metrics.json], or give the pipeline a gate, and run it"
	}
	for _, name := range e.Known {
		if levenshtein.ComputeDistance(name, e.Metric) <= 2 {
			return fmt.Sprintf("did you mean %s?", name)
		}
	}
	const most = 10
	list := e.Known[:min(len(e.Known), most)]
	return fmt.Sprintf("there are %s", joined(list, len(e.Known)-len(list)))
}

// NoDirectionError says that nobody knows which way the metric improves.
type NoDirectionError struct{ Metric string }

func (e *NoDirectionError) Error() string {
	return fmt.Sprintf("is a higher %q better, or a lower one?", e.Metric)
}

// Hint says how to say it.
func (e *NoDirectionError) Hint() string {
	return "say --higher or --lower, or name it in muster.yaml: gate: {metrics: {" + e.Metric + ": {better: higher}}}"
}

// Rank orders the runs that passed by a metric, the best first, and shows at
// most limit of them. An empty direction is looked up.
func Rank(pipeline string, runs []result.Run, metric string, better result.Direction, directions Directions, limit int) (result.Best, error) {
	if better == "" {
		better = directions.Of(metric)
	}
	out := result.Best{Schema: result.SchemaOf[result.Best](), Pipeline: pipeline, Metric: metric, Better: better, Runs: []result.Summary{}}
	known := map[string]bool{}
	for _, run := range runs {
		if run.Status != result.RunPassed {
			out.NotPassed++
			continue
		}
		summary := Summarise(run)
		for name := range summary.Metrics {
			known[name] = true
		}
		value, ok := bestCell(summary.Metrics, metric, better)
		if !ok {
			out.Without++
			continue
		}
		summary.Metrics = map[string]result.Metric{metric: value}
		out.Runs = append(out.Runs, summary)
	}
	if len(out.Runs) == 0 {
		return out, &NoMetricError{Metric: metric, Known: slices.Sorted(maps.Keys(known))}
	}
	if better == "" {
		return out, &NoDirectionError{metric}
	}
	value := func(s result.Summary) float64 { return s.Metrics[metric].Value }
	// Stable: of equal ones, the newest stays before the others.
	slices.SortStableFunc(out.Runs, func(a, b result.Summary) int { return compare(value(a), value(b), better) })
	for _, run := range out.Runs {
		if value(run) == value(out.Runs[0]) {
			out.Tied++
		}
	}
	if limit > 0 && len(out.Runs) > limit {
		out.Left = len(out.Runs) - limit
		out.Runs = out.Runs[:limit]
	}
	out.Params = varying(out.Runs)
	return out, nil
}

// bestCell finds the metric, or the best of those that cells of a matrix have.
func bestCell(all map[string]result.Metric, metric string, better result.Direction) (result.Metric, bool) {
	if found, ok := all[metric]; ok {
		return found, !math.IsNaN(found.Value)
	}
	var best result.Metric
	found := false
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if !about(name, metric) || math.IsNaN(value.Value) || (found && compare(value.Value, best.Value, better) >= 0) {
			continue
		}
		if value.Cells == nil {
			value.Cells = map[string]float64{name: value.Value}
		}
		best, found = value, true
	}
	return best, found
}

// compare orders two values, the better one first.
func compare(a, b float64, better result.Direction) int {
	if better == result.Lower {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(b, a)
}
