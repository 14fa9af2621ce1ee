package metrics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

func TestCurvesOfFewRows(t *testing.T) {
	got := metrics.Curves(set([]string{"1", "0", "1", "0"}, func(s *predictions.Set) {
		scored(0.9, 0.7, 0.7, 0.1)(s)
		s.Weight = []float64{1, 1, 1, 2}
	}))
	want := result.Curves{
		ROC:             []result.Point{{}, {X: 0, Y: 0.5}, {X: 1. / 3, Y: 1}, {X: 1, Y: 1}},
		PrecisionRecall: []result.Point{{X: 0.5, Y: 1}, {X: 1, Y: 2. / 3}},
		Prevalence:      0.4,
		Calibration: []result.Bin{
			{Low: 0, High: 0.1, Score: 0.1, Share: 0, Rows: 1},
			{Low: 0.6, High: 0.7, Score: 0.7, Share: 0.5, Rows: 2},
			{Low: 0.8, High: 0.9, Score: 0.9, Share: 1, Rows: 1},
		},
	}
	if diff := cmp.Diff(want, got, close9()); diff != "" {
		t.Errorf("binary (-want +got):\n%s", diff)
	}

	got = metrics.Curves(set([]string{"1", "4", "3"}, scored(2, 3, 3)))
	want = result.Curves{
		Residuals: []result.Point{{X: 2, Y: -1}, {X: 3, Y: 1}, {X: 3, Y: 0}},
		Errors:    []result.Point{{X: 0, Y: 1. / 3}, {X: 1, Y: 1}},
	}
	if diff := cmp.Diff(want, got, close9()); diff != "" {
		t.Errorf("regression (-want +got):\n%s", diff)
	}
}

func close9() cmp.Option {
	return cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9 })
}

// TestCurvesThatAreUndefined are empty and nothing else.
func TestCurvesThatAreUndefined(t *testing.T) {
	for name, s := range map[string]*predictions.Set{
		"no rows":             set(nil, scored()),
		"NaN":                 set([]string{"1", "0"}, scored(math.NaN(), 1)),
		"infinite residual":   set([]string{"1e308", "5"}, scored(-1e308, 5)),
		"words and decisions": set([]string{"a", "b"}, decided("a", "b")),
		"no weight":           set([]string{"1", "0"}, func(s *predictions.Set) { scored(1, 0)(s); s.Weight = []float64{0, 0} }),
	} {
		if diff := cmp.Diff(result.Curves{}, metrics.Curves(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got := metrics.Curves(set([]string{"1", "1"}, scored(0.5, 1)))
	if len(got.ROC) > 0 || len(got.Calibration) != 2 {
		t.Errorf("one class: %+v", got)
	}
}

// TestCurvesKeepTheirShape holds the thinned curves of many rows to the area
// under the whole ones.
func TestCurvesKeepTheirShape(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const rows = 20_000
	labels, ids, numbers := make([]string, rows), make([]string, rows), make([]string, rows)
	scores, guesses := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		label := random.IntN(2)
		labels[i], ids[i] = strconv.Itoa(label), strconv.Itoa(i)
		scores[i] = logistic(2*float64(label) - 1 + random.NormFloat64())
		guesses[i] = 10 * random.Float64()
		numbers[i] = number(guesses[i] + random.NormFloat64())
	}
	binary := &predictions.Set{Name: "p.csv", Items: predictions.NewIDs(ids), LabelNumber: floats(labels), Score: scores}
	binary.Label = codes32(binary, labels)
	got := metrics.Curves(binary)
	if len(got.ROC) != 200 || len(got.PrecisionRecall) != 200 {
		t.Fatalf("%d and %d points", len(got.ROC), len(got.PrecisionRecall))
	}
	area := 0.0
	for i, p := range got.ROC[1:] {
		area += (p.X - got.ROC[i].X) * (p.Y + got.ROC[i].Y) / 2
	}
	steps, before := 0.0, 0.0
	for _, p := range got.PrecisionRecall {
		steps, before = steps+(p.X-before)*p.Y, p.X
	}
	compare := func(metric string, got, off float64) {
		want, err := metrics.Compute(metric, binary)
		if err != nil || math.Abs(got-want) > off {
			t.Errorf("%s is %v, under the curve lies %v (%v)", metric, want, got, err)
		}
	}
	compare("roc_auc", area, 0.001)
	compare("pr_auc", steps, 0.005)

	sharp := &predictions.Set{Name: "p.csv", Items: predictions.NewIDs(ids), LabelNumber: floats(labels)}
	sharp.Label = codes32(sharp, labels)
	for i := range rows {
		sharp.Score = append(sharp.Score, sharp.LabelNumber[i]+0.9*random.Float64())
	}
	if !slices.Contains(metrics.Curves(sharp).ROC, result.Point{X: 0, Y: 1}) {
		t.Error("the corner of a perfect model's curve is gone")
	}

	regression := &predictions.Set{Name: "p.csv", Items: predictions.NewIDs(ids), LabelNumber: floats(numbers), Score: guesses}
	got = metrics.Curves(regression)
	if len(got.Residuals) != 200 || len(got.Errors) != 200 || got.Errors[199].Y != 1 {
		t.Fatalf("%d residuals, %d errors", len(got.Residuals), len(got.Errors))
	}
	largest := 0.0
	for _, p := range got.Residuals {
		largest = max(largest, math.Abs(p.Y))
	}
	if largest != got.Errors[199].X {
		t.Errorf("the largest residual is %v, the largest error %v", largest, got.Errors[199].X)
	}
}
