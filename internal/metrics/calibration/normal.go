package calibration

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

func normalCDF(z float64) float64      { return distuv.UnitNormal.CDF(z) }
func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// mix spreads a number over all 64 bits (SplitMix64's finalizer, Steele, Lea &
// Flood 2014), so that neighbouring trials have unrelated streams.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// blockLength is how many neighbours in time are exchanged together.
func blockLength(order []int32, _ []float64) int {
	return max(int(math.Ceil(math.Cbrt(float64(len(order))))), 1)
}
