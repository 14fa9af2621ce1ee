package stages

import (
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/config"
)

// RulerInputs lists, as they are declared, the inputs of everything that measures
// a model and that no stage makes: those of the evaluate stage and of the stages
// that make what it reads, the parameters' file among them. What only training
// reads is none of them.
func RulerInputs(cfg *config.Config) ([]string, error) {
	plan, err := planWithout(cfg, Measuring{})
	if err != nil {
		return nil, err
	}
	var out []string
	if gate := cfg.Gate; gate != nil && gate.Labels != nil {
		plan.Stages = append(plan.Stages, config.Stage{Inputs: []string{gate.Labels.Path}}) // muster reads them itself
	}
	for _, stage := range plan.Stages {
		names := slices.Clone(sources(stage))
		if len(stage.Params) > 0 && cfg.Params != "" {
			names = append(names, cfg.Params)
		}
		for _, name := range names {
			made := slices.ContainsFunc(cfg.Stages, func(other config.Stage) bool {
				return feeds(other, config.Stage{Inputs: []string{name}}) && !config.IsPattern(name)
			})
			if name = path.Clean(name); !made && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}
