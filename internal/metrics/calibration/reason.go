package calibration

import (
	"fmt"
	"math"
	"strconv"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/muster-ci/muster/internal/result"
)

// stoppedReason says why there was nothing to simulate.
func stoppedReason(c result.Calibration) string {
	for _, p := range c.Problems {
		if p.Severity == result.SeverityDeny {
			return "The gate could not decide, whatever the candidate: " + p.Message + "."
		}
	}
	return "The champion is not equivalent to itself: the gate would deny the very model that is in use."
}

// reason is the one sentence that matters.
func reason(c result.Calibration) string {
	var fine []result.Calibrated
	for _, row := range c.Rows {
		if row.Gated && row.TooFine {
			fine = append(fine, row)
		}
	}
	if len(fine) == 0 {
		return carries(c)
	}
	text := tooFine(fine[0], c.Assumed.Units)
	if more := len(fine) - 1; more == 1 {
		text += " So is that of one more metric."
	} else if more > 1 {
		text += fmt.Sprintf(" So are those of %d more metrics.", more)
	}
	return text
}

func tooFine(row result.Calibrated, units string) string {
	if row.Supports == nil {
		return fmt.Sprintf("No margin of %s can be supported by this data: %s.", row.Metric, row.Note)
	}
	text := fmt.Sprintf("Margin %s of %s is finer than this data can support: use %s", asked(row), row.Metric, supported(row))
	if row.Needs > 0 {
		text += fmt.Sprintf(", or about %s %s", Count(row.Needs), units)
	}
	return text + "."
}

func asked(row result.Calibrated) string {
	if row.Percent != nil {
		return plain(*row.Percent) + "%"
	}
	return plain(row.Margin)
}

func supported(row result.Calibrated) string {
	if row.SupportsPercent != nil {
		return plain(*row.SupportsPercent) + "%"
	}
	return plain(*row.Supports)
}

// carries says that the data will do, and what it sees.
func carries(c result.Calibration) string {
	text := fmt.Sprintf("This data can carry the gate: it denies %s %% of candidates that are as good as the champion", short(100*c.Gate.Denied))
	for _, row := range c.Rows {
		if row.Gated && row.Slice == "" && row.DeniedFrom != nil {
			return text + fmt.Sprintf(", and 4 in 5 of those that lost %s of %s.", short(*row.DeniedFrom), row.Metric)
		}
	}
	return text + "."
}

// Count writes a number of rows: 9,000.
func Count(n int) string { return message.NewPrinter(language.English).Sprintf("%d", n) }

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// short leaves two digits.
func short(x float64) string {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return "0"
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 2, 64), 64)
	if err != nil {
		return plain(x)
	}
	return plain(rounded)
}
