package calibration_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
	"github.com/muster-ci/muster/internal/result"
)

// z is the normal quantile of a two-sided interval at 95 %.
func z() float64 { return statistics.NormalQuantile(0.975) }

func TestTheSameBytesAreEquivalent(t *testing.T) {
	regression := read(t, "id,label,score\n"+lines(60, func(i int) string { return fmt.Sprintf("r%d,%d,%v\n", i, i*i, float64(i*i)+math.Sin(float64(i))) }), predictions.Columns{})
	grades := read(t, "id,answer,grade\n"+lines(60, func(i int) string { return fmt.Sprintf("q%d,%d,%v\n", i/2, i%2, float64(i%5)/4) }), predictions.Columns{Repeat: "answer", Values: []string{"grade"}})
	tests := map[string]struct {
		set   *predictions.Set
		specs []metrics.Spec
		units string
	}{
		"scores":     {scored(t, 200, 1, predictions.Columns{}), []metrics.Spec{gate("accuracy", 0), gate("roc_auc", 0.01), gate("log_loss", 0.01)}, "rows"},
		"slices":     {scored(t, 200, 1, predictions.Columns{Slices: []string{"part"}}), []metrics.Spec{gate("roc_auc", 0.01)}, "rows"},
		"decisions":  {decided(t, 100, func(row int) bool { return row%10 == 0 }), []metrics.Spec{gate("accuracy", 0.01), gate("f1", 0.01)}, "rows"},
		"groups":     {scored(t, 400, 4, predictions.Columns{Group: "user"}), []metrics.Spec{gate("accuracy", 0.01)}, "groups"},
		"time":       {scored(t, 200, 1, predictions.Columns{Time: "at"}), []metrics.Spec{gate("accuracy", 0.01)}, "blocks"},
		"answers":    {grades, []metrics.Spec{gate("grade", 0.1)}, "items"},
		"numbers":    {regression, []metrics.Spec{gate("rmse", 1), gate("mae", 0)}, "rows"},
		"one row":    {decided(t, 1, func(int) bool { return false }), []metrics.Spec{gate("accuracy", 0.01)}, "rows"},
		"constant":   {read(t, "id,label,score\n"+lines(60, func(i int) string { return fmt.Sprintf("r%d,%d,0.5\n", i, i%2) }), predictions.Columns{}), []metrics.Spec{gate("roc_auc", 0.01)}, "rows"},
		"all right":  {decided(t, 100, func(int) bool { return false }), []metrics.Spec{gate("accuracy", 0.01)}, "rows"},
		"all wrong":  {decided(t, 100, func(int) bool { return true }), []metrics.Spec{gate("accuracy", 0.01)}, "rows"},
		"must excel": {decided(t, 100, func(row int) bool { return row%10 == 0 }), []metrics.Spec{{Metric: "accuracy", Gated: true, Require: result.RequireBetter}}, "rows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := calibrate(t, calibration.Request{Champion: test.set, Specs: test.specs, Trials: 20})
			if !got.Same {
				t.Errorf("the champion is not equivalent to itself: %s", got.Reason)
			}
			if got.Assumed.Units != test.units {
				t.Errorf("units are %s, want %s", got.Assumed.Units, test.units)
			}
		})
	}
}

func lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

// What the gate cannot decide about the champion itself, it can about nobody.
func TestDataThatCannotBeGated(t *testing.T) {
	ones := read(t, "id,label,score\na,1,0.5\nb,1,0.6\n", predictions.Columns{})
	got := calibrate(t, calibration.Request{Champion: ones, Specs: []metrics.Spec{gate("roc_auc", 0.01)}})
	if got.Same || got.Supported || len(got.Rows) > 0 {
		t.Errorf("same %v, supported %v, %d rows", got.Same, got.Supported, len(got.Rows))
	}
	if want := "the gate could not decide, whatever the candidate: "; !strings.HasPrefix(got.Reason, want) {
		t.Errorf("reason is %q, want %q…", got.Reason, want)
	}
}

// Equal candidates are denied as often as the normal distribution has it:
// d − z·se < −m.
func TestFalseDenials(t *testing.T) {
	set := scored(t, 1000, 1, predictions.Columns{})
	const trials = 1000
	for _, margin := range []float64{0.005, 0.02, 0.03} {
		got := calibrate(t, calibration.Request{Champion: set, Specs: []metrics.Spec{gate("accuracy", margin)}, Trials: trials, EqualOnly: true})
		r := row(t, got, "accuracy", "")
		spread := number(t, "spread", r.Spread)
		want := statistics.NormalCDF(z() - margin/spread)
		near(t, fmt.Sprintf("denied at %v", margin), r.Denied.Denied, want, 4*r.Denied.Error+0.03) // accuracies are whole rows
		near(t, "error", r.Denied.Error, math.Sqrt(want*(1-want)/trials), 0.005)
		if got.Gate.Denied != r.Denied.Denied {
			t.Errorf("the gate denies %v, its only metric %v", got.Gate.Denied, r.Denied.Denied)
		}
		if limit := 0.0125; r.Worse.Denied > limit+4*r.Worse.Error {
			t.Errorf("%v of equal candidates are called worse, more than half of α", r.Worse.Denied)
		}
	}
}

// The margin that is proposed lets 95 % of equal candidates pass, and the next
// finer one that a person would write does not.
func TestSupportedMargin(t *testing.T) {
	set := scored(t, 500, 1, predictions.Columns{})
	specs := []metrics.Spec{{Metric: "roc_auc"}, {Metric: "accuracy"}}
	proposed := calibrate(t, calibration.Request{Champion: set, Specs: specs})
	if proposed.Gate.Denied != 0 {
		t.Errorf("without a gate %v are denied", proposed.Gate.Denied)
	}
	for _, spec := range specs {
		r := row(t, proposed, spec.Metric, "")
		margin := number(t, "margin", r.Supports)
		if r.Denied != nil || r.TooFine {
			t.Errorf("%s has no margin, and is denied %v, too fine %v", spec.Metric, r.Denied, r.TooFine)
		}
		gated := row(t, calibrate(t, calibration.Request{Champion: set, Specs: []metrics.Spec{gate(spec.Metric, margin)}, EqualOnly: true}), spec.Metric, "")
		if gated.TooFine || gated.Denied.Denied > 0.05 {
			t.Errorf("%s: margin %v is proposed, and denies %v", spec.Metric, margin, gated.Denied.Denied)
		}
		finer := row(t, calibrate(t, calibration.Request{Champion: set, Specs: []metrics.Spec{gate(spec.Metric, 0.66*margin)}, EqualOnly: true}), spec.Metric, "")
		if !finer.TooFine || finer.Denied.Denied <= 0.05 {
			t.Errorf("%s: margin %v denies %v", spec.Metric, 0.66*margin, finer.Denied.Denied)
		}
		times := *finer.Supports / finer.Margin
		needed := float64(set.Len()) * times * times
		if got := float64(finer.Needs); got < needed/2.3 || got > 1.1*needed || got <= float64(set.Len()) {
			t.Errorf("%s: %v rows would be needed, want about %.0f", spec.Metric, got, needed)
		}
	}
}

// With a second model that differs in known rows all is known: the spread is
// √k/n, and a drop is found as often as McNemar's test finds it (Connor 1987,
// Biometrics 43:207–211): Φ((Δ√n − z√ψ)/√(ψ − Δ²)), ψ being the share of rows
// that differ. Planted drops add to ψ at most themselves.
func TestPlantedDropsAreSeen(t *testing.T) {
	const n, differing = 1000, 60
	champion := decided(t, n, func(row int) bool { return row%10 == 0 || row < differing/2 && row%10 != 0 })
	other := decided(t, n, func(row int) bool { return row%10 == 0 || row >= n-differing/2 && row%10 != 0 })
	k := 0.0
	for r := range n {
		if champion.Decision[r] != other.Decision[r] {
			k++
		}
	}
	got := calibrate(t, calibration.Request{Champion: champion, Other: other, Specs: []metrics.Spec{gate("accuracy", 0.01)}, Trials: 2000})
	near(t, "disagreement", number(t, "disagreement", got.Assumed.Disagreement), k/n, 1e-12)
	if got.Assumed.Source != "other" || got.Assumed.Correlation != nil {
		t.Errorf("assumed is %+v", got.Assumed)
	}
	r := row(t, got, "accuracy", "")
	near(t, "spread", number(t, "spread", r.Spread), math.Sqrt(k)/n, 0.05*math.Sqrt(k)/n)
	power := func(drop, psi float64) float64 {
		return statistics.NormalCDF((drop*math.Sqrt(n) - z()*math.Sqrt(psi)) / math.Sqrt(psi-drop*drop))
	}
	if len(r.Curve) < 8 {
		t.Fatalf("the curve has %d points", len(r.Curve))
	}
	for _, p := range r.Curve[1:] {
		low, high := power(p.Drop, k/n+p.Drop), power(p.Drop, k/n)
		slack := 4*math.Sqrt(0.25/float64(p.Trials))*math.Sqrt(4*high*(1-low)) + 0.03
		if p.Shown < low-slack || p.Shown > high+slack {
			t.Errorf("a drop of %.4f is shown in %.3f of trials, want %.3f to %.3f", p.Drop, p.Shown, low, high)
		}
		if p.Worse > p.Shown || p.Worse > p.Denied {
			t.Errorf("at %.4f worse %v, shown %v, denied %v", p.Drop, p.Worse, p.Shown, p.Denied)
		}
	}
	want := statistics.Detectable(math.Sqrt(k)/n, 0.025, 0.8)
	near(t, "smallest drop shown", number(t, "detectable", r.Detectable), want, 0.2*want)
}

func TestMoreRowsCarryFinerMargins(t *testing.T) {
	last := math.Inf(1)
	for _, n := range []int{100, 400, 1600, 6400} { // the last by formula
		r := row(t, calibrate(t, calibration.Request{Champion: scored(t, n, 1, predictions.Columns{}), Specs: []metrics.Spec{gate("accuracy", 0.001)}, Trials: 400, EqualOnly: true}), "accuracy", "")
		margin := number(t, "margin", r.Supports)
		if !(margin < last) {
			t.Errorf("%d rows support a margin of %v, a quarter of them %v", n, margin, last)
		}
		last = margin
	}
}

// Rows of one user that are all alike say no more than one of them does.
func TestGroupsAreKeptTogether(t *testing.T) {
	specs := []metrics.Spec{gate("accuracy", 0.01)}
	single := row(t, calibrate(t, calibration.Request{Champion: scored(t, 200, 1, predictions.Columns{}), Specs: specs, EqualOnly: true}), "accuracy", "")
	apart := row(t, calibrate(t, calibration.Request{Champion: scored(t, 2000, 10, predictions.Columns{}), Specs: specs, EqualOnly: true}), "accuracy", "")
	got := calibrate(t, calibration.Request{Champion: scored(t, 2000, 10, predictions.Columns{Group: "user"}), Specs: specs, EqualOnly: true})
	grouped := row(t, got, "accuracy", "")
	if got.Assumed.Units != "groups" || got.Assumed.Count != 200 {
		t.Errorf("units are %d %s", got.Assumed.Count, got.Assumed.Units)
	}
	if grouped.Groups != 200 || grouped.N != 2000 {
		t.Errorf("%d rows in %d groups", grouped.N, grouped.Groups)
	}
	near(t, "spread by group", *grouped.Spread / *single.Spread, 1, 0.35)
	near(t, "spread by row", *grouped.Spread / *apart.Spread, math.Sqrt(10), 1)
	if grouped.Denied.Denied < apart.Denied.Denied {
		t.Errorf("by groups %v are denied, by rows %v", grouped.Denied.Denied, apart.Denied.Denied)
	}
}

func TestTheMoreAlikeTheFinerTheMargin(t *testing.T) {
	set := scored(t, 400, 1, predictions.Columns{})
	last := math.Inf(1)
	for _, correlation := range []float64{0.001, 0.5, 0.8, 0.95} {
		got := calibrate(t, calibration.Request{Champion: set, Specs: []metrics.Spec{gate("roc_auc", 0.01)}, Correlation: correlation, EqualOnly: true})
		spread := number(t, "spread", row(t, got, "roc_auc", "").Spread)
		if !(spread < last) {
			t.Errorf("at a correlation of %v the spread is %v, before it was %v", correlation, spread, last)
		}
		last = spread
	}
}

// Where counts give way to formulas they say the same.
func TestFormulasAgreeWithCounts(t *testing.T) {
	specs := []metrics.Spec{gate("accuracy", 0.012), gate("roc_auc", 0.005)}
	counted := calibrate(t, calibration.Request{Champion: scored(t, 5000, 1, predictions.Columns{}), Specs: specs, Trials: 200})
	formula := calibrate(t, calibration.Request{Champion: scored(t, 5002, 1, predictions.Columns{}), Specs: specs})
	for _, spec := range specs {
		a, b := row(t, counted, spec.Metric, ""), row(t, formula, spec.Metric, "")
		if a.Denied.Trials == 0 || b.Denied.Trials != 0 {
			t.Fatalf("trials are %d and %d", a.Denied.Trials, b.Denied.Trials)
		}
		near(t, spec.Metric+": shown from", *b.Detectable / *a.Detectable, 1, 0.15)
		near(t, spec.Metric+": denied from", *b.DeniedFrom / *a.DeniedFrom, 1, 0.2)
		near(t, spec.Metric+": denied", b.Denied.Denied, a.Denied.Denied, 4*a.Denied.Error+0.04)
		near(t, spec.Metric+": margin", *b.Supports / *a.Supports, 1, 0.35) // the next number that a person would write
	}
}

// A champion without a mistake has no worse answers to give to rows of the same
// label: then candidates get answers to rows of another one.
func TestPerfectChampion(t *testing.T) {
	r := row(t, calibrate(t, calibration.Request{Champion: decided(t, 300, func(int) bool { return false }), Specs: []metrics.Spec{gate("accuracy", 0.02)}}), "accuracy", "")
	near(t, "supported", number(t, "margin", r.Supports), 0.015, 1e-9) // 1 − 0.025^(1/300) = 0.0122
	if r.DeniedFrom == nil || *r.DeniedFrom < 0.005 || *r.DeniedFrom > 0.04 {
		t.Errorf("denied from %v", r.DeniedFrom)
	}
	if r.Denied.Denied != 0 {
		t.Errorf("%v of candidates that answer all alike are denied", r.Denied.Denied)
	}
}

func TestErrorsOfNumbersGrow(t *testing.T) {
	set := read(t, "id,label,score\n"+lines(400, func(i int) string {
		return fmt.Sprintf("r%d,%v,%v\n", i, float64(i), float64(i)+10*math.Sin(float64(i*i)))
	}), predictions.Columns{})
	specs := []metrics.Spec{{Metric: "rmse", Margin: metrics.Margin{Value: 1, Percent: true}, Gated: true}}
	r := row(t, calibrate(t, calibration.Request{Champion: set, Specs: specs, Trials: 100}), "rmse", "")
	if !r.TooFine || r.SupportsPercent == nil || *r.Percent != 1 {
		t.Fatalf("too fine %v, supports %v %%", r.TooFine, r.SupportsPercent)
	}
	near(t, "supported", *r.Supports, *r.SupportsPercent/100**r.Value, 1e-9)
	last := -1.0
	for _, p := range r.Curve {
		if !(p.Drop > last) {
			t.Errorf("a stronger candidate rises by %v, a weaker one by %v", p.Drop, last)
		}
		last = p.Drop
	}
	if r.Detectable == nil {
		t.Error("no rise is seen")
	}
}

func TestSlicesAreCalibrated(t *testing.T) {
	got := calibrate(t, calibration.Request{Champion: scored(t, 300, 1, predictions.Columns{Slices: []string{"part"}}), Specs: []metrics.Spec{gate("accuracy", 0.05)}, Trials: 200})
	r := row(t, got, "accuracy", "part=a")
	if r.N != 100 || r.Require != result.NotWorse || r.Curve != nil || r.TooFine {
		t.Errorf("slice is %+v", r)
	}
	if *r.Supports <= *row(t, got, "accuracy", "").Supports {
		t.Errorf("a third of the rows supports %v", *r.Supports)
	}
	near(t, "shown from", number(t, "detectable", r.Detectable), statistics.Detectable(*r.Spread, 0.025, 0.8), 0.15**r.Detectable)
}

func TestTheSameOnAnyNumberOfCores(t *testing.T) {
	request := calibration.Request{
		Champion: scored(t, 200, 2, predictions.Columns{Group: "user"}), Trials: 40,
		Specs: []metrics.Spec{gate("accuracy", 0.01), gate("log_loss", 0.01)}, Correlation: 0.8,
	}
	var first []byte
	for _, cores := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(cores)
		data, err := result.Encode(calibrate(t, request))
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Errorf("%d cores say something else", cores)
		}
	}
	request.Options.Seed = 1
	if data, err := result.Encode(calibrate(t, request)); err != nil || bytes.Equal(first, data) {
		t.Errorf("another seed makes the same candidates (%v)", err)
	}
}

func TestProgressEndsWithAll(t *testing.T) {
	var last, all, calls int
	calibrate(t, calibration.Request{
		Champion: scored(t, 100, 1, predictions.Columns{}), Specs: []metrics.Spec{gate("accuracy", 0.01)}, Trials: 20,
		Progress: func(done, of int) { last, all, calls = done, of, calls+1 },
	})
	if last != all || calls != all || all == 0 {
		t.Errorf("%d of %d after %d calls", last, all, calls)
	}
}

func TestRefusals(t *testing.T) {
	set := scored(t, 100, 1, predictions.Columns{})
	repeated := func(order string) *predictions.Set {
		return read(t, "id,answer,grade\n"+order, predictions.Columns{Repeat: "answer", Values: []string{"grade"}})
	}
	tests := map[string]struct {
		request calibration.Request
		want    string
	}{
		"few trials":       {calibration.Request{Champion: set, Trials: 19}, "19 trials"},
		"many trials":      {calibration.Request{Champion: set, Trials: 100_001}, "100001 trials"},
		"too alike":        {calibration.Request{Champion: set, Correlation: 1}, "a correlation of 1 is not"},
		"no number":        {calibration.Request{Champion: set, Correlation: math.NaN()}, "a correlation of NaN"},
		"other rows":       {calibration.Request{Champion: set, Other: scored(t, 99, 1, predictions.Columns{})}, "the second model cannot be compared with the champion: candidate and champion answered different rows"},
		"unequal answers":  {calibration.Request{Champion: repeated("q,1,0\nq,2,1\n"), Other: repeated("q,1,0\n"), Specs: []metrics.Spec{gate("grade", 1)}}, `the two models did not answer id "q" equally often`},
		"different shapes": {calibration.Request{Champion: decided(t, 100, func(int) bool { return false }), Other: scored(t, 100, 1, predictions.Columns{})}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.request.Specs == nil {
				test.request.Specs = []metrics.Spec{gate("accuracy", 0.01)}
			}
			_, err := calibration.Calibrate(t.Context(), test.request)
			var invalid *calibration.InvalidError
			if !errors.As(err, &invalid) || invalid.Hint() == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}
