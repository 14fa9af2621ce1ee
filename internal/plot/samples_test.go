package plot_test

import (
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

// drawing is one picture that tests look at.
type drawing struct {
	name string
	draw func(io.Writer) error
}

var sides = plot.Labels{Champion: "v17", Candidate: "candidate"}

// usual are the pictures of an ordinary comparison.
func usual() []drawing {
	rows := compared()
	before, after := curves(2.2), curves(2.9)
	return []drawing{
		{"intervals", func(w io.Writer) error { return plot.Intervals(w, sides, rows) }},
		{"slices", func(w io.Writer) error { return plot.Slices(w, sides, "roc_auc", rows) }},
		{"slices-lower", func(w io.Writer) error { return plot.Slices(w, sides, "log_loss", rows) }},
		{"roc", func(w io.Writer) error { return plot.ROC(w, sides, before, after) }},
		{"precision-recall", func(w io.Writer) error { return plot.PrecisionRecall(w, sides, before, after) }},
		{"calibration", func(w io.Writer) error { return plot.Calibration(w, sides, before, after) }},
		{"residuals", func(w io.Writer) error { return plot.Residuals(w, sides, before, after) }},
		{"errors", func(w io.Writer) error { return plot.Errors(w, sides, before, after) }},
		{"denials", func(w io.Writer) error { return plot.Denials(w, calibrated()) }},
	}
}

// row is a comparison that is gated.
func row(metric, slice string, diff, low, high, margin float64, n int, verdict result.Outcome) result.Compared {
	return result.Compared{
		Metric: metric, Slice: slice, Better: result.Higher, N: n, Margin: margin, Gated: true, Verdict: verdict, Require: result.NonInferior,
		Candidate: new(0.9 + diff), Champion: new(0.9), Diff: new(diff), Interval: &[2]float64{low, high}, Method: "BCa",
	}
}

// compared has each verdict, a metric of which less is better, one without a
// margin, one that is blind, one that is only shown and one without a difference.
func compared() []result.Compared {
	loss := row("log_loss", "", -0.002, -0.006, 0.002, 0.0046, 9214, result.Equivalent)
	loss.Better = result.Lower
	lossSlice := row("log_loss", "age_band=70+", 0.021, 0.008, 0.034, 0.0046, 212, result.Worse)
	lossSlice.Better = result.Lower
	lossBetter := row("log_loss", "age_band=18-39", -0.012, -0.017, -0.006, 0.0046, 2212, result.Better)
	lossBetter.Better = result.Lower
	blind := row("roc_auc", "site=Ålesund", -0.03, -0.19, 0.12, 0.020, 31, result.Inconclusive)
	blind.Blind = true
	free := row("f1", "", -0.004, -0.011, 0.003, 0, 9214, result.Inconclusive)
	shown := row("brier", "", 0.001, -0.0005, 0.0026, 0.002, 9214, result.Inconclusive)
	shown.Better, shown.Gated = result.Lower, false
	missing := result.Compared{Metric: "roc_auc", Slice: "site=Tromsø", Better: result.Higher, N: 9, Verdict: result.Inconclusive, Note: "one class only"}
	return []result.Compared{
		row("roc_auc", "", 0.002, -0.001, 0.004, 0.005, 9214, result.Equivalent), loss,
		row("accuracy", "", 0.013, 0.006, 0.021, 0.01, 9214, result.Better), free, shown,
		row("roc_auc", "age_band=18-39", 0.009, 0.002, 0.016, 0.020, 2212, result.Better),
		row("roc_auc", "age_band=40-69", 0.001, -0.004, 0.006, 0.020, 6790, result.Equivalent),
		row("roc_auc", "age_band=70+", -0.048, -0.079, -0.017, 0.020, 212, result.Worse),
		blind, missing, lossSlice, lossBetter,
	}
}

// curves are those of a model; the sharper, the better it is.
func curves(sharp float64) result.Curves {
	c := result.Curves{Prevalence: 0.12, ROC: []result.Point{{}}}
	for i := 1; i <= 60; i++ {
		x := float64(i) / 60
		y := 1 - math.Pow(1-x, sharp*sharp)
		c.ROC = append(c.ROC, result.Point{X: x * x, Y: 1 - math.Pow(1-x, sharp*2)})
		c.PrecisionRecall = append(c.PrecisionRecall, result.Point{X: x, Y: 0.12 + 0.86*(1-math.Pow(x, sharp))*(1-0.1*math.Exp(-30*x))})
		c.Errors = append(c.Errors, result.Point{X: 40 * x * x / sharp * 2.2, Y: y})
	}
	c.Errors = append(c.Errors, result.Point{X: 88 / sharp, Y: 1})
	for i := range 10 {
		s := (float64(i) + 0.5) / 10
		c.Calibration = append(c.Calibration, result.Bin{Low: s - 0.05, High: s + 0.05, Score: s, Share: math.Pow(s, 1+(2.7-sharp)*0.9), Rows: 2000 / (i + 1)})
	}
	draw := rand.New(rand.NewPCG(5, uint64(10*sharp)))
	for range 140 {
		at := 250 + 80*draw.NormFloat64()
		c.Residuals = append(c.Residuals, result.Point{X: at, Y: (14*draw.NormFloat64() + (at-250)*(2.9-sharp)*0.2) / (sharp - 1)})
	}
	return c
}

// calibrated is what the data can carry for one metric.
func calibrated() result.Calibrated {
	c := result.Calibrated{
		Metric: "roc_auc", Better: result.Higher, Margin: 0.02, Detectable: new(0.0285), DeniedFrom: new(0.031),
		Denied: &result.Chance{Trials: 1000, Denied: 0.021},
	}
	for i := range 9 {
		drop := float64(i) * 0.006
		shown := 1 / (1 + math.Exp(-(drop-0.0205)/0.0055))
		c.Curve = append(c.Curve, result.Power{Drop: drop, Shown: shown, Denied: 1 / (1 + math.Exp(-(drop-0.0232)/0.0058)), Trials: 1000})
	}
	return c
}

// hostile are pictures of names and numbers that nobody should write.
func hostile() []drawing {
	names := []string{
		"<script>alert(1)</script>", "a|b\nc\t]]>&amp;\"'", "\u202eevil\u202c\u2066", "שלום עולם", "اختبار=قيمة", "\x00\x1b[31mred\x07\ufffe\xff",
		strings.Repeat("long ", 40), strings.Repeat("長", 200), "z" + strings.Repeat("\u0301", 50), "👩‍👩‍👧‍👦 family", "", " ",
	}
	numbers := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, 0, math.Copysign(0, -1), 1e-12, 1e6, 0.5, -3}
	rows := []result.Compared{row("tiny margin", "", 0, 0, 1, 5e-324, 9, result.Equivalent)}
	for i, name := range names {
		v := numbers[i%len(numbers)]
		rows = append(rows,
			row(name, "", v, -v, v, 0.01, i, result.Worse), row(name, name+"="+name, 0.01, -v, v, v, i, result.Outcome(name)),
			result.Compared{Metric: name, Slice: name, Diff: &numbers[i], Margin: 1e308, Gated: true, Verdict: result.Better})
	}
	huge := []result.Compared{row("rmse", "", 1e308, -1e308, 1e308, 1e307, 5, result.Worse), row("rmse", "a=b", -1e308, -1.7e308, 1, 1e308, 5, result.Worse)}
	tiny := []result.Compared{row("rmse", "", 1e-320, -1e-320, 2e-320, 5e-324, 5, result.Worse)}
	var bad result.Curves
	for _, x := range numbers {
		for _, y := range numbers {
			q := result.Point{X: x, Y: y}
			bad.ROC, bad.PrecisionRecall, bad.Residuals, bad.Errors = append(bad.ROC, q), append(bad.PrecisionRecall, q), append(bad.Residuals, q), append(bad.Errors, q)
			bad.Calibration = append(bad.Calibration, result.Bin{Score: x, Share: y, Rows: -5})
		}
	}
	long := plot.Labels{Champion: names[0] + names[6], Candidate: names[2] + names[7], Confidence: math.NaN()}
	worst := result.Calibrated{Metric: names[6], Slice: names[3], Margin: 1e308, Detectable: new(1e-300), DeniedFrom: new(math.NaN()), Denied: &result.Chance{Denied: math.Inf(1)}}
	for _, v := range numbers {
		worst.Curve = append(worst.Curve, result.Power{Drop: v, Denied: 0.5, Shown: v})
	}
	return []drawing{
		{"hostile-intervals", func(w io.Writer) error { return plot.Intervals(w, long, rows) }},
		{"hostile-slices", func(w io.Writer) error { return plot.Slices(w, long, names[0], rows) }},
		{"hostile-huge", func(w io.Writer) error { return plot.Slices(w, long, "rmse", huge) }},
		{"hostile-tiny", func(w io.Writer) error { return plot.Slices(w, long, "rmse", tiny) }},
		{"hostile-roc", func(w io.Writer) error { return plot.ROC(w, long, bad, curves(2)) }},
		{"hostile-precision-recall", func(w io.Writer) error { return plot.PrecisionRecall(w, long, curves(2), bad) }},
		{"hostile-calibration", func(w io.Writer) error { return plot.Calibration(w, long, bad, bad) }},
		{"hostile-residuals", func(w io.Writer) error { return plot.Residuals(w, long, bad, bad) }},
		{"hostile-errors", func(w io.Writer) error { return plot.Errors(w, long, bad, bad) }},
		{"hostile-denials", func(w io.Writer) error { return plot.Denials(w, worst) }},
	}
}

// sparse are pictures of nothing, of one point, and of values that are all the same.
func sparse() []drawing {
	var none result.Curves
	one := result.Curves{
		ROC: []result.Point{{X: 0.2, Y: 0.7}}, PrecisionRecall: []result.Point{{X: 1, Y: 0.4}}, Prevalence: 0.4,
		Residuals: []result.Point{{X: 3, Y: 0}}, Errors: []result.Point{{X: 0, Y: 1}}, Calibration: []result.Bin{{Score: 0.5, Share: 0.4, Rows: 10}},
	}
	constant := result.Curves{Residuals: []result.Point{{X: 7, Y: 2}, {X: 7, Y: 2}, {X: 7, Y: 2}}, Errors: []result.Point{{X: 2, Y: 1}}}
	same := []result.Compared{row("accuracy", "", 0, 0, 0, 0.01, 100, result.Equivalent), row("f1", "", 0, 0, 0, 0, 100, result.Equivalent)}
	same[1].Interval = nil
	free := []result.Compared{row("f1", "", -0.004, -0.011, 0.003, 0, 9214, result.Inconclusive), row("mcc", "", 0.02, 0.01, 0.03, 0, 9214, result.Better)}
	still := result.Calibrated{Metric: "f1", Curve: []result.Power{{Drop: 0, Denied: 0, Shown: 0}}}
	return []drawing{
		{"none-intervals", func(w io.Writer) error { return plot.Intervals(w, plot.Labels{}, nil) }},
		{"none-slices", func(w io.Writer) error { return plot.Slices(w, plot.Labels{}, "roc_auc", compared()[1:2]) }},
		{"none-roc", func(w io.Writer) error { return plot.ROC(w, plot.Labels{}, none, none) }},
		{"none-denials", func(w io.Writer) error { return plot.Denials(w, result.Calibrated{Metric: "f1"}) }},
		{"one-roc", func(w io.Writer) error { return plot.ROC(w, plot.Labels{}, none, one) }},
		{"one-precision-recall", func(w io.Writer) error { return plot.PrecisionRecall(w, plot.Labels{}, one, one) }},
		{"one-calibration", func(w io.Writer) error { return plot.Calibration(w, plot.Labels{}, one, none) }},
		{"one-residuals", func(w io.Writer) error { return plot.Residuals(w, plot.Labels{}, one, none) }},
		{"one-errors", func(w io.Writer) error { return plot.Errors(w, plot.Labels{}, one, one) }},
		{"one-denials", func(w io.Writer) error { return plot.Denials(w, still) }},
		{"constant-residuals", func(w io.Writer) error { return plot.Residuals(w, plot.Labels{}, constant, constant) }},
		{"constant-errors", func(w io.Writer) error { return plot.Errors(w, plot.Labels{}, constant, constant) }},
		{"free-intervals", func(w io.Writer) error { return plot.Intervals(w, sides, free) }},
		{"constant-intervals", func(w io.Writer) error { return plot.Intervals(w, plot.Labels{}, same) }},
	}
}
