package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/result"
)

// The plot's unit is the margin, its middle no change, its right side better.
func TestPlot(t *testing.T) {
	const reach = 3
	at := func(margins float64) float64 { return plotMiddle + margins*(plotMiddle-plotEdge)/reach }
	row := func(better result.Direction, diff, low, high, margin float64, verdict result.Outcome) result.Compared {
		return result.Compared{Better: better, Diff: &diff, Interval: &[2]float64{low, high}, Margin: margin, Verdict: verdict}
	}
	zero := 0.0
	tests := map[string]struct {
		row  result.Compared
		want *plot
	}{
		"no difference is known": {result.Compared{Margin: 0.01}, nil},
		"higher is better": {
			row(result.Higher, 0.01, -0.01, 0.02, 0.01, result.Equivalent),
			&plot{Point: at(1), Low: at(-1), High: at(2), Margin: at(-1), HasMargin: true, HasLine: true, Shape: "equivalent"},
		},
		"lower is better, so the plot is turned": {
			row(result.Lower, 0.01, -0.01, 0.02, 0.01, result.Inconclusive),
			&plot{Point: at(-1), Low: at(-2), High: at(1), Margin: at(-1), HasMargin: true, HasLine: true, Shape: "inconclusive"},
		},
		"beyond the edge": {
			row(result.Higher, -0.05, -0.09, -0.015, 0.01, result.Worse),
			&plot{Point: at(-3), Low: at(-3), High: at(-1.5), ClipLow: true, Off: true, Margin: at(-1), HasMargin: true, HasLine: true, Shape: "worse"},
		},
		"no margin: the interval fills the plot": {
			row(result.Higher, 0.1, -0.05, 0.25, 0, result.Inconclusive),
			&plot{Point: at(1), Low: at(-0.5), High: at(2.5), Margin: plotMiddle, HasLine: true, Shape: "inconclusive"},
		},
		"the same model": {
			result.Compared{Better: result.Higher, Diff: &zero, Verdict: result.Equivalent},
			&plot{Point: plotMiddle, Margin: plotMiddle, Shape: "equivalent"},
		},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 0.06 && b-a < 0.06 })
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, newPlot(test.row, reach), near); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The scale is that of the widest interval, so that rows can be compared.
func TestPlotReach(t *testing.T) {
	row := func(low, high, margin float64) result.Compared {
		diff := (low + high) / 2
		return result.Compared{Diff: &diff, Interval: &[2]float64{low, high}, Margin: margin}
	}
	tests := map[string]struct {
		rows []result.Compared
		want float64
	}{
		"nothing to show":      {nil, 2.5},
		"narrow intervals":     {[]result.Compared{row(-0.01, 0.01, 0.01)}, 2.5},
		"a wide one":           {[]result.Compared{row(-0.01, 0.01, 0.01), row(-0.04, 0.01, 0.01)}, 4.2},
		"out of all measure":   {[]result.Compared{row(-1, 1, 0.01)}, 8},
		"no margin, no unit":   {[]result.Compared{row(-1, 1, 0)}, 2.5},
		"no difference at all": {[]result.Compared{{Margin: 0.01}}, 2.5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plotReach(test.rows); got-test.want > 1e-9 || test.want-got > 1e-9 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
