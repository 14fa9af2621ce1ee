package config_test

import (
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/config"
)

// guarded is a pipeline whose gate and evaluate's further inputs are given.
func guarded(t *testing.T, inputs, gate string) (*config.Config, error) {
	t.Helper()
	return config.Parse("muster.yaml", "p", []byte(`version: 1
stages:
  train: {run: "true", inputs: [train.py, data/train.csv], outputs: [model/]}
  evaluate: {run: "true", inputs: [evaluate.py, model/`+inputs+`], predictions: p.csv, metrics: [metrics.json]}
gate:
  metrics: {accuracy: {}}
`+gate+"\n"))
}

func TestWhatGuardsTheGate(t *testing.T) {
	const one, two = ", data/test.csv", ", data/test.csv, data/more.csv"
	wrong := map[string]struct{ inputs, gate, want string }{
		"an anchor that is the champion":         {one, "  anchor: production", "would move with the champion"},
		"an anchor whose name would be too long": {one, "  champion: " + strings.Repeat("a", 60), "longer than 63"},
		"a baseline that a stage writes":         {one, "  baseline: metrics.json", `stage "evaluate" writes metrics.json`},
		"a baseline in a folder that one writes": {one, "  baseline: {path: model/metrics.json}", `stage "train" writes`},
		"a baseline outside":                     {one, "  baseline: ../metrics.json", "leaves the repository"},
		"audit data that training reads":         {one, "  holdout: {audit: data/train.csv}", `stage "train" reads data/train.csv`},
		"audit data in a folder that one reads":  {", data/test", "  holdout: {audit: data/test/audit.csv}", `stage "evaluate" reads`},
		"audit data for one of several":          {two, "  holdout: {audit: audit.csv}", "which of data/test.csv, data/more.csv does audit.csv stand in for"},
		"audit data for a pattern":               {", data/*.npz", "  holdout: {audit: audit.npz}", "which of data/*.npz"},
		"audit data for none":                    {"", "  holdout: {audit: audit.csv}", "reads no data"},
		"audit data for code":                    {one, "  holdout: {audit: audit.csv, replaces: evaluate.py}", "does not read evaluate.py as data"},
		"audit data for the model":               {one, "  holdout: {audit: audit.csv, replaces: model/}", "does not read model/ as data"},
		"audit data beside joined labels":        {one, "  labels: labels.csv\n  holdout: {audit: audit.csv}", "labels are joined"},
		"something that no audit data replaces":  {one, "  holdout: {replaces: data/test.csv}", "there is no audit data"},
		"a budget of nothing":                    {one, "  holdout: {budget: 0}", "use at least 1"},
	}
	for name, test := range wrong {
		t.Run(name, func(t *testing.T) {
			_, err := guarded(t, test.inputs, test.gate)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want it to say %q", err, test.want)
			}
		})
	}
	right := map[string]struct{ inputs, gate, replaces string }{
		"a baseline at a commit":          {one, "  baseline: {path: metrics.json, ref: main}", ""},
		"a baseline of its own":           {one, "  baseline: baseline.json", ""},
		"audit data for the one":          {one, "  holdout: {audit: audit.csv}", "data/test.csv"},
		"audit data for one that is said": {two, "  holdout: {audit: audit.csv, replaces: data/more.csv}", "data/more.csv"},
	}
	for name, test := range right {
		t.Run(name, func(t *testing.T) {
			cfg, err := guarded(t, test.inputs, test.gate)
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Gate.Holdout.Replaces; got != test.replaces {
				t.Errorf("the audit data stands in for %q, want %q", got, test.replaces)
			}
		})
	}
}

func TestWhereTheRegistryIs(t *testing.T) {
	for registry, want := range map[string]string{
		"":                                   "dir",
		"registry: {path: models}":           "dir",
		"registry: {git: {branch: b}}":       "git",
		"registry: {git: }":                  "git",
		"registry: {type: git}":              "git",
		"registry: {type: git, path: x}":     "take path: out",
		"registry: {path: x, git: {}}":       "take path: out",
		"registry: {type: dir, git: {}}":     "take type: out",
		"registry: {keys: [../outside.pub]}": "leaves the repository",
	} {
		t.Run(registry, func(t *testing.T) {
			cfg, err := guarded(t, "", registry)
			if err != nil {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %v, want it to say %q", err, want)
				}
				return
			}
			if cfg.Registry.Type != want || (cfg.Registry.Git != nil) != (want == "git") {
				t.Errorf("the registry is %+v, want it to be %s", cfg.Registry, want)
			}
		})
	}
}
