package report

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"

	svgplot "github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

// pictures draws what there is of a decision: the slices of the first metric that
// has some, and the curves that both models' answers have. The plots are elements
// of the page; internal/plot has escaped their texts.
func pictures(r result.Report) ([]template.HTML, error) {
	d := r.Decision
	if d == nil {
		return nil, nil
	}
	labels := svgplot.Labels{Candidate: "candidate", Confidence: d.Receipt.Confidence}
	if d.Champion != nil {
		labels.Champion = d.Champion.Version
	}
	var draws []func(io.Writer) error
	rows := slices.DeleteFunc(slices.Clone(d.Comparison), func(c result.Compared) bool { return !champions(c) || c.Diff == nil })
	if at := slices.IndexFunc(rows, func(c result.Compared) bool { return c.Slice != "" }); at >= 0 {
		draws = append(draws, func(w io.Writer) error { return svgplot.Slices(w, labels, rows[at].Metric, rows) })
	}
	if r.Curves != nil {
		draws = append(draws, curveDrawings(labels, *r.Curves)...)
	}
	var out []template.HTML
	for _, draw := range draws {
		var svg bytes.Buffer
		if err := draw(&svg); err != nil {
			return nil, fmt.Errorf("draw plot: %w", err)
		}
		out = append(out, template.HTML(svg.String())) //nolint:gosec // plot escapes its texts
	}
	return out, nil
}

func curveDrawings(labels svgplot.Labels, c result.CurvePair) []func(io.Writer) error {
	var draws []func(io.Writer) error
	for _, p := range []struct {
		there bool
		draw  func(io.Writer, svgplot.Labels, result.Curves, result.Curves) error
	}{
		{len(c.Candidate.ROC) > 0, svgplot.ROC},
		{len(c.Candidate.PrecisionRecall) > 0, svgplot.PrecisionRecall},
		{len(c.Candidate.Calibration) > 0, svgplot.Calibration},
		{len(c.Candidate.Residuals) > 0, svgplot.Residuals},
		{len(c.Candidate.Errors) > 0, svgplot.Errors},
	} {
		if p.there {
			draws = append(draws, func(w io.Writer) error { return p.draw(w, labels, c.Champion, c.Candidate) })
		}
	}
	return draws
}

// pastView is one of the champions before.
type pastView struct {
	Tone              tone
	Version           string
	When, How, Values string
	// NewData is true where the evaluation data is not that of the line above.
	NewData bool
}

// history is the champions before, the newest first, with what each came to on the
// evaluation data of its time.
func history(past []result.PastChampion) []pastView {
	var out []pastView
	for i, p := range slices.Backward(past) {
		v := pastView{
			Tone: good, Version: clip(clean(p.Version), nameLimit), When: moment(p.At), How: "passed the gate",
			Values: clip(clean(metricsLine(p.Metrics)), messageLimit), NewData: i+1 < len(past) && past[i+1].Data != p.Data,
		}
		if p.Override {
			v.Tone, v.How = unsure, "promoted against the gate"
		}
		out = append(out, v)
	}
	return out
}

// courses are the metrics over those champions, the oldest first.
func courses(past []result.PastChampion) []chart {
	var runs []result.Summary
	for _, p := range past {
		s := result.Summary{ID: p.Version, Started: p.At, Status: result.RunPassed, Metrics: map[string]result.Metric{}}
		for metric, value := range p.Metrics {
			s.Metrics[metric] = result.Metric{Value: value}
		}
		runs = append(runs, s)
	}
	var out []chart
	for _, metric := range sortedMetrics(past) {
		c, ok := overTime(runs, result.MetricInfo{Name: metric})
		if !ok || len(out) == maxCharts {
			continue
		}
		c.Sub, c.Mark = "by promotion, the oldest first", "promoted against the gate"
		c.Alt = c.Title + " of " + plural(len(c.Points), "champion", "champions") + ", the oldest first."
		for i := range c.Points {
			c.Points[i].Best = i < len(past) && past[i].Override && len(c.Points) == len(past)
		}
		out = append(out, c)
	}
	return out
}

func sortedMetrics(past []result.PastChampion) []string {
	var names []string
	for _, p := range past {
		for metric := range p.Metrics {
			if !slices.Contains(names, metric) {
				names = append(names, metric)
			}
		}
	}
	slices.Sort(names)
	return names
}
