package statistics

import "math"

// DrawBlocks is [Draw] for units in the order of time: resample b is put together
// from blocks of length neighbours that begin anywhere; the last unit is followed
// by the first, and the last block is cut to make up the number (circular block
// bootstrap, Politis & Romano 1992, in LePage & Billard, Exploring the Limits of
// Bootstrap, pp. 263–270). The length is 1 to the number of units.
func DrawBlocks[T count](times []T, length int, seed, b uint64) {
	clear(times)
	source := Stream(seed, b)
	count := len(times)
	for left := count; left > 0; left -= length {
		start := int((source.Uint64() >> 32) * uint64(count) >> 32)
		end := start + min(length, left)
		for i := start; i < min(end, count); i++ {
			times[i]++
		}
		for i := range max(end-count, 0) {
			times[i]++
		}
	}
}

// BlockVariance is the variance of the mean of values in the order of time under
// [DrawBlocks], without drawing: with the sums S over all circular blocks of l
// (the length) and of r (what is left) neighbours, ⌊n/l⌋ blocks and r = n mod l,
//
//	(⌊n/l⌋·Var S_l + Var S_r) / n²
//
// (Politis & Romano 1992; for r = 0 it is Künsch's 1989 variance, Annals of
// Statistics 17:1217–1241, equation 3.11, on a circle).
func BlockVariance(values []float64, length int) float64 {
	count := len(values)
	whole := float64(float64(count/length) * blockSums(values, length))
	return (whole + blockSums(values, count%length)) / float64(count) / float64(count)
}

// blockSums is the variance of the sums of so many neighbours on a circle.
func blockSums(values []float64, length int) float64 {
	if length == 0 {
		return 0
	}
	mean, sum := average(values), 0.0
	for _, v := range values[:length] {
		sum += v - mean
	}
	sums := make([]float64, len(values))
	for i, v := range values {
		sums[i] = sum
		sum += values[(i+length)%len(values)] - v
	}
	return deviations(sums) / float64(len(sums))
}

// SlowVariance is [BlockVariance] without most of what blocks leave out, which is
// how values depend on one another across their ends, about c/length of the
// variance: blocks half as long leave out twice as much, so
//
//	2·BlockVariance(length) − BlockVariance(length/2)
//
// leaves out neither (Vats & Flegal 2022, Biometrika 109:735–750, zero-lugsail; as
// a kernel it is Politis & Romano's 1995 flat top, Journal of Time Series Analysis
// 16:67–103). It is never less than BlockVariance.
func SlowVariance(values []float64, length int) float64 {
	variance := BlockVariance(values, length)
	if length < 2 {
		return variance
	}
	return max(2*variance-BlockVariance(values, length/2), variance)
}

// BlockLength chooses a length for values in the order of time (influence values
// of a difference): Politis & White 2004 (Econometric Reviews 23:53–70) with the
// correction by Patton, Politis & White 2009 (28:372–375), for circular blocks,
//
//	(2 G²/D)^⅓ n^⅓,  G = Σ λ(k/M) |k| R(k),  D = 4/3 (Σ λ(k/M) R(k))²
//
// over the lags |k| ≤ M of the autocovariances R, λ(t) being 1 up to 1/2 and then
// 2(1 − |t|). M is twice the first of five lags in a row whose autocorrelations lie
// below 2√(log₁₀(n)/n), as in the authors' program. The length is rounded up, at
// least 1, and at most min(3√n, n/3) rounded up.
func BlockLength(values []float64) int {
	n := float64(len(values))
	if n < 9 {
		return 1
	}
	c := newCovariances(values)
	if !(c.at(0) > 0) {
		return 1
	}
	last := c.bandwidth()
	sum, weighted := c.at(0), 0.0
	for k := 1; k <= last; k++ {
		taper := min(2*(1-float64(k)/float64(last)), 1)
		sum += float64(2 * taper * c.at(k))
		weighted += float64(2 * taper * float64(k) * c.at(k))
	}
	longest := math.Ceil(min(3*math.Sqrt(n), n/3))
	best := math.Ceil(math.Cbrt(2 * weighted * weighted / (4.0 / 3 * sum * sum) * n))
	if !(best < longest) {
		return int(longest)
	}
	return max(int(best), 1)
}

// covariances computes autocovariances when they are asked for.
type covariances struct {
	centered []float64
	known    []float64
}

func newCovariances(values []float64) *covariances {
	c := &covariances{centered: make([]float64, len(values))}
	mean := average(values)
	for i, v := range values {
		c.centered[i] = v - mean
	}
	return c
}

// at returns R(lag), the mean of products so far apart. A lag is less than the
// number of values.
func (c *covariances) at(lag int) float64 {
	for len(c.known) <= lag {
		c.more()
	}
	return c.known[lag]
}

// more computes the next four lags at once, which takes little longer than one.
func (c *covariances) more() {
	x, lag := c.centered, len(c.known)
	var sums [4]float64
	for j := range sums {
		for i := lag + j; i < min(lag+3, len(x)); i++ {
			sums[j] += float64(x[i] * x[i-lag-j])
		}
	}
	for i := lag + 3; i < len(x); i++ {
		earlier := x[i-lag-3 : i-lag+1]
		sums[0] += float64(x[i] * earlier[3])
		sums[1] += float64(x[i] * earlier[2])
		sums[2] += float64(x[i] * earlier[1])
		sums[3] += float64(x[i] * earlier[0])
	}
	for _, sum := range sums {
		c.known = append(c.known, sum/float64(len(x)))
	}
}

// bandwidth is M: Politis & White 2004, section 3.2, with c = 2 and, as √log₁₀ n
// is no more, K = 5.
func (c *covariances) bandwidth() int {
	n := float64(len(c.centered))
	const run = 5
	most := int(math.Ceil(math.Sqrt(n))) + run
	most = min(most, len(c.centered)-1)
	small := 2 * math.Sqrt(math.Log10(n)/n) * c.at(0)
	quiet := 0
	for lag := 1; lag <= most; lag++ {
		if quiet++; math.Abs(c.at(lag)) >= small {
			quiet = 0
		}
		if quiet == run {
			return min(2*(lag-run+1), most)
		}
	}
	return most
}
