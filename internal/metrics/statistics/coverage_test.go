package statistics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// TestTangoCovers adds up the chances of all tables: no simulation.
func TestTangoCovers(t *testing.T) {
	for _, n := range []float64{20, 50, 100, 300} {
		for _, discordance := range []float64{0.01, 0.03, 0.1, 0.3} {
			covered, denied := tangoChances(n, discordance/2, discordance/2)
			if covered < 0.945 || denied > 0.028 {
				t.Errorf("n = %v, discordance %v: %.4f covered, %.4f denied though equal", n, discordance, covered, denied)
			}
			if covered, denied = tangoChances(n, discordance/4, 3*discordance/4); covered < 0.935 || denied == 0 {
				t.Errorf("n = %v, discordance %v: %.4f covered, %.4f denied where worse", n, discordance, covered, denied)
			}
		}
	}
}

// tangoChances is how often 95 % intervals hold the truth, and how often p is at
// most 0.025, where rows are gained and lost with these chances.
func tangoChances(n, gain, loss float64) (covered, denied float64) {
	lgamma := func(x float64) float64 { v, _ := math.Lgamma(x + 1); return v }
	for gained := 0.0; gained <= min(n, 90); gained++ {
		for lost := 0.0; lost <= min(n-gained, 150); lost++ {
			rest := n - gained - lost
			chance := math.Exp(lgamma(n) - lgamma(gained) - lgamma(lost) - lgamma(rest) +
				gained*math.Log(gain) + lost*math.Log(loss) + rest*math.Log(1-gain-loss))
			if chance < 1e-9 {
				continue
			}
			x := statistics.Tango(gained, lost, n, 0.025)
			if gained+lost == 0 || gained == n || lost == n {
				x = statistics.ExactBound((gained-lost)/n, n, 0.025)
			}
			if x.Low <= gain-loss && gain-loss <= x.High {
				covered += chance
			}
			if x.P <= 0.025 {
				denied += chance
			}
		}
	}
	return covered, denied
}

// covers draws sets whose true difference is 0 and fails unless so many of their
// 95 % intervals hold it.
func covers(t *testing.T, name string, sets int, least, most float64, draw func(random *rand.Rand) (statistics.Interval, bool)) {
	t.Helper()
	random := rand.New(rand.NewPCG(11, 12))
	held := 0
	for range sets {
		x, ok := draw(random)
		if !ok {
			t.Errorf("%s: no interval", name)
		}
		if x.Low <= 0 && 0 <= x.High {
			held++
		}
	}
	if share := float64(held) / float64(sets); share < least || share > most {
		t.Errorf("%s: %.4f of the intervals hold the truth", name, share)
	}
}

// TestDeLongCovers: near an area of 1 the few rows that are out of order make the
// intervals too wide, not too narrow.
func TestDeLongCovers(t *testing.T) {
	for _, test := range []struct {
		positives, negatives int
		area, least, most    float64
	}{
		{20, 20, 0.7, 0.93, 0.97}, {20, 200, 0.7, 0.93, 0.97}, {50, 50, 0.9, 0.93, 0.98}, {100, 100, 0.99, 0.95, 0.995},
	} {
		shift := math.Sqrt2 * statistics.NormalQuantile(test.area)
		name := fmt.Sprintf("%d and %d rows, area %v", test.positives, test.negatives, test.area)
		covers(t, name, 1500, test.least, test.most, func(random *rand.Rand) (statistics.Interval, bool) {
			a, b := paired(random, test.positives, shift), paired(random, test.negatives, 0)
			return statistics.DeLong(newComponents(a[0], b[0]), newComponents(a[1], b[1]), 0.025)
		})
	}
}

// paired are scores of two equal models for the same rows.
func paired(random *rand.Rand, rows int, shift float64) [2][]float64 {
	common := normals(random, rows, shift, math.Sqrt(0.7))
	sides := [2][]float64{normals(random, rows, 0, math.Sqrt(0.3)), normals(random, rows, 0, math.Sqrt(0.3))}
	for i, v := range common {
		sides[0][i] += v
		sides[1][i] += v
	}
	return sides
}

// TestGroupsCover has groups of one size and groups some of which are many times
// the size of others, where normal quantiles and the plain variance cover 90 %.
func TestGroupsCover(t *testing.T) {
	for _, spread := range []float64{0, 0.5, 1} {
		covers(t, fmt.Sprintf("spread of sizes %v", spread), 3000, 0.92, 0.97, func(random *rand.Rand) (statistics.Interval, bool) {
			const groups = 30
			sums, sizes := normals(random, groups, 0, 1), make([]float64, groups)
			var sum, rows float64
			for i := range sums {
				sizes[i] = math.Ceil(math.Exp(1.6 + spread*random.NormFloat64()))
				sums[i] *= sizes[i]
				sum += sums[i]
				rows += sizes[i]
			}
			for i := range sums {
				sums[i] -= sum / rows * sizes[i]
			}
			return statistics.Groups(sum/rows, sums, sizes, 0.025)
		})
	}
}

func TestWelchCovers(t *testing.T) {
	for _, rows := range []float64{0.1, 1, 10} { // the test set's variance
		covers(t, fmt.Sprintf("variance %v", rows), 3000, 0.94, 0.96, func(random *rand.Rand) (statistics.Interval, bool) {
			a, b := normals(random, 5, 0, 1), normals(random, 5, 0, 2)
			difference := mean(a) - mean(b) + math.Sqrt(rows)*random.NormFloat64()
			return statistics.Welch(difference, 0.025, statistics.Variance{Value: rows, Freedom: 999},
				statistics.SeedVariance(a), statistics.SeedVariance(b))
		})
	}
}

// TestBCaCovers has means of 50 values, as they are and with long tails: few rows
// of long tails are where the bootstrap is known to cover less.
func TestBCaCovers(t *testing.T) {
	for name, test := range map[string]struct {
		value       func(random *rand.Rand) float64
		least, most float64
	}{
		"normal":     {(*rand.Rand).NormFloat64, 0.93, 0.97},
		"long tails": {func(random *rand.Rand) float64 { return random.ExpFloat64() - random.ExpFloat64() }, 0.93, 0.975},
	} {
		seed := uint64(0)
		covers(t, name, 800, test.least, test.most, func(random *rand.Rand) (statistics.Interval, bool) {
			seed++
			for {
				values := make([]float64, 50)
				for i := range values {
					values[i] = test.value(random)
				}
				// With fewer degrees the comparison has no interval.
				if statistics.Freedom(squaresOf(values)) >= 5 {
					return resampledMean(values, seed)
				}
			}
		})
	}
}

// squaresOf are the squared deviations from the mean.
func squaresOf(values []float64) []float64 {
	center, out := mean(values), make([]float64, len(values))
	for i, v := range values {
		out[i] = (v - center) * (v - center)
	}
	return out
}

// resampledMean is the BCa interval of a mean.
func resampledMean(values []float64, seed uint64) (statistics.Interval, bool) {
	count, estimate := len(values), mean(values)
	replicates, influence, times := make([]float64, 1000), make([]float64, count), make([]uint16, count)
	for i, v := range values {
		influence[i] = v - estimate
	}
	for b := range replicates {
		statistics.Draw(times, seed, uint64(b))
		for i, v := range values {
			replicates[b] += float64(times[i]) * v / float64(count)
		}
	}
	slices.Sort(replicates)
	return statistics.NewBCa(replicates, estimate, statistics.Acceleration(influence)).Expanded(math.Sqrt(float64(count)/float64(count-1)), statistics.Freedom(squaresOf(values))).Interval(0.025)
}
