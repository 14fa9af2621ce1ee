package calibration_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/result"
)

// read reads predictions that must be right.
func read(tb testing.TB, text string, columns predictions.Columns) *predictions.Set {
	tb.Helper()
	set, err := predictions.Read(strings.NewReader(text), "predictions.csv", columns)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// scored are binary labels with scores, each in rows that repeat it so often:
// they share the column "user", and lie in the slices "a", "b" and "c" of "part".
func scored(tb testing.TB, n, repeat int, columns predictions.Columns) *predictions.Set {
	tb.Helper()
	random := rand.New(rand.NewPCG(7, uint64(n)))
	var b strings.Builder
	b.WriteString("id,label,score,user,part,at\n")
	for user := range n / repeat {
		label := random.IntN(2)
		x := 1.3*(2*float64(label)-1) + random.NormFloat64()
		for i := range repeat {
			row := user*repeat + i
			fmt.Fprintf(&b, "r%d,%d,%.6f,u%d,%c,%d\n", row, label, 1/(1+math.Exp(-2*x)), user, 'a'+rune(user%3), user)
		}
	}
	return read(tb, b.String(), columns)
}

// decided are rows with label 1 of which the model has all right but those in wrong.
func decided(tb testing.TB, n int, wrong func(row int) bool) *predictions.Set {
	tb.Helper()
	var b strings.Builder
	b.WriteString("id,label,decision\n")
	for row := range n {
		decision := row % 2
		if wrong(row) {
			decision = 1 - decision
		}
		fmt.Fprintf(&b, "r%d,%d,%d\n", row, row%2, decision)
	}
	return read(tb, b.String(), predictions.Columns{Prediction: "decision"})
}

func gate(metric string, margin float64) metrics.Spec {
	return metrics.Spec{Metric: metric, Margin: metrics.Margin{Value: margin}, Gated: true}
}

// calibrate calibrates and expects no error. A correlation of 0 is taken for the usual one.
func calibrate(tb testing.TB, request calibration.Request) result.Calibration {
	tb.Helper()
	if request.Correlation == 0 {
		request.Correlation = calibration.DefaultCorrelation
	}
	got, err := calibration.Calibrate(tb.Context(), request)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := result.Encode(got); err != nil {
		tb.Fatal(err)
	}
	return got
}

// row finds what was found out about a metric.
func row(tb testing.TB, c result.Calibration, metric, slice string) result.Calibrated {
	tb.Helper()
	for _, r := range c.Rows {
		if r.Metric == metric && r.Slice == slice {
			return r
		}
	}
	tb.Fatalf("there is no row for %s %s: %s", metric, slice, c.Reason)
	return result.Calibrated{}
}

// number is a number that must be there.
func number(tb testing.TB, what string, v *float64) float64 {
	tb.Helper()
	if v == nil {
		tb.Fatalf("%s is not known", what)
	}
	return *v
}

func near(tb testing.TB, what string, got, want, tolerance float64) {
	tb.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		tb.Errorf("%s is %.4f, want %.4f ± %.4f", what, got, want, tolerance)
	}
}
