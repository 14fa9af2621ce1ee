package statistics

import (
	"math"
	"math/rand/v2"
)

// uniform draws numbers from [0, 1).
type uniform struct{ source *rand.PCG }

func (u uniform) next() float64 { return float64(u.source.Uint64()>>11) * 0x1p-53 }

// binomial draws how many of n trials with chance p, above 0 and below 1, succeed.
func (u uniform) binomial(n, p float64) float64 {
	if p > 0.5 {
		return n - u.binomial(n, 1-p)
	}
	if n*p < 10 {
		return u.inversion(n, p)
	}
	return u.rejection(n, p)
}

// inversion adds up chances from 0 on (Kachitvichyanukul & Schmeiser 1988,
// Communications of the ACM 31:216–222, algorithm BINV), for n p below 10.
func (u uniform) inversion(n, p float64) float64 {
	odds := p / (1 - p)
	none := math.Exp(n * math.Log1p(-p))
	for {
		chance, left := none, u.next()
		// Beyond 100 successes nothing is left but rounding.
		for k := 0.0; k <= min(n, 100); k++ {
			if left < chance {
				return k
			}
			left -= chance
			chance *= (n - k) / (k + 1) * odds
		}
	}
}

// rejection is the transformed rejection with a squeeze of Hörmann (1993,
// Journal of Statistical Computation and Simulation 46:101–110, algorithm BTRS),
// for n p of 10 and more and p up to 1/2.
func (u uniform) rejection(n, p float64) float64 {
	deviation := math.Sqrt(n * p * (1 - p))
	b := 1.15 + float64(2.53*deviation)
	a := -0.0873 + float64(0.0248*b) + float64(0.01*p)
	center := float64(n*p) + 0.5
	squeeze := 0.92 - 4.2/b
	for {
		x := u.next() - 0.5
		y := u.next()
		edge := 0.5 - math.Abs(x)
		k := math.Floor(float64((2*a/edge+b)*x) + center)
		if edge >= 0.07 && y <= squeeze {
			return k
		}
		if k < 0 || k > n {
			continue
		}
		y *= (2.83 + 5.1/b) * deviation / (a/(edge*edge) + b)
		if math.Log(y) <= logRatio(n, p, k) {
			return k
		}
	}
}

// logRatio is the logarithm of the chance of k successes over that of the most
// likely number, by Stirling's series (Hörmann 1993, section 3).
func logRatio(n, p, k float64) float64 {
	odds := p / (1 - p)
	mode := math.Floor((n + 1) * p)
	return float64((mode+0.5)*math.Log((mode+1)/(odds*(n-mode+1)))) +
		float64((n+1)*math.Log((n-mode+1)/(n-k+1))) +
		float64((k+0.5)*math.Log(odds*(n-k+1)/(k+1))) +
		stirling(mode) + stirling(n-mode) - stirling(k) - stirling(n-k)
}

// stirling is what Stirling's formula in k + 1 leaves of ln k!.
func stirling(k float64) float64 {
	table := [...]float64{
		0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
		0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
	}
	if k < float64(len(table)) {
		return table[int(k)]
	}
	next := 1 / (k + 1)
	square := float64(next * next)
	return next * (1.0/12 - float64(square*(1.0/360-float64(square/1260))))
}
