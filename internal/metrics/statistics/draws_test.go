package statistics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// TestMultinomialIsBinomialByCell draws tables of two cells and compares how often
// each count comes with its binomial chance (χ² test, failing once in a million).
func TestMultinomialIsBinomialByCell(t *testing.T) {
	const draws = 60_000
	for i, counts := range [][]float64{
		{1, 1}, {3, 7}, {1, 99}, {99, 1}, {9, 91}, {11, 89}, {50, 50}, {30, 970}, {970, 30}, {1, 9_999_999}, {12, 9_999_988}, {4000, 6000},
	} {
		t.Run(fmt.Sprint(counts), func(t *testing.T) {
			m := statistics.NewMultinomial(counts)
			seen := make(map[float64]float64)
			table := make([]float64, 2)
			for b := range uint64(draws) {
				m.Draw(table, uint64(i), b)
				if table[0]+table[1] != counts[0]+counts[1] {
					t.Fatalf("%v has another sum than %v", table, counts)
				}
				seen[table[0]]++
			}
			total := counts[0] + counts[1]
			exact := distuv.Binomial{N: total, P: counts[0] / total}
			chi, bins := goodness(exact, seen, draws)
			if bins < 2 {
				t.Fatalf("%d bins: the test tests nothing", bins)
			}
			if p := (distuv.ChiSquared{K: float64(bins - 1)}).Survival(chi); !(p > 1e-6) {
				t.Errorf("χ² = %v in %d bins, p = %v", chi, bins, p)
			}
		})
	}
}

// goodness is Pearson's χ², neighbours joined until ten draws are expected.
func goodness(exact distuv.Binomial, seen map[float64]float64, draws float64) (chi float64, bins int) {
	deviation := math.Sqrt(exact.Variance())
	from, to := max(exact.Mean()-8*deviation-2, 0), min(exact.Mean()+12*deviation+20, exact.N)
	var expected, observed, rest, last float64
	rest = draws
	for _, count := range seen {
		last += count
	}
	for k := math.Floor(from); k <= to; k++ {
		expected += draws * exact.Prob(k)
		observed += seen[k]
		if expected >= 10 && rest-expected >= 10 {
			chi += (observed - expected) * (observed - expected) / expected
			bins++
			rest -= expected
			last -= observed
			expected, observed = 0, 0
		}
	}
	return chi + (last-rest)*(last-rest)/rest, bins + 1
}

// TestMultinomialCovaries: cells of n rows with shares p and q have variances
// n p (1 − p) and covariances −n p q.
func TestMultinomialCovaries(t *testing.T) {
	counts := []float64{400, 0, 25, 3, 70, 1, 301, 200}
	const draws, total = 40_000, 1000.0
	m := statistics.NewMultinomial(counts)
	cells := make([][]float64, len(counts))
	table := make([]float64, len(counts))
	for b := range uint64(draws) {
		m.Draw(table, 5, b)
		for i, v := range table {
			cells[i] = append(cells[i], v)
		}
	}
	for i, a := range counts {
		near(t, fmt.Sprintf("mean of cell %d", i), stat.Mean(cells[i], nil), a, 5*math.Sqrt(a/draws))
		for j, b := range counts[:i+1] {
			want := -a * b / total
			if i == j {
				want += a
			}
			tolerance := 6 * math.Sqrt((a*b+a+1)/draws)
			near(t, fmt.Sprintf("covariance of cells %d and %d", i, j), stat.Covariance(cells[i], cells[j], nil), want, tolerance)
		}
	}
}

func TestMultinomialOfOneCell(t *testing.T) {
	table := []float64{7, 7, 7}
	statistics.NewMultinomial([]float64{0, 12, 0}).Draw(table, 1, 2)
	if !slices.Equal(table, []float64{0, 12, 0}) {
		t.Errorf("%v", table)
	}
}

// TestDrawsDependOnSeedAndNumberAlone: a draw may be made by any goroutine, after
// any other, and pinned values tell when another version would draw others.
func TestDrawsDependOnSeedAndNumberAlone(t *testing.T) {
	m := statistics.NewMultinomial([]float64{500, 30, 20, 3})
	drawers := map[string]struct {
		draw  func(out []float64, seed, b uint64)
		count int
		want  []float64
	}{
		"rows":   {statistics.Draw[float64], 8, []float64{0, 0, 1, 2, 0, 1, 3, 1}},
		"blocks": {func(out []float64, seed, b uint64) { statistics.DrawBlocks(out, 3, seed, b) }, 8, []float64{0, 0, 1, 1, 1, 1, 2, 2}},
		"tables": {m.Draw, 4, []float64{503, 25, 21, 4}},
	}
	for name, d := range drawers {
		draw := func(seed, b uint64) []float64 {
			out := slices.Repeat([]float64{9}, d.count)
			d.draw(out, seed, b)
			return out
		}
		first := draw(7, 3)
		draw(8, 1)
		if again := draw(7, 3); !slices.Equal(first, again) {
			t.Errorf("%s: %v, then %v", name, first, again)
		}
		if slices.Equal(first, draw(8, 3)) || slices.Equal(first, draw(7, 4)) {
			t.Errorf("%s: seed or number change nothing", name)
		}
		if !slices.Equal(first, d.want) {
			t.Errorf("%s: %v, want %v", name, first, d.want)
		}
	}
}

// TestDrawsCountInAnyNumber: what occurrences are counted in changes nothing.
func TestDrawsCountInAnyNumber(t *testing.T) {
	small, large := make([]uint16, 500), make([]float64, 500)
	for b := range uint64(20) {
		statistics.Draw(small, 1, b)
		statistics.Draw(large, 1, b)
		for i := range small {
			near(t, "rows", float64(small[i]), large[i], 0)
		}
		statistics.DrawBlocks(small, 7, 1, b)
		statistics.DrawBlocks(large, 7, 1, b)
		for i := range small {
			near(t, "blocks", float64(small[i]), large[i], 0)
		}
	}
}

// TestTablesFromManyGoroutines draws the same tables from several at once.
func TestTablesFromManyGoroutines(t *testing.T) {
	const draws = 400
	m := statistics.NewMultinomial([]float64{500, 30, 20, 3})
	var tables [4][draws][4]float64
	var group sync.WaitGroup
	for worker := range tables {
		group.Go(func() {
			for b := range draws {
				m.Draw(tables[worker][b][:], 1, uint64(b))
			}
		})
	}
	group.Wait()
	for worker := range tables {
		if tables[worker] != tables[0] {
			t.Errorf("goroutine %d draws other tables", worker)
		}
	}
}

func TestDrawIsEven(t *testing.T) {
	const units, draws = 50, 20_000
	times, sum := make([]float64, units), make([]float64, units)
	for b := range uint64(draws) {
		statistics.Draw(times, 1, b)
		for i, v := range times {
			sum[i] += v
		}
	}
	for i, v := range sum {
		near(t, fmt.Sprintf("mean of unit %d", i), v/draws, 1, 5/math.Sqrt(draws))
	}
}

// TestBlocksVaryAsTheirClosedForm holds resamples against BlockVariance, and both
// against the true variance of the mean of a series that depends on its past.
func TestBlocksVaryAsTheirClosedForm(t *testing.T) {
	const count, memory = 1000, 0.6
	values := series(rand.New(rand.NewPCG(8, 9)), count, memory)
	length := statistics.BlockLength(values)
	for _, l := range []int{1, 7, length, count} {
		const draws = 20_000
		times, means := make([]float64, count), make([]float64, draws)
		for b := range means {
			statistics.DrawBlocks(times, l, 3, uint64(b))
			sum, drawn := 0.0, 0.0
			for i, v := range values {
				sum += times[i] * v
				drawn += times[i]
			}
			if drawn != count {
				t.Fatalf("length %d: %v units drawn", l, drawn)
			}
			means[b] = sum / count
		}
		drawn, exact := stat.Variance(means, nil), statistics.BlockVariance(values, l)
		near(t, fmt.Sprintf("variance with blocks of %d", l), drawn, exact, 0.05*exact+1e-15)
	}
	truth := 1 / (1 - memory) / (1 - memory) / count
	if got := statistics.BlockVariance(values, length) / truth; got < 0.7 || got > 1.2 {
		t.Errorf("blocks of %d find %v of the true variance", length, got)
	}
	if got := statistics.BlockVariance(values, 1) / truth; got > 0.5 {
		t.Errorf("single rows find %v of the true variance: the test tests nothing", got)
	}
}

// series is autoregressive: each value is the memory of the last and some noise.
func series(random *rand.Rand, count int, memory float64) []float64 {
	out := normals(random, count, 0, 1)
	for i := 1; i < count; i++ {
		out[i] += memory * out[i-1]
	}
	return out
}

func TestBlockLengthIsAlwaysPossible(t *testing.T) {
	tests := map[string][]float64{
		"nothing":     nil,
		"one":         {1},
		"few":         {1, 2, 3, 4, 5, 6, 7, 8},
		"constant":    slices.Repeat([]float64{0.1}, 100),
		"alternating": slices.Repeat([]float64{1, -1}, 50),
		"a trend":     span(200),
		"one outlier": append(make([]float64, 100), 1),
		"huge":        slices.Repeat([]float64{1e200, -1e200, 0}, 40),
	}
	for name, values := range tests {
		if got := statistics.BlockLength(values); got < 1 || got > max(len(values)/3+1, 1) {
			t.Errorf("%s: %d of %d", name, got, len(values))
		}
	}
	// Where noise cancels itself no length is enough: 3√400 is the longest.
	noise := normals(rand.New(rand.NewPCG(1, 2)), 401, 0, 1)
	for i := range noise[1:] {
		noise[i] -= noise[i+1]
	}
	if got := statistics.BlockLength(noise[:400]); got != 60 {
		t.Errorf("noise that cancels itself: %d", got)
	}
}

func span(count int) []float64 {
	out := make([]float64, count)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}
