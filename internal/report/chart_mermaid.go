package report

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// course draws how the metric that a reader looks at went over the champions before,
// and where the candidate is: as a Mermaid chart (xychart-beta), which GitHub and
// GitLab draw where Markdown has it in a block of its own.
func (m markdown) course(r result.Report) {
	row := chartedRow(r)
	if row == nil {
		return
	}
	const most = 12
	var names []string
	var values []float64
	for _, past := range r.History {
		if v, ok := past.Metrics[row.Metric]; ok && finite(v) {
			names, values = append(names, past.Version), append(values, v)
		}
	}
	names, values = names[max(len(names)-most, 0):], values[max(len(values)-most, 0):]
	const least = 3 // fewer are no course
	if len(values) < least {
		return
	}
	names, values = append(names, "candidate"), append(values, *row.Candidate)
	scale, _ := newScale(values, 0, 1)
	if !finite(scale.low) || !finite(scale.high) {
		return
	}
	m.open(mdText(clip(clean(row.Metric), nameLimit)) + " of the last " + plural(len(names)-1, "champion", "champions") + ", and of the candidate")
	m.line("```mermaid\n%s\nxychart-beta", courseStyle)
	for i := range names {
		names[i] = `"` + chartText(names[i]) + `"`
	}
	m.line("  x-axis [%s]", strings.Join(names, ", "))
	m.line("  y-axis %s --> %s", number(scale.low), number(scale.high))
	var points []string
	for _, v := range values {
		points = append(points, number(v))
	}
	m.line("  line [%s]\n```", strings.Join(points, ", "))
	m.line("\nEach by the evaluation data of its time.")
	m.close()
}

// courseStyle is the same by day and by night: Mermaid's own line can hardly be seen.
const courseStyle = `%%{init: {"xyChart": {"width": 700, "height": 300}, "themeVariables": {"xyChart": {"plotColorPalette": "#0969da"}}}}%%`

// chartedRow is the row over all data of the metric that the headline is about, or
// else of the first that is gated.
func chartedRow(r result.Report) *result.Compared {
	if r.Decision == nil {
		return nil
	}
	metric := ""
	if row := telling(*r.Decision); row != nil {
		metric = row.Metric
	}
	for i, c := range r.Decision.Comparison {
		whole := c.Slice == "" && champions(c) && c.Candidate != nil && finite(*c.Candidate)
		if whole && (c.Metric == metric || metric == "" && c.Gated) {
			return &r.Decision.Comparison[i]
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// number is one that Mermaid reads: without an exponent.
func number(v float64) string {
	const digits = 6
	text := strconv.FormatFloat(v, 'f', digits, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// chartText is a text in quotes of a Mermaid chart, which knows no escapes: what is
// not a letter, a digit or one of a few marks is left out. None is empty, which it
// does not read.
func chartText(s string) string {
	const most = 40
	text := strings.Map(func(r rune) rune {
		if wordy(r) || strings.ContainsRune(" ._=+-/", r) {
			return r
		}
		return -1
	}, clip(clean(s), most))
	return cmp.Or(strings.TrimSpace(text), "-")
}
