package statistics

import "math"

// sameValue is the size, beside values around 1, that is taken for rounding.
const sameValue = 1e-12

// FromSE is the interval difference ± z·SE of a difference that varies normally,
// and P = Φ(difference/SE). It is false unless the standard error is above 0 and
// finite.
func FromSE(difference, se, alpha float64) (Interval, bool) {
	if !(se > 0) || math.IsInf(se, 1) {
		return Interval{}, false
	}
	half := float64(-NormalQuantile(alpha) * se)
	return Interval{difference, difference - half, difference + half, NormalCDF(difference / se), se}, true
}

// Groups is the interval from influence values for groups of rows that depend on
// one another: sums holds Σψ over each of G groups, together 0, and sizes their
// numbers of rows (or sums of weights). The variance is the jackknife's, which leaves out one group
// at a time and so allows for large groups pulling the estimate their way,
//
//	SE² = (G − 1)/G · Σ (Σψ_g / (rows − rows_g))²
//
// (CV₃ in MacKinnon, Nielsen & Webb 2023, Journal of Econometrics 232:272–299), and
// the quantiles are Student's with G − 1 degrees of freedom. It is false for fewer
// than two groups and where the sums do not vary. See [Effective], too.
func Groups(difference float64, sums, sizes []float64, alpha float64) (Interval, bool) {
	count, rows := float64(len(sums)), 0.0
	for _, size := range sizes {
		rows += size
	}
	squares := 0.0
	for i, sum := range sums {
		change := sum / (rows - sizes[i])
		squares += float64(change * change)
	}
	return FromStudent(difference, math.Sqrt(squares*(count-1)/count), count-1, alpha)
}

// Effective is the number of groups of one size that would say as much as groups
// of these sizes, or of rows of one weight: (Σ size)²/Σ size² (Kish 1965, Survey
// Sampling, section 11.7). Below about 30, intervals from groups cover too little.
// It is NaN without any size above 0.
func Effective(sizes []float64) float64 {
	var largest, sum, squares float64
	for _, size := range sizes {
		largest = max(largest, size)
	}
	for _, size := range sizes {
		size /= largest // so that no square is too large or too small for a number
		sum += size
		squares += float64(size * size)
	}
	return sum * sum / squares
}

// deviations is the sum of squared deviations from the mean, corrected for the
// mean's rounding (Chan, Golub & LeVeque 1983, American Statistician 37:242–247).
func deviations(values []float64) float64 {
	mean := average(values)
	var squares, rest float64
	for _, v := range values {
		d := v - mean
		squares += float64(d * d)
		rest += d
	}
	return max(squares-float64(rest*rest)/float64(len(values)), 0)
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
