package metrics_test

import (
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

// every is all kinds of metrics: of decisions, of ranks, of losses.
func every() []metrics.Spec {
	var specs []metrics.Spec
	for _, metric := range append(twelve(), "rmse", "mae") {
		specs = append(specs, gated(metric, 0.05))
	}
	return specs
}

// repeated takes each row so many times.
func repeated(d table, times int) table {
	out := table{}
	for i := range d.labels {
		for range times {
			out.labels, out.scores = append(out.labels, d.labels[i]), append(out.scores, d.scores[i])
		}
	}
	return out
}

// numbered names so many groups of a size.
func numbered(groups, size int) []string {
	var out []string
	for i := range groups {
		out = append(out, slices.Repeat([]string{fmt.Sprintf("g%04d", i)}, size)...)
	}
	return out
}

// sameIntervals compares intervals to within so much of their width.
func sameIntervals(t *testing.T, want, got *metrics.Comparisons, tolerance float64) {
	t.Helper()
	for i, x := range want.Rows {
		y := got.Rows[i]
		if x.Interval == nil || y.Interval == nil {
			t.Errorf("%s: intervals %v (%s) and %v (%s)", x.Metric, x.Interval, x.Note, y.Interval, y.Note)
			continue
		}
		width := x.Interval[1] - x.Interval[0]
		if math.Abs(*x.Diff-*y.Diff) > 1e-12 {
			t.Errorf("%s: differences %v and %v", x.Metric, *x.Diff, *y.Diff)
		}
		for end := range x.Interval {
			if math.Abs(x.Interval[end]-y.Interval[end]) > tolerance*width {
				t.Errorf("%s: %v and %v", x.Metric, *x.Interval, *y.Interval)
				break
			}
		}
	}
}

// TestCopiesOfARowAreNoNews: rows that come four times, as groups, have the
// interval of the rows themselves. Taken to be independent they would have half
// of it, which the second part makes sure of.
func TestCopiesOfARowAreNoNews(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(1, 2)), 400, 0.8, 0.9)
	once := compare(t, a.predictions(t), b.predictions(t), every(), metrics.Options{Resamples: 4000})
	x, y := repeated(a, 4), repeated(b, 4)
	independent := compare(t, x.predictions(t), y.predictions(t), every(), metrics.Options{})
	x.group, y.group = numbered(400, 4), numbered(400, 4)
	grouped := compare(t, x.predictions(t), y.predictions(t), every(), metrics.Options{Resamples: 4000})
	sameIntervals(t, once, grouped, 0.1)
	for i, r := range grouped.Rows {
		if r.Groups != 400 || r.N != 1600 {
			t.Errorf("%s: %d groups of %d rows", r.Metric, r.Groups, r.N)
		}
		wide, narrow := r.Interval[1]-r.Interval[0], independent.Rows[i].Interval[1]-independent.Rows[i].Interval[0]
		if narrow > 0.6*wide {
			t.Errorf("%s: width %v, taken to be independent %v", r.Metric, wide, narrow)
		}
		if independent.Rows[i].Groups != 0 {
			t.Errorf("%s: rows are %d groups", r.Metric, independent.Rows[i].Groups)
		}
	}
	if want := "resampled by group user (400 groups)"; grouped.Independence != want {
		t.Errorf("independence %q, want %q", grouped.Independence, want)
	}
	if want := "rows assumed independent"; independent.Independence != want {
		t.Errorf("independence %q, want %q", independent.Independence, want)
	}
}

func TestFewGroupsAreInconclusive(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(3, 4)), 600, 0.2, 2)
	for groups, want := range map[int]string{29: "29 groups, fewer than 30: too few for an interval", 30: ""} {
		a.group = make([]string, 600)
		for i := range a.group {
			a.group[i] = fmt.Sprint(i % groups)
		}
		b.group = a.group
		for _, r := range compare(t, a.predictions(t), b.predictions(t), every(), metrics.Options{Resamples: 800}).Rows {
			if (r.Verdict == result.Inconclusive) != (want != "") || (r.Interval == nil) != (want != "") || r.Note != want {
				t.Errorf("%d groups: %s is %s with %v: %s", groups, r.Metric, r.Verdict, r.Interval, r.Note)
			}
		}
	}
}

// TestCopiesOfAnAnswerChangeNothing: k equal answers to an item count as one,
// whatever k is for the item and on either side, and in whatever order they stand.
func TestCopiesOfAnAnswerChangeNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	a, b := simulated(random, 300, 0.8, 0.9)
	answers := func(d table, most int) table {
		var out table
		for i := range d.labels {
			for try := range 1 + i%most {
				out.labels, out.scores = append(out.labels, d.labels[i]), append(out.scores, d.scores[i])
				out.ids, out.repeat = append(out.ids, fmt.Sprintf("q%04d", i)), append(out.repeat, fmt.Sprint(try))
			}
		}
		random.Shuffle(len(out.ids), func(i, j int) {
			out.ids[i], out.ids[j] = out.ids[j], out.ids[i]
			out.repeat[i], out.repeat[j] = out.repeat[j], out.repeat[i]
			out.labels[i], out.labels[j] = out.labels[j], out.labels[i]
			out.scores[i], out.scores[j] = out.scores[j], out.scores[i]
		})
		return out
	}
	opts := metrics.Options{Resamples: 4000}
	once := compare(t, a.predictions(t), b.predictions(t), every(), opts)
	many := compare(t, answers(a, 2).predictions(t), answers(b, 5).predictions(t), every(), opts)
	if many.Impossible() {
		t.Fatal(many.Problems)
	}
	sameIntervals(t, once, many, 0.1)
	for _, r := range many.Rows {
		if r.Groups != 300 {
			t.Errorf("%s: %d items", r.Metric, r.Groups)
		}
	}
	if want := "answers averaged per item over try; items assumed independent (300 items)"; many.Independence != want {
		t.Errorf("independence %q, want %q", many.Independence, want)
	}
}

// TestWholeWeightsAreRepeatedRows: the values are those of the rows so many
// times. The interval is wider: a row of weight 3 is one row and not three.
func TestWholeWeightsAreRepeatedRows(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	a, b := simulated(random, 400, 0.8, 0.9)
	x, y := table{}, table{}
	a.weight = make([]float64, 400)
	for i := range a.weight {
		a.weight[i] = float64(random.IntN(4))
		for range int(a.weight[i]) {
			x.labels, x.scores = append(x.labels, a.labels[i]), append(x.scores, a.scores[i])
			y.labels, y.scores = append(y.labels, b.labels[i]), append(y.scores, b.scores[i])
		}
	}
	b.weight = a.weight
	weighted := compare(t, a.predictions(t), b.predictions(t), every(), metrics.Options{})
	repeated := compare(t, x.predictions(t), y.predictions(t), every(), metrics.Options{})
	for i, r := range weighted.Rows {
		o := repeated.Rows[i]
		if math.Abs(*r.Candidate-*o.Candidate) > 1e-12 || math.Abs(*r.Champion-*o.Champion) > 1e-12 {
			t.Errorf("%s: %v and %v, with repeated rows %v and %v", r.Metric, *r.Candidate, *r.Champion, *o.Candidate, *o.Champion)
		}
		if r.Interval == nil || !(r.Interval[1]-r.Interval[0] > 1.2*(o.Interval[1]-o.Interval[0])) {
			t.Errorf("%s: %v, with repeated rows %v", r.Metric, r.Interval, *o.Interval)
		}
	}
	if want := "rows assumed independent; weighted by worth"; weighted.Independence != want {
		t.Errorf("independence %q, want %q", weighted.Independence, want)
	}
}

func TestEqualWeightsChangeNothing(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(9, 10)), 400, 0.8, 0.9)
	opts := metrics.Options{Resamples: 4000}
	plain := compare(t, a.predictions(t), b.predictions(t), every(), opts)
	a.weight = slices.Repeat([]float64{2.5}, 400)
	b.weight = a.weight
	sameIntervals(t, plain, compare(t, a.predictions(t), b.predictions(t), every(), opts), 0.06)
}

func TestOneRowThatOutweighsAllIsInconclusive(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(9, 10)), 400, 0.2, 2)
	a.weight = slices.Repeat([]float64{1}, 400)
	a.weight[7] = 500
	b.weight = a.weight
	for _, r := range compare(t, a.predictions(t), b.predictions(t), every(), metrics.Options{}).Rows {
		if want := "weights are so uneven that 400 rows count as 3, fewer than 30: too few for an interval"; r.Note != want || r.Interval != nil {
			t.Errorf("%s: %v, %s", r.Metric, r.Interval, r.Note)
		}
	}
}

// neighbours draws differences of errors that depend on the ones before them:
// their mean over n times has about (1 + r)/(1 − r) times the variance of
// independent ones.
func neighbours(random *rand.Rand, n int, r float64) (a, b table) {
	a = table{labels: make([]float64, n), scores: make([]float64, n), time: make([]float64, n)}
	b = table{labels: a.labels, scores: make([]float64, n), time: a.time}
	state := random.NormFloat64()
	for i := range n {
		a.time[i] = float64(i)
		state = r*state + math.Sqrt(1-r*r)*random.NormFloat64()
		a.scores[i], b.scores[i] = state, 0.2*random.NormFloat64()
	}
	return a, b
}

// TestBlocksOfTimeCover draws series whose true difference is 0: the mean score
// of both models. Blocks hold it in at least 90 % of them, independent rows far
// less often.
func TestBlocksOfTimeCover(t *testing.T) {
	const sets, rows = 200, 1200
	random := rand.New(rand.NewPCG(111, 112))
	covered := map[bool]int{}
	for range sets {
		a, b := neighbours(random, rows, 0.6)
		for _, blocks := range []bool{true, false} {
			if !blocks {
				a.time, b.time = nil, nil
			}
			r := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("score", 0.1)}, metrics.Options{Resamples: 800}), "score", "")
			if r.Interval == nil {
				t.Fatalf("no interval: %s", r.Note)
			}
			if r.Interval[0] <= 0 && 0 <= r.Interval[1] {
				covered[blocks]++
			}
			if blocks != strings.HasPrefix(r.Method, "paired bootstrap of blocks of ") || blocks != (r.Groups > 0) {
				t.Fatalf("method %q, %d blocks", r.Method, r.Groups)
			}
		}
	}
	t.Logf("covered by blocks %d, by rows %d of %d", covered[true], covered[false], sets)
	if covered[true] < sets*88/100 {
		t.Errorf("blocks hold the truth in %d of %d series", covered[true], sets)
	}
	if covered[false] > sets*80/100 {
		t.Errorf("independent rows hold it in %d: the test tests nothing", covered[false])
	}
}

// TestTheOrderIsThatOfTime: rows may stand anywhere in the file.
func TestTheOrderIsThatOfTime(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	a, b := neighbours(random, 500, 0.7)
	specs := []metrics.Spec{gated("score", 0.1)}
	want := compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{})
	a.ids = make([]string, 500)
	for i := range a.ids {
		a.ids[i] = fmt.Sprint("id", i)
	}
	b.ids = a.ids
	shuffled := func(d table) table {
		out := table{}
		for _, i := range random.Perm(500) {
			out.labels, out.scores, out.time, out.ids = append(out.labels, d.labels[i]), append(out.scores, d.scores[i]), append(out.time, d.time[i]), append(out.ids, d.ids[i])
		}
		return out
	}
	sameIntervals(t, want, compare(t, shuffled(a).predictions(t), shuffled(b).predictions(t), specs, metrics.Options{}), 1e-9)
}

// TestManyTimes: from 20,000 times the blocks' own variance takes the place of resamples.
func TestManyTimes(t *testing.T) {
	a, b := neighbours(rand.New(rand.NewPCG(15, 16)), 20_000, 0.5)
	specs := []metrics.Spec{gated("score", 0.1)}
	many := row(t, compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{}), "score", "")
	if !strings.HasPrefix(many.Method, "influence function over blocks of ") {
		t.Errorf("method %q", many.Method)
	}
	for _, d := range []*table{&a, &b} {
		d.labels, d.scores, d.time = d.labels[1:], d.scores[1:], d.time[1:]
	}
	drawn := row(t, compare(t, a.predictions(t), b.predictions(t), specs, metrics.Options{Resamples: 10_000}), "score", "")
	half, want := (many.Interval[1]-many.Interval[0])/2, (drawn.Interval[1]-drawn.Interval[0])/2
	if math.Abs(half/want-1) > 0.03 {
		t.Errorf("half-width %v, the bootstrap's is %v", half, want)
	}
}

// TestWhatRowsDependByMustAgree has a column that differs between the sides, or
// that only one of them has.
func TestWhatRowsDependByMustAgree(t *testing.T) {
	const head = "id,label,score,user,when,worth\n"
	champion := head + "a,0,0.1,x,1,1\nb,1,0.9,y,2,1\n"
	group, time, weight := predictions.Columns{Group: "user"}, predictions.Columns{Time: "when"}, predictions.Columns{Weight: "worth"}
	tests := map[string]struct {
		candidate string
		mine      predictions.Columns
		theirs    predictions.Columns
		code, msg string
	}{
		"group":             {head + "a,0,0.1,x,1,1\nb,1,0.9,x,2,1\n", group, group, metrics.GroupsDiffer, `1 of 2 groups differ; id "b" is "x" for the candidate and "y" for the champion`},
		"time":              {head + "a,0,0.1,x,1,1\nb,1,0.9,y,3,1\n", time, time, metrics.TimesDiffer, `1 of 2 times differ; id "b" is "3" for the candidate and "2" for the champion`},
		"weight":            {head + "a,0,0.1,x,1,2\nb,1,0.9,y,2,1\n", weight, weight, metrics.WeightsDiffer, `1 of 2 weights differ; id "a" is "2" for the candidate and "1" for the champion`},
		"one has no groups": {champion, predictions.Columns{}, group, metrics.ColumnsDiffer, "the candidate's predictions were read without groups, the other's with them"},
		"one has weights":   {champion, weight, predictions.Columns{}, metrics.ColumnsDiffer, "the champion's predictions were read without weights, the other's with them"},
		"group and time":    {champion, predictions.Columns{Group: "user", Time: "when"}, predictions.Columns{Group: "user", Time: "when"}, metrics.DependenceMixed, `rows are grouped by "user" and ordered by "when", and blocks of time would tear the groups apart; name the one along which rows depend on one another most`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := compare(t, read(t, test.candidate, test.mine), read(t, champion, test.theirs), []metrics.Spec{gated("accuracy", 0.1)}, metrics.Options{})
			want := []result.Problem{{Code: test.code, Severity: result.SeverityDeny, Message: test.msg}}
			if diff := cmp.Diff(want, c.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if r := row(t, c, "accuracy", ""); r.Candidate == nil || r.Diff != nil || r.Verdict != result.Inconclusive {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestSlicesOfGroups: a slice has the groups that have rows in it.
func TestSlicesOfGroups(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(17, 18)), 1200, 0.8, 0.9)
	a.group, a.slice = numbered(300, 4), make([]string, 1200)
	for i := range a.slice {
		a.slice[i] = map[bool]string{true: "few", false: "many"}[i < 100 || i%4 == 0 && i < 800]
	}
	b.group, b.slice = a.group, a.slice
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("log_loss", 0.05)}, metrics.Options{})
	for slice, groups := range map[string]int{"": 300, "part=few": 200, "part=many": 275} {
		if r := row(t, c, "log_loss", slice); r.Groups != groups || r.Interval == nil {
			t.Errorf("%q has %d groups, want %d", slice, r.Groups, groups)
		}
	}
}

// TestQueriesAreTheUnitsOfRanking: NDCG is a mean over queries, which are drawn whole.
func TestQueriesAreTheUnitsOfRanking(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 20))
	a := table{group: numbered(100, 5)}
	b := table{group: a.group}
	for range 500 {
		gain := float64(random.IntN(3))
		a.labels, a.scores = append(a.labels, gain), append(a.scores, gain+random.NormFloat64())
		b.labels, b.scores = append(b.labels, gain), append(b.scores, gain+2*random.NormFloat64())
	}
	r := row(t, compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("ndcg", 0.05)}, metrics.Options{}), "ndcg", "")
	if r.Groups != 100 || r.Verdict != result.Better || r.Method != "paired bootstrap, BCa, 2000 resamples" {
		t.Errorf("%d queries, %s by %s: %v", r.Groups, r.Verdict, r.Method, r.Interval)
	}
}
