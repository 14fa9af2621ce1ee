package policies

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/muster-ci/muster/internal/result"
)

// ComparisonText is a comparison in words. Each part is empty where its number
// is not known. Numbers are rounded to what the data can tell: two digits of
// the interval's half-width.
type ComparisonText struct {
	// Label is the metric's name at the beginning of a sentence: "ROC AUC".
	Label string `json:"label"`
	// Where is " for age_band=70+", " against the anchor", " on the audit data", or empty for all rows.
	Where      string `json:"where"`
	Candidate  string `json:"candidate"`
	Champion   string `json:"champion"`
	Difference string `json:"difference"`
	// Interval is "95 % −0.079 to −0.017".
	Interval string `json:"interval"`
	// Allowed is "0.02 allowed", or "no drop allowed".
	Allowed    string `json:"allowed"`
	Detectable string `json:"detectable"`
	Rows       string `json:"rows"`
	// Passes is the nearest value that would have passed: "ROC AUC of at least 0.921 for age_band=70+".
	// It is empty where the comparison passed, or where no value is known that would.
	Passes string `json:"passes"`
	// Change is all of it: "ROC AUC fell 0.941 → 0.893 for age_band=70+ (−0.048, 95 % −0.079 to −0.017; 0.02 allowed; 212 rows)".
	Change string `json:"change"`
}

// maxDecimals bounds the search for a rounding in which two numbers differ.
const maxDecimals = 9

// Describe puts a comparison into words.
func Describe(c result.Compared, confidence float64) ComparisonText {
	text := ComparisonText{Label: label(c.Metric), Allowed: allowed(c), Rows: rows(c.N)}
	if c.Slice != "" {
		text.Where = " for " + printable(c.Slice)
	}
	text.Where += beside(c)
	if c.Detectable != nil {
		text.Detectable = short(*c.Detectable)
	}
	if c.Candidate == nil || c.Champion == nil {
		text.Change = text.Label + text.Where + " has no value on both sides (" + text.Rows + ")"
		return text
	}
	difference := *c.Candidate - *c.Champion
	if c.Diff != nil {
		difference = *c.Diff
	}
	decimals := decimalsFor(c, difference)
	text.Candidate, text.Champion = fixed(*c.Candidate, decimals), fixed(*c.Champion, decimals)
	text.Difference = signed(difference, decimals)
	inside := []string{text.Difference, text.Allowed, text.Rows}
	if c.Interval != nil {
		text.Interval = fmt.Sprintf("%s %% %s to %s", short(confidence*100), signed(c.Interval[0], decimals), signed(c.Interval[1], decimals))
		inside[0] += ", " + text.Interval
	}
	text.Change = fmt.Sprintf("%s %s%s (%s)", text.Label, moved(text, difference), text.Where, strings.Join(inside, "; "))
	text.Passes = passes(c, difference, decimals)
	return text
}

// beside says of a comparison what is not the champion, or not the usual data.
func beside(c result.Compared) string {
	switch {
	case c.Against != "":
		return " against the " + printable(c.Against)
	case c.Data != "":
		return " on the " + printable(c.Data) + " data"
	}
	return ""
}

// moved says where the value went. A lower-is-better metric that rose got worse: the sign alone would hide that.
func moved(text ComparisonText, difference float64) string {
	switch {
	case difference < 0:
		return "fell " + text.Champion + " → " + text.Candidate
	case difference > 0:
		return "rose " + text.Champion + " → " + text.Candidate
	default:
		return "stayed at " + text.Candidate
	}
}

// decimalsFor finds how many decimals the numbers of a comparison deserve.
func decimalsFor(c result.Compared, difference float64) int {
	scale := math.Abs(difference)
	if c.Interval != nil && c.Interval[1] > c.Interval[0] {
		scale = (c.Interval[1] - c.Interval[0]) / 2
	}
	decimals := 3
	if scale > 0 {
		decimals = min(max(1-int(math.Floor(math.Log10(scale))), 0), maxDecimals)
	}
	if difference == 0 {
		return decimals
	}
	return distinctDecimals(*c.Candidate, *c.Champion, decimals)
}

// distinctDecimals returns the fewest decimals, from a start, that keep two
// different numbers apart: "0.90 is below 0.90" convinces nobody.
func distinctDecimals(a, b float64, start int) int {
	decimals := start
	for a != b && decimals < maxDecimals && fixed(a, decimals) == fixed(b, decimals) {
		decimals++
	}
	return decimals
}

func gateMetricText(name string, metric GateMetric, value float64, known bool) GateMetricText {
	text := GateMetricText{Label: label(name)}
	decimals := 3
	for _, limit := range []*float64{metric.Min, metric.Max} {
		if limit != nil && known {
			decimals = max(decimals, distinctDecimals(value, *limit, decimals))
		}
	}
	if known {
		text.Value = fixed(value, decimals)
	}
	if metric.Min != nil {
		text.Min = exact(*metric.Min)
	}
	if metric.Max != nil {
		text.Max = exact(*metric.Max)
	}
	return text
}

// label returns a metric's name as it begins a sentence.
func label(metric string) string {
	names := map[string]string{
		"accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "precision": "Precision", "recall": "Recall", "f1": "F1", "mcc": "MCC",
		"roc_auc": "ROC AUC", "pr_auc": "PR AUC", "log_loss": "Log loss", "brier": "Brier score", "calibration_error": "Calibration error",
		"rmse": "RMSE", "mae": "MAE", "r2": "R²", "mape": "MAPE", "ndcg": "NDCG",
	}
	if name, ok := names[metric]; ok {
		return name
	}
	return printable(metric)
}

func allowed(c result.Compared) string {
	switch {
	case c.Margin > 0:
		return short(c.Margin) + " allowed"
	case c.Better == result.Lower:
		return "no rise allowed"
	default:
		return "no drop allowed"
	}
}

func rows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return strconv.Itoa(n) + " rows"
}

// printable keeps a name that came from data on its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// exact writes a number that a person chose as it was written.
func exact(x float64) string { return minus(strconv.FormatFloat(x, 'f', -1, 64)) }

// short writes a number with three significant digits, or as a whole number, and no exponent.
func short(x float64) string {
	if math.Abs(x) >= 100 {
		return fixed(x, 0)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		rounded = x
	}
	return exact(rounded)
}

func fixed(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // there is no negative zero in a sentence
	}
	return minus(text)
}

// signed writes a change with its sign, also a plus.
func signed(x float64, decimals int) string {
	text := fixed(x, decimals)
	if x > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

// minus replaces the hyphen by the sign that it stands for.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }
