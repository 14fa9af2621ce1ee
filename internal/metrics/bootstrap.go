package metrics

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/muster-ci/muster/internal/metrics/statistics"
)

// maxResamples bounds the work of one comparison; see also finest.
const maxResamples = 100_000

// bootstrap draws the same rows for both models, with replacement, and returns
// each pair's sorted differences. All pairs must be of the same rows. Resample
// b depends on the seed and on b alone, so neither the number of cores nor a
// larger number of resamples changes it.
func bootstrap(ctx context.Context, pairs []*pair, resamples int, seed uint64) ([][]float64, error) {
	replicates := make([][]float64, len(pairs))
	for i := range replicates {
		replicates[i] = make([]float64, resamples)
	}
	workers := min(runtime.GOMAXPROCS(0), resamples)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			weights := make([]float64, pairs[0].rows)
			for b := worker; b < resamples && ctx.Err() == nil; b += workers {
				statistics.Draw(weights, seed, uint64(b))
				for i, p := range pairs {
					replicates[i][b] = p.difference(weights)
				}
			}
		})
	}
	group.Wait()
	for i := range replicates {
		replicates[i] = slices.DeleteFunc(replicates[i], math.IsNaN)
		slices.Sort(replicates[i])
	}
	return replicates, ctx.Err()
}
