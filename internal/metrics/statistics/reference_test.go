package statistics_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// readReference reads what a script in testdata found by other programs.
func readReference[T any](t *testing.T, file string) T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// expected is testdata/expected.json, made by reference.py.
type expected struct {
	Tango []struct {
		Gained, Lost, N, Alpha float64
		Low, High              float64
	}
	BCa []struct {
		Values, Replicates   []float64
		Alpha, Low, High, SE float64
	}
	Welch []struct {
		Candidate, Champion []float64
		Low, High, P        float64
	}
	Satterthwaite []struct {
		Difference       float64
		Sources          [][2]float64
		SE, P, Low, High float64
	}
	Holm   []struct{ P, Adjusted []float64 }
	Normal []struct{ Difference, SE, P, Low, High float64 }
	Groups []struct {
		Difference, SE, P, Low, High float64
		Sums, Sizes                  []float64
	}
	Blocks []struct {
		Values                      []float64
		Length, Variance, Variance7 float64
	}
}

// near fails unless got is want but for a tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

func TestTangoAgreesWithItsDefinition(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Tango {
		got := statistics.Tango(want.Gained, want.Lost, want.N, want.Alpha)
		near(t, "lower end", got.Low, want.Low, 1e-7)
		near(t, "upper end", got.High, want.High, 1e-7)
		near(t, "difference", got.Difference, (want.Gained-want.Lost)/want.N, 0)
	}
}

// TestTangoAgreesWithWhatIsPublished has the examples of Tango 1998 (two contact
// lenses, n = 44), of Fagerland, Lydersen & Laake 2014 (Statistics in Medicine
// 33:2850–2875; Bentur, Cavo) and one of the R package PropCIs.
func TestTangoAgreesWithWhatIsPublished(t *testing.T) {
	tests := map[string]struct{ gained, lost, n, alpha, low, high float64 }{
		"lenses":   {0, 1, 44, 0.05, -0.096, 0.037},
		"Bentur":   {1, 7, 21, 0.025, -0.517, -0.026},
		"Cavo":     {6, 16, 161, 0.025, -0.124, -0.005},
		"mirrored": {16, 6, 161, 0.025, 0.005, 0.124},
	}
	for name, test := range tests {
		got := statistics.Tango(test.gained, test.lost, test.n, test.alpha)
		near(t, name+", lower end", got.Low, test.low, 0.0005)
		near(t, name+", upper end", got.High, test.high, 0.0005)
	}
	// McNemar's P of Cavo's table is 0.033006 two-sided.
	near(t, "P", 2*statistics.Tango(6, 16, 161, 0.025).P, 0.033006, 5e-7)
}

func TestDeLongAgreesWithPROC(t *testing.T) {
	type scores struct{ Positives, Negatives []float64 }
	cases := readReference[map[string]struct {
		Candidate, Champion scores
		Area, Variance      float64
		Interval            [2]float64
		Difference, Z, P    float64
		DifferenceVariance  float64    `json:"difference_variance"`
		DifferenceInterval  [2]float64 `json:"difference_interval"`
	}](t, "delong.json")
	for name, want := range cases {
		candidate := newComponents(want.Candidate.Positives, want.Candidate.Negatives)
		champion := newComponents(want.Champion.Positives, want.Champion.Negatives)
		got, ok := statistics.DeLong(candidate, champion, 0.025)
		if !ok {
			t.Errorf("%s: no interval", name)
		}
		near(t, name+": difference", got.Difference, want.Difference, 1e-12)
		near(t, name+": variance", got.SE*got.SE, want.DifferenceVariance, 1e-12)
		near(t, name+": z", got.Difference/got.SE, want.Z, 1e-9)
		near(t, name+": p", got.P, want.P, 1e-9)
		near(t, name+": lower end", got.Low, want.DifferenceInterval[0], 1e-9)
		near(t, name+": upper end", got.High, want.DifferenceInterval[1], 1e-9)

		// Against a model whose area is 0 for sure there is one model's interval.
		nothing := statistics.Components{Positives: make([]float64, len(candidate.Positives)), Negatives: make([]float64, len(candidate.Negatives))}
		got, _ = statistics.DeLong(candidate, nothing, 0.025)
		near(t, name+": area", got.Difference, want.Area, 1e-12)
		near(t, name+": its variance", got.SE*got.SE, want.Variance, 1e-12)
		near(t, name+": its lower end", got.Low, want.Interval[0], 1e-9)
		near(t, name+": its upper end", min(got.High, 1), want.Interval[1], 1e-9)
	}
}

// TestBCaAgreesWithSciPy allows one replicate between the ends: SciPy puts them
// between two replicates, this package on the outer one.
func TestBCaAgreesWithSciPy(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").BCa {
		estimate := mean(want.Values)
		influence := make([]float64, len(want.Values))
		for i, v := range want.Values {
			influence[i] = v - estimate
		}
		got, ok := statistics.NewBCa(want.Replicates, estimate, statistics.Acceleration(influence)).Interval(want.Alpha)
		if !ok {
			t.Errorf("no interval at %v", want.Alpha)
		}
		near(t, "standard error", got.SE, want.SE, 1e-9)
		low, high := slices.Index(want.Replicates, got.Low), slices.Index(want.Replicates, got.High)
		if !(want.Replicates[low] <= want.Low && want.Low <= want.Replicates[low+2]) {
			t.Errorf("lower end %v, SciPy has %v", got.Low, want.Low)
		}
		if !(want.Replicates[high-2] <= want.High && want.High <= want.Replicates[high]) {
			t.Errorf("upper end %v, SciPy has %v", got.High, want.High)
		}
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// TestWelchAgreesWithSciPyAndStatsmodels: SciPy 1.10's quantiles of t are right to 1e-9 of themselves.
func TestWelchAgreesWithSciPyAndStatsmodels(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Welch {
		got, ok := statistics.Welch(mean(want.Candidate)-mean(want.Champion), 0.025,
			statistics.SeedVariance(want.Candidate), statistics.SeedVariance(want.Champion))
		if !ok {
			t.Error("no interval")
		}
		near(t, "lower end", got.Low, want.Low, 1e-7)
		near(t, "upper end", got.High, want.High, 1e-7)
		near(t, "p", got.P, want.P, 1e-9)
	}
}

func TestWelchTakesThreeSources(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Satterthwaite {
		var sources []statistics.Variance
		for _, s := range want.Sources {
			sources = append(sources, statistics.Variance{Value: s[0], Freedom: s[1]})
		}
		got, ok := statistics.Welch(want.Difference, 0.025, sources...)
		if !ok {
			t.Error("no interval")
		}
		near(t, "standard error", got.SE, want.SE, 1e-12)
		near(t, "lower end", got.Low, want.Low, 1e-8)
		near(t, "upper end", got.High, want.High, 1e-8)
		near(t, "p", got.P, want.P, 1e-8)
	}
}

func TestHolmAgreesWithStatsmodels(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Holm {
		got := statistics.Holm(want.P)
		for i := range want.Adjusted {
			near(t, "adjusted p", got[i], want.Adjusted[i], 1e-12)
		}
	}
	if got := statistics.Holm(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestNormalAgreesWithSciPy(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Normal {
		got, ok := statistics.FromSE(want.Difference, want.SE, 0.025)
		if !ok {
			t.Error("no interval")
		}
		near(t, "lower end", got.Low, want.Low, 1e-9)
		near(t, "upper end", got.High, want.High, 1e-9)
		near(t, "p", got.P, want.P, 1e-9)
	}
}

func TestGroupsAgreeWithTheJackknife(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Groups {
		got, ok := statistics.Groups(want.Difference, want.Sums, want.Sizes, 0.025)
		if !ok {
			t.Error("no interval")
		}
		near(t, "standard error", got.SE, want.SE, 1e-12)
		near(t, "lower end", got.Low, want.Low, 1e-8)
		near(t, "upper end", got.High, want.High, 1e-8)
		near(t, "p", got.P, want.P, 1e-9)
	}
	near(t, "effective number", statistics.Effective([]float64{5, 5, 5}), 3, 1e-12)
	near(t, "of uneven groups", statistics.Effective([]float64{8, 1, 1}), 100.0/66, 1e-12)
}

func TestBlocksAgreeWithTheirDefinition(t *testing.T) {
	for _, want := range readReference[expected](t, "expected.json").Blocks {
		length := statistics.BlockLength(want.Values)
		near(t, "length", float64(length), math.Ceil(want.Length), 0)
		near(t, "variance", statistics.BlockVariance(want.Values, length), want.Variance, 1e-12)
		near(t, "variance of blocks of 7", statistics.BlockVariance(want.Values, 7), want.Variance7, 1e-12)
	}
}
