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
)

// twoModels draws an evaluation set from a population in which two models are
// equally good and their scores correlate among rows of one label.
func twoModels(tb testing.TB, random *rand.Rand, n int, correlation float64) (a, b *predictions.Set) {
	tb.Helper()
	var first, second strings.Builder
	first.WriteString("id,label,score\n")
	second.WriteString("id,label,score\n")
	for row := range n {
		label := row % 2
		x := random.NormFloat64()
		y := correlation*x + math.Sqrt(1-correlation*correlation)*random.NormFloat64()
		center := 1.2 * (2*float64(label) - 1)
		fmt.Fprintf(&first, "%d,%d,%.9f\n", row, label, 1/(1+math.Exp(-2*(center+x))))
		fmt.Fprintf(&second, "%d,%d,%.9f\n", row, label, 1/(1+math.Exp(-2*(center+y))))
	}
	return read(tb, first.String(), predictions.Columns{}), read(tb, second.String(), predictions.Columns{})
}

// What is made of one model alone varies as two models do in new data from their
// population, if the correlation is theirs.
func TestAssumedCandidatesVaryAsRealOnesDo(t *testing.T) {
	const n, correlation = 600, 0.8
	names := []string{"accuracy", "roc_auc", "log_loss", "brier"}
	random := rand.New(rand.NewPCG(3, 1))
	squares := map[string]float64{}
	const sets = 600
	for range sets {
		a, b := twoModels(t, random, n, correlation)
		for _, name := range names {
			x, errX := metrics.Compute(name, a)
			y, errY := metrics.Compute(name, b)
			if errX != nil || errY != nil {
				t.Fatal(errX, errY)
			}
			squares[name] += (x - y) * (x - y)
		}
	}
	champion, other := twoModels(t, random, n, correlation)
	var specs []metrics.Spec
	for _, name := range names {
		specs = append(specs, metrics.Spec{Metric: name})
	}
	for source, request := range map[string]calibration.Request{
		"assumed": {Champion: champion},
		"other":   {Champion: champion, Other: other},
	} {
		request.Specs, request.Trials, request.EqualOnly = specs, 600, true
		got := calibrate(t, request)
		for _, name := range names {
			want := math.Sqrt(squares[name] / sets)
			near(t, source+": spread of "+name, *row(t, got, name, "").Spread/want, 1, 0.25) // one set of 600 rows tells it no better
		}
	}
}

// What is wrong in runs varies in runs.
func TestTimeIsKeptInBlocks(t *testing.T) {
	const n, run = 1200, 20
	random := rand.New(rand.NewPCG(5, 1))
	var b strings.Builder
	b.WriteString("id,label,score,at\n")
	level := 0.0
	for row := range n {
		if row%run == 0 {
			level = random.NormFloat64()
		}
		label := random.IntN(2)
		x := (1.2 + level) * (2*float64(label) - 1)
		fmt.Fprintf(&b, "%d,%d,%.6f,%d\n", row, label, 1/(1+math.Exp(-x-0.05*random.NormFloat64())), row)
	}
	request := func(columns predictions.Columns) calibration.Request {
		return calibration.Request{Champion: read(t, b.String(), columns), Specs: []metrics.Spec{gate("brier", 0.01)}, Trials: 200, EqualOnly: true}
	}
	apart, ordered := calibrate(t, request(predictions.Columns{})), calibrate(t, request(predictions.Columns{Time: "at"}))
	if count := ordered.Assumed.Count; ordered.Assumed.Units != "blocks" || count < n/200 || count > n/5 {
		t.Errorf("%d rows are exchanged as %d %s", n, count, ordered.Assumed.Units)
	}
	if a, b := *row(t, apart, "brier", "").Spread, *row(t, ordered, "brier", "").Spread; b < 1.5*a {
		t.Errorf("the spread is %v in time, and %v without", b, a)
	}
}
