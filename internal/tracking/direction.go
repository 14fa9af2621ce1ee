package tracking

import (
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
	"github.com/muster-ci/muster/internal/result"
)

// Directions knows which way metrics improve: what the gate says, what muster's
// own metrics are, and what is common.
type Directions struct {
	gate  map[string]result.Direction
	order []string // the gate's metrics, as in the file
}

// NewDirections reads the gate; nil is no gate.
func NewDirections(gate *config.Gate) Directions {
	d := Directions{gate: map[string]result.Direction{}}
	if gate == nil {
		return d
	}
	for _, metric := range gate.Metrics {
		d.order = append(d.order, metric.Name)
		if metric.Better != "" {
			d.gate[metric.Name] = result.Direction(metric.Better)
		}
	}
	return d
}

// Of returns the direction of a metric, or "" if nobody knows it.
func (d Directions) Of(metric string) result.Direction {
	name, _, _ := strings.Cut(metric, "@")
	if better, ok := d.gate[name]; ok {
		return better
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if definition, ok := metrics.Lookup(last); ok {
		return definition.Better
	}
	return metricfile.Better(name)
}

// infos lists the metrics that any of the runs has: the gate's first, in its
// order, then the others by name.
func (d Directions) infos(runs []result.Summary) []result.MetricInfo {
	names := map[string]bool{}
	for _, run := range runs {
		for name := range run.Metrics {
			names[name] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	rank := func(metric string) int {
		name, _, _ := strings.Cut(metric, "@")
		if at := slices.Index(d.order, name); at >= 0 {
			return at
		}
		return len(d.order)
	}
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	var out []result.MetricInfo
	for _, name := range sorted {
		out = append(out, result.MetricInfo{Name: name, Better: d.Of(name)})
	}
	return out
}
