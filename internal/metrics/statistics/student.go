package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// fromStudent is the interval difference ± t·SE, and P by the same distribution,
// of a difference whose standard error is known with so many degrees of freedom.
func fromStudent(difference, se, freedom, alpha float64) (Interval, bool) {
	if !(se > 0) || math.IsInf(se, 1) || !(freedom > 0) {
		return Interval{}, false
	}
	half := float64(-studentQuantile(alpha, freedom) * se)
	return Interval{difference, difference - half, difference + half, studentCDF(difference/se, freedom), se}, true
}

// studentCDF is Student's distribution function. From 10⁸ degrees of freedom on the
// normal distribution is nearer to it than gonum's rounding.
func studentCDF(t, freedom float64) float64 {
	if freedom > 1e8 {
		return NormalCDF(t)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.CDF(t)
}

// studentQuantile searches for the quantile of p, as gonum's are off by a factor in
// the far tail of many degrees of freedom.
func studentQuantile(p, freedom float64) float64 {
	return bisect(-1e16, 1e16, func(t float64) bool { return studentCDF(t, freedom) < p })
}
