package statistics

import (
	"math"
	"slices"
)

// BCa is Efron's bias-corrected and accelerated interval (Efron 1987, JASA
// 82:171–185; DiCiccio & Efron 1996, Statistical Science 11:189–228, section 2;
// Davison & Hinkley 1997, section 5.3.2) of R sorted replicates of a difference.
//
// Its end at a level is the replicate at the place (R + 1)·Φ(z₀ + z/(1 − a z)),
// z = z₀ + Φ⁻¹(level), with z₀ = Φ⁻¹(share of replicates below the estimate, and
// half of those equal to it). Ends are rounded outwards, so that p ≤ α exactly
// where the interval lies below 0. There are at least 1/α replicates.
type BCa struct {
	sorted      []float64
	bias, accel float64
	estimate    float64
	places      float64 // R + 1
	// what the interval is expanded by; 0 if it is not
	stretch, freedom float64
}

// NewBCa takes replicates in ascending order, the estimate from all rows and the
// [Acceleration].
func NewBCa(sorted []float64, estimate, acceleration float64) BCa {
	count := float64(len(sorted))
	below, _ := slices.BinarySearch(sorted, estimate)
	upTo, _ := slices.BinarySearch(sorted, math.Nextafter(estimate, math.Inf(1)))
	share := (float64(below) + float64(upTo-below)/2) / count
	share = min(max(share, 1/(count+1)), count/(count+1))
	return BCa{sorted: sorted, bias: NormalQuantile(share), accel: acceleration, estimate: estimate, places: count + 1}
}

// Expanded widens the interval, and P with it, for what few units make too narrow:
// the resamples vary less than the estimate does, by stretch, and how much they
// vary is itself known with so many degrees of freedom only. The level α of an end
// becomes
//
//	Φ(stretch · t⁻¹(α))
//
// (Hesterberg 2015, American Statistician 69:371–386, expanded percentile
// interval). There the stretch is √(n/(n − 1)) and the degrees are n − 1, for n
// units that vary normally: of 30 units 0.025 becomes 0.019. For others see
// [Freedom].
func (b BCa) Expanded(stretch, freedom float64) BCa {
	b.stretch, b.freedom = stretch, freedom
	return b
}

// expand returns the level of the end that α asks for, contract what α that is.
func (b BCa) expand(alpha float64) float64 {
	if b.stretch == 0 {
		return alpha
	}
	return ExpandedLevel(alpha, b.stretch, b.freedom)
}

// ExpandedLevel is the level of the replicates at which an expanded interval, see
// [BCa.Expanded], has its end for α.
func ExpandedLevel(alpha, stretch, freedom float64) float64 {
	return NormalCDF(stretch * studentQuantile(alpha, freedom))
}

func (b BCa) contract(level float64) float64 {
	if b.stretch == 0 {
		return level
	}
	return studentCDF(NormalQuantile(level)/b.stretch, b.freedom)
}

// End returns the end of the interval, as it is before it is expanded, that has the
// probability level, above 0 and below 1, below it: the outermost replicate where
// it lies beyond them all.
func (b BCa) End(level float64) float64 {
	return b.sorted[min(max(b.place(level), 1), len(b.sorted))-1]
}

// place is where the end at a level stands among the replicates, counted from 1.
func (b BCa) place(level float64) int {
	z := b.bias + NormalQuantile(level)
	share := 1.0
	if stretch := 1 - float64(b.accel*z); stretch > 0 {
		share = NormalCDF(b.bias + z/stretch)
	} else if z < 0 {
		share = 0
	}
	if level > 0.5 {
		return int(math.Ceil(b.places * share))
	}
	return int(math.Floor(b.places * share))
}

// P is one-sided, of the hypothesis that the difference is 0 or more: the
// interval turned round (Davison & Hinkley 1997, section 5.5), the smallest α
// with End(1 − α) < 0. With G = (number below 0)/(R + 1) and w = Φ⁻¹(G) − z₀ it is
// 1 − Φ(w/(1 + a w) − z₀), and at least 1/(R + 1).
func (b BCa) P() float64 { return b.contract(b.level()) }

// level is the smallest that puts the upper end, at 1 − level, below 0.
func (b BCa) level() float64 {
	below, _ := slices.BinarySearch(b.sorted, 0)
	if below == 0 {
		return 1
	}
	w := NormalQuantile(float64(below)/b.places) - b.bias
	stretch := 1 + float64(b.accel*w)
	if stretch <= 0 {
		if w > 0 {
			return 1 / b.places
		}
		return 1
	}
	return max(NormalCDF(b.bias-w/stretch), 1/b.places)
}

// Interval has the ends at alpha and 1 − alpha; its SE is the replicates'
// standard deviation. It is false where an end lies beyond all replicates (there
// are none or too few, or they lie too far from the estimate to tell), and where
// both ends are equal.
func (b BCa) Interval(alpha float64) (Interval, bool) {
	if len(b.sorted) == 0 {
		return Interval{Difference: b.estimate, P: 1}, false
	}
	level := b.expand(alpha)
	_, sd := MeanStdDev(b.sorted)
	x := Interval{b.estimate, b.End(level), b.End(1 - level), b.P(), sd}
	return x, b.place(level) >= 1 && b.place(1-level) <= len(b.sorted) && x.Low < x.High
}

// Acceleration is a sixth of the influence values' skewness, Σψ³/(6 (Σψ²)^1.5)
// (Efron 1987, equation 7.3), and 0 where they do not vary. For groups of rows ψ
// is the sum over each group.
func Acceleration(influence []float64) float64 {
	largest := 0.0
	for _, v := range influence {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return 0
	}
	var squares, cubes float64
	for _, v := range influence {
		v /= largest // so that no power is too large or too small for a number
		squares += float64(v * v)
		cubes += float64(v * v * v)
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}
