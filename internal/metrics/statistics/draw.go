package statistics

import (
	"math"
	"math/rand/v2"
)

// Stream returns the random numbers of resample b: a PCG (O'Neill 2014) whose
// state is the seed and the number spread over all bits, so that neighbouring
// seeds and resamples are unrelated.
func Stream(seed, b uint64) *rand.PCG {
	return rand.NewPCG(mix(seed), mix(seed^mix(b+1)))
}

// mix spreads a number over all 64 bits (SplitMix64's finalizer, Steele, Lea &
// Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// count is what occurrences are counted in: small numbers stay in the cache, where
// a unit is sure to occur less often than they can say.
type count interface{ ~uint16 | ~int32 | ~float64 }

// Draw draws as many units as there are, with replacement, and counts how often
// each is in resample b (Efron 1979, Annals of Statistics 7:1–26). There are
// fewer than 2³² units.
func Draw[T count](times []T, seed, b uint64) {
	clear(times)
	source := Stream(seed, b)
	n := uint64(len(times))
	// Multiplying 32 random bits is off by less than n/2³², for 20,000 units 1 in 200,000.
	for range n / 2 {
		bits := source.Uint64()
		times[(bits>>32)*n>>32]++
		times[(bits&math.MaxUint32)*n>>32]++
	}
	if n%2 == 1 {
		times[(source.Uint64()>>32)*n>>32]++
	}
}
