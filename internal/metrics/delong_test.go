package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
)

// TestAUCAgreesWithPROC compares models as the gate does, from files of
// predictions, and holds the interval to what pROC's roc.test finds.
func TestAUCAgreesWithPROC(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("statistics", "testdata", "delong.json"))
	if err != nil {
		t.Fatal(err)
	}
	type scores struct{ Positives, Negatives []float64 }
	var cases map[string]struct {
		Candidate, Champion scores
		P                   float64
		Interval            [2]float64 `json:"difference_interval"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	held := 0
	for name, want := range cases {
		if len(want.Candidate.Positives) < 20 { // too few for the gate
			continue
		}
		held++
		labels := slices.Concat(slices.Repeat([]float64{1}, len(want.Candidate.Positives)), make([]float64, len(want.Candidate.Negatives)))
		side := func(s scores) table { return table{labels: labels, scores: slices.Concat(s.Positives, s.Negatives)} }
		candidate, champion := side(want.Candidate), side(want.Champion)
		got := row(t, compare(t, candidate.predictions(t), champion.predictions(t), []metrics.Spec{gated("roc_auc", 0.01)}, metrics.Options{}), "roc_auc", "")
		if math.Abs(got.Interval[0]-want.Interval[0]) > 1e-9 || math.Abs(got.Interval[1]-want.Interval[1]) > 1e-9 || math.Abs(*got.P-want.P) > 1e-9 {
			t.Errorf("%s: %v, p %v; pROC finds %v, %v", name, *got.Interval, *got.P, want.Interval, want.P)
		}
	}
	if held < 4 {
		t.Errorf("only %d cases were held", held)
	}
}
