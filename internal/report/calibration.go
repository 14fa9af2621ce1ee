package report

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// CalibrationTerminal writes what data can carry, the sentence that matters first.
func CalibrationTerminal(w io.Writer, c result.Calibration, opts CompareOptions) error {
	t := newTerminal(w, opts.TerminalOptions)
	v := newCalibration(c, opts.All)
	t.lead(comparisonView{Tone: v.Tone, Lead: clauses(c.Reason)})
	if len(v.Rows.rows) > 0 {
		t.title(termText(v.Title))
		t.grid(v.Rows)
	}
	for _, line := range []string{v.Gate, v.Others} {
		if line != "" {
			t.paragraph("  ", termText(line))
		}
	}
	for _, curve := range v.Curves {
		t.title(termText(curve.title))
		t.grid(curve.points)
	}
	t.remarks("Could not be compared", v.Impossible)
	t.remarks("Worth a look", v.Warnings)
	if len(c.Plots) > 0 {
		v.Facts = append(v.Facts, fact{Label: "Plots", Value: phrase{said(filepath.ToSlash(opts.Folder) + ": " + strings.Join(c.Plots, ", "))}})
	}
	t.pointers(v.Facts)
	return t.Flush()
}

// calibrationView is what data can carry.
type calibrationView struct {
	Tone                 tone
	Title                string
	Rows                 grid
	Gate, Others         string
	Curves               []curveView
	Impossible, Warnings []problemLine
	Facts                []fact
}

// curveView is how often drops of one metric are seen.
type curveView struct {
	title  string
	points grid
}

func newCalibration(c result.Calibration, all bool) calibrationView {
	v := calibrationView{Tone: calibrationTone(c)}
	v.Title = "Candidates as good as " + clip(clean(c.Champion.Name), nameLimit) + ", " + plural(c.Champion.Rows, "row", "rows")
	v.addRows(c, all)
	v.addCurves(c, all)
	for _, p := range c.Problems {
		line := newProblemLine(p)
		if p.Severity == result.SeverityDeny {
			v.Impossible = append(v.Impossible, line)
		} else {
			v.Warnings = append(v.Warnings, line)
		}
	}
	if len(v.Impossible) == 1 {
		v.Impossible = nil // the reason says it
	}
	if len(c.Rows) > 0 {
		v.Facts = calibrationFacts(c)
	}
	return v
}

func calibrationTone(c result.Calibration) tone {
	switch {
	case !c.Same:
		return bad
	case !c.Supported, slices.ContainsFunc(c.Rows, blindRow):
		return unsure
	default:
		return good
	}
}

func blindRow(row result.Calibrated) bool { return row.Blind && row.Gated && row.Slice == "" }

// addRows lists the metrics, and the slices that something is to be said about.
func (v *calibrationView) addRows(c result.Calibration, all bool) {
	v.Rows = grid{indent: 2, header: []string{"", "metric", "margin", "supported", "equal denied", "shown from", "denied from"}}
	left, small := 0, 0
	for _, row := range c.Rows {
		tone := calibratedTone(row)
		if row.Slice != "" && !all && tone != bad && tone != unsure {
			left++
			if row.Denied == nil {
				small++
			}
			continue
		}
		label := clip(clean(row.Metric), nameLimit)
		if row.Slice != "" {
			label += " · " + clip(clean(row.Slice), nameLimit)
		}
		v.Rows.add(tone, tone.Mark(), termText(label), margin(row), supports(row), denied(row), size(row.Detectable), from(row.DeniedFrom))
	}
	if left > 0 {
		v.Others = plural(left, "slice more", "slices more")
		if small > 0 {
			v.Others += fmt.Sprintf(", %d of them with too few rows", small)
		}
		v.Others += " (--all shows them)"
	}
	if gated := slices.ContainsFunc(c.Rows, func(row result.Calibrated) bool { return row.Gated }); gated {
		v.Gate = fmt.Sprintf("The gate as a whole denies %s of equal candidates%s.", share(c.Gate), trials(c.Gate.Trials))
	}
}

func calibratedTone(row result.Calibrated) tone {
	switch {
	case row.Gated && row.TooFine:
		return bad
	case row.Gated && row.Blind:
		return unsure
	case row.Gated && row.Denied != nil:
		return good
	default:
		return neutral
	}
}

func margin(row result.Calibrated) string {
	switch {
	case !row.Gated && row.Slice == "":
		return absent
	case row.Percent != nil:
		return significant(*row.Percent, 4) + " %"
	default:
		return significant(row.Margin, 4)
	}
}

func supports(row result.Calibrated) string {
	if row.SupportsPercent != nil {
		return significant(*row.SupportsPercent, 3) + " %"
	}
	return size(row.Supports)
}

func denied(row result.Calibrated) string {
	if row.Denied == nil || !row.Gated {
		return absent
	}
	return share(*row.Denied)
}

// share is a share of candidates, with what so few trials leave open.
func share(c result.Chance) string {
	text := significant(math.Round(1000*c.Denied)/10, 3) + " %"
	if c.Error > 0 {
		text += " ± " + significant(math.Ceil(1000*c.Error)/10, 2)
	}
	return text
}

func trials(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (of %d)", n)
}

func size(v *float64) string {
	if v == nil {
		return absent
	}
	return significant(*v, 2)
}

// from is a drop from which on something happens.
func from(drop *float64) string {
	if drop != nil && *drop == 0 {
		return "any"
	}
	return size(drop)
}

// addCurves shows the drops of the first metric, or of all.
func (v *calibrationView) addCurves(c result.Calibration, all bool) {
	for _, row := range c.Rows {
		if len(row.Curve) < 2 || len(v.Curves) == 1 && !all {
			continue
		}
		curve := curveView{title: "Planted drops of " + clip(clean(row.Metric), nameLimit), points: grid{indent: 2, header: []string{"drop", "shown", "denied", ""}}}
		if row.Better == result.Lower {
			curve.title = "Planted rises of " + clip(clean(row.Metric), nameLimit)
		}
		for _, p := range row.Curve {
			bar := strings.Repeat("█", int(math.Round(20*p.Denied)))
			curve.points.add(neutral, significant(p.Drop, 2), percentage(p.Shown), percentage(p.Denied), bar)
		}
		v.Curves = append(v.Curves, curve)
	}
}

func percentage(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// calibrationFacts say what the numbers stand on.
func calibrationFacts(c result.Calibration) []fact {
	var facts []fact
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{Label: label, Value: phrase{said(text)}})
		}
	}
	add("Supported", "the smallest margin at which 95 % of equal candidates are shown not to be worse")
	add("Shown from", "the smallest drop that is shown to be one in 80 % of trials; denied from: that the gate denies as often")
	add("Assumed", assumedFact(c))
	add("Candidates", c.Assumed.Method)
	for i, method := range calibrationMethods(c.Rows) {
		add([]string{"Method", ""}[min(i, 1)], method)
	}
	return facts
}

// assumedFact says how differently two models are taken to answer, which decides all of it.
func assumedFact(c result.Calibration) string {
	text := "two models differ as these two do"
	if c.Other != nil {
		text = "two models differ as this one and " + clip(clean(c.Other.Name), nameLimit) + " do"
	} else if c.Assumed.Correlation != nil {
		text = fmt.Sprintf("an equal model's answers go with the champion's at a correlation of %s among rows of one label", significant(*c.Assumed.Correlation, 2))
	}
	if c.Assumed.Disagreement != nil {
		text += fmt.Sprintf(": %s of the decisions differ", percent(*c.Assumed.Disagreement))
	}
	if c.Other == nil {
		text += "; --with OTHER takes a real one's"
	}
	return text
}

func calibrationMethods(rows []result.Calibrated) []string {
	var out []string
	for _, row := range rows {
		if method := clean(row.Method); row.Supports != nil && !slices.Contains(out, method) {
			out = append(out, method)
		}
	}
	return out
}
