package calibration

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/muster-ci/muster/internal/result"
)

// stoppedReason says why there was nothing to simulate.
func stoppedReason(c result.Calibration) string {
	for _, p := range c.Problems {
		if p.Severity == result.SeverityDeny {
			return "the gate could not decide, whatever the candidate: " + p.Message
		}
	}
	return "the champion is not equivalent to itself: the gate would deny the very model that is in use"
}

// reason is the one sentence that matters.
func reason(c result.Calibration) string {
	var fine, blind []result.Calibrated
	gated := false
	for _, row := range c.Rows {
		gated = gated || row.Gated
		switch {
		case row.Gated && row.TooFine:
			fine = append(fine, row)
		case row.Gated && row.Blind && row.Slice == "":
			blind = append(blind, row)
		}
	}
	switch {
	case !gated:
		return proposes(c)
	case len(fine) > 0:
		return tooFine(fine[0], c.Assumed.Units) + others("so", fine[1:])
	case len(blind) > 0:
		return isBlind(blind[0]) + others("so", blind[1:])
	default:
		return carries(c)
	}
}

// others counts further rows of which the same is to be said.
func others(same string, rows []result.Calibrated) string {
	switch len(rows) {
	case 0:
		return ""
	case 1:
		return "; " + same + " is that of " + rows[0].Metric
	default:
		return fmt.Sprintf("; %s are those of %d more metrics", same, len(rows))
	}
}

// proposes lists the margins that metrics without one could have.
func proposes(c result.Calibration) string {
	var parts []string
	for _, row := range c.Rows {
		if row.Slice == "" && row.Supports != nil {
			parts = append(parts, supported(row)+" for "+row.Metric)
		}
	}
	if len(parts) == 0 {
		return "this data can support no margin: " + c.Rows[0].Note
	}
	return "the smallest margins that this data can support: " + strings.Join(parts, ", ")
}

func tooFine(row result.Calibrated, units string) string {
	if row.Supports == nil {
		return fmt.Sprintf("no margin of %s can be supported by this data: %s", row.Metric, row.Note)
	}
	text := fmt.Sprintf("margin %s of %s is finer than this data can support: use %s", asked(row), row.Metric, supported(row))
	if row.Needs > 0 {
		text += fmt.Sprintf(", or about %s %s", count(row.Needs), units)
	}
	return text
}

func isBlind(row result.Calibrated) string {
	if row.Detectable == nil {
		return fmt.Sprintf("margin %s of %s is much finer than what this data can show", asked(row), row.Metric)
	}
	return fmt.Sprintf("margin %s of %s is much finer than what this data can show: drops below %s would mostly pass", asked(row), row.Metric, short(*row.Detectable))
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
	text := fmt.Sprintf("this data can carry the gate: of candidates as good as the champion it denies %s %%", short(100*c.Gate.Denied))
	for _, row := range c.Rows {
		if row.Gated && row.Slice == "" && row.DeniedFrom != nil {
			return text + fmt.Sprintf(", of those worse by %s in %s 80 %%", short(*row.DeniedFrom), row.Metric)
		}
	}
	return text
}

// count writes a number of rows: 9,000.
func count(n int) string { return message.NewPrinter(language.English).Sprintf("%d", n) }

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
