package predictions

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// kind is what the file says that a cell is.
type kind uint8

const (
	untyped kind = iota // CSV: text, which may be meant as a number
	textual
	decimal // a number as text
	floating
	integer
	boolean
	instant // microseconds since 1970
	missing
	nested // a list or an object
)

// cell is the value of one column in one row.
type cell struct {
	kind kind
	text string  // of untyped, textual, decimal and boolean ("True", "False")
	real float64 // of floating
	int  int64   // of integer and instant
}

// String returns the cell as pandas would write it into CSV.
func (c cell) String() string {
	switch c.kind {
	case floating:
		return realText(c.real)
	case integer:
		return strconv.FormatInt(c.int, 10)
	case instant:
		return time.UnixMicro(c.int).UTC().Format("2006-01-02 15:04:05.999999")
	}
	return c.text
}

// realText writes a number as Python does, with the fewest digits that read
// back as the same number.
func realText(v float64) string {
	size := math.Abs(v)
	if size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") && !math.IsInf(v, 0) && !math.IsNaN(v) {
		text += ".0"
	}
	return text
}

// canonicalLabel makes labels that mean the same the same text, since one
// program writes 1 where another writes 1.0 or True: true and false become 1
// and 0, and whole numbers lose a fraction of zeros. Nothing else is touched:
// "007" and "7" may be two classes.
func canonicalLabel(text string) string {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	return wholeNumber(text)
}

// wholeNumber takes a fraction of zeros off a whole number.
func wholeNumber(text string) string {
	whole, fraction, found := strings.Cut(text, ".")
	if !found || strings.Trim(fraction, "0") != "" {
		return text
	}
	digits := strings.TrimPrefix(whole, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" || (len(digits) > 1 && digits[0] == '0') {
		return text
	}
	if whole == "-0" {
		return "0"
	}
	return whole
}

// finiteNumber reads a class as a number.
func finiteNumber(text string) (float64, bool) {
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil && !math.IsInf(value, 0) && !math.IsNaN(value)
}

// isWhole says whether a text is a whole number as programs write it, without
// zeros in front.
func isWhole(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || (digits[0] == '0' && text != "0") {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// clock is how a file writes times; one file writes them in one way.
type clock uint8

const (
	noClock clock = iota
	counted       // numbers
	local         // dates, and times without a zone
	zoned         // RFC 3339
)

func (c clock) String() string {
	return [...]string{"nothing", "a number", "a time without a zone", "a time with a zone"}[c]
}

// parseTime reads a date or a time in ISO 8601, as microseconds since 1970: up
// to the year 2255 these are exact as a float64.
func parseTime(text string) (float64, clock) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMicro()), zoned
		}
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMicro()), local
		}
	}
	return 0, noClock
}
