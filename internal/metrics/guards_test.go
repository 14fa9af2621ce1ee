package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// TestTooLittleToTell has data of which simulation shows that an interval would
// hold the difference too rarely, and the same with a little more.
func TestTooLittleToTell(t *testing.T) {
	// ones draws so many rows of label 1, three times as many of 0, and two models.
	ones := func(count int) (table, table) {
		a, b := simulated(rand.New(rand.NewPCG(3, 4)), 4*count, 1, 1)
		for i := range a.labels {
			a.labels[i] = 0
			if i < count {
				a.labels[i] = 1
			}
		}
		b.labels = a.labels
		return a, b
	}
	// far draws numbers, of which so many are far off.
	far := func(count int) (table, table) {
		a, b := simulated(rand.New(rand.NewPCG(3, 4)), 400, 1, 1)
		for i := range count {
			a.scores[i] += 30 + float64(i)
		}
		return a, b
	}
	tests := map[string]struct {
		metric string
		draw   func(int) (table, table)
		few    int
		note   string
	}{
		"rows of a class, precision":         {"precision", ones, 19, "19 rows of one class, fewer than 20: too few for an interval"},
		"rows of a class, MCC":               {"mcc", ones, 19, "19 rows of one class, fewer than 20: too few for an interval"},
		"rows of a class, macro F1":          {"f1_macro", ones, 19, "19 rows of one class, fewer than 20: too few for an interval"},
		"rows of a class, balanced accuracy": {"balanced_accuracy", ones, 19, "19 rows of one class, fewer than 20: too few for an interval"},
		"rows of a class, average precision": {"pr_auc", ones, 49, "49 rows of one class, fewer than 50: too few for an interval"},
		"rows that make up the difference":   {"rmse", far, 4, "so few rows make up most of the difference that they count as 3, fewer than 5: too few for an interval"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, count := range []int{test.few, test.few + 2} {
				a, b := test.draw(count)
				got := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated(test.metric, 0.01)}, metrics.Options{}), test.metric, "")
				if want := count == test.few; (got.Interval == nil) != want || (got.Note == test.note) != want {
					t.Errorf("%d: %s with %v: %s", count, got.Verdict, got.Interval, got.Note)
				}
			}
		})
	}
}

// TestManyClassesMayHaveRareOnes: one rare class of five is a fifth of a mean over classes.
func TestManyClassesMayHaveRareOnes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	draw := func() table {
		d := table{}
		for i := range 200 {
			label := float64(i % 4)
			if i < 8 {
				label = 4
			}
			guess := label
			if random.Float64() < 0.3 {
				guess = float64(random.IntN(5))
			}
			d.labels, d.scores = append(d.labels, label), append(d.scores, 0)
			d.hard = append(d.hard, number(guess))
		}
		return d
	}
	got := row(t, compare(t, draw().predictions(t), draw().predictions(t), []metrics.Spec{gated("f1_macro", 0.01)}, metrics.Options{}), "f1_macro", "")
	if got.Interval == nil {
		t.Error(got.Note)
	}
}

// TestUnevenGroupsAreLessSure: 40 groups of which one has a quarter of the rows
// say less than 40 that are alike, though both have as many rows.
func TestUnevenGroupsAreLessSure(t *testing.T) {
	width := func(first int) float64 {
		random := rand.New(rand.NewPCG(3, 4))
		a, b := simulated(random, 800, 1, 1)
		var hard [40]float64
		for group := range hard {
			hard[group] = random.Float64()
		}
		for i := range 800 {
			group := 0
			if i >= first {
				group = 1 + (i-first)*39/(800-first)
			}
			a.group = append(a.group, fmt.Sprint(group))
			a.scores[i] *= hard[group] // right or wrong as the group is
		}
		b.group = a.group
		got := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("brier", 0.01)}, metrics.Options{}), "brier", "")
		if got.Interval == nil {
			t.Fatal(got.Note)
		}
		return got.Interval[1] - got.Interval[0]
	}
	if even, uneven := width(20), width(200); uneven < 1.15*even {
		t.Errorf("the interval is %v of even groups and %v of uneven ones", even, uneven)
	}
}

// TestOneOfManyCannotBeCalledWorse: among 60 slices p has to be very small, which
// the few rows that make up a slice's difference cannot make it.
func TestOneOfManyCannotBeCalledWorse(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	a, b := simulated(random, 60*60, 0.5, 0.5)
	for i := range a.labels {
		a.slice = append(a.slice, fmt.Sprintf("%02d", i/60))
		if i < 60 {
			a.scores[i] = logistic(3 * random.NormFloat64())
		}
	}
	b.slice = a.slice
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("log_loss", 0)}, metrics.Options{})
	got := row(t, c, "log_loss", "part=00")
	if got.Verdict != result.Inconclusive || !strings.Contains(got.Note, "worse before the adjustment for 60 comparisons, not after") {
		t.Errorf("%s: %s", got.Verdict, got.Note)
	}
	if math.Abs(*got.Diff) < 0.1 || *got.P > 0.025 {
		t.Errorf("difference %v, p %v: the test tests nothing", *got.Diff, *got.P)
	}
}
