package metrics_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/metrics/statistics"
)

func TestTangoAgreesWithItsDefinition(t *testing.T) {
	for _, want := range readReference(t).Tango {
		candidate := hits(t, want.N, span(0, want.Lost)...)
		champion := hits(t, want.N, span(want.Lost, want.Lost+want.Gained)...)
		got := row(t, compare(t, candidate, champion, []metrics.Spec{gated("accuracy", 0.01)}, metrics.Options{}), "accuracy", "")
		if math.Abs(got.Interval[0]-want.Low) > 1e-6 || math.Abs(got.Interval[1]-want.High) > 1e-6 {
			t.Errorf("%d won, %d lost of %d: %v, want %v to %v", want.Gained, want.Lost, want.N, *got.Interval, want.Low, want.High)
		}
	}
}

// TestBCaAgreesWithSciPy allows for the chance in both: the end of an interval
// from 100,000 resamples is off by about 1 % of its width.
func TestBCaAgreesWithSciPy(t *testing.T) {
	for name, want := range readReference(t).BCa {
		if name == "roc_auc" {
			continue // by DeLong's method
		}
		prefix, metric := "", name
		if name == "skewed_rmse" {
			prefix, metric = "skewed_", "rmse"
		}
		candidate, champion := readReferenceFile(t, prefix+"candidate.csv"), readReferenceFile(t, prefix+"champion.csv")
		c := compare(t, candidate, champion, []metrics.Spec{gated(metric, 0.01)}, metrics.Options{Resamples: 100_000, Confidence: unexpanded(metric, candidate, champion)})
		got := row(t, c, metric, "")
		tolerance := 0.025 * (want.High - want.Low)
		if math.Abs(got.Interval[0]-want.Low) > tolerance || math.Abs(got.Interval[1]-want.High) > tolerance {
			t.Errorf("%s: %v, SciPy has %v to %v", name, *got.Interval, want.Low, want.High)
		}
		se := *got.Detectable / (0.8416212335729143 - statistics.NormalQuantile((1-c.Confidence)/2))
		if math.Abs(se/want.SE-1) > 0.015 {
			t.Errorf("%s: standard error %v, SciPy has %v", name, se, want.SE)
		}
	}
}

// unexpanded is the confidence whose interval, expanded for what few rows make up,
// has the ends that SciPy's has at 0.95.
func unexpanded(metric string, candidate, champion *predictions.Set) float64 {
	mine, theirs := losses(metric, candidate), losses(metric, champion)
	if metric == "rmse" { // the root's slope
		mine, theirs = scaled(mine, 0.5/math.Sqrt(mean(mine))), scaled(theirs, 0.5/math.Sqrt(mean(theirs)))
	}
	for i := range mine {
		mine[i] -= theirs[i]
	}
	center, rows := mean(mine), float64(len(mine))
	for i, v := range mine {
		mine[i] = (v - center) * (v - center)
	}
	student := distuv.StudentsT{Sigma: 1, Nu: statistics.Freedom(mine)}
	return 1 - 2*student.CDF(statistics.NormalQuantile(0.025)*math.Sqrt((rows-1)/rows))
}

// losses are those of each row.
func losses(metric string, set *predictions.Set) []float64 {
	var out []float64
	for i, score := range set.Score {
		label := set.LabelNumber[i]
		if metric == "rmse" {
			out = append(out, (score-label)*(score-label))
		} else {
			out = append(out, -math.Log(label*score+(1-label)*(1-score)))
		}
	}
	return out
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func scaled(values []float64, factor float64) []float64 {
	var out []float64
	for _, v := range values {
		out = append(out, factor*v)
	}
	return out
}

// TestPAgreesWithTheInterval: p is at most α exactly where the interval lies
// on the bad side of 0.
func TestPAgreesWithTheInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	below := 0
	for range 60 {
		a, b := simulated(random, 120, 1, 0.65)
		c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("roc_auc", 0), gated("log_loss", 0), gated("rmse", 0), gated("accuracy", 0)}, metrics.Options{Resamples: 5000})
		for _, r := range c.Rows {
			if r.P == nil {
				continue
			}
			worse := r.Interval[1] < 0
			if r.Better == "lower" {
				worse = r.Interval[0] > 0
			}
			if worse != (*r.P <= 0.025) {
				t.Errorf("%s: p %v and interval %v", r.Metric, *r.P, *r.Interval)
			}
			if worse {
				below++
			}
		}
	}
	if below < 60 || below > 180 {
		t.Errorf("%d of 240 intervals lie on the bad side: the test tests nothing", below)
	}
}

// TestTheSameBytesOnAnyNumberOfCores has every kind of unit, and every method.
func TestTheSameBytesOnAnyNumberOfCores(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(31, 32)), 400, 0.8, 0.8)
	a.slice = slices.Repeat([]string{"x", "y", "y", "y"}, 100)
	b.slice = a.slice
	kinds := map[string]func(d *table){
		"rows":    func(*table) {},
		"groups":  func(d *table) { d.group = numbered(100, 4) },
		"weights": func(d *table) { d.weight = slices.Repeat([]float64{1, 2}, 200) },
		"times": func(d *table) {
			for i := range d.labels {
				d.time = append(d.time, float64(i))
			}
		},
	}
	for kind, change := range kinds {
		x, y := a, b
		change(&x)
		change(&y)
		run := func(cores int, seed uint64) string {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			opts := metrics.Options{Seed: seed, Resamples: 800, SliceMetrics: twelve()}
			data, err := json.Marshal(compare(t, x.predictions(t), y.predictions(t), every(), opts).Rows)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		one := run(1, 7)
		for _, cores := range []int{2, 7} {
			if run(cores, 7) != one {
				t.Errorf("%s: %d cores give another result", kind, cores)
			}
		}
		if run(1, 8) == one {
			t.Errorf("%s: the seed changes nothing", kind)
		}
	}
}

// TestLargeDataNeedsNoResamples: from 20,000 rows the normal interval is used.
func TestLargeDataNeedsNoResamples(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(41, 42)), 20_000, 0.8, 0.8)
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("log_loss", 0.02), gated("rmse", 0.02)}, metrics.Options{})
	for _, r := range c.Rows {
		if r.Method != "influence function, normal interval" || r.Verdict == "inconclusive" {
			t.Errorf("%s: %s, %s", r.Metric, r.Method, r.Verdict)
		}
	}
}

// TestHighConfidenceNeedsMoreResamples: the end of an interval needs replicates beyond it.
func TestHighConfidenceNeedsMoreResamples(t *testing.T) {
	a, b := simulated(rand.New(rand.NewPCG(41, 42)), 100, 0.8, 0.8)
	c := compare(t, a.predictions(t), b.predictions(t), []metrics.Spec{gated("rmse", 0.01)}, metrics.Options{Confidence: 0.998})
	if got := row(t, c, "rmse", "").Method; got != "paired bootstrap, BCa, 20000 resamples" {
		t.Errorf("method %q", got)
	}
}
