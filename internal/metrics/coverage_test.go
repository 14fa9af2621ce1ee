package metrics_test

import (
	"math/rand/v2"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// TestFalseDenials draws two equally good models again and again: with three
// metrics, false alarms of worse stay below α. How often intervals hold the
// difference, and one metric by itself is called worse, is tested in simulation.
func TestFalseDenials(t *testing.T) {
	const sets = 200
	random := rand.New(rand.NewPCG(71, 72))
	alarms := 0
	for seed := range uint64(sets) {
		a, b := simulated(random, 200, 0.8, 0.8)
		c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("roc_auc", 0), gated("log_loss", 0), gated("accuracy", 0)}, metrics.Options{Resamples: 1000, Seed: seed})
		for _, r := range c.Rows {
			if r.Verdict == result.Worse {
				alarms++
				break
			}
		}
	}
	// α is 0.025, so 5 are expected at most; 11 would be seen once in a hundred times.
	if alarms > 10 {
		t.Errorf("%d of %d equal models were called worse", alarms, sets)
	}
}
