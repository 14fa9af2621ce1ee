package metrics_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
)

// TestNormalIntervalAgreesWithTheBootstrap holds the interval for many rows to
// within 2 % of the bootstrap's half-width, on the same rows but one.
func TestNormalIntervalAgreesWithTheBootstrap(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(51, 52)), 20_000, 1, 1)
	for i := range a.scores { // many ties
		a.scores[i] = 0.1 + 0.2*math.Floor(5*a.scores[i])
		b.scores[i] = 0.1 + 0.2*math.Floor(5*b.scores[i])
	}
	specs := []metrics.Spec{gated("log_loss", 0.01), gated("rmse", 0.01), gated("brier", 0.01)}
	normal := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{})
	a.labels, b.labels = a.labels[1:], b.labels[1:]
	a.scores, b.scores = a.scores[1:], b.scores[1:]
	drawn := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{Resamples: 20_000})
	for _, spec := range specs {
		x, y := row(t, normal, spec.Metric, ""), row(t, drawn, spec.Metric, "")
		if x.Method != "influence function, normal interval" || !strings.Contains(y.Method, "BCa") {
			t.Fatalf("%s: methods %q and %q", spec.Metric, x.Method, y.Method)
		}
		half := (y.Interval[1] - y.Interval[0]) / 2
		if got := (x.Interval[1] - x.Interval[0]) / 2; math.Abs(got/half-1) > 0.02 {
			t.Errorf("%s: half-width %v, the bootstrap's is %v", spec.Metric, got, half)
		}
		if math.Abs(x.Interval[0]-y.Interval[0]) > 0.06*half || math.Abs(x.Interval[1]-y.Interval[1]) > 0.06*half {
			t.Errorf("%s: %v, the bootstrap has %v", spec.Metric, *x.Interval, *y.Interval)
		}
	}
}
