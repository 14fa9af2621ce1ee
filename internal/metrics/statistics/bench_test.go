package statistics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

func BenchmarkMultinomial(b *testing.B) {
	for _, rows := range []float64{1e3, 1e5, 1e7} {
		counts := []float64{0.4 * rows, 0.3 * rows, 0.1 * rows, 0.1 * rows, 0.05 * rows, 0.03 * rows, 0.015 * rows, 0.005 * rows}
		b.Run(fmt.Sprintf("rows=%.0f", rows), func(b *testing.B) {
			m, table := statistics.NewMultinomial(counts), make([]float64, len(counts))
			for b.Loop() {
				for draw := range uint64(2000) {
					m.Draw(table, 1, draw)
				}
			}
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	times := make([]float64, 20_000)
	for b.Loop() {
		statistics.Draw(times, 1, 2)
	}
}

func BenchmarkDrawBlocks(b *testing.B) {
	times := make([]float64, 20_000)
	for b.Loop() {
		statistics.DrawBlocks(times, 30, 1, 2)
	}
}

func BenchmarkBlockLength(b *testing.B) {
	for _, memory := range []float64{0, 0.9, 1} {
		values := series(rand.New(rand.NewPCG(1, 2)), 1_000_000, memory)
		b.Run(fmt.Sprintf("memory=%v", memory), func(b *testing.B) {
			for b.Loop() {
				statistics.BlockLength(values)
			}
		})
	}
}

func BenchmarkBlockVariance(b *testing.B) {
	values := normals(rand.New(rand.NewPCG(1, 2)), 1_000_000, 0, 1)
	for b.Loop() {
		statistics.BlockVariance(values, 30)
	}
}

func BenchmarkTango(b *testing.B) {
	for b.Loop() {
		statistics.Tango(300, 450, 100_000, 0.025)
	}
}

func BenchmarkComponents(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	positives, negatives := normals(random, 300_000, 1, 1), normals(random, 700_000, 0, 1)
	for b.Loop() {
		newComponents(positives, negatives)
	}
}

func BenchmarkDeLong(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	positives, negatives := normals(random, 300_000, 1, 1), normals(random, 700_000, 0, 1)
	x := newComponents(positives, negatives)
	y := newComponents(normals(random, 300_000, 1, 1), negatives)
	b.ReportAllocs()
	for b.Loop() {
		statistics.DeLong(x, y, 0.025)
	}
}
