package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

func BenchmarkCompare(b *testing.B) {
	for _, rows := range []int{1_000, 10_000, 100_000} {
		candidate, champion := simulated(rand.New(rand.NewPCG(1, 2)), rows, 0.8, 0.8)
		x, y := candidate.predictions(b), champion.predictions(b)
		var specs []metrics.Spec
		for _, metric := range metrics.Known() {
			specs = append(specs, gated(metric, 0.01))
		}
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compare(b, x, y, specs, metrics.Options{})
			}
		})
	}
}

func BenchmarkReadPredictions(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("id,feature,label,score,part\n")
	for i := range rows {
		fmt.Fprintf(&text, "r%06d,%d,%d,0.%d,%d\n", i, i*7, i%2, i%997, i%5)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		read(b, text.String(), predictions.Columns{Slices: []string{"part"}})
	}
}
