package plot

import (
	"math"
	"strconv"
	"strings"
)

// scale maps values to coordinates.
type scale struct {
	low, high   float64 // of the values, in units
	start, stop float64 // of the coordinates
	// unit is a power of ten by which huge and tiny values are divided, so that
	// no sum of them overflows and the labels stay short; 1 for all others.
	unit float64
	step float64 // from tick to tick, in units
}

// newScale fits a scale around values, which are finite. With tight ends it
// ends at the least and the largest, else at the next ticks.
func newScale(values []float64, ticks int, tight bool) scale {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	s := scale{unit: unitOf(largest), low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range values {
		s.low, s.high = min(s.low, v/s.unit), max(s.high, v/s.unit)
	}
	switch size := max(math.Abs(s.low), math.Abs(s.high)); {
	case len(values) == 0, largest < nothing:
		s.low, s.high = 0, 1
	case s.high-s.low <= size*1e-9: // all the same
		s.low, s.high = s.low-size/2, s.high+size/2
	}
	s.step = niceStep((s.high - s.low) / float64(ticks))
	if !tight {
		s.low = math.Floor(s.low/s.step+1e-9) * s.step
		s.high = math.Ceil(s.high/s.step-1e-9) * s.step
	}
	return s
}

// nothing is a size that no axis shows: numbers below are all but zero.
const nothing = 1e-290

// unitOf is the power of ten that makes numbers of this size easy to read.
func unitOf(largest float64) float64 {
	const most, least = 1e6, 1e-4
	if largest < nothing || largest >= least && largest < most {
		return 1
	}
	return math.Pow10(int(math.Floor(math.Log10(largest))))
}

// niceStep is the next of 1, 2, 5, 10, … × a power of ten.
func niceStep(rough float64) float64 {
	power := math.Pow10(int(math.Floor(math.Log10(rough))))
	for _, nice := range []float64{1, 2, 5} {
		if rough <= nice*power*1.000001 {
			return nice * power
		}
	}
	return 10 * power
}

// from sets where the scale begins and ends on paper.
func (s scale) from(start, stop float64) scale {
	s.start, s.stop = start, stop
	return s
}

// at is the coordinate of a value; what lies beyond the scale lies at its end.
func (s scale) at(v float64) float64 {
	share := (v/s.unit - s.low) / (s.high - s.low)
	share = min(max(share, 0), 1)
	return s.start + float64(share*(s.stop-s.start))
}

// holds reports whether a value lies on the scale.
func (s scale) holds(v float64) bool {
	const slack = 1e-9
	room := (s.high - s.low) * slack
	return v/s.unit >= s.low-room && v/s.unit <= s.high+room
}

// ticks are the round numbers on the scale.
func (s scale) ticks(write func(v float64, decimals int) string) []tick {
	const most = 30
	decimals := max(-int(math.Floor(math.Log10(s.step)+1e-9)), 0)
	first, last := math.Ceil(s.low/s.step-1e-9), math.Floor(s.high/s.step+1e-9)
	var out []tick
	for i := first; i <= last && len(out) < most; i++ {
		v := i * s.step
		out = append(out, tick{at: s.at(v * s.unit), label: write(v, decimals)})
	}
	return out
}

// suffix says by what the labels are to be multiplied: " (× 10⁶)".
func (s scale) suffix() string {
	if s.unit == 1 {
		return ""
	}
	raised := strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
	return " (× 10" + raised.Replace(strconv.Itoa(int(math.Round(math.Log10(s.unit))))) + ")"
}
