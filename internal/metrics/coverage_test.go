package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// TestCoverage draws 300 evaluation sets of 200 rows from populations whose
// difference is known. A 95 % interval holds it in 92 % to 98 % of them: two
// and a half standard errors of such a simulation around 0.95. Each side alone
// misses at most 5 %, twice what it should: a gate reads only one side.
//
// Grouped sets have four rows for each of 100 users, which share half of what
// makes them hard.
func TestCoverage(t *testing.T) {
	const sets, rows = 300, 200
	var random *rand.Rand
	tests := map[string]struct {
		metric string
		truth  float64
		draw   func() (candidate, champion table)
	}{
		"areas":                  {"roc_auc", normalAUC(1.2) - normalAUC(1.4), func() (table, table) { return binormal(random, rows, 1.2, 1.4) }},
		"high areas":             {"roc_auc", normalAUC(2.6) - normalAUC(2.8), func() (table, table) { return binormal(random, 2*rows, 2.6, 2.8) }},
		"shares":                 {"accuracy", 0.82 - 0.85, func() (table, table) { return coin(random, rows, 0.07, 0.10) }},
		"roots":                  {"rmse", 1.2 - 1.1, func() (table, table) { return errorsOf(random, rows, 1.2, 1.1) }},
		"losses":                 {"log_loss", certainLoss(0.9, 0.85) - certainLoss(0.9, 0.9), func() (table, table) { return certain(random, rows) }},
		"F1":                     {"f1", 0, func() (table, table) { return simulated(random, rows, 0.8, 0.8) }},
		"precision":              {"precision", 0, func() (table, table) { return simulated(random, rows, 0.8, 0.8) }},
		"correlations":           {"mcc", 0, func() (table, table) { return simulated(random, rows, 0.8, 0.8) }},
		"precision and recall":   {"pr_auc", 0, func() (table, table) { return simulated(random, rows, 0.8, 0.8) }},
		"scores of users":        {"score", 0, func() (table, table) { return users(random, 100, 4) }},
		"areas of users":         {"roc_auc", 0, func() (table, table) { return users(random, 100, 4) }},
		"F1 of users":            {"f1", 0, func() (table, table) { return users(random, 100, 4) }},
		"precision of few users": {"precision", 0, func() (table, table) { return users(random, 40, 10) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			random = rand.New(rand.NewPCG(61, 62))
			low, high, none := 0, 0, 0
			for seed := range uint64(sets) {
				a, b := test.draw()
				c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated(test.metric, 0.01)}, metrics.Options{Resamples: 1000, Seed: seed})
				r := row(t, c, test.metric, "")
				if r.Interval == nil {
					none++ // so few rows make up the difference that nothing is said
					continue
				}
				if test.truth < r.Interval[0] {
					high++
				}
				if test.truth > r.Interval[1] {
					low++
				}
			}
			covered := 1 - float64(low+high)/float64(sets-none)
			if none > sets/5 {
				t.Errorf("%d of %d sets have no interval", none, sets)
			}
			if covered < 0.92 || covered > 0.98 {
				t.Errorf("the interval holds the truth in %.1f %% of the sets", 100*covered)
			}
			if low > sets/20 || high > sets/20 {
				t.Errorf("missed below in %d, above in %d of %d", low, high, sets)
			}
		})
	}
}

// users draws two equally good models on users, whose rows share what makes them
// hard for either.
func users(random *rand.Rand, count, size int) (table, table) {
	a := table{group: numbered(count, size)}
	b := table{group: a.group}
	for range count {
		mine, theirs := random.NormFloat64(), random.NormFloat64()
		for range size {
			label := float64(random.IntN(2))
			a.labels = append(a.labels, label)
			a.scores = append(a.scores, logistic(1.5*(2*label-1)+mine+random.NormFloat64()))
			b.scores = append(b.scores, logistic(1.5*(2*label-1)+theirs+random.NormFloat64()))
		}
	}
	b.labels = a.labels
	return a, b
}

// TestFalseDenials draws two equally good models again and again: with three
// metrics, false alarms of worse stay below α.
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

// binormal draws scores whose AUC is Φ(distance/√2).
func binormal(random *rand.Rand, n int, candidate, champion float64) (table, table) {
	a := table{labels: make([]float64, n), scores: make([]float64, n)}
	b := table{labels: a.labels, scores: make([]float64, n)}
	for i := range n {
		a.labels[i] = float64(random.IntN(2))
		shared := random.NormFloat64() * math.Sqrt(0.5)
		a.scores[i] = candidate*a.labels[i] + shared + random.NormFloat64()*math.Sqrt(0.5)
		b.scores[i] = champion*a.labels[i] + shared + random.NormFloat64()*math.Sqrt(0.5)
	}
	return a, b
}

func normalAUC(distance float64) float64 { return (1 + math.Erf(distance/2)) / 2 }

// coin draws rows that only one of the models has right.
func coin(random *rand.Rand, n int, gained, lost float64) (table, table) {
	a := table{labels: make([]float64, n), scores: make([]float64, n)}
	b := table{labels: a.labels, scores: make([]float64, n)}
	for i := range n {
		switch u := random.Float64(); {
		case u < gained:
			b.scores[i] = 1
		case u < gained+lost:
			a.scores[i] = 1
		}
	}
	return a, b
}

// errorsOf draws normal errors of known spread.
func errorsOf(random *rand.Rand, n int, candidate, champion float64) (table, table) {
	a := table{labels: make([]float64, n), scores: make([]float64, n)}
	b := table{labels: a.labels, scores: make([]float64, n)}
	for i := range n {
		x, y := random.NormFloat64(), random.NormFloat64()
		a.scores[i], b.scores[i] = candidate*x, champion*(0.6*x+0.8*y)
	}
	return a, b
}

// certain draws models that are right in 90 % of the rows and say so with a
// certainty of 85 % and 90 %, the errors being drawn for each.
func certain(random *rand.Rand, n int) (table, table) {
	a := table{labels: make([]float64, n), scores: make([]float64, n)}
	b := table{labels: a.labels, scores: make([]float64, n)}
	answer := func(label, certainty float64) float64 {
		if (random.Float64() < 0.9) == (label == 1) {
			return certainty
		}
		return 1 - certainty
	}
	for i := range n {
		a.labels[i] = float64(random.IntN(2))
		a.scores[i], b.scores[i] = answer(a.labels[i], 0.85), answer(a.labels[i], 0.9)
	}
	return a, b
}

func certainLoss(right, certainty float64) float64 {
	return -right*math.Log(certainty) - (1-right)*math.Log(1-certainty)
}
