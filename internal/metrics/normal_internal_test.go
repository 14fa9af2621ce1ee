package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// TestNormalIntervalAgreesWithTheBootstrap holds the interval for many rows to
// within 2 % of the bootstrap's half-width, on fewer rows than it is used for,
// where it has to be worse.
func TestNormalIntervalAgreesWithTheBootstrap(t *testing.T) {
	const rows, resamples, alpha = 4000, 20_000, 0.025
	random := rand.New(rand.NewPCG(51, 52))
	var candidate, champion strings.Builder
	candidate.WriteString("id,label,score\n")
	champion.WriteString("id,label,score\n")
	for i := range rows {
		label := random.IntN(2)
		signal := 2*float64(label) - 1 + 0.3*random.NormFloat64()
		for _, w := range []*strings.Builder{&candidate, &champion} {
			score := 1 / (1 + math.Exp(-signal-random.NormFloat64()))
			fmt.Fprintf(w, "%d,%d,%v\n", i, label, 0.1+0.2*math.Floor(5*score)) // many ties
		}
	}
	a, errA := predictions.Read(strings.NewReader(candidate.String()), "a", predictions.Columns{})
	b, errB := predictions.Read(strings.NewReader(champion.String()), "b", predictions.Columns{})
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	var pairs []*pair
	for _, metric := range []string{"roc_auc", "log_loss", "rmse"} {
		definition, _ := Lookup(metric)
		x, _, errX := definition.on(newSample(a, nil))
		y, _, errY := definition.on(newSample(b, nil))
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		pairs = append(pairs, &pair{candidate: x, champion: y, rows: rows, sign: 1})
	}
	replicates, err := bootstrap(t.Context(), pairs, resamples, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pairs {
		normal, drawn := p.normal(alpha), p.resampled(replicates[i], resamples, alpha)
		half := (drawn.High - drawn.Low) / 2
		if got := (normal.High - normal.Low) / 2; math.Abs(got/half-1) > 0.02 {
			t.Errorf("pair %d: half-width %v, the bootstrap's is %v", i, got, half)
		}
		if math.Abs(normal.Low-drawn.Low) > 0.06*half || math.Abs(normal.High-drawn.High) > 0.06*half {
			t.Errorf("pair %d: %v to %v, the bootstrap has %v to %v", i, normal.Low, normal.High, drawn.Low, drawn.High)
		}
	}
}
