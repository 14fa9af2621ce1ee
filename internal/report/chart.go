package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/result"
)

// The plots of the page of runs are drawn here and in the page's template, as
// the intervals of a comparison are: so they take the page's colours, by day
// and by night, and every point can be read aloud.

// The size of a plot, in the units of its view box, and what lies around it.
const (
	chartWidth, chartHeight = 320.0, 190.0
	chartLeft, chartRight   = 48.0, 14.0
	chartTop, chartBottom   = 12.0, 32.0
)

// The limits of what is drawn.
const (
	maxCharts      = 6
	maxChartRuns   = 300
	maxCategories  = 8
	maxTickLabel   = 12
	logFrom        = 100 // from this ratio on, a parameter is drawn on a logarithmic scale
	usualTicks     = 4
	roomOfOneLabel = 60.0
)

// chart is one plot.
type chart struct {
	Title, Sub, Alt string
	XTicks, YTicks  []tick
	// Line connects the points, in their order; empty for a scatter.
	Line   string
	Points []chartPoint
	Dense  bool
	Mark   string // what a diamond says
}

// tick is a place on an axis. Anchor is where its label stands.
type tick struct {
	At, Label, Anchor string
}

// chartPoint is a run in a plot.
type chartPoint struct {
	X, Y string
	// Low and High are the ends of a bar of one standard deviation, if there is one.
	Low, High string
	Best      bool
	Title     string
}

// Size of the view box, and the edges of the plot in it, for the template.
func (chart) Box() string    { return fmt.Sprintf("0 0 %g %g", chartWidth, chartHeight) }
func (chart) Left() string   { return coordinate(chartLeft) }
func (chart) Right() string  { return coordinate(chartWidth - chartRight) }
func (chart) Top() string    { return coordinate(chartTop) }
func (chart) Bottom() string { return coordinate(chartHeight - chartBottom) }
func (chart) Below() string  { return coordinate(chartHeight - chartBottom + 16) }

func coordinate(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// scale maps values to coordinates.
type scale struct {
	low, high   float64 // of the values
	start, stop float64 // of the coordinates
	log         bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log10(v), math.Log10(low), math.Log10(high)
	}
	if high == low {
		return (s.start + s.stop) / 2
	}
	return s.start + (v-low)/(high-low)*(s.stop-s.start)
}

// newScale fits a scale around the values, so that ticks lie at round numbers.
func newScale(values []float64, start, stop float64) (scale, []float64) {
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		pad := cmp.Or(math.Abs(low)*0.05, 0.5)
		low, high = low-pad, high+pad
	}
	step := niceStep((high - low) / usualTicks)
	from, to := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	var ticks []float64
	for i := from; i <= to && len(ticks) < 4*usualTicks; i++ {
		ticks = append(ticks, i*step)
	}
	return scale{low: from * step, high: to * step, start: start, stop: stop}, ticks
}

// niceStep is the next of 1, 2, 5, 10, … × a power of ten.
func niceStep(rough float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, nice := range []float64{1, 2, 5} {
		if rough <= nice*power*1.000001 {
			return nice * power
		}
	}
	return 10 * power
}

// tickLabel writes the values of an axis alike.
func tickLabels(values []float64) []string {
	step := math.Abs(values[len(values)-1] - values[0])
	if len(values) > 1 {
		step = values[1] - values[0]
	}
	decimals := 0
	if step > 0 {
		decimals = max(-int(math.Floor(math.Log10(step)+1e-9)), 0)
	}
	var out []string
	for _, v := range values {
		if size := max(math.Abs(values[0]), math.Abs(values[len(values)-1])); decimals > maxDecimals || size >= 1e6 {
			out = append(out, minus(strconv.FormatFloat(v, 'g', 3, 64)))
			continue
		}
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		if strings.Trim(text, "-0.") == "" {
			text = strings.TrimPrefix(text, "-")
		}
		out = append(out, minus(text))
	}
	return out
}

func ticksOn(s scale, values []float64, labels []string) []tick {
	var out []tick
	for i, v := range values {
		out = append(out, tick{At: coordinate(s.at(v)), Label: labels[i], Anchor: "middle"})
	}
	return out
}

// charts draws each metric over time, and the first of them against each
// parameter that varies. Runs come newest first.
func charts(doc result.Runs) []chart {
	runs := slices.Clone(doc.Runs[:min(len(doc.Runs), maxChartRuns)])
	slices.Reverse(runs)
	runs = slices.DeleteFunc(runs, func(s result.Summary) bool { return s.Status != result.RunPassed })
	var out []chart
	for _, metric := range doc.Metrics {
		if c, ok := overTime(runs, metric); ok && len(out) < maxCharts {
			out = append(out, c)
		}
	}
	if len(doc.Metrics) == 0 {
		return out
	}
	drawn := 0
	for _, param := range doc.Params {
		if c, ok := against(runs, doc.Metrics[0], param); ok && drawn < maxCharts {
			out, drawn = append(out, c), drawn+1
		}
	}
	return out
}

// having keeps the runs that have the metric as a number that can be drawn.
func having(runs []result.Summary, metric string) []result.Summary {
	return slices.DeleteFunc(slices.Clone(runs), func(s result.Summary) bool {
		m, ok := s.Metrics[metric]
		return !ok || math.IsNaN(m.Value) || math.IsInf(m.Value, 0)
	})
}

// moves reports whether there is anything to see: two values that differ.
func moves(runs []result.Summary, metric string) bool {
	return slices.ContainsFunc(runs, func(s result.Summary) bool { return s.Metrics[metric].Value != runs[0].Metrics[metric].Value })
}

// heights makes the scale of a metric, with room for its bars.
func heights(runs []result.Summary, metric string) (scale, []tick) {
	var values []float64
	for _, run := range runs {
		m := run.Metrics[metric]
		values = append(values, m.Value)
		if m.SD != nil {
			values = append(values, m.Value-*m.SD, m.Value+*m.SD)
		}
	}
	s, at := newScale(values, chartHeight-chartBottom, chartTop)
	return s, ticksOn(s, at, tickLabels(at))
}

// overTime draws a metric by run, in the order in which they ran.
func overTime(runs []result.Summary, metric result.MetricInfo) (chart, bool) {
	runs = having(runs, metric.Name)
	if !moves(runs, metric.Name) {
		return chart{}, false
	}
	y, yTicks := heights(runs, metric.Name)
	x := scale{low: 0, high: float64(len(runs) - 1), start: chartLeft + 8, stop: chartWidth - chartRight - 8}
	c := newChart(runs, metric, "by run, the oldest first", yTicks)
	for i := range runs {
		c.add(runs, i, metric, x.at(float64(i)), y)
	}
	c.Line = c.path()
	first, last := runs[0].Started.UTC().Format("2006-01-02"), runs[len(runs)-1].Started.UTC().Format("2006-01-02")
	c.XTicks = []tick{{At: coordinate(chartLeft), Label: first, Anchor: "start"}}
	if last != first {
		c.XTicks = append(c.XTicks, tick{At: coordinate(chartWidth - chartRight), Label: last, Anchor: "end"})
	}
	return c, true
}

func newChart(runs []result.Summary, metric result.MetricInfo, sub string, yTicks []tick) chart {
	const crowd = 60
	name := clip(clean(metric.Name), nameLimit)
	c := chart{Mark: "the best", Title: name, Sub: sub, YTicks: yTicks, Dense: len(runs) > crowd}
	if hint := betterHint(metric.Better); hint != "" {
		c.Sub += "; " + hint
	}
	p := precisionOf(runs, metric.Name)
	value := func(i int) string { return p.metric(runs[i].Metrics, metric.Name) }
	c.Alt = fmt.Sprintf("%s of %s, %s. First %s, last %s", name, plural(len(runs), "run", "runs"), sub, value(0), value(len(runs)-1))
	if best := bestOf(newestFirst(runs), metric); best >= 0 {
		at := len(runs) - 1 - best
		c.Alt += ", best " + value(at) + " in " + shortRun(runs[at].ID)
	}
	c.Alt += "."
	return c
}

func newestFirst(runs []result.Summary) []result.Summary {
	out := slices.Clone(runs)
	slices.Reverse(out)
	return out
}

// add draws a run.
func (c *chart) add(runs []result.Summary, i int, metric result.MetricInfo, x float64, y scale) {
	run, m := runs[i], runs[i].Metrics[metric.Name]
	point := chartPoint{
		X: coordinate(x), Y: coordinate(y.at(m.Value)), Best: bestOf(newestFirst(runs), metric) == len(runs)-1-i,
		Title: shortRun(run.ID) + ": " + precisionOf(runs, metric.Name).spread(m) + ", " + moment(run.Started),
	}
	if m.SD != nil && *m.SD > 0 {
		point.Low, point.High = coordinate(y.at(m.Value-*m.SD)), coordinate(y.at(m.Value+*m.SD))
	}
	c.Points = append(c.Points, point)
}

func (c *chart) path() string {
	var b strings.Builder
	for i, p := range c.Points {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + p.X + " " + p.Y)
	}
	return b.String()
}

// against draws a metric by the value of a parameter.
func against(runs []result.Summary, metric result.MetricInfo, param string) (chart, bool) {
	runs = slices.DeleteFunc(having(runs, metric.Name), func(s result.Summary) bool { _, ok := s.Params[param]; return !ok })
	x, ok := newAxis(runs, param)
	if !ok || !moves(runs, metric.Name) {
		return chart{}, false
	}
	y, yTicks := heights(runs, metric.Name)
	c := newChart(runs, metric, "by "+clip(clean(param), nameLimit)+x.note, yTicks)
	for i, run := range runs {
		c.add(runs, i, metric, x.at(run.Params[param]), y)
		c.Points[i].Title += ", " + clip(clean(param+" "+run.Params[param]), nameLimit)
	}
	c.XTicks = x.ticks
	return c, true
}

// axis maps the values of a parameter to coordinates.
type axis struct {
	at    func(value string) float64
	ticks []tick
	note  string
}

// newAxis makes the axis of a parameter: of numbers where all its values are
// numbers, else of its values side by side, if they are few.
func newAxis(runs []result.Summary, param string) (axis, bool) {
	distinct := map[string]bool{}
	var numbers []float64
	for _, run := range runs {
		text := run.Params[param]
		distinct[text] = true
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			numbers = append(numbers, v)
		}
	}
	switch {
	case len(runs) < 2 || len(distinct) < 2:
		return axis{}, false
	case len(numbers) == len(runs):
		return numberAxis(numbers), true
	case len(distinct) > maxCategories:
		return axis{}, false
	default:
		return wordAxis(distinct), true
	}
}

func numberAxis(numbers []float64) axis {
	start, stop := chartLeft+10, chartWidth-chartRight-10
	low, high := slices.Min(numbers), slices.Max(numbers)
	parse := func(text string) float64 { v, _ := strconv.ParseFloat(text, 64); return v } // newAxis has parsed it
	if low > 0 && high/low >= logFrom {
		s := scale{low: math.Pow(10, math.Floor(math.Log10(low))), high: math.Pow(10, math.Ceil(math.Log10(high))), start: start, stop: stop, log: true}
		decades := int(math.Round(math.Log10(s.high / s.low)))
		step := max(decades/usualTicks, 1)
		a := axis{at: func(text string) float64 { return s.at(parse(text)) }, note: " (logarithmic)"}
		for i := 0; i <= decades; i += step {
			v := s.low * math.Pow(10, float64(i))
			a.ticks = append(a.ticks, tick{At: coordinate(s.at(v)), Label: minus(strconv.FormatFloat(v, 'g', 3, 64)), Anchor: "middle"})
		}
		return a
	}
	s, at := newScale(numbers, start, stop)
	return axis{at: func(text string) float64 { return s.at(parse(text)) }, ticks: thinned(ticksOn(s, at, tickLabels(at)))}
}

// thinned leaves out every other label where they would touch.
func thinned(ticks []tick) []tick {
	for len(ticks) > 1 && (chartWidth-chartLeft-chartRight)/float64(len(ticks)) < roomOfOneLabel {
		var half []tick
		for i := 0; i < len(ticks); i += 2 {
			half = append(half, ticks[i])
		}
		ticks = half
	}
	return ticks
}

func wordAxis(distinct map[string]bool) axis {
	var words []string
	for word := range distinct {
		words = append(words, word)
	}
	slices.Sort(words)
	room := (chartWidth - chartLeft - chartRight) / float64(len(words))
	place := map[string]float64{}
	var ticks []tick
	for i, word := range words {
		place[word] = chartLeft + room*(float64(i)+0.5)
		const columnsPerUnit = 6.5 // of a letter, roughly
		label := clip(clean(word), max(min(maxTickLabel, int(room/columnsPerUnit)), 2))
		ticks = append(ticks, tick{At: coordinate(place[word]), Label: label, Anchor: "middle"})
	}
	return axis{at: func(text string) float64 { return place[text] }, ticks: ticks}
}
