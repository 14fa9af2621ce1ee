package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// trained draws the predictions of models that differ in their seed: each has an
// offset of its own beside the recipe's.
func trained(t *testing.T, random *rand.Rand, rows table, seeds int, offset, spread float64) []*predictions.Set {
	t.Helper()
	var sets []*predictions.Set
	for range seeds {
		own := offset + spread*random.NormFloat64()
		d := table{labels: rows.labels, scores: make([]float64, len(rows.labels)), slice: rows.slice, group: rows.group, time: rows.time}
		for i, v := range rows.scores {
			d.scores[i] = v + own
		}
		sets = append(sets, d.predictions(t))
	}
	return sets
}

func compareRecipes(t *testing.T, candidates, champions []*predictions.Set) *metrics.Comparisons {
	t.Helper()
	c, err := metrics.CompareRecipes(t.Context(), candidates, champions, []metrics.Spec{gated("score", 0.1)}, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRecipesAddTheVarianceOfTraining computes the interval by hand: both sides
// answer alike on every row but for their seeds, so only those vary.
func TestRecipesAddTheVarianceOfTraining(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rows := table{labels: make([]float64, 200), scores: make([]float64, 200)}
	for i := range rows.scores {
		rows.scores[i] = random.NormFloat64()
	}
	candidates, champions := trained(t, random, rows, 5, 0, 0.5), trained(t, random, rows, 8, 0, 0.2)
	r := row(t, compareRecipes(t, candidates, champions), "score", "")
	value := func(sets []*predictions.Set) (mean, variance float64) {
		for _, set := range sets {
			v, err := metrics.Compute("score", set)
			if err != nil {
				t.Fatal(err)
			}
			mean += v / float64(len(sets))
			variance += v * v / float64(len(sets)-1)
		}
		return mean, (variance - mean*mean*float64(len(sets))/float64(len(sets)-1)) / float64(len(sets))
	}
	a, va := value(candidates)
	b, vb := value(champions)
	if math.Abs(*r.Candidate-a) > 1e-12 || math.Abs(*r.Champion-b) > 1e-12 {
		t.Errorf("values %v and %v, want %v and %v", *r.Candidate, *r.Champion, a, b)
	}
	// With 4.0 to 11 degrees of freedom Student's quantile is 2.776 to 2.2.
	half, se := (r.Interval[1]-r.Interval[0])/2, math.Sqrt(va+vb)
	if half < 2.2*se || half > 2.78*se {
		t.Errorf("half-width %v with standard error %v", half, se)
	}
	if want := "influence function and 5 against 8 seeds, Welch"; r.Method != want {
		t.Errorf("method %q, want %q", r.Method, want)
	}
}

// TestRecipesHaveTheVarianceOfTheTestSet: models without a spread between seeds
// have the interval of one model.
func TestRecipesHaveTheVarianceOfTheTestSet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	a := table{labels: make([]float64, 400), scores: make([]float64, 400)}
	b := table{labels: a.labels, scores: make([]float64, 400)}
	for i := range a.scores {
		a.scores[i], b.scores[i] = random.NormFloat64(), random.NormFloat64()
	}
	recipe := row(t, compareRecipes(t, trained(t, random, a, 5, 0, 0), trained(t, random, b, 5, 0, 0)), "score", "")
	one := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("score", 0.1)}, metrics.Options{Resamples: 20_000}), "score", "")
	width := one.Interval[1] - one.Interval[0]
	for end := range one.Interval {
		if math.Abs(recipe.Interval[end]-one.Interval[end]) > 0.03*width {
			t.Errorf("%v, of one model %v", *recipe.Interval, *one.Interval)
		}
	}
}

func TestFewSeedsAreInconclusive(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	rows := table{labels: make([]float64, 100), scores: make([]float64, 100)}
	for i := range rows.scores {
		rows.scores[i] = random.NormFloat64()
	}
	better, worse := trained(t, random, rows, 5, 9, 0.1), trained(t, random, rows, 5, 0, 0.1)
	for _, test := range []struct {
		candidates, champions int
		want                  result.Outcome
		note                  string
	}{
		{5, 5, result.Better, ""},
		{4, 5, result.Inconclusive, "4 seeds on one side, fewer than 5: too few to tell recipes apart"},
		{5, 1, result.Inconclusive, "1 seeds on one side, fewer than 5: too few to tell recipes apart"},
	} {
		r := row(t, compareRecipes(t, better[:test.candidates], worse[:test.champions]), "score", "")
		if r.Verdict != test.want || r.Note != test.note {
			t.Errorf("%d against %d seeds: %s, %s", test.candidates, test.champions, r.Verdict, r.Note)
		}
	}
}

// TestRecipesOnEveryMetric: what decides for one model decides for several.
func TestRecipesOnEveryMetric(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	labels, _ := simulated(random, 500, 0, 0)
	draw := func(noise float64) []*predictions.Set {
		var sets []*predictions.Set
		for range 6 {
			d := table{labels: labels.labels, scores: make([]float64, 500)}
			for i, label := range d.labels {
				d.scores[i] = logistic(2*label - 1 + noise*random.NormFloat64())
			}
			sets = append(sets, d.predictions(t))
		}
		return sets
	}
	good, bad := draw(0.3), draw(2)
	for verdict, sides := range map[result.Outcome][2][]*predictions.Set{result.Better: {good, bad}, result.Worse: {bad, good}} {
		c, err := metrics.CompareRecipes(t.Context(), sides[0], sides[1], every(), metrics.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range c.Rows {
			if r.Verdict != verdict {
				t.Errorf("%s is %s, want %s: %v, %s", r.Metric, r.Verdict, verdict, r.Interval, r.Note)
			}
		}
	}
}

func TestRecipesOfDifferentRows(t *testing.T) {
	d := table{labels: make([]float64, 40), scores: make([]float64, 40)}
	short := table{labels: d.labels[1:], scores: d.scores[1:]}
	full, less := d.predictions(t), short.predictions(t)
	for name, sides := range map[string][2][]*predictions.Set{
		"among the candidates": {{full, less}, {full}},
		"among the champions":  {{full, full}, {full, less}},
	} {
		c := compareRecipes(t, sides[0], sides[1])
		if got := codes(c); len(got) != 1 || got[0] != metrics.RowsDiffer {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := metrics.CompareRecipes(t.Context(), nil, nil, every(), metrics.Options{}); err == nil {
		t.Error("no candidate was accepted")
	}
}
