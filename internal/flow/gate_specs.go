package flow

import (
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// gateSpecs turns the gate section into what the comparison needs, and refuses
// metrics that muster does not compute and no column has, or that it would not gate.
func gateSpecs(cfg *config.Config) ([]metrics.Spec, error) {
	var specs []metrics.Spec
	for _, m := range cfg.Gate.Metrics {
		spec := metrics.Spec{
			Metric: m.Name, Better: result.Direction(m.Better), Min: m.Min, Max: m.Max,
			Margin: margin(m.Margin), Require: result.Require(m.Require), Gated: true,
		}
		if m.Creep != nil {
			creep := margin(m.Creep)
			spec.Creep = &creep
		}
		definition, known := metrics.Lookup(m.Name)
		switch {
		case !known && m.Better == "":
			// A column, a number of the stage's own, or a name that is written wrongly: only who
			// means it knows which way is better, and the wrong way lets regressions pass.
			return nil, cfg.ProblemAt("/gate/metrics/"+m.Name,
				fmt.Sprintf("muster cannot compute %q from predictions", m.Name),
				fmt.Sprintf("if it is a column of numbers in them, or a number that the stage writes itself, say better: higher or better: lower; else muster knows %s", strings.Join(metrics.Known(), ", ")))
		case definition.Reported && (m.Margin != nil || m.Min == nil && m.Max == nil):
			// The comparison would leave it ungated, and whoever wrote this would not know.
			return nil, cfg.ProblemAt("/gate/metrics/"+m.Name,
				fmt.Sprintf("%s is never held to the champion's: its interval would not hold", m.Name),
				"give it a max and no margin, or gate brier")
		}
		specs = append(specs, spec)
	}
	for _, name := range cfg.Gate.Slices.Metrics {
		if definition, _ := metrics.Lookup(name); definition.Reported {
			return nil, cfg.ProblemAt("/gate/slices/metrics", name+" gates no slice: its interval would not hold", "name brier")
		}
	}
	return specs, nil
}

// gateOptions says how the gate section has models compared.
func gateOptions(gate *config.Gate) metrics.Options {
	opts := metrics.Options{
		Confidence: gate.Confidence, SliceMinSize: gate.Slices.MinSize, SliceMetrics: gate.Slices.Metrics,
		RequiredSlices: gate.Slices.Required,
	}
	if gate.Slices.Margin != nil {
		allowed := margin(gate.Slices.Margin)
		opts.SliceMargin = &allowed
	}
	return opts
}

func margin(m *config.Margin) metrics.Margin {
	if m == nil {
		return metrics.Margin{}
	}
	return metrics.Margin{Value: m.Value, Percent: m.Percent}
}
