package plot_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/plot"
	"github.com/muster-ci/muster/internal/result"
)

func ExampleIntervals() {
	difference, margin := -0.048, 0.020
	rows := []result.Compared{{
		Metric: "roc_auc", Slice: "age_band=70+", Better: result.Higher, N: 212, Gated: true,
		Diff: &difference, Interval: &[2]float64{-0.079, -0.017}, Margin: margin, Verdict: result.Worse,
	}}
	var picture bytes.Buffer
	if err := plot.Intervals(&picture, plot.Labels{Champion: "v17"}, rows); err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(picture.String()) {
		if strings.HasPrefix(line, "<desc") {
			fmt.Println(line[strings.Index(line, ">")+1 : strings.Index(line, "</desc>")])
		}
	}
	// Output:
	// roc_auc · age_band=70+: −0.048 [−0.079, −0.017], worse, 0.020 allowed.
}
