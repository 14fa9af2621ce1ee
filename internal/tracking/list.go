package tracking

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// Options say which runs a list shows.
type Options struct {
	// Status leaves out runs that ended otherwise; "" is all.
	Status result.RunStatus
	// Metric leaves out runs that do not have it, and all other metrics; "" is all.
	Metric string
	// Limit is how many are shown; 0 is all.
	Limit int
}

// List lines up the runs, which come newest first.
func List(pipeline string, runs []result.Run, directions Directions, opt Options) result.Runs {
	out := result.Runs{Schema: result.SchemaOf[result.Runs](), Pipeline: pipeline, Runs: []result.Summary{}}
	for _, run := range runs {
		if opt.Status != "" && run.Status != opt.Status {
			continue
		}
		summary := Summarise(run)
		if opt.Metric != "" {
			maps.DeleteFunc(summary.Metrics, func(name string, _ result.Metric) bool { return !about(name, opt.Metric) })
			if len(summary.Metrics) == 0 {
				continue
			}
		}
		if opt.Limit > 0 && len(out.Runs) == opt.Limit {
			out.Left++
			continue
		}
		out.Runs = append(out.Runs, summary)
	}
	out.Params, out.Metrics = varying(out.Runs), directions.infos(out.Runs)
	return out
}

// about reports whether a metric is the one that was asked for, or it in one of
// the cells of a matrix.
func about(name, metric string) bool { return name == metric || strings.HasPrefix(name, metric+"@") }

// varying names the parameters that differ. A run that failed may not have come
// to the stage that reads one, so there a missing one is no difference.
func varying(runs []result.Summary) []string {
	type value struct {
		text  string
		there bool
	}
	names := map[string]bool{}
	for _, run := range runs {
		for name := range run.Params {
			names[name] = true
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		seen := map[value]bool{}
		for _, run := range runs {
			text, there := run.Params[name]
			if there || run.Status == result.RunPassed {
				seen[value{text, there}] = true
			}
		}
		if len(seen) > 1 {
			out = append(out, name)
		}
	}
	return out
}
