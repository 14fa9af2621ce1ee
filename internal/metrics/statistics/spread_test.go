package statistics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// TestMeanStdDev compares it, bit by bit, with gonum's.
func TestMeanStdDev(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, 3, 5, 16, 17, 1000, 4099} {
		for _, center := range []float64{0, 1, -0.875, 1e9, 1e-300} {
			values := make([]float64, size)
			for i := range values {
				values[i] = center + random.NormFloat64()
			}
			mean, sd := statistics.MeanStdDev(values)
			wantMean, wantSD := stat.MeanStdDev(values, nil)
			if !same(mean, wantMean) || !same(sd, wantSD) {
				t.Errorf("%d values about %g: %v ± %v, not %v ± %v", size, center, mean, sd, wantMean, wantSD)
			}
		}
	}
	if mean, sd := statistics.MeanStdDev([]float64{0.25, 0.5, 0.75}); mean != 0.5 || sd != 0.25 {
		t.Errorf("0.25, 0.5, 0.75: %v ± %v, not 0.5 ± 0.25", mean, sd)
	}
}

// TestNormal compares Φ and its inverse, bit by bit, with gonum's distribution.
func TestNormal(t *testing.T) {
	for i := -4000; i <= 4000; i++ {
		z := float64(i) / 100
		if got, want := statistics.NormalCDF(z), distuv.UnitNormal.CDF(z); got != want {
			t.Errorf("Φ(%v) is %v, not %v", z, got, want)
		}
	}
	for i := range 1001 {
		for _, p := range []float64{float64(i) / 1000, math.Pow(10, -float64(i)/4)} {
			if got, want := statistics.NormalQuantile(p), distuv.UnitNormal.Quantile(p); got != want {
				t.Errorf("Φ⁻¹(%v) is %v, not %v", p, got, want)
			}
		}
	}
}

// TestStudent compares the p-value of a difference, bit by bit, with gonum's distribution.
func TestStudent(t *testing.T) {
	for _, freedom := range []float64{0.5, 1, 2, 3.7, 29, 1000, 1e6, 1e8} {
		exact := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
		for i := -1000; i <= 1000; i++ {
			difference := float64(i) / 25
			got, ok := statistics.FromStudent(difference, 1, freedom, 0.025)
			if want := exact.CDF(difference); !ok || got.P != want {
				t.Errorf("t %v with %v degrees: %v (%t), not %v", difference, freedom, got.P, ok, want)
			}
		}
	}
}

// same reports whether two numbers are one, NaN too.
func same(a, b float64) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
