package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
)

// TestAreasAgreeWithPROC holds what a comparison says of ROC AUC, from the rows to
// the verdict's p, to R's pROC, see statistics/testdata/delong.R.
func TestAreasAgreeWithPROC(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("statistics", "testdata", "delong.json"))
	if err != nil {
		t.Fatal(err)
	}
	type scores struct{ Positives, Negatives []float64 }
	var cases map[string]struct {
		Candidate, Champion scores
		Area, Difference, P float64
		Interval            [2]float64 `json:"difference_interval"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	of := func(s scores) table {
		d := table{labels: make([]float64, len(s.Positives)+len(s.Negatives))}
		for i := range s.Positives {
			d.labels[i] = 1
		}
		d.scores = append(append(d.scores, s.Positives...), s.Negatives...)
		return d
	}
	held := 0
	for name, want := range cases {
		c := compare(t, of(want.Candidate).predictions(t), of(want.Champion).predictions(t), []metrics.Spec{gated("roc_auc", 0)}, metrics.Options{})
		got := row(t, c, "roc_auc", "")
		if min(len(want.Candidate.Positives), len(want.Candidate.Negatives)) < 20 {
			if got.Interval != nil {
				t.Errorf("%s: an interval from so few rows of a class", name)
			}
			continue
		}
		held++
		for what, pair := range map[string][2]float64{
			"area": {*got.Candidate, want.Area}, "difference": {*got.Diff, want.Difference}, "p": {*got.P, want.P},
			"lower end": {got.Interval[0], want.Interval[0]}, "upper end": {got.Interval[1], want.Interval[1]},
		} {
			if !(math.Abs(pair[0]-pair[1]) <= 1e-6) {
				t.Errorf("%s: %s is %.12g, pROC has %.12g", name, what, pair[0], pair[1])
			}
		}
	}
	if held < 4 {
		t.Errorf("only %d cases were held to pROC", held)
	}
}
