package statistics

import "math"

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
		variance += v.Value
	}
	for _, v := range sources {
		if share := v.Value / variance; share > 0 {
			weighted += float64(share*share) / v.Freedom
		}
	}
	return FromStudent(difference, math.Sqrt(variance), 1/weighted, alpha)
}
