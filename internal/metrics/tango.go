package metrics

import "math"

// tango returns the score interval of a difference of paired proportions (Tango
// 1998, Statistics in Medicine 17:891–908): the differences that the score test
// with quantile z does not reject. gained and lost count the rows that only one
// of the models has right; at least one of them is above 0 and neither is n.
func tango(gained, lost, n, z float64) (low, high float64) {
	score := func(delta float64) float64 {
		// The share of lost rows, most likely if the difference were delta.
		b := -gained - lost + (2*n-gained+lost)*delta
		c := -lost * delta * (1 - delta)
		share := (math.Sqrt(max(b*b-8*n*c, 0)) - b) / (4 * n)
		distance := gained - lost - n*delta
		if distance == 0 {
			return 0
		}
		return distance / math.Sqrt(max(n*(2*share+delta*(1-delta)), 0))
	}
	difference := (gained - lost) / n
	low = bisect(-1, difference, func(delta float64) bool { return score(delta) > z })
	high = bisect(difference, 1, func(delta float64) bool { return score(delta) > -z })
	return low, high
}

// bisect finds where inside turns from true to false between low and high.
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

// exactBound is for n rows that all show the same difference, −1, 0 or 1. Other
// rows than these are then, with probability 1 − α, at most a share of
// 1 − α^(1/n); the interval holds whatever they could add. The p is that of n
// lost rows in a row if half of all differing rows were gained.
func exactBound(difference, n, alpha float64) (low, high, p float64) {
	share := -math.Expm1(math.Log(alpha) / n)
	p = 1
	if difference < 0 {
		p = math.Exp2(-n)
	}
	return difference - share*(difference+1), difference + share*(1-difference), p
}
