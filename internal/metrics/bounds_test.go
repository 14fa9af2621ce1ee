package metrics_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// TestNothingDiffers: two models that answer alike but are not the same have the
// exact bound where the metric has one, else no interval; never one of width 0.
func TestNothingDiffers(t *testing.T) {
	const n, alpha = 400, 0.025
	a, _ := simulated(rand.New(rand.NewPCG(1, 2)), n, 0.8, 0.8)
	var ones, decided, either float64
	for i, label := range a.labels {
		ones += label
		if a.scores[i] >= 0.5 {
			decided++
		}
		if label == 1 || a.scores[i] >= 0.5 {
			either++
		}
	}
	share := func(rows float64) float64 { return 1 - math.Pow(alpha, 1/rows) }
	bounds := map[string]float64{
		"accuracy": share(n), "brier": share(n), "recall_micro": share(n), "f1_micro": share(n), "precision_micro": share(n), "recall_weighted": share(n),
		"roc_auc": share(min(ones, n-ones)), "recall": share(ones), "precision": share(decided), "f1": 2 * share(either), "balanced_accuracy": 0,
	}
	var specs []metrics.Spec
	for _, metric := range metrics.Known() {
		if metric != "ndcg" {
			specs = append(specs, gated(metric, 0.05))
		}
	}
	c := compare(t, a.predictions(t), a.predictions(t), specs, metrics.Options{})
	for _, r := range c.Rows {
		bound, exact := bounds[r.Metric]
		switch {
		case r.Metric == "mape": // labels are 0
		case !exact && (r.Interval != nil || r.Verdict != result.Inconclusive || r.Note == ""):
			t.Errorf("%s: %v, %s, %q", r.Metric, r.Interval, r.Verdict, r.Note)
		case !exact:
		case r.Interval == nil || r.Method != "exact bound" || r.Verdict != result.Equivalent:
			t.Errorf("%s: %v by %s, %s", r.Metric, r.Interval, r.Method, r.Verdict)
		case r.Metric == "balanced_accuracy" && !(r.Interval[1] >= share(n)/2 && r.Interval[1] <= share(min(ones, n-ones))):
			t.Errorf("balanced accuracy: %v", *r.Interval)
		case bound > 0 && (math.Abs(r.Interval[1]-bound) > 1e-9 || math.Abs(r.Interval[0]+bound) > 1e-9):
			t.Errorf("%s: %v, want ± %v", r.Metric, *r.Interval, bound)
		}
	}
}

// TestRecallSeesOnlyRowsOfItsClass: decisions that differ elsewhere say nothing of it.
func TestRecallSeesOnlyRowsOfItsClass(t *testing.T) {
	candidate, champion := table{}, table{}
	for i := range 400 {
		label := float64(i % 2)
		own := label
		if label == 0 && i < 100 {
			own = 1
		}
		candidate.labels, candidate.scores = append(candidate.labels, label), append(candidate.scores, label)
		champion.labels, champion.scores = append(champion.labels, label), append(champion.scores, own)
	}
	c := compare(t, candidate.predictions(t), champion.predictions(t), []metrics.Spec{gated("recall", 0.05), gated("precision", 0.05)}, metrics.Options{})
	if r := row(t, c, "recall", ""); r.Method != "exact bound" || r.Verdict != result.Equivalent {
		t.Errorf("recall: %s by %s, %v", r.Verdict, r.Method, r.Interval)
	}
	if r := row(t, c, "precision", ""); r.Verdict != result.Better || !strings.HasPrefix(r.Method, "multinomial draws") {
		t.Errorf("precision: %s by %s, %v", r.Verdict, r.Method, r.Interval)
	}
}

// TestCalibrationErrorIsNeverGated, however much worse it is.
func TestCalibrationErrorIsNeverGated(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(3, 4)), 500, 0.2, 0.2)
	for i := range a.scores {
		a.scores[i] = 0.4 + 0.2*math.Round(a.scores[i])
	}
	a.slice = slices.Repeat([]string{"x", "y"}, 250)
	b.slice = a.slice
	specs := []metrics.Spec{gated("calibration_error", 0.01), gated("accuracy", 0.1)}
	c := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{SliceMetrics: []string{"calibration_error"}})
	for _, slice := range []string{"", "part=x"} {
		r := row(t, c, "calibration_error", slice)
		if r.Gated || r.PAdjusted != nil || r.Verdict == result.Worse || !(*r.Diff > 0.1) {
			t.Errorf("%q: %+v", slice, r)
		}
	}
	if r := row(t, c, "accuracy", ""); *r.PAdjusted != min(1, 2**r.P) {
		t.Errorf("what is only reported took a share of α: p %v became %v", *r.P, *r.PAdjusted)
	}
}

// TestMethods names the method of each metric on rows.
func TestMethods(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(5, 6)), 400, 0.8, 0.9)
	c := compare(t, a.predictions(t), b.predictions(t), every(), metrics.Options{Resamples: 800})
	for _, r := range c.Rows {
		want := "multinomial draws of the paired table, BCa, 800 resamples"
		switch r.Metric {
		case "accuracy":
			want = "paired score interval (Tango)"
		case "roc_auc":
			want = "DeLong"
		case "pr_auc", "log_loss", "brier", "rmse", "mae":
			want = "paired bootstrap, BCa, 800 resamples"
		}
		if r.Method != want {
			t.Errorf("%s by %q, want %q", r.Metric, r.Method, want)
		}
	}
}

// TestTopAccuracyIsAProportion, as the accuracy is.
func TestTopAccuracyIsAProportion(t *testing.T) {
	header, candidate, champion := answered(200)
	file := func(records []string) *predictions.Set {
		return read(t, header+strings.Join(records, "\n"), predictions.Columns{ID: "row", Label: "class"})
	}
	c := compare(t, file(candidate), file(champion), []metrics.Spec{gated("top_2_accuracy", 0.2)}, metrics.Options{})
	if r := row(t, c, "top_2_accuracy", ""); r.Method != "paired score interval (Tango)" {
		t.Errorf("top_2_accuracy by %q: %s", r.Method, r.Note)
	}
}

// TestTablesAreDrawnAsRowsAre: the draws of a table's cells give the interval of
// the rows that it counts, which groups of one row each are.
func TestTablesAreDrawnAsRowsAre(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(7, 8)), 300, 0.8, 1)
	opts, specs := metrics.Options{Resamples: 20_000}, slices.DeleteFunc(every(), func(s metrics.Spec) bool { return s.Metric == "roc_auc" })
	cells := compare(t, a.predictions(t), b.predictions(t), specs, opts)
	a.group, b.group = numbered(300, 1), numbered(300, 1)
	sameIntervals(t, cells, compare(t, a.predictions(t), b.predictions(t), specs, opts), 0.03)
}

// TestSkewedTablesAreDrawnAsRowsAre has a rare class and few rows that differ, all
// one way, so that the intervals depend on the acceleration.
func TestSkewedTablesAreDrawnAsRowsAre(t *testing.T) {
	a, b := table{labels: make([]float64, 400)}, table{labels: make([]float64, 400)}
	for i := range a.labels {
		label := indicator(i < 30)
		a.labels[i], b.labels[i] = label, label
		a.scores = append(a.scores, label*indicator(i >= 6))
		b.scores = append(b.scores, label)
	}
	opts, specs := metrics.Options{Resamples: 50_000}, []metrics.Spec{gated("f1", 0.1), gated("recall", 0.1), gated("mcc", 0.1)}
	cells := compare(t, a.predictions(t), b.predictions(t), specs, opts)
	a.group, b.group = numbered(400, 1), numbered(400, 1)
	sameIntervals(t, cells, compare(t, a.predictions(t), b.predictions(t), specs, opts), 0.03)
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// TestHostileRows: whatever the rows are, every comparison has a verdict, no
// interval is of width 0 or infinite, and nothing is worse for certain than what
// cannot be told from it.
func TestHostileRows(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	base, other := simulated(random, 100, 0.8, 0.9)
	huge := func(d table) table {
		out := table{labels: d.labels, scores: slices.Clone(d.scores)}
		for i := range out.scores {
			out.scores[i] = math.Copysign(1e308, out.scores[i]-0.5)
		}
		return out
	}
	constant := table{labels: base.labels, scores: slices.Repeat([]float64{0.5}, 100)}
	oneClass := table{labels: make([]float64, 100), scores: base.scores}
	first := func(d table, n int) table { return table{labels: d.labels[:n], scores: d.scores[:n]} }
	tests := map[string][2]table{
		"one row":                {first(base, 1), first(other, 1)},
		"two rows":               {first(base, 2), first(other, 2)},
		"one class":              {oneClass, table{labels: oneClass.labels, scores: other.scores}},
		"constant scores":        {constant, constant},
		"constant on one side":   {constant, other},
		"scores of 1e308":        {huge(base), huge(other)},
		"1e308 on one side":      {huge(base), other},
		"all wrong":              {table{labels: base.labels, scores: opposite(base.labels)}, table{labels: base.labels, scores: base.labels}},
		"minus zero":             {table{labels: base.labels, scores: slices.Repeat([]float64{math.Copysign(0, -1)}, 100)}, table{labels: base.labels, scores: make([]float64, 100)}},
		"the smallest of floats": {table{labels: base.labels, scores: slices.Repeat([]float64{5e-324}, 100)}, table{labels: base.labels, scores: make([]float64, 100)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, margin := range []float64{0, 0.05} {
				var specs []metrics.Spec
				for _, metric := range metrics.Known() {
					specs = append(specs, gated(metric, margin))
				}
				c := compare(t, test[0].predictions(t), test[1].predictions(t), specs, metrics.Options{Resamples: 800})
				for _, r := range c.Rows {
					if r.Verdict == "" || r.Method == "" {
						t.Errorf("%s: %+v", r.Metric, r)
					}
					if x := r.Interval; x != nil && (!(x[1] > x[0]) || math.IsInf(x[0], 0) || math.IsInf(x[1], 0)) {
						t.Errorf("%s: interval %v", r.Metric, *x)
					}
					shown := r.Verdict == result.Worse && r.Method == "sign test"
					if r.Interval == nil && r.Verdict != result.Inconclusive && !shown {
						t.Errorf("%s: %s without an interval", r.Metric, r.Verdict)
					}
				}
			}
		})
	}
}

// TestExtremeNumbers: values at the ends of what numbers can hold are compared, or
// it is said why not; what comes out is finite, so that it can be written as JSON.
func TestExtremeNumbers(t *testing.T) {
	kinds := map[string]func(d *table, i int){
		"rows":    func(*table, int) {},
		"groups":  func(d *table, i int) { d.group = append(d.group, fmt.Sprint(i/2)) },
		"times":   func(d *table, i int) { d.time = append(d.time, float64(i)) },
		"weights": func(d *table, _ int) { d.weight = append(d.weight, 1e-5) },
	}
	for kind, add := range kinds {
		for _, scale := range []float64{1e308, 1.7e308, 1e200, 1e153, 1e-200, 5e-324} {
			for _, n := range []int{1, 100, 20_000} {
				for _, apart := range []bool{true, false} {
					if n == 20_000 && (apart || scale != 1e153 && scale != 1e308) {
						continue // these take long
					}
					a, b := extremes(n, scale, apart, add)
					specs := []metrics.Spec{gated("score", 1), gated("mae", 1), gated("rmse", 1)}
					specs[0].Margin = metrics.Margin{Value: 500, Percent: true}
					c := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{Resamples: 800})
					if _, err := json.Marshal(c); err != nil {
						t.Errorf("%v, %d %s: %v", scale, n, kind, err)
					}
					for _, r := range c.Rows {
						if x := r.Interval; x != nil && !(x[0] < x[1]) || x == nil && (r.Note == "" || r.Verdict != result.Inconclusive) {
							t.Errorf("%v, %d %s: %+v", scale, n, kind, r)
						}
					}
				}
			}
		}
	}
}

// extremes are the scores of two models: of one sign each, or both of either.
func extremes(n int, scale float64, apart bool, add func(d *table, i int)) (a, b table) {
	random := rand.New(rand.NewPCG(13, 14))
	a.labels, b.labels = make([]float64, n), make([]float64, n)
	for i := range n {
		x, y := scale*(2*random.Float64()-1), scale*(2*random.Float64()-1)
		if apart {
			x, y = math.Abs(x), -math.Abs(y)
		}
		a.scores, b.scores = append(a.scores, x), append(b.scores, y)
		add(&a, i)
	}
	b.group, b.time, b.weight = a.group, a.time, a.weight
	return a, b
}

// TestADropThatEveryRowShowsIsWorse: where the champion makes no mistake and the
// candidate tells nothing, no resample differs from another, and there is no
// interval. The drop is certain all the same, on slices too, which pass on what
// cannot be told.
func TestADropThatEveryRowShowsIsWorse(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	champion, candidate := simulated(random, 400, 0.8, 0.8)
	champion.slice = make([]string, 400)
	for i := range champion.slice {
		if champion.slice[i] = "hard"; i < 100 {
			champion.slice[i], champion.scores[i], candidate.scores[i] = "easy", 0.1+0.8*champion.labels[i], 0.5
		}
	}
	candidate.slice = champion.slice
	specs := []metrics.Spec{gated("roc_auc", 0.4)}
	c := compare(t, candidate.predictions(t), champion.predictions(t), specs, metrics.Options{Resamples: 800})
	got := row(t, c, "roc_auc", "part=easy")
	if got.Verdict != result.Worse || got.P == nil || *got.P > 1e-12 || got.Method != "sign test" {
		t.Errorf("%s by %s, p %v: %s", got.Verdict, got.Method, got.P, got.Note)
	}
	if got := row(t, c, "roc_auc", "part=hard"); got.Verdict == result.Worse {
		t.Errorf("the other slice is %s", got.Verdict)
	}
	half := compare(t, candidate.predictions(t), champion.predictions(t), []metrics.Spec{gated("roc_auc", 0.5)}, metrics.Options{Resamples: 800})
	if got := row(t, half, "roc_auc", "part=easy"); got.Verdict != result.Inconclusive {
		t.Errorf("a drop of the margin is %s", got.Verdict)
	}
	perfect, wrong := table{labels: champion.labels, scores: champion.labels}, table{labels: champion.labels, scores: opposite(champion.labels)}
	specs = nil
	for _, metric := range []string{"roc_auc", "f1", "f1_macro", "mcc", "recall", "brier", "log_loss", "rmse"} {
		specs = append(specs, gated(metric, 0.5))
	}
	c = compare(t, wrong.predictions(t), perfect.predictions(t), specs, metrics.Options{Resamples: 800})
	for _, r := range c.Rows {
		if r.Verdict != result.Worse {
			t.Errorf("%s: %s: %s", r.Metric, r.Verdict, r.Note)
		}
	}
}

// TestHugeWeights: what few rows are worth is known whatever the size of weights.
func TestHugeWeights(t *testing.T) {
	champion, candidate := simulated(rand.New(rand.NewPCG(15, 16)), 400, 0.8, 0.9)
	for _, unit := range []float64{1e-300, 1, 1e300} {
		champion.weight = slices.Repeat([]float64{unit}, 400)
		champion.weight[7] = unit * 1e6
		candidate.weight = champion.weight
		c := compare(t, candidate.predictions(t), champion.predictions(t), []metrics.Spec{gated("log_loss", 0.5)}, metrics.Options{Resamples: 800})
		const want = "weights are so uneven that 400 rows count as 1, fewer than 30: too few for an interval"
		if diff := cmp.Diff(want, row(t, c, "log_loss", "").Note); diff != "" {
			t.Errorf("weights of %v (-want +got):\n%s", unit, diff)
		}
	}
}

func opposite(labels []float64) []float64 {
	var out []float64
	for _, label := range labels {
		out = append(out, 1-label)
	}
	return out
}

// TestTablesOfManyCells: where the table is no shorter than the rows, rows are drawn.
func TestTablesOfManyCells(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	const rows, classes = 6000, 100
	a := table{labels: make([]float64, rows), scores: make([]float64, rows)}
	b := table{labels: a.labels, scores: a.scores}
	for i := range rows {
		a.labels[i] = float64(random.IntN(classes))
		a.hard, b.hard = append(a.hard, fmt.Sprint(random.IntN(classes))), append(b.hard, fmt.Sprint(random.IntN(classes)))
	}
	specs := []metrics.Spec{gated("accuracy", 0.1), gated("f1_macro", 0.1), gated("mcc", 0.1)}
	c := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{Resamples: 800})
	for _, r := range c.Rows {
		want := "paired bootstrap, BCa, 800 resamples"
		if r.Metric == "accuracy" {
			want = "paired score interval (Tango)"
		}
		if r.Method != want || r.Verdict != result.Equivalent {
			t.Errorf("%s: %s by %s, %s", r.Metric, r.Verdict, r.Method, r.Note)
		}
	}
}
