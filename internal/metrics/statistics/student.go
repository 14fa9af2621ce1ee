package statistics

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Freedom is with how many degrees of freedom the variance Σψ² of a sum of
// independent ψ with mean 0 is known, each ψ² of which is known with one
// (Satterthwaite 1946, Biometrics Bulletin 2:110–114):
//
//	ν = (Σψ²)² / Σψ⁴
//
// It is the number of units divided by their kurtosis, so about a third of it if
// they vary normally, and k if k of them differ, all by as much. Where few units
// make up most of the variance it is small, whatever their number. squares are the
// ψ², none below 0; where all are 0 it is 0.
func Freedom(squares []float64) float64 {
	largest := 0.0
	for _, v := range squares {
		largest = max(largest, v)
	}
	if largest == 0 {
		return 0
	}
	var sum, fourths float64
	for _, v := range squares {
		v /= largest // so that no power is too large or too small for a number
		sum += v
		fourths += float64(v * v)
	}
	return sum * sum / fourths
}

// FromStudent is the interval difference ± t·SE, and P by the same distribution,
// of a difference whose standard error is known with so many degrees of freedom.
func FromStudent(difference, se, freedom, alpha float64) (Interval, bool) {
	if !(se > 0) || math.IsInf(se, 1) || !(freedom > 0) {
		return Interval{}, false
	}
	half := float64(-studentQuantile(alpha, freedom) * se)
	return Interval{difference, difference - half, difference + half, studentCDF(difference/se, freedom), se}, true
}

// studentCDF is Student's distribution function, by the incomplete beta function of
// ν/(t² + ν) (Abramowitz & Stegun 1964, 26.7.1). From 10⁸ degrees of freedom on the normal
// distribution is nearer to it than gonum's rounding.
func studentCDF(t, freedom float64) float64 {
	if freedom > 1e8 {
		return NormalCDF(t)
	}
	if t == 0 {
		return 0.5
	}
	tail := 0.5 * mathext.RegIncBeta(freedom/2, 0.5, freedom/(float64(t*t)+freedom))
	if t > 0 {
		return 1 - tail
	}
	return tail
}

// studentQuantile searches for the quantile of p, as gonum's are off by a factor in
// the far tail of many degrees of freedom.
func studentQuantile(p, freedom float64) float64 {
	return bisect(-1e16, 1e16, func(t float64) bool { return studentCDF(t, freedom) < p })
}
