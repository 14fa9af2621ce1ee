package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
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
				draw(weights, seed, uint64(b))
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

// draw counts how often each row is in resample b.
func draw(weights []float64, seed, b uint64) {
	clear(weights)
	source := rand.NewPCG(mix(seed), mix(seed^mix(b+1)))
	n := uint64(len(weights))
	var bits uint64
	for i := range weights {
		if bits <<= 32; i%2 == 0 {
			bits = source.Uint64()
		}
		// Multiplying 32 random bits is off by less than n/2³², here 1 in 200,000.
		weights[(bits>>32)*n>>32]++
	}
}

// mix spreads a number over all 64 bits (SplitMix64's finalizer, Steele, Lea &
// Flood 2014), so that neighbouring seeds give unrelated streams.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// bca is Efron's bias-corrected and accelerated interval (Efron 1987; Davison &
// Hinkley 1997, section 5.3.2) of sorted replicates, and the one-sided p of the
// hypothesis that the difference is 0 or more. The p is the interval turned
// round (section 5.5): the level at which the upper end would be 0. Ends are
// rounded outwards to one of the replicates and one is added to their number, so
// that p ≤ α exactly if the interval lies below 0, and p is never 0.
type bca struct {
	sorted       []float64
	bias, accel  float64
	replicatesP1 float64
}

func newBCa(sorted []float64, difference, accel float64) bca {
	count := float64(len(sorted))
	below, _ := slices.BinarySearch(sorted, difference)
	upTo, _ := slices.BinarySearch(sorted, math.Nextafter(difference, math.Inf(1)))
	share := (float64(below) + float64(upTo-below)/2) / count
	share = min(max(share, 1/(count+1)), count/(count+1))
	return bca{sorted: sorted, bias: normalQuantile(share), accel: accel, replicatesP1: count + 1}
}

// end returns the end of the interval that has the probability level below it.
func (b bca) end(level float64) float64 {
	z := b.bias + normalQuantile(level)
	share := 1.0
	if stretch := 1 - b.accel*z; stretch > 0 {
		share = normalCDF(b.bias + z/stretch)
	} else if z < 0 {
		share = 0
	}
	place := math.Floor(b.replicatesP1 * share)
	if level > 0.5 {
		place = math.Ceil(b.replicatesP1 * share)
	}
	return b.sorted[min(max(int(place), 1), len(b.sorted))-1]
}

// p returns the smallest α with end(1 − α) < 0.
func (b bca) p() float64 {
	below, _ := slices.BinarySearch(b.sorted, 0)
	if below == 0 {
		return 1
	}
	w := normalQuantile(float64(below)/b.replicatesP1) - b.bias
	stretch := 1 + b.accel*w
	if stretch <= 0 {
		if w > 0 {
			return 1 / b.replicatesP1
		}
		return 1
	}
	return max(normalCDF(b.bias-w/stretch), 1/b.replicatesP1)
}
