package flow

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

const gated = `version: 1
name: facts
image: tiny
stages:
  train: {run: make, outputs: [model]}
  evaluate: {run: make, inputs: [model], predictions: predictions.csv}
gate:
  metrics: {roc_auc: {margin: 0.01}}
  waivers: waivers.yaml
`

func trialOf(g Gate, base string) *trial {
	return &trial{ruler: ruler{config: g.Project.Config, dir: g.Project.Dir, from: "main at d4e5f6a", commit: base}}
}

// What is wrong with the working copy's own waivers is said at once. What is wrong
// with the base's lets nothing pass, and the change that mends it still has a decision.
func TestWaiversThatCannotBeRead(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"there is no file waivers.yaml":                                {"muster.yaml": gated},
		"this is a mapping; it must be a list":                         {"muster.yaml": gated, "waivers.yaml": "a: 1\n"},
		"waivers.yaml cannot be read: waivers.yaml is no regular file": {"muster.yaml": gated, "waivers.yaml/x": ""},
		"waivers.yaml:1:3: missing reason, owner, expires":             {"muster.yaml": gated, "waivers.yaml": "- {finding: creep}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := inProject(t, files)
			own := trialOf(g, "")
			err := g.findWaivers(t.Context(), own)
			var wrong *config.Error
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), name) || len(own.problems) > 0 {
				t.Errorf("error is %v, problems are %v", err, own.problems)
			}
			base := trialOf(g, "d4e5f6a")
			if err := g.findWaivers(t.Context(), base); err != nil {
				t.Fatal(err)
			}
			if len(base.waivers) > 0 || len(base.problems) != 1 || base.problems[0].Code != "waivers-invalid" || !strings.Contains(base.problems[0].Message, name) {
				t.Errorf("waivers are %v, problems are %v", base.waivers, base.problems)
			}
		})
	}
}

// A clock that was set back revives no waiver: whatever happened before says that it is later.
func TestTellTime(t *testing.T) {
	g := inProject(t, map[string]string{"muster.yaml": gated})
	before := time.Now().Add(-time.Second)
	next := func(n int) time.Time { return before.AddDate(n, 0, 0) }
	told := func(change func(*trial)) time.Time {
		tr := trialOf(g, "")
		tr.waivers = []result.Waiver{{Finding: "creep"}}
		tr.run.Started = next(-1)
		change(tr)
		if err := g.tellTime(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
		return tr.now
	}
	if now := told(func(*trial) {}); now.Before(before) || now.After(next(1)) {
		t.Errorf("the clock says %v, and is told as %v", before, now)
	}
	if now := told(func(tr *trial) { tr.run.Started = next(1) }); !now.Equal(next(1)) {
		t.Errorf("the run started at %v, and it is %v", next(1), now)
	}
	if now := told(func(tr *trial) { tr.ledger = &ledger{before: []result.Attempt{{At: next(2)}, {At: next(1)}}} }); !now.Equal(next(2)) {
		t.Errorf("the last decision was made at %v, and it is %v", next(2), now)
	}
	moved := &fakeHistory{moves: []result.Move{{At: next(3)}}}
	if at, err := lastMove(t.Context(), moved, "production"); err != nil || !at.Equal(next(3)) || moved.asked != 1 {
		t.Errorf("the champion was promoted at %v, and that is %v", next(3), at)
	}
	if at, err := lastMove(t.Context(), &fakeHistory{}, "production"); err != nil || !at.IsZero() {
		t.Errorf("nothing was promoted, at %v", at)
	}
}

// Only the last promotions are read, with what the gate says of how many.
func TestHistory(t *testing.T) {
	reg := &fakeHistory{moves: []result.Move{{To: "v1"}, {To: "v2", Override: true}}}
	gate := &config.Gate{Champion: "production"}
	got, err := history(t.Context(), reg, gate)
	if err != nil || len(got) != 2 || got[1].Version != "v2" || !got[1].Override || got[1].Data != "d" || got[1].Metrics["f1"] != 0.5 {
		t.Errorf("history is %+v, %v", got, err)
	}
	gate.Drift = &config.Drift{Last: 12}
	if _, err := history(t.Context(), reg, gate); err != nil || reg.asked != 12 {
		t.Errorf("%d promotions were asked for, %v", reg.asked, err)
	}
	reg.moves = append(reg.moves, result.Move{To: "gone"})
	if _, err := history(t.Context(), reg, gate); !errors.Is(err, registry.ErrNoVersion) {
		t.Errorf("error is %v", err)
	}
}

type fakeHistory struct {
	moves []result.Move
	asked int
}

func (f *fakeHistory) Recent(_ context.Context, _ string, n int) ([]result.Move, error) {
	f.asked = n
	return f.moves, nil
}

func (f *fakeHistory) Version(_ context.Context, name string) (result.Version, error) {
	if name == "gone" {
		return result.Version{}, registry.ErrNoVersion
	}
	return result.Version{
		Version: name, Metrics: map[string]float64{"f1": 0.5}, Decision: &result.Decision{Receipt: result.Receipt{EvaluationData: "d"}},
	}, nil
}
