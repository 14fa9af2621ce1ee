package statistics

import "math"

// Tango is the score interval of a difference of paired proportions (Tango 1998,
// Statistics in Medicine 17:891–908): the differences δ that the score test
//
//	z(δ) = (gained − lost − nδ) / √(n (2q + δ(1 − δ)))
//
// does not reject, q being the most likely share of lost rows under δ. P is the
// same test at 0, z = (gained − lost)/√(gained + lost), which is McNemar's; SE
// is the plain √(gained + lost − (gained − lost)²/n)/n.
//
// gained and lost count the rows that only the candidate or only the champion
// has right, of n. At least one of them is above 0 and neither is n: there
// [ExactBound] is for.
func Tango(gained, lost, n, alpha float64) Interval {
	z := -NormalQuantile(alpha)
	x := Interval{
		Difference: (gained - lost) / n,
		P:          NormalCDF((gained - lost) / math.Sqrt(gained+lost)),
		SE:         math.Sqrt(gained+lost-(gained-lost)*(gained-lost)/n) / n,
	}
	score := func(delta float64) float64 { return tangoScore(gained, lost, n, delta) }
	x.Low = bisect(-1, x.Difference, func(delta float64) bool { return score(delta) > z })
	x.High = bisect(x.Difference, 1, func(delta float64) bool { return score(delta) > -z })
	return x
}

func tangoScore(gained, lost, n, delta float64) float64 {
	b := -gained - lost + float64((2*n-gained+lost)*delta)
	c := -lost * delta * (1 - delta)
	share := (math.Sqrt(max(float64(b*b)-float64(8*n*c), 0)) - b) / (4 * n)
	distance := gained - lost - float64(n*delta)
	if distance == 0 {
		return 0
	}
	return distance / math.Sqrt(max(n*(2*share+float64(delta*(1-delta))), 0))
}

// ExactBound is for n rows that all show the same difference, −1, 0 or 1. Other
// rows than these are then, with probability 1 − α, at most [Unseen] of all; the
// interval holds whatever they could add. P is that of n lost rows in a row if
// half of all differing rows were gained, else 1.
func ExactBound(difference, n, alpha float64) Interval {
	share := Unseen(n, alpha)
	x := Interval{
		Difference: difference, P: 1,
		Low: difference - float64(share*(difference+1)), High: difference + float64(share*(1-difference)),
	}
	if difference < 0 {
		x.P = math.Exp2(-n)
	}
	return x
}

// Unseen is the largest share that rows of a kind can have, with probability
// 1 − α, of which n rows drawn independently hold none: 1 − α^(1/n), where
// (1 − share)ⁿ = α (Clopper & Pearson 1934, Biometrika 26:404–413, for no
// success; about 3.7/n for α = 0.025). Without rows it is 1.
func Unseen(n, alpha float64) float64 {
	return -math.Expm1(math.Log(alpha) / n)
}
