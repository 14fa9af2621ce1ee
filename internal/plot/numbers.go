package plot

import (
	"math"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// absent stands where a value cannot be known, as in the reports.
const absent = "–"

// maxDecimals bounds the decimals that are shown; what needs more is written with an exponent.
const maxDecimals = 9

// known reports whether a value is there, and a number.
func known(v *float64) bool { return v != nil && finite(*v) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// span returns an interval's ends in their order, if it has two.
func span(v *[2]float64) (low, high float64, ok bool) {
	if v == nil || !finite(v[0]) || !finite(v[1]) {
		return 0, 0, false
	}
	return min(v[0], v[1]), max(v[0], v[1]), true
}

// written writes a number with a fixed number of decimals, and what is huge or
// tiny with an exponent.
func written(v float64, decimals int) string {
	switch {
	case !finite(v):
		return absent
	case v != 0 && decimals > maxDecimals || math.Abs(v) >= 1e9:
		return minus(strconv.FormatFloat(v, 'e', 3, 64))
	}
	text := strconv.FormatFloat(v, 'f', min(max(decimals, 0), maxDecimals), 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // no negative zero
	}
	return minus(text)
}

// signed is written with a sign: of a change.
func signed(v float64, decimals int) string {
	text := written(v, decimals)
	if v > 0 && finite(v) && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

// minus replaces the hyphens by the sign that they stand for.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// changeDecimals is how exactly a change is written: two digits of its
// interval's half-width; without an interval, two of the change.
func changeDecimals(c result.Compared) int {
	scale := math.Abs(*c.Diff)
	if low, high, ok := span(c.Interval); ok && high > low {
		scale = high/2 - low/2
	}
	return digitsAfter(scale, 2)
}

// digitsAfter is the number of decimals that show so many digits of a number.
func digitsAfter(v float64, digits int) int {
	if v == 0 || !finite(v) {
		return 3
	}
	return max(digits-1-int(math.Floor(math.Log10(math.Abs(v)))), 0)
}

// change writes a difference and its interval: "−0.048 [−0.079, −0.017]".
func change(c result.Compared) string {
	if !known(c.Diff) {
		return absent
	}
	decimals := changeDecimals(c)
	text := signed(*c.Diff, decimals)
	if low, high, ok := span(c.Interval); ok {
		text += " [" + signed(low, decimals) + ", " + signed(high, decimals) + "]"
	}
	return text
}

// allowed writes a margin: as exactly as the change, and more exactly where
// that would round it. Margins are round numbers: 0.020 beside 0.8934 says all.
func allowed(c result.Compared) string {
	decimals := 3
	if known(c.Diff) {
		decimals = changeDecimals(c)
	}
	const usual = 3
	text := written(c.Margin, min(max(decimals, digitsAfter(c.Margin, 2)), maxDecimals))
	for strings.HasSuffix(text, "0") && decimalsOf(text) > min(decimals, usual) {
		text = strings.TrimSuffix(text, "0")
	}
	return text
}

func decimalsOf(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction)
}

// short writes a number that stands alone, with three digits at most.
func short(v float64) string {
	text := written(v, digitsAfter(v, 3))
	if strings.Contains(text, ".") && !strings.Contains(text, "e") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// percent writes a share of 1.
func percent(share float64) string {
	if !finite(share) {
		return absent
	}
	return short(share*100) + " %"
}

// plural writes a count and what it counts.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
