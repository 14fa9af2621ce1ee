package flow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

const lateTraining = `version: 1
stages:
  train: {run: x, outputs: [m], when: schedule}
  evaluate: {run: x, inputs: [m], predictions: p.csv}
gate: {metrics: {roc_auc: {margin: 0.01}}}
`

// A run whose training was not due has nothing to decide about, unless it may
// have put its training off itself.
func TestARunWithoutAModel(t *testing.T) {
	const why = "there is no new model in this run because train is not due (when: schedule; this is a change)"
	known := stages.Base{Config: &config.Config{}}
	tests := map[string]struct {
		scope     result.Scope
		base      stages.Base
		noModel   string
		undecided string
	}{
		"a change, and the base is known":       {result.ScopeChange, known, why, ""},
		"a change that brings the pipeline":     {result.ScopeChange, stages.Base{New: true}, why, ""},
		"a change, and the base is not known":   {result.ScopeChange, stages.Base{Missing: "fetch it"}, why, "base-unknown"},
		"the default branch":                    {result.ScopeDefaultBranch, stages.Base{}, why, ""},
		"a run that was asked for one stage":    {result.ScopeLocal, stages.Base{}, "", "no-candidate"},
		"a change, of one stage, base is known": {result.ScopeChange, known, "", "no-candidate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "muster.yaml")
			if err := os.WriteFile(path, []byte(lateTraining), 0o644); err != nil {
				t.Fatal(err)
			}
			project, err := flow.Open(path, "")
			if err != nil {
				t.Fatal(err)
			}
			run := result.Run{
				Schema: result.SchemaOf[result.Run](), ID: "r", Pipeline: project.Config.Name, Status: result.RunPassed,
				Scope: test.scope, NoModel: test.noModel, Stages: []result.Stage{},
			}
			gate := flow.Gate{Project: project, Runner: &stages.Runner{Config: project.Config, Dir: project.Dir, Folder: project.Folder, Base: test.base}}
			decision, err := gate.Decide(t.Context(), run)
			if test.undecided == "" {
				if none, ok := errors.AsType[*flow.NoModelError](err); !ok || none.Message != why {
					t.Errorf("decision %s, error %v", decision.Verdict, err)
				}
				return
			}
			if err != nil || decision.Verdict != result.Undecided {
				t.Fatalf("decision %s, %v", decision.Verdict, err)
			}
			var codes []string
			for _, finding := range decision.Findings {
				codes = append(codes, finding.Code)
			}
			if !strings.Contains(strings.Join(codes, " "), test.undecided) {
				t.Errorf("findings are %v, want %s", codes, test.undecided)
			}
		})
	}
}
