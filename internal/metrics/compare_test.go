package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// TestVerdicts goes through the table of verdicts in its order.
func TestVerdicts(t *testing.T) {
	const n = 1000
	tests := map[string]struct {
		candidate, champion []int // rows that are wrong
		margin              float64
		opts                metrics.Options
		want                result.Outcome
		note                string
	}{
		"the same model, though it looks worse": {span(0, 100), nil, 0.01, metrics.Options{SameModel: true}, result.Equivalent, "the same model; it gave two answers: the evaluation is not deterministic"},
		"the same model":                        {span(0, 10), span(0, 10), 0.01, metrics.Options{SameModel: true}, result.Equivalent, "the same model"},
		"worse":                                 {span(0, 60), nil, 0.01, metrics.Options{}, result.Worse, ""},
		"worse for sure, but within the margin": {span(0, 20), nil, 0.05, metrics.Options{}, result.Equivalent, ""},
		"beyond the margin, but not for sure":   {span(0, 60), span(60, 110), 0.005, metrics.Options{}, result.Inconclusive, "blind: a drop of five margins would not show; cannot tell; about 5600 rows would"},
		"better":                                {nil, span(0, 20), 0.05, metrics.Options{}, result.Better, ""},
		"not worse by more than the margin":     {span(0, 20), span(20, 45), 0.01, metrics.Options{}, result.Equivalent, ""},
		"cannot tell":                           {span(0, 20), span(20, 40), 0.01, metrics.Options{}, result.Inconclusive, "cannot tell; about 1700 rows would"},
		"nothing differs, many rows":            {span(0, 20), span(0, 20), 0.01, metrics.Options{}, result.Equivalent, ""},
		"nothing differs, small margin":         {span(0, 20), span(0, 20), 0.002, metrics.Options{}, result.Inconclusive, "cannot tell; about 1900 rows would"},
		"margin 0, slightly better":             {span(0, 20), span(20, 42), 0, metrics.Options{}, result.Inconclusive, "cannot tell; about 44000 rows would"},
		"margin 0, the same value":              {span(0, 20), span(20, 40), 0, metrics.Options{}, result.Inconclusive, "cannot tell"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, hits(t, n, test.candidate...), hits(t, n, test.champion...), []metrics.Spec{gated("accuracy", test.margin)}, test.opts)
			got := row(t, c, "accuracy", "")
			if got.Verdict != test.want {
				t.Errorf("verdict %s, want %s: difference %v, interval %v", got.Verdict, test.want, *got.Diff, got.Interval)
			}
			if diff := cmp.Diff(test.note, got.Note); diff != "" {
				t.Errorf("note (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheMarginItself sets margins on both sides of where the interval ends.
func TestTheMarginItself(t *testing.T) {
	candidate, champion := hits(t, 500, span(0, 30)...), hits(t, 500, span(30, 58)...)
	low := row(t, compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{}), "accuracy", "").Interval[0]
	for margin, want := range map[float64]result.Outcome{-low: result.Equivalent, -low - 1e-12: result.Inconclusive} {
		got := row(t, compare(t, candidate, champion, []metrics.Spec{gated("accuracy", margin)}, metrics.Options{}), "accuracy", "")
		if got.Verdict != want {
			t.Errorf("interval from %v, margin %v: %s, want %s", low, margin, got.Verdict, want)
		}
	}
}

func TestDifferencesAreInTheMetricsOwnUnit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	good, bad := simulated(random, 500, 0.2, 2)
	specs := []metrics.Spec{gated("accuracy", 0.01), gated("roc_auc", 0.01), gated("log_loss", 0.01), gated("rmse", 0.01)}
	opts := metrics.Options{Resamples: 20_000} // enough for four metrics: no more are drawn for what is worse
	up := compare(t, good.predictions(t), bad.predictions(t), specs, opts)
	down := compare(t, bad.predictions(t), good.predictions(t), specs, opts)
	for _, spec := range specs {
		better, worse := row(t, up, spec.Metric, ""), row(t, down, spec.Metric, "")
		definition, _ := metrics.Lookup(spec.Metric)
		if better.Verdict != result.Better || worse.Verdict != result.Worse {
			t.Errorf("%s: verdicts %s and %s", spec.Metric, better.Verdict, worse.Verdict)
		}
		if *better.Diff != *better.Candidate-*better.Champion {
			t.Errorf("%s: difference %v of %v and %v", spec.Metric, *better.Diff, *better.Candidate, *better.Champion)
		}
		if (*better.Diff > 0) != (definition.Better == result.Higher) {
			t.Errorf("%s: the better model has difference %v", spec.Metric, *better.Diff)
		}
		if !(better.Interval[0] < *better.Diff && *better.Diff < better.Interval[1]) {
			t.Errorf("%s: difference %v is outside %v", spec.Metric, *better.Diff, *better.Interval)
		}
		// Who is the candidate must not matter for what is seen.
		if math.Abs(better.Interval[0]+worse.Interval[1]) > 1e-12 || math.Abs(better.Interval[1]+worse.Interval[0]) > 1e-12 {
			t.Errorf("%s: intervals %v and %v are no mirror images", spec.Metric, *better.Interval, *worse.Interval)
		}
		if better.Better != definition.Better || better.Require != result.NonInferior || !better.Gated {
			t.Errorf("%s: %+v", spec.Metric, better)
		}
	}
}

func TestPercentageMarginsAreOfTheChampion(t *testing.T) {
	spec := metrics.Spec{Metric: "accuracy", Margin: metrics.Margin{Value: 10, Percent: true}, Gated: true}
	c := compare(t, hits(t, 100), hits(t, 100, span(0, 50)...), []metrics.Spec{spec}, metrics.Options{})
	if got := row(t, c, "accuracy", "").Margin; got != 0.05 {
		t.Errorf("10 %% of 0.5 is %v", got)
	}
}

func TestNoIntervalHasWidthZero(t *testing.T) {
	const n, alpha = 100, 0.025
	share := 1 - math.Pow(alpha, 1.0/n)
	tests := map[string]struct {
		candidate, champion []int
		low, high, p        float64
		blind               bool
	}{
		"no row differs":    {span(0, 5), span(0, 5), -share, share, 1, true},
		"every row is lost": {span(0, n), nil, -1, -1 + 2*share, math.Exp2(-n), false},
		"every row is won":  {nil, span(0, n), 1 - 2*share, 1, 1, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, hits(t, n, test.candidate...), hits(t, n, test.champion...), []metrics.Spec{gated("accuracy", 0.005)}, metrics.Options{})
			got := row(t, c, "accuracy", "")
			if *got.P != test.p || got.Blind != test.blind {
				t.Errorf("p %v, blind %v", *got.P, got.Blind)
			}
			if math.Abs(got.Interval[0]-test.low) > 1e-12 || math.Abs(got.Interval[1]-test.high) > 1e-12 {
				t.Errorf("interval %v, want %v to %v", *got.Interval, test.low, test.high)
			}
			if got.Method != "exact bound" {
				t.Errorf("method %q", got.Method)
			}
		})
	}
	t.Run("one row differs", func(t *testing.T) {
		c := compare(t, hits(t, n), hits(t, n, 3), []metrics.Spec{gated("accuracy", 0.001)}, metrics.Options{})
		if got := row(t, c, "accuracy", ""); !(got.Interval[0] < 0) || got.Verdict != result.Inconclusive {
			t.Errorf("one row that was won makes %s with %v", got.Verdict, *got.Interval)
		}
	})
}

// TestWhatBoundsNothingIsInconclusive has the cases in which resampling would
// give an interval that says nothing about other rows.
func TestWhatBoundsNothingIsInconclusive(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	base, _ := simulated(random, 400, 0.5, 0.5)
	changed := func(rows int, change func(*float64)) table {
		d := table{labels: base.labels, scores: append([]float64(nil), base.scores...)}
		for i := range rows {
			change(&d.scores[i])
		}
		return d
	}
	spoil := func(s *float64) { *s = 1 - *s }
	short := table{labels: base.labels[:29], scores: base.scores[:29]}
	other := changed(29, func(s *float64) { *s *= 0.9 })
	zeros := table{labels: make([]float64, 100), scores: make([]float64, 100)}
	ones := table{labels: zeros.labels, scores: make([]float64, 100)}
	for i := range ones.scores {
		ones.scores[i] = 0.25
	}
	tests := map[string]struct {
		metric              string
		candidate, champion table
		note                string
	}{
		"no row differs":          {"log_loss", base, base, "no row shows a difference between the models, which bounds nothing here"},
		"only rounding differs":   {"log_loss", changed(400, func(s *float64) { *s = math.Nextafter(*s, 0) }), base, "no row shows a difference between the models, which bounds nothing here"},
		"three rows differ":       {"log_loss", changed(3, spoil), base, "the models differ in 3 of 400 rows: too few for an interval"},
		"four rows differ":        {"log_loss", changed(4, spoil), base, "so few rows make up most of the difference that they count as 3, fewer than 5: too few for an interval"},
		"every row differs alike": {"rmse", zeros, ones, "every row shows the same difference, which bounds nothing here"},
		"29 rows":                 {"log_loss", table{labels: short.labels, scores: other.scores[:29]}, short, "29 rows, fewer than 30: too few for an interval"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, test.candidate.predictions(t), test.champion.predictions(t), []metrics.Spec{gated(test.metric, 0.5)}, metrics.Options{})
			got := row(t, c, test.metric, "")
			if got.Verdict != result.Inconclusive || got.Interval != nil || got.P != nil {
				t.Errorf("%s with interval %v, p %v", got.Verdict, got.Interval, got.P)
			}
			if diff := cmp.Diff(test.note, got.Note); diff != "" {
				t.Errorf("note (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("twelve rows differ", func(t *testing.T) {
		c := compare(t, changed(12, spoil).predictions(t), base.predictions(t), []metrics.Spec{gated("log_loss", 0.5)}, metrics.Options{})
		if got := row(t, c, "log_loss", ""); got.Verdict != result.Equivalent {
			t.Errorf("%s: %s", got.Verdict, got.Note)
		}
	})
}

func TestTooFewOfOneClass(t *testing.T) {
	d := table{labels: make([]float64, 200), scores: make([]float64, 200)}
	e := table{labels: d.labels, scores: make([]float64, 200)}
	random := rand.New(rand.NewPCG(5, 6))
	for i := range d.scores {
		d.scores[i], e.scores[i] = random.Float64(), random.Float64()
	}
	for ones, want := range map[int]string{1: "1 rows of one class, fewer than 20: too few for an interval", 19: "19 rows of one class, fewer than 20: too few for an interval", 20: ""} {
		for i := range ones {
			d.labels[i] = 1
		}
		c := compare(t, d.predictions(t), e.predictions(t), []metrics.Spec{gated("roc_auc", 0.9)}, metrics.Options{})
		if got := row(t, c, "roc_auc", ""); got.Note != want || (got.Interval == nil) != (want != "") {
			t.Errorf("%d ones: %s: %s", ones, got.Verdict, got.Note)
		}
		clear(d.labels)
	}
}

func TestBlind(t *testing.T) {
	candidate, champion := hits(t, 200, span(0, 10)...), hits(t, 200, span(10, 20)...)
	se := math.Sqrt(20) / 200
	want := (1.959963984540054 + 0.8416212335729143) * se
	for margin, blind := range map[float64]bool{want/5 - 1e-6: true, want/5 + 1e-6: false, 0: false} {
		got := row(t, compare(t, candidate, champion, []metrics.Spec{gated("accuracy", margin)}, metrics.Options{}), "accuracy", "")
		if got.Blind != blind || math.Abs(*got.Detectable-want) > 1e-12 {
			t.Errorf("margin %v: blind %v, detectable %v, want %v", margin, got.Blind, *got.Detectable, want)
		}
	}
}

func TestFirstModel(t *testing.T) {
	d := table{labels: []float64{0, 1, 1, 0}, scores: []float64{0.1, 0.9, 0.4, 0.2}, slice: []string{"a", "a", "b", "b"}}
	spec := metrics.Spec{Metric: "accuracy", Margin: metrics.Margin{Value: 2, Percent: true}, Gated: true}
	c := compare(t, d.predictions(t), nil, []metrics.Spec{spec}, metrics.Options{})
	value := 0.75
	want := result.Compared{
		Metric: "accuracy", Better: result.Higher, Unit: "share of rows", Candidate: &value, N: 4, Method: "none: first model",
		Require: result.NonInferior, Verdict: result.Inconclusive, Note: "no champion to compare with",
	}
	if diff := cmp.Diff(want, c.Rows[0]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if len(c.Rows) != 3 || c.Impossible() || len(c.Problems) > 0 || c.N != 4 || len(c.Data) != 64 {
		t.Errorf("%+v", c)
	}
}

func TestMetricsThatCannotBeComputed(t *testing.T) {
	d := table{labels: []float64{0, 0}, scores: []float64{0.1, 0.9}}
	specs := []metrics.Spec{gated("accuracy", 0.1), gated("roc_auc", 0.1), gated("f2", 0.1)}
	for name, champion := range map[string]*predictions.Set{"with a champion": d.predictions(t), "first model": nil} {
		c := compare(t, d.predictions(t), champion, specs, metrics.Options{})
		if diff := cmp.Diff([]string{metrics.MetricUnknown, metrics.MetricUndefined}, codes(c)); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", name, diff)
		}
		if got := row(t, c, "roc_auc", ""); !c.Impossible() || got.Verdict != result.Inconclusive || got.Candidate != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWrongSpecsAndOptions(t *testing.T) {
	one, nan := 1.0, math.NaN()
	good := gated("accuracy", 0.01)
	with := func(change func(*metrics.Spec)) []metrics.Spec {
		s := good
		change(&s)
		return []metrics.Spec{s}
	}
	tests := map[string]struct {
		specs []metrics.Spec
		opts  metrics.Options
		want  string
	}{
		"none":                 {nil, metrics.Options{}, "no metrics are named"},
		"twice":                {[]metrics.Spec{good, good}, metrics.Options{}, `metric "accuracy" is named twice`},
		"negative margin":      {with(func(s *metrics.Spec) { s.Margin.Value = -1 }), metrics.Options{}, `metric "accuracy": margin -1 is not a finite number from 0`},
		"margin NaN":           {with(func(s *metrics.Spec) { s.Margin.Value = nan }), metrics.Options{}, `metric "accuracy": margin NaN is not a finite number from 0`},
		"turned round":         {with(func(s *metrics.Spec) { s.Better = result.Lower }), metrics.Options{}, `metric "accuracy": better: lower is wrong, for this metric higher is better`},
		"2 for 2 %":            {with(func(s *metrics.Spec) { s.Margin.Value = 2 }), metrics.Options{}, `metric "accuracy": margin 2 allows every drop, for the metric goes from 0 to 1; a percentage is written as 2%`},
		"slices, 2 for 2 %":    {with(func(*metrics.Spec) {}), metrics.Options{SliceMargin: &metrics.Margin{Value: 2}}, `slices: "accuracy": margin 2 allows every drop, for the metric goes from 0 to 1; a percentage is written as 2%`},
		"min above max":        {with(func(s *metrics.Spec) { s.Min, s.Max = &one, new(float64) }), metrics.Options{}, `metric "accuracy": min 1 is above max 0: nothing could pass`},
		"min NaN":              {with(func(s *metrics.Spec) { s.Min = &nan }), metrics.Options{}, `metric "accuracy": min and max must be finite`},
		"require":              {with(func(s *metrics.Spec) { s.Require = "perfect" }), metrics.Options{}, `metric "accuracy": require "perfect" is unknown`},
		"confidence":           {[]metrics.Spec{good}, metrics.Options{Confidence: 95}, "confidence 95 is not between 0.5 and 0.9999"},
		"resamples":            {[]metrics.Spec{good}, metrics.Options{Resamples: 10}, "resamples 10 is not between 200 and 100000"},
		"min size":             {[]metrics.Spec{good}, metrics.Options{SliceMinSize: -1}, "slices.min_size -1 is below 1"},
		"slice margin":         {[]metrics.Spec{good}, metrics.Options{SliceMargin: &metrics.Margin{Value: -1}}, "slices: margin -1 is not a finite number from 0"},
		"slice metric unknown": {[]metrics.Spec{good}, metrics.Options{SliceMetrics: []string{"rmse"}}, `slices.metrics names "rmse", which is not among the metrics`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := metrics.Compare(t.Context(), hits(t, 50), hits(t, 50), test.specs, test.opts)
			if err == nil || err.Error() != "compare models: "+test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := metrics.Compare(t.Context(), nil, hits(t, 50), []metrics.Spec{good}, metrics.Options{}); err == nil {
		t.Error("no candidate was accepted")
	}
}

func TestCompareStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, b := simulated(rand.New(rand.NewPCG(1, 1)), 5000, 1, 1)
	x, y, start := a.predictions(t), b.predictions(t), time.Now()
	_, err := metrics.Compare(ctx, x, y, []metrics.Spec{gated("roc_auc", 0.01)}, metrics.Options{Resamples: 100_000})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// All resamples would take many seconds.
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it went on for %v", took)
	}
}

func TestJoin(t *testing.T) {
	columns := predictions.Columns{Slices: []string{"age"}}
	champion := "id,label,score,age\na,0,0.1,old\nb,1,0.9,old\nc,1,0.8,young\nd,0,0.3,young\n"
	tests := map[string]struct {
		candidate string
		columns   predictions.Columns
		want      map[string]string // code → message
	}{
		"another order":        {"age,id,label,score\nyoung,d,0.0,0.3\nyoung,c,True,0.8\nold,b,1,0.9\nold,a,0,0.1\n", columns, nil},
		"rows lost and gained": {"id,label,score,age\na,0,0.1,old\nx,1,0.9,old\n", columns, map[string]string{metrics.RowsDiffer: `candidate and champion answered different rows (2 and 4); the candidate lacks 3 that the champion has: id "b", "c", "d"; the champion lacks 1 that the candidate has: id "x"`}},
		"rows lost":            {"id,label,score,age\na,0,0.1,old\nb,1,0.9,old\nc,1,0.8,young\n", columns, map[string]string{metrics.RowsDiffer: `candidate and champion answered different rows (3 and 4); the candidate lacks 1 that the champion has: id "d"`}},
		"many rows gained":     {champion + "e,0,0,a\nf,0,0,a\ng,0,0,a\nh,0,0,a\n", columns, map[string]string{metrics.RowsDiffer: `candidate and champion answered different rows (8 and 4); the champion lacks 4 that the candidate has: id "e", "f", "g" and 1 more`}},
		"labels and slices":    {"id,label,score,age\na,1,0.1,old\nb,0,0.9,old\nc,1,0.8,old\nd,0,0.3,young\n", columns, map[string]string{metrics.LabelsDiffer: `2 of 4 labels differ; id "a" is "1" for the candidate and "0" for the champion`, metrics.SlicesDiffer: `1 of 4 values of slice column "age" differ; id "c" is "old" for the candidate and "young" for the champion`}},
		"a slice column lost":  {champion, predictions.Columns{}, map[string]string{metrics.SlicesDiffer: `the candidate's predictions were read without slice column "age"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, read(t, test.candidate, test.columns), read(t, champion, columns), []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{})
			var got map[string]string
			for _, p := range c.Problems {
				if got == nil {
					got = make(map[string]string)
				}
				got[p.Code] = p.Message
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if c.Impossible() != (test.want != nil) {
				t.Errorf("impossible is %v", c.Impossible())
			}
			// Either all rows are compared or none.
			if r := row(t, c, "accuracy", ""); (r.Diff == nil) != (test.want != nil) || r.Verdict != result.Inconclusive || !r.Gated {
				t.Errorf("%+v", r)
			}
		})
	}
	t.Run("regression labels written with other digits", func(t *testing.T) {
		a, b := read(t, "id,label,score\na,2.50,1\n", predictions.Columns{}), read(t, "id,label,score\na,2.5,1\n", predictions.Columns{})
		if c := compare(t, a, b, []metrics.Spec{gated("rmse", 1)}, metrics.Options{}); c.Impossible() {
			t.Error(c.Problems)
		}
	})
}

func TestHostileValuesStayOnOneLine(t *testing.T) {
	hostile := "a\n::error::\x1b[2J|<script>"
	var text strings.Builder
	text.WriteString("id,label,score,part\n")
	for i := range 60 {
		fmt.Fprintf(&text, "\"%s%d\",\"%s\",0.5,\"%s\"\n", hostile, i, hostile, hostile)
	}
	columns := predictions.Columns{Slices: []string{"part"}}
	champion := "id,label,score,part\nx,0,0.5,y\n"
	c := compare(t, read(t, text.String(), columns), read(t, champion, columns), []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{})
	for _, p := range c.Problems {
		if strings.ContainsAny(p.Message, "\n\x1b") {
			t.Errorf("message %q", p.Message)
		}
	}
}

func TestIDsThatAreNumbersOnOneSide(t *testing.T) {
	candidate := read(t, "id,label,score\n7,1,1\n8,0,0\n", predictions.Columns{})
	champion := read(t, "id,label,score\n007,1,1\n8,0,0\n", predictions.Columns{})
	c := compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.1)}, metrics.Options{})
	want := `candidate and champion answered different rows (2 and 2); the candidate lacks 1 that the champion has: id "007"; ` +
		`the champion lacks 1 that the candidate has: id "7"; ids are numbers on one side and text on the other ("7" and "007"): write them the same way`
	if len(c.Problems) != 1 || c.Problems[0].Message != want {
		t.Errorf("got %+v, want %s", c.Problems, want)
	}
}
