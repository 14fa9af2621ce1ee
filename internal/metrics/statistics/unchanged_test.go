package statistics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

func TestUnchangedOfOneStratum(t *testing.T) {
	for _, n := range []float64{1, 20, 300, 1e7} {
		share := 1 - math.Pow(0.025, 1/n)
		near(t, "share", statistics.Unseen(n, 0.025), share, 1e-9)
		x := statistics.Unchanged(0.025, statistics.Stratum{Rows: n, Weight: 2})
		near(t, "lower end", x.Low, -2*share, 1e-9)
		near(t, "upper end", x.High, 2*share, 1e-9)
	}
	near(t, "share without rows", statistics.Unseen(0, 0.025), 1, 0)
}

// TestUnchangedIsTheLargestDifferenceLeft tries shares at random: where the
// difference is beyond the bound, no differing row had a chance below α, and some
// shares come close to the bound.
func TestUnchangedIsTheLargestDifferenceLeft(t *testing.T) {
	const alpha = 0.025
	random := rand.New(rand.NewPCG(1, 2))
	for _, strata := range [][]statistics.Stratum{
		{{Rows: 50, Weight: 0.5}, {Rows: 50, Weight: 0.5}},
		{{Rows: 3, Weight: 0.25}, {Rows: 4, Weight: 0.25}, {Rows: 2, Weight: 0.25}, {Rows: 900, Weight: 0.25}},
		{{Rows: 1000, Weight: 1}, {Rows: 10, Weight: 0.02}},
	} {
		bound := statistics.Unchanged(alpha, strata...).High
		closest := 0.0
		for range 200_000 {
			// Split the whole of −ln α at random: the chance of no row is then α.
			parts := make([]float64, len(strata))
			sum := 0.0
			for i := range parts {
				parts[i] = math.Pow(random.Float64(), 4)
				sum += parts[i]
			}
			difference := 0.0
			for i, s := range strata {
				difference += s.Weight * -math.Expm1(math.Log(alpha)*parts[i]/sum/s.Rows)
			}
			closest = max(closest, difference)
		}
		if closest > bound*(1+1e-12) || closest < 0.99*bound {
			t.Errorf("%v: bound %v, found %v", strata, bound, closest)
		}
	}
}

// TestWeightsOfUnchanged tries how a label and two models' decisions can be
// distributed: no metric changes by more than its weight times the share of rows,
// of those that it is about, on which the models differ.
func TestWeightsOfUnchanged(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	closest := make(map[string]float64)
	for range 300_000 {
		c := randomCells(random)
		for metric, m := range map[string]struct{ difference, differing, weight float64 }{
			"accuracy":  {c.share(all, rightA) - c.share(all, rightB), c.share(all, differ), 1},
			"recall":    {c.share(label, a) - c.share(label, b), c.share(label, differ), 1},
			"precision": {c.share(a, label) - c.share(b, label), c.share(decided, differ), 1},
			"F1":        {c.f1(a) - c.f1(b), c.share(labelledOrDecided, differ), 2},
		} {
			bound := m.weight * m.differing
			if math.Abs(m.difference) > bound+1e-9 {
				t.Fatalf("%s changes by %v, bound %v: %v", metric, m.difference, bound, c)
			}
			if bound > 0 && bound < 0.2 {
				closest[metric] = max(closest[metric], math.Abs(m.difference)/bound)
			}
		}
	}
	for _, metric := range []string{"accuracy", "recall", "precision", "F1"} {
		if closest[metric] < 0.8 {
			t.Errorf("%s comes up to %v of its bound: the test tests little", metric, closest[metric])
		}
	}
}

// cells are the chances of rows: 4 for the label, 2 and 1 for the decisions of A and B.
type cells [8]float64

type rows func(row int) bool

func all(int) bool        { return true }
func label(row int) bool  { return row&4 != 0 }
func a(row int) bool      { return row&2 != 0 }
func b(row int) bool      { return row&1 != 0 }
func differ(row int) bool { return a(row) != b(row) }
func rightA(row int) bool { return a(row) == label(row) }
func rightB(row int) bool { return b(row) == label(row) }

func decided(row int) bool           { return a(row) || b(row) }
func labelledOrDecided(row int) bool { return label(row) || decided(row) }

// randomCells has chances of all sizes, all rows decided positive by each model at
// times among them.
func randomCells(random *rand.Rand) cells {
	var c cells
	sum := 0.0
	for i := range c {
		c[i] = math.Pow(random.Float64(), 8) + 1e-9
		sum += c[i]
	}
	for i := range c {
		c[i] /= sum
	}
	return c
}

// share is the share of some rows that are among others, too.
func (c cells) share(of, are rows) float64 {
	var both, total float64
	for row, chance := range c {
		if of(row) {
			total += chance
			if are(row) {
				both += chance
			}
		}
	}
	return both / total
}

func (c cells) f1(decision rows) float64 {
	precision, recall := c.share(decision, label), c.share(label, decision)
	return 2 * precision * recall / (precision + recall)
}

// TestUnchangedAreaHolds draws rows of two models whose true areas are just
// further apart than the bound, by positives that the candidate puts last. Seeing
// no difference in the order must be as rare as α.
func TestUnchangedAreaHolds(t *testing.T) {
	const positives, negatives, sets, alpha = 12, 40, 20_000, 0.1
	random := rand.New(rand.NewPCG(5, 6))
	bound := statistics.Unchanged(alpha, statistics.Stratum{Rows: positives, Weight: 1}).High
	share := bound + 1e-6 // all pairs are in order for the champion, these never for the candidate
	missed := 0
	for range sets {
		champion, candidate := make([]float64, positives), make([]float64, positives)
		others := make([]float64, negatives)
		for i := range others {
			others[i] = random.Float64()
		}
		for i := range champion {
			champion[i] = 1 + random.Float64()
			candidate[i] = champion[i]
			if random.Float64() < share {
				candidate[i] = -1
			}
		}
		x, y := newComponents(candidate, others), newComponents(champion, others)
		if slices.Equal(x.Positives, y.Positives) && slices.Equal(x.Negatives, y.Negatives) {
			missed++
		}
	}
	near(t, "share of sets that show nothing", float64(missed)/sets, alpha, 5*math.Sqrt(alpha/sets))
}
