package plot_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

// Whatever the numbers and names are, a picture is well-formed and all its
// coordinates are numbers.
func FuzzPictures(f *testing.F) {
	f.Add("roc_auc", "age=70+", -0.048, -0.079, -0.017, 0.02)
	f.Add("<b>", "a\x00b\u202e", math.NaN(), math.Inf(-1), 1e308, 5e-324)
	f.Add("שלום", "", 0.0, 0.0, 1.0, 5e-324)
	f.Add("x", "y", 1e308, -1.7e308, 1.7e308, 1e-300)
	f.Fuzz(func(t *testing.T, metric, slice string, a, b, c, margin float64) {
		one, two := row(metric, slice, a, b, c, margin, 7, result.Worse), row(metric, "", b, a, c, margin, 7, result.Better)
		two.Better = result.Lower
		points := []result.Point{{X: a, Y: b}, {X: b, Y: c}, {X: c, Y: a}, {X: margin, Y: a}}
		curve := result.Curves{ROC: points, PrecisionRecall: points, Residuals: points, Errors: points, Prevalence: a, Calibration: []result.Bin{{Score: a, Share: b, Rows: 3}}}
		planted := result.Calibrated{Metric: metric, Slice: slice, Margin: margin, Detectable: &a, DeniedFrom: &b, Curve: []result.Power{{Drop: a, Denied: b, Shown: c}, {Drop: c, Denied: 0.5, Shown: 0.5}}}
		labels := plot.Labels{Champion: metric, Candidate: slice, Confidence: a}
		for _, draw := range []func(io.Writer) error{
			func(w io.Writer) error { return plot.Intervals(w, labels, []result.Compared{one, two}) },
			func(w io.Writer) error { return plot.Slices(w, labels, metric, []result.Compared{one, two}) },
			func(w io.Writer) error { return plot.ROC(w, labels, curve, curve) },
			func(w io.Writer) error { return plot.PrecisionRecall(w, labels, curve, curve) },
			func(w io.Writer) error { return plot.Calibration(w, labels, curve, curve) },
			func(w io.Writer) error { return plot.Residuals(w, labels, curve, curve) },
			func(w io.Writer) error { return plot.Errors(w, labels, curve, curve) },
			func(w io.Writer) error { return plot.Denials(w, planted) },
		} {
			var picture bytes.Buffer
			if err := draw(&picture); err != nil {
				t.Fatal(err)
			}
			checkElements(t, elements(t, picture.Bytes()))
		}
	})
}
