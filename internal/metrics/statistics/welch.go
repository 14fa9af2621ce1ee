package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Variance is one source of a difference's variance, and the degrees of freedom
// with which it is known.
type Variance struct{ Value, Freedom float64 }

// SeedVariance is the variance of a mean over models trained with S seeds: s²/S,
// known with S − 1 degrees of freedom. values are one side's metric by seed, two
// or more; gate.md's `question: recipe` asks for five.
func SeedVariance(values []float64) Variance {
	seeds := float64(len(values))
	return Variance{deviations(values) / (seeds - 1) / seeds, seeds - 1}
}

// Welch is Student's interval of a difference whose variance has several
// independent sources: SE² is their sum, and the degrees of freedom are those of
// Satterthwaite (1946, Biometrics Bulletin 2:110–114; Welch 1947, Biometrika
// 34:28–35),
//
//	ν = (Σ v)² / Σ (v²/ν_v)
//
// For a difference of recipes the sources are the test set (its SE², units − 1)
// and each side's [SeedVariance]. It is false where there is no variance at all.
func Welch(difference, alpha float64, sources ...Variance) (Interval, bool) {
	var variance, weighted float64
	for _, v := range sources {
		if v.Value > 0 {
			variance += v.Value
		}
	}
	for _, v := range sources {
		share := v.Value / variance
		weighted += float64(share*share) / v.Freedom
	}
	se := math.Sqrt(variance)
	if !(se > 0) || math.IsInf(se, 1) {
		return Interval{}, false
	}
	t := student(1 / weighted)
	half := -bisect(-1e16, 0, func(x float64) bool { return t(x) < alpha }) * se
	return Interval{difference, difference - half, difference + half, t(difference / se), se}, true
}

// student returns the distribution function of Student's t. Its ends are searched
// for with it, as gonum's quantiles are off by a factor in the far tail of many
// degrees of freedom; from 10⁸ on the normal distribution is nearer than gonum's.
func student(freedom float64) func(float64) float64 {
	if freedom > 1e8 {
		return NormalCDF
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.CDF
}
