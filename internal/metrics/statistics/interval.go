package statistics

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Interval is what a method says about a difference.
type Interval struct {
	Difference float64
	// Low and High are the ends at 1 − alpha each.
	Low, High float64
	// P is one-sided, of the hypothesis that the true difference is 0 or more: it
	// is at most alpha where High is below 0.
	P float64
	// SE is the standard error; 0 where no spread was seen.
	SE float64
}

// NormalCDF is Φ, the normal distribution function.
func NormalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// NormalQuantile is Φ⁻¹, for p from 0 to 1.
func NormalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }

// bisect finds where above turns from true to false between low and high.
func bisect(low, high float64, above func(float64) bool) float64 {
	for range 100 {
		middle := low + (high-low)/2
		if above(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low + (high-low)/2
}

// Detectable is the smallest true drop that a one-sided test at alpha would find
// with the given power: (z₁₋α + z_power)·se (Chow, Shao & Wang 2008, Sample Size
// Calculations in Clinical Research, section 3.2).
func Detectable(se, alpha, power float64) float64 {
	return (NormalQuantile(power) - NormalQuantile(alpha)) * se
}

// UnitsNeeded says about how many units like the ones seen would settle what x
// leaves open, if the difference stayed what it is: whether it is at least
// −margin, or, where it lies below, whether P would come down to level (alpha, or
// what an adjustment leaves of it). It is always more than units, and false where
// nothing is open or no number would do.
//
// An interval shrinks with the root of the number of units, z grows with it; an
// exact bound (SE 0) shrinks with the number itself, and so does ln P.
func UnitsNeeded(x Interval, margin, level float64, units int) (int, bool) {
	times := (x.Difference - x.Low) / (x.Difference + margin)
	switch {
	case x.Difference < -margin && x.P >= 0.5:
		return 0, false
	case x.Difference < -margin && x.SE > 0:
		times = NormalQuantile(level) / NormalQuantile(x.P)
	case x.Difference < -margin:
		times = math.Log(level) / math.Log(x.P)
	}
	if x.SE > 0 {
		times *= times
	}
	if !(times > 1) {
		return 0, false
	}
	needed := math.Ceil(float64(units) * times)
	if !(needed < 1e12) {
		return 0, false
	}
	return max(int(needed), units+1), true
}
