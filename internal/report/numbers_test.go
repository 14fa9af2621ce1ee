package report

import (
	"math"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// A comparison shows two digits of the half-width of its interval, and what
// little more it takes to tell its numbers apart.
func TestPrecision(t *testing.T) {
	row := func(champion, candidate, low, high, margin float64) result.Compared {
		diff := candidate - champion
		return result.Compared{Champion: &champion, Candidate: &candidate, Diff: &diff, Interval: &[2]float64{low, high}, Margin: margin}
	}
	type want struct{ champion, candidate, change, interval, margin string }
	tests := map[string]struct {
		row  result.Compared
		want want
	}{
		"a drop in AUC":          {row(0.9412, 0.8934, -0.0786, -0.0169, 0.02), want{"0.941", "0.893", "−0.048", "[−0.079, −0.017]", "0.020"}},
		"a narrow interval":      {row(0.96131, 0.96277, -0.0011, 0.0042, 0.005), want{"0.9613", "0.9628", "+0.0015", "[−0.0011, +0.0042]", "0.005"}},
		"a margin of its own":    {row(0.2313, 0.2291, -0.0063, 0.0019, 0.004626), want{"0.2313", "0.2291", "−0.0022", "[−0.0063, +0.0019]", "0.0046"}},
		"no margin":              {row(0.5, 0.6, 0.05, 0.15, 0), want{"0.500", "0.600", "+0.100", "[+0.050, +0.150]", "none"}},
		"large values":           {row(1234.5, 1240.1, -8, 19, 25), want{"1234", "1240", "+6", "[−8, +19]", "25"}},
		"values in between":      {row(12.34, 12.91, -0.2, 1.3, 0.5), want{"12.34", "12.91", "+0.57", "[−0.20, +1.30]", "0.50"}},
		"very small values":      {row(1e-12, 2e-12, 0.5e-12, 1.5e-12, 1e-13), want{"1.000e−12", "2.000e−12", "+1.000e−12", "[+5.000e−13, +1.500e−12]", "1.000e−13"}},
		"huge values":            {row(1e12, 1e12, -5e10, 5e10, 1e9), want{"1.000e+12", "1.000e+12", "0.000e+00", "[−5.000e+10, +5.000e+10]", "1.000e+09"}},
		"a tiny change seen":     {row(0.9, 0.9004, -0.05, 0.05, 0.1), want{"0.9000", "0.9004", "+0.0004", "[−0.0500, +0.0500]", "0.100"}},
		"an interval of nothing": {row(0.9, 0.9, 0, 0, 0.01), want{"0.900", "0.900", "0.000", "[0.000, 0.000]", "0.010"}},
		"nothing known":          {result.Compared{Margin: 0.01}, want{"–", "–", "–", "", "0.010"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := precisionFor(test.row)
			got := want{p.value(test.row.Champion), p.value(test.row.Candidate), p.change(test.row.Diff), p.interval(test.row.Interval), p.margin(test.row.Margin)}
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestNumberWords(t *testing.T) {
	p := func(v float64) *float64 { return &v }
	tests := []struct{ got, want string }{
		{pValue(nil), ""},
		{pValue(p(math.NaN())), ""},
		{pValue(p(0.00002)), "p < 0.001"},
		{pValue(p(0.0071)), "p = 0.007"},
		{pValue(p(0.2134)), "p = 0.21"},
		{pValue(p(0.999)), "p > 0.99"},
		{percent(0.95), "95 %"},
		{percent(0.3333), "33.3 %"},
		{percent(0), "0 %"},
		{percent(math.Inf(1)), "–"},
		{significant(1204, 3), "1204"},
		{significant(0.92961, 4), "0.9296"},
		{significant(-0.5, 3), "−0.5"},
		{significant(1.5e-8, 3), "1.5e−08"},
		{significant(2e12, 3), "2e+12"},
		{significant(math.NaN(), 3), "–"},
		{duration(0.04), "under 0.1 s"},
		{duration(0), "0.0 s"},
		{duration(0.42), "0.4 s"},
		{duration(9.97), "10 s"},
		{duration(59.7), "1 min 00 s"},
		{duration(122.9), "2 min 03 s"},
		{duration(3599.9), "1 h 00 min"},
		{duration(90061), "25 h 01 min"},
		{duration(-1), "–"},
		{duration(math.NaN()), "–"},
		{plural(1, "row", "rows"), "1 row"},
		{plural(0, "row", "rows"), "0 rows"},
		{moment(time.Time{}), ""},
		{moment(time.Date(2026, 5, 9, 9, 30, 59, 0, time.FixedZone("", 7200))), "2026-05-09 07:30 UTC"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
