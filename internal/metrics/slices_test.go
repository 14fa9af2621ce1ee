package metrics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// sliced are predictions for accuracy: each part has size rows, of which the
// candidate has so many wrong that the champion has right, and the other way round.
type part struct {
	name               string
	size, lost, gained int
}

func sliced(tb testing.TB, parts ...part) (candidate, champion *predictions.Set) {
	tb.Helper()
	var a, b table
	for _, p := range parts {
		for i := range p.size {
			a.labels = append(a.labels, float64(i%2))
			a.slice = append(a.slice, p.name)
			right, wrong := float64(i%2), float64(1-i%2)
			x, y := right, right
			switch {
			case i < p.lost:
				x = wrong
			case i < p.lost+p.gained:
				y = wrong
			}
			a.scores, b.scores = append(a.scores, x), append(b.scores, y)
		}
	}
	b.labels, b.slice = a.labels, a.slice
	return a.predictions(tb), b.predictions(tb)
}

func TestSlices(t *testing.T) {
	candidate, champion := sliced(t, part{"b", 200, 60, 0}, part{"a", 200, 0, 40}, part{"small", 49, 40, 0})
	margin := &metrics.Margin{Value: 0.05}
	c := compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.01), gated("rmse", 0.01)}, metrics.Options{SliceMargin: margin})

	type shown struct {
		Slice, Note  string
		N            int
		Margin       float64
		Gated, Blind bool
		Require      result.Require
		Verdict      result.Outcome
	}
	var got []shown
	for _, r := range c.Rows {
		if r.Metric == "accuracy" {
			got = append(got, shown{r.Slice, r.Note, r.N, r.Margin, r.Gated, r.Blind, r.Require, r.Verdict})
		} else if r.Slice != "" {
			t.Errorf("%s on %s is not the first metric", r.Metric, r.Slice)
		}
	}
	want := []shown{
		{"", "blind: a drop of five margins would not show", 449, 0.01, true, true, result.NonInferior, result.Worse},
		{"part=a", "", 200, 0.05, true, false, result.NotWorse, result.Better},
		{"part=b", "", 200, 0.05, true, false, result.NotWorse, result.Worse},
		{"part=small", "49 rows, fewer than 50: too few to compare", 49, 0.05, false, true, result.NotWorse, result.Inconclusive},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if small := row(t, c, "accuracy", "part=small"); small.Candidate == nil || small.Champion == nil || small.Interval != nil || small.P != nil {
		t.Errorf("the small slice: %+v", small)
	}
	if len(c.Problems) > 0 {
		t.Errorf("problems: %v", c.Problems)
	}
}

func TestSlicesNeedBothClassesForAUC(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a, b := simulated(random, 600, 1, 1)
	a.slice = make([]string, 600)
	ones := 0
	for i := range a.slice {
		a.slice[i] = "rest"
		switch {
		case a.labels[i] == 0 && i < 300:
			a.slice[i] = "rare"
		case a.labels[i] == 1 && ones < 19:
			ones++
			a.slice[i] = "rare"
		case a.labels[i] == 0 && i < 450:
			a.slice[i] = "zeros"
		}
	}
	b.slice = a.slice
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("roc_auc", 0.01)}, metrics.Options{})
	for slice, note := range map[string]string{
		"part=rare":  "19 rows of one class, fewer than 20: too few to compare",
		"part=zeros": "0 rows of one class, fewer than 20: too few to compare",
	} {
		if r := row(t, c, "roc_auc", slice); !r.Blind || r.Gated || r.Note != note {
			t.Errorf("%s: %+v", slice, r)
		}
	}
	if r := row(t, c, "roc_auc", "part=rest"); r.Interval == nil || !r.Gated {
		t.Errorf("the slice with enough rows: %+v", r)
	}
	if c.Impossible() {
		t.Errorf("problems: %v", c.Problems)
	}
}

// TestAdjustment computes Holm's procedure by hand from the p values shown.
func TestAdjustment(t *testing.T) {
	parts := []part{{"a", 200, 14, 4}, {"b", 200, 30, 2}, {"c", 200, 9, 7}, {"d", 200, 12, 3}}
	candidate, champion := sliced(t, parts...)
	holm := func(p []float64) []float64 {
		order := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}[:len(p)]
		slices.SortFunc(order, func(i, j int) int {
			if p[i] < p[j] {
				return -1
			}
			return 1
		})
		out, highest := make([]float64, len(p)), 0.0
		for rank, i := range order {
			highest = max(highest, float64(len(p)-rank)*p[i])
			out[i] = min(1, 2*highest) // half of α
		}
		return out
	}
	tests := map[string]struct {
		required []string
		families [][]string
	}{
		"further slices have their own half": {nil, [][]string{{""}, {"part=a", "part=b", "part=c", "part=d"}}},
		"required slices share the first":    {[]string{"part"}, [][]string{{"", "part=a", "part=b", "part=c", "part=d"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.001)}, metrics.Options{RequiredSlices: test.required})
			for _, family := range test.families {
				var raw, got []float64
				for _, slice := range family {
					r := row(t, c, "accuracy", slice)
					raw, got = append(raw, *r.P), append(got, *r.PAdjusted)
				}
				for i, want := range holm(raw) {
					if math.Abs(got[i]-want) > 1e-15 {
						t.Errorf("%q: p %v was adjusted to %v, want %v", family[i], raw[i], got[i], want)
					}
				}
			}
		})
	}
	t.Run("what is only shown takes no part", func(t *testing.T) {
		shown := gated("rmse", 0.1)
		shown.Gated = false
		c := compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.001), shown}, metrics.Options{SliceMetrics: []string{"rmse"}})
		if r := row(t, c, "accuracy", ""); *r.PAdjusted != min(1, 2**r.P) {
			t.Errorf("p %v was adjusted to %v", *r.P, *r.PAdjusted)
		}
		for _, slice := range []string{"", "part=a"} {
			if r := row(t, c, "rmse", slice); r.Gated || r.PAdjusted != nil {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestSliceThatIsWorseOnlyBeforeTheAdjustment(t *testing.T) {
	parts := []part{{"suspect", 200, 13, 3}}
	for i := range 9 {
		parts = append(parts, part{fmt.Sprintf("quiet%d", i), 200, 5, 5})
	}
	candidate, champion := sliced(t, parts...)
	c := compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{})
	r := row(t, c, "accuracy", "part=suspect")
	if !(*r.P <= 0.025 && *r.PAdjusted > 0.025) || r.Verdict == result.Worse {
		t.Errorf("p %v, adjusted %v, %s", *r.P, *r.PAdjusted, r.Verdict)
	}
	want := []result.Problem{{
		Code: metrics.SliceSuspect, Severity: result.SeverityWarn, Metric: "accuracy", Slice: "part=suspect",
		Message: "worse before the adjustment for 10 comparisons, not after",
	}}
	if diff := cmp.Diff(want, c.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if c.Impossible() {
		t.Error("a warning makes the comparison impossible")
	}
}

// TestManySlicesDoNotHideADrop has so many slices that 2000 resamples alone
// could not reach the level that Holm's procedure asks for.
func TestManySlicesDoNotHideADrop(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	a, b := simulated(random, 60*150, 0.5, 0.5)
	a.slice = make([]string, len(a.labels))
	for i := range a.slice {
		a.slice[i] = fmt.Sprintf("%02d", i/150)
		if i < 150 {
			a.scores[i] = logistic(3 * random.NormFloat64())
		}
	}
	b.slice = a.slice
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("log_loss", 0)}, metrics.Options{})
	r := row(t, c, "log_loss", "part=00")
	if r.Verdict != result.Worse {
		t.Errorf("%s: difference %v, p %v, adjusted %v, %s", r.Verdict, *r.Diff, *r.P, *r.PAdjusted, r.Method)
	}
	more := 0
	for _, r := range c.Rows {
		if r.Method != "paired bootstrap, BCa, 2000 resamples" {
			more++
		}
	}
	if more > 2 {
		t.Errorf("%d slices were resampled again, though only one looks worse", more)
	}
}

func TestAConfidenceThatCannotBeReachedIsAProblem(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(8, 9)), 18*30, 0.5, 0.5)
	a.slice = make([]string, len(a.labels))
	for i := range a.slice {
		a.slice[i] = fmt.Sprint(i / 30)
	}
	b.slice = a.slice
	specs := []metrics.Spec{gated("accuracy", 0.01), gated("log_loss", 0.01), gated("rmse", 0.01)}
	for confidence, want := range map[float64][]string{0.99: nil, 0.9999: {metrics.TooFine}} {
		c := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{
			Confidence: confidence, SliceMinSize: 30, SliceMetrics: []string{"accuracy", "log_loss", "rmse"},
		})
		if diff := cmp.Diff(want, codes(c)); diff != "" || c.Impossible() != (want != nil) {
			t.Errorf("problems at %v (-want +got):\n%s", confidence, diff)
		}
	}
}

func TestSliceColumnsThatCannotBeUsed(t *testing.T) {
	a := table{labels: make([]float64, 1001), scores: make([]float64, 1001), slice: make([]string, 1001)}
	for i := range a.slice {
		a.slice[i] = fmt.Sprint(i)
	}
	p := a.predictions(t)
	c := compare(t, p, p, []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{RequiredSlices: []string{"part", "age"}})
	if diff := cmp.Diff([]string{metrics.SliceMissing, metrics.SlicesTooMany}, codes(c)); diff != "" || !c.Impossible() {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(c.Rows) != 1 {
		t.Errorf("%d rows", len(c.Rows))
	}
}

// TestSlicesAreNotLeftToAMetricThatIsOnlyShown: named first, it would gate none of them.
func TestSlicesAreNotLeftToAMetricThatIsOnlyShown(t *testing.T) {
	candidate, champion := sliced(t, part{"a", 100, 40, 0}, part{"b", 100, 0, 0})
	c := compare(t, candidate, champion, []metrics.Spec{gated("calibration_error", 0), gated("accuracy", 0.5)}, metrics.Options{SliceMargin: &metrics.Margin{Value: 0.01}})
	if got := row(t, c, "accuracy", "part=a"); !got.Gated || got.Verdict != result.Worse {
		t.Errorf("gated %t, %s", got.Gated, got.Verdict)
	}
}
