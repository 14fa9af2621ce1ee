package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// absent stands where a value cannot be known.
const absent = "–"

// maxDecimals bounds the decimals that are shown; what needs more is written with an exponent.
const maxDecimals = 9

// precision is how exactly the numbers of one comparison are written: no
// digit that the data cannot support, none less than tells them apart.
type precision struct {
	decimals   int
	scientific bool
}

// precisionFor chooses two digits of the interval's half-width. Without an
// interval, two digits of the difference; without that, three decimals.
func precisionFor(c result.Compared) precision {
	largest, scale := 0.0, 0.0
	for _, v := range []*float64{c.Candidate, c.Champion} {
		if v != nil {
			largest = max(largest, math.Abs(*v))
		}
	}
	switch {
	case c.Interval != nil && c.Interval[1] > c.Interval[0]:
		scale = (c.Interval[1] - c.Interval[0]) / 2
	case c.Diff != nil && *c.Diff != 0:
		scale = math.Abs(*c.Diff)
	}
	p := precision{decimals: 3}
	switch {
	case scale > 0:
		p.decimals = max(1-int(math.Floor(math.Log10(scale))), 0)
	case largest > 0:
		p.decimals = max(2-int(math.Floor(math.Log10(largest))), 3)
	}
	for c.Candidate != nil && c.Champion != nil && *c.Candidate != *c.Champion && p.decimals < maxDecimals &&
		p.value(c.Candidate) == p.value(c.Champion) {
		p.decimals++
	}
	if p.decimals > maxDecimals || largest >= 1e9 {
		p.scientific = true
	}
	return p
}

// value writes a value of the metric.
func (p precision) value(v *float64) string {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return absent
	}
	if p.scientific {
		return minus(strconv.FormatFloat(*v, 'e', 3, 64))
	}
	text := strconv.FormatFloat(*v, 'f', p.decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // no negative zero
	}
	return minus(text)
}

// change writes a difference, with its sign.
func (p precision) change(v *float64) string {
	text := p.value(v)
	if v != nil && *v > 0 && strings.Trim(text, "0.") != "" && text != absent {
		return "+" + text
	}
	return text
}

// interval writes an interval of differences: "[−0.079, −0.017]".
func (p precision) interval(v *[2]float64) string {
	if v == nil {
		return ""
	}
	return "[" + p.change(&v[0]) + ", " + p.change(&v[1]) + "]"
}

// margin writes an allowed drop: as exactly as the other numbers, and more
// exactly where that would round it.
func (p precision) margin(m float64) string {
	if m == 0 {
		return "none"
	}
	if p.scientific || math.IsNaN(m) || math.IsInf(m, 0) {
		return p.value(&m)
	}
	digits := 1 - int(math.Floor(math.Log10(math.Abs(m))))
	exact := precision{decimals: min(max(p.decimals, digits), maxDecimals)}
	text := exact.value(&m)
	const usual = 3 // margins are round numbers: 0.020 beside 0.8934 says all
	for strings.HasSuffix(text, "0") && decimalsOf(text) > min(p.decimals, usual) {
		text = strings.TrimSuffix(text, "0")
	}
	return text
}

func decimalsOf(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction)
}

// pValue writes a probability under the hypothesis that nothing is worse.
func pValue(p *float64) string {
	switch {
	case p == nil || math.IsNaN(*p):
		return ""
	case *p < 0.001:
		return "p < 0.001"
	case *p > 0.99:
		return "p > 0.99"
	case *p < 0.1:
		return fmt.Sprintf("p = %.3f", *p)
	default:
		return fmt.Sprintf("p = %.2f", *p)
	}
}

// percent writes a share of 1.
func percent(share float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return absent
	}
	return significant(share*100, 3) + " %"
}

// significant writes a number that stands alone. Counts are written whole.
func significant(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return absent
	}
	if x == math.Trunc(x) && math.Abs(x) < 1e9 {
		return minus(strconv.FormatFloat(x+0, 'f', 0, 64))
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return absent
	}
	if size := math.Abs(rounded); size != 0 && (size < 1e-6 || size >= 1e9) {
		return minus(strconv.FormatFloat(rounded, 'e', -1, 64))
	}
	return minus(strconv.FormatFloat(rounded, 'f', -1, 64))
}

func duration(seconds float64) string { return Duration(seconds) }

// Duration writes seconds as people say them.
func Duration(seconds float64) string {
	switch {
	case math.IsNaN(seconds) || seconds < 0:
		return absent
	case seconds > 0 && seconds < 0.05:
		return "under 0.1 s"
	case seconds < 9.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 59.5:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 3599.5:
		whole := int(math.Round(seconds))
		return fmt.Sprintf("%d min %02d s", whole/60, whole%60)
	default:
		minutes := int(math.Round(math.Min(seconds, 1e9) / 60))
		return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
	}
}

// plural writes a count and what it counts.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// moment writes a time to the minute; a report is read in many places, so in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// minus replaces the hyphens by the sign that they stand for.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
