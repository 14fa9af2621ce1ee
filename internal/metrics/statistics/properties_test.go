package statistics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// found is an interval, and the one with the models in each other's place.
type found struct{ x, swapped statistics.Interval }

// collected are intervals by method.
type collected map[string][]found

func (c collected) add(method string, x, swapped statistics.Interval) {
	c[method] = append(c[method], found{x, swapped})
}

// addIf adds what a method found, unless it says that there is no interval.
func (c collected) addIf(method string, interval func(sign float64) (statistics.Interval, bool)) {
	x, ok := interval(1)
	swapped, okSwapped := interval(-1)
	if ok && okSwapped {
		c.add(method, x, swapped)
	}
}

// methods returns for each method intervals of random data, half of them near the
// edge of significance, some extreme.
func methods(alpha float64) collected {
	random := rand.New(rand.NewPCG(uint64(1/alpha), 2))
	out := make(collected)
	for range 300 {
		n := float64(2 + random.IntN(2000))
		out.proportions(random, n, alpha)
		out.influence(random, alpha)
		out.resampled(random, alpha)
		a, b := components(random, 2+random.IntN(30), 2+random.IntN(30))
		out.addIf("DeLong", func(sign float64) (statistics.Interval, bool) {
			if sign < 0 {
				return statistics.DeLong(b, a, alpha)
			}
			return statistics.DeLong(a, b, alpha)
		})
	}
	return out
}

func (c collected) proportions(random *rand.Rand, n, alpha float64) {
	gained := math.Floor(random.Float64() * min(n, 40))
	lost := math.Floor(random.Float64() * min(n-gained, 40))
	if gained+lost == 0 {
		gained++
	}
	if gained < n && lost < n {
		c.add("Tango", statistics.Tango(gained, lost, n, alpha), statistics.Tango(lost, gained, n, alpha))
	}
	for _, d := range []float64{-1, 0, 1} {
		c.add("ExactBound", statistics.ExactBound(d, n, alpha), statistics.ExactBound(-d, n, alpha))
	}
	classes := []statistics.Stratum{{Rows: n, Weight: random.Float64()}, {Rows: 1 + gained, Weight: 0.5}, {Rows: 7, Weight: 0.1}}
	c.add("Unchanged", statistics.Unchanged(alpha, classes...), statistics.Unchanged(alpha, classes...))
}

func (c collected) influence(random *rand.Rand, alpha float64) {
	sums := normals(random, 2+random.IntN(40), -0.3, 1)
	difference, sizes := 2*mean(sums), make([]float64, len(sums))
	for i := range sizes {
		sizes[i] = float64(1 + random.IntN(5))
	}
	c.addIf("Groups", func(sign float64) (statistics.Interval, bool) {
		return statistics.Groups(sign*difference, times(sign, sums), sizes, alpha)
	})
	sources := []statistics.Variance{statistics.SeedVariance(normals(random, 5, 0, 1)), statistics.SeedVariance(normals(random, 2, 0, 1))}
	shift := random.NormFloat64() - 1
	c.addIf("Welch", func(sign float64) (statistics.Interval, bool) {
		return statistics.Welch(sign*shift, alpha, sources...)
	})
}

func (c collected) resampled(random *rand.Rand, alpha float64) {
	estimate, accel, units := random.NormFloat64()-0.5, random.NormFloat64()/20, 10+random.IntN(100)
	replicates := normals(random, 500+int(20/alpha), estimate+random.NormFloat64()/10, 0.4)
	bca := func(sign float64) statistics.BCa {
		sorted := times(sign, replicates)
		slices.Sort(sorted)
		return statistics.NewBCa(sorted, sign*estimate, sign*accel)
	}
	c.addIf("BCa", func(sign float64) (statistics.Interval, bool) { return bca(sign).Interval(alpha) })
	c.addIf("BCa, expanded", func(sign float64) (statistics.Interval, bool) {
		return bca(sign).Expanded(1.01, float64(units)).Interval(alpha)
	})
}

func normals(random *rand.Rand, count int, mean, deviation float64) []float64 {
	out := make([]float64, count)
	for i := range out {
		out[i] = mean + deviation*random.NormFloat64()
	}
	return out
}

func times(factor float64, values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = factor * v
	}
	return out
}

// components are of two models of which the second is better, with ties.
func components(random *rand.Rand, positives, negatives int) (a, b statistics.Components) {
	scores := func(noise float64) statistics.Components {
		up, down := normals(random, positives, 1, noise), normals(random, negatives, 0, noise)
		for _, side := range [][]float64{up, down} {
			for i := range side {
				side[i] = math.Round(2*side[i]) / 2
			}
		}
		return newComponents(up, down)
	}
	return scores(1.5), scores(0.7)
}

func TestIntervalsAreSound(t *testing.T) {
	for _, alpha := range []float64{0.05, 0.025, 0.005} {
		for method, all := range methods(alpha) {
			if len(all) < 200 {
				t.Errorf("%s: only %d intervals", method, len(all))
			}
			for _, f := range all {
				x := f.x
				for _, v := range []float64{x.Difference, x.Low, x.High, x.P, x.SE} {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s: %+v", method, x)
					}
				}
				if !(x.Low < x.High) || !(x.P >= 0 && x.P <= 1) || x.SE < 0 {
					t.Errorf("%s: %+v", method, x)
				}
				if !strings.HasPrefix(method, "BCa") && !(x.Low <= x.Difference && x.Difference <= x.High) {
					t.Errorf("%s: the difference is outside of %+v", method, x)
				}
			}
		}
	}
}

// TestSwappedModelsTurnTheIntervalRound: which model is called the champion must
// not matter.
func TestSwappedModelsTurnTheIntervalRound(t *testing.T) {
	for method, all := range methods(0.025) {
		for _, f := range all {
			if !(math.Abs(f.x.Low+f.swapped.High) <= 1e-9 && math.Abs(f.x.High+f.swapped.Low) <= 1e-9) {
				t.Errorf("%s: %+v and %+v", method, f.x, f.swapped)
			}
		}
	}
}

func TestPAgreesWithTheInterval(t *testing.T) {
	for _, alpha := range []float64{0.05, 0.025, 0.01} {
		for method, all := range methods(alpha) {
			below := 0
			for _, f := range all {
				if (f.x.P <= alpha) != (f.x.High < 0) {
					t.Errorf("%s at %v: %+v", method, alpha, f.x)
				}
				if f.x.High < 0 {
					below++
				}
			}
			if method != "Unchanged" && (below < 5 || below > len(all)-5) {
				t.Errorf("%s: %d of %d intervals lie below 0: the test tests nothing", method, below, len(all))
			}
		}
	}
}

// TestNoSpreadGivesNoInterval: an interval of width zero would be a claim that
// nothing is left to chance.
func TestNoSpreadGivesNoInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	a, _ := components(random, 20, 30)
	same := slices.Repeat([]float64{0.1}, 40)
	tests := map[string]func() (statistics.Interval, bool){
		"DeLong of equal models": func() (statistics.Interval, bool) { return statistics.DeLong(a, a, 0.025) },
		"DeLong of one positive": func() (statistics.Interval, bool) { return statistics.DeLong(one(random), one(random), 0.025) },
		"DeLong of no rows": func() (statistics.Interval, bool) {
			return statistics.DeLong(statistics.Components{}, statistics.Components{}, 0.025)
		},
		"Groups that are one":  func() (statistics.Interval, bool) { return statistics.Groups(0.5, []float64{0}, []float64{9}, 0.025) },
		"Groups that are none": func() (statistics.Interval, bool) { return statistics.Groups(0.5, nil, nil, 0.025) },
		"Groups of equal sums": func() (statistics.Interval, bool) {
			return statistics.Groups(0.5, make([]float64, 3), []float64{1, 2, 3}, 0.025)
		},
		"Welch of nothing": func() (statistics.Interval, bool) { return statistics.Welch(0.5, 0.025) },
		"Welch without a variance": func() (statistics.Interval, bool) {
			return statistics.Welch(0.5, 0.025, statistics.Variance{Value: 0, Freedom: 4})
		},
		"BCa of no replicates": func() (statistics.Interval, bool) { return statistics.NewBCa(nil, 0.1, 0).Interval(0.025) },
		"BCa of one replicate": func() (statistics.Interval, bool) {
			return statistics.NewBCa(same[:1], 0.1, 0).Expanded(1.01, 29).Interval(0.025)
		},
		"BCa of equal replicates": func() (statistics.Interval, bool) { return statistics.NewBCa(same, 0.1, 0).Interval(0.025) },
	}
	for name, interval := range tests {
		if x, ok := interval(); ok {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func one(random *rand.Rand) statistics.Components {
	a, _ := components(random, 1, 30)
	return a
}

// TestExpandedIntervals: few units make them wider, many do not.
func TestExpandedIntervals(t *testing.T) {
	replicates := normals(rand.New(rand.NewPCG(5, 6)), 20_000, -1.9, 1)
	slices.Sort(replicates)
	plain := statistics.NewBCa(replicates, -1.9, 0)
	x, _ := plain.Interval(0.025)
	few, _ := plain.Expanded(math.Sqrt(30.0/29), 29).Interval(0.025)
	many, _ := plain.Expanded(1, 99_999).Interval(0.025)
	// √(30/29)·2.04523 is 2.08019, against 1.95996.
	near(t, "times wider", (few.High-few.Low)/(x.High-x.Low), 2.08019/1.95996, 0.02)
	near(t, "times wider of many", (many.High-many.Low)/(x.High-x.Low), 1, 0.001)
	near(t, "p of many", many.P, x.P, 1e-4)
	// t = −1.9/√(30/29) with 29 degrees of freedom, by SciPy 0.036; the rest is chance.
	near(t, "p of few", few.P, 0.0360, 0.003)
}

// TestPIsNeverFinerThanTheReplicates: of R replicates nothing below 1/(R + 1) is known.
func TestPIsNeverFinerThanTheReplicates(t *testing.T) {
	replicates := normals(rand.New(rand.NewPCG(5, 6)), 999, -50, 1)
	slices.Sort(replicates)
	for _, accel := range []float64{-0.2, 0, 0.2} {
		if p := statistics.NewBCa(replicates, -51, accel).P(); p < 0.001 {
			t.Errorf("acceleration %v: p = %v of 999 replicates", accel, p)
		}
	}
	if p := statistics.NewBCa(times(-1, replicates), 50, 0).P(); p != 1 {
		t.Errorf("p = %v where all replicates are above 0", p)
	}
}

func TestAcceleration(t *testing.T) {
	values := []float64{-1, -1, -1, 3}
	want := 24 / (6 * math.Pow(12, 1.5))
	near(t, "acceleration", statistics.Acceleration(values), want, 1e-15)
	for _, scale := range []float64{1e-300, 1e300, -1} {
		scaled := make([]float64, len(values))
		for i, v := range values {
			scaled[i] = scale * v
		}
		near(t, "scaled", statistics.Acceleration(scaled), math.Copysign(want, scale), 1e-15)
	}
	near(t, "of nothing", statistics.Acceleration(nil), 0, 0)
	near(t, "of zeros", statistics.Acceleration(make([]float64, 3)), 0, 0)
}

// TestUnitsNeeded: as many units as are said to be needed are enough, if the
// difference stays, and it is always more than there are.
func TestUnitsNeeded(t *testing.T) {
	tests := map[string]struct {
		gained, lost, n, margin, level float64
		ok                             bool
	}{
		"not sure to be within the margin": {20, 20, 1000, 0.01, 0.025, true},
		"not sure to be worse":             {50, 60, 1000, 0.005, 0.025, true},
		"worse before an adjustment":       {5, 16, 1000, 0.005, 0.001, true},
		"sure before an adjustment":        {0, 16, 1000, 0.001, 1e-9, true},
		"better, and not sure of it":       {22, 20, 1000, 0, 0.025, true},
		"no difference and no margin":      {20, 20, 1000, 0, 0.025, false},
		"surely within the margin":         {20, 20, 1000, 0.1, 0.025, false},
		"far from the margin by luck":      {20, 30, 1000, 0.01, 0.025, false}, // at the margin itself
	}
	for name, test := range tests {
		x := statistics.Tango(test.gained, test.lost, test.n, 0.025)
		needed, ok := statistics.UnitsNeeded(x, test.margin, test.level, int(test.n))
		if ok != test.ok {
			t.Errorf("%s: %v units, %v", name, needed, ok)
			continue
		}
		if !ok {
			continue
		}
		if needed <= int(test.n) {
			t.Errorf("%s: %d units, no more than there are", name, needed)
		}
		times := float64(needed) / test.n
		more := statistics.Tango(math.Round(test.gained*times), math.Round(test.lost*times), float64(needed), 0.025)
		if x.Difference < -test.margin {
			if more.P > 1.1*test.level {
				t.Errorf("%s: %d units give p %v", name, needed, more.P)
			}
		} else if more.Low < -1.05*test.margin-1e-4 {
			t.Errorf("%s: %d units give %v", name, needed, more.Low)
		}
	}
}

func TestUnitsNeededByExactBounds(t *testing.T) {
	needed, ok := statistics.UnitsNeeded(statistics.ExactBound(0, 100, 0.025), 0.01, 0.025, 100)
	if !ok || statistics.Unseen(float64(needed), 0.025) >= 0.0102 || needed > 380 {
		t.Errorf("nothing differs: %d, %v", needed, ok)
	}
	needed, ok = statistics.UnitsNeeded(statistics.ExactBound(-1, 4, 0.025), 0.01, 0.025, 4)
	if !ok || needed != 6 {
		t.Errorf("all rows lost: %d, %v: six in a row have a chance of 0.016", needed, ok)
	}
	if needed, ok := statistics.UnitsNeeded(statistics.ExactBound(0, 100, 0.025), 0, 0.025, 100); ok {
		t.Errorf("no margin: %d", needed)
	}
}

func TestDetectable(t *testing.T) {
	near(t, "drop", statistics.Detectable(0.01, 0.025, 0.8), 0.028015852, 1e-9)
}

func TestFreedom(t *testing.T) {
	alike := []float64{4, 0, 4, 0, 0, 4, 4, 4}
	near(t, "five that differ as much", statistics.Freedom(alike), 5, 1e-12)
	near(t, "times a number", statistics.Freedom(times(1e300, alike)), 5, 1e-12)
	near(t, "very small", statistics.Freedom(times(1e-300, alike)), 5, 1e-12)
	near(t, "one of many", statistics.Freedom([]float64{1e9, 1, 1, 1}), 1, 1e-6)
	near(t, "nothing", statistics.Freedom(make([]float64, 3)), 0, 0)
	squares := normals(rand.New(rand.NewPCG(5, 6)), 100_000, 0, 1)
	for i, v := range squares {
		squares[i] = v * v
	}
	near(t, "normal, whose kurtosis is 3", statistics.Freedom(squares)/100_000, 1.0/3, 0.01)
}

// TestSlowVariance has a series whose mean's variance is known: blocks leave out
// some of it.
func TestSlowVariance(t *testing.T) {
	const memory, count, length = 0.8, 4000, 30
	truth := (1 + memory) / (1 - memory) / count // of a series with variance 1
	var plain, slow float64
	random := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		values := series(random, count+200, memory)[200:]
		scale := 1 / (1 - memory*memory) // the variance that it has
		plain += statistics.BlockVariance(values, length) / scale / truth / 40
		slow += statistics.SlowVariance(values, length) / scale / truth / 40
	}
	if plain > 0.85 || slow < 0.9 || slow > 1.05 {
		t.Errorf("of the variance plain blocks see %v, slow ones %v", plain, slow)
	}
	values := normals(random, 100, 0, 1)
	near(t, "blocks of one", statistics.SlowVariance(values, 1), statistics.BlockVariance(values, 1), 0)
}
