package metrics_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// scikit is what testdata/scikit.py found for one file of predictions.
type scikit struct {
	File            string
	Threshold       *float64
	Plain, Weighted map[string]float64
}

// TestDefinitionsAgreeWithScikitLearn holds every metric to scikit-learn's value
// on predictions for its bundled data sets, with weights and without.
func TestDefinitionsAgreeWithScikitLearn(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "scikit", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var references []scikit
	if err := json.Unmarshal(data, &references); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, r := range references {
		set := readAll(t, filepath.Join("testdata", "scikit", r.File), r.Threshold)
		weighted, plain := *set, *set
		plain.Weight = nil
		for metric := range r.Plain {
			seen[metric] = true
			agree(t, r.File, metric, &plain, r.Plain[metric])
			agree(t, r.File+" with weights", metric, &weighted, r.Weighted[metric])
		}
	}
	for _, metric := range metrics.Known() {
		if !seen[metric] {
			t.Errorf("%s is held to nothing", metric)
		}
	}
}

func agree(t *testing.T, file, metric string, set *predictions.Set, want float64) {
	t.Helper()
	got, err := metrics.Compute(metric, set)
	if err != nil {
		t.Errorf("%s of %s: %v", metric, file, err)
		return
	}
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s of %s is %.15g, scikit-learn has %.15g", metric, file, got, want)
	}
}

// readAll reads a file of predictions with the columns that scikit.py gave it.
func readAll(t *testing.T, path string, threshold *float64) *predictions.Set {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	columns := predictions.Columns{Weight: "weight", Threshold: threshold}
	header, _, _ := strings.Cut(string(data), "\n")
	for name := range strings.SplitSeq(strings.TrimSpace(header), ",") {
		switch name {
		case "decision":
			columns.Prediction = name
		case "query":
			columns.Group = name
		}
	}
	set, err := predictions.Read(bytes.NewReader(data), path, columns)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// floats reads numbers; it returns nil if one of the texts is none.
func floats(texts []string) []float64 {
	var out []float64
	for _, text := range texts {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}
