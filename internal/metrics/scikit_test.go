package metrics_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
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
		set := inMemory(t, filepath.Join("testdata", "scikit", r.File))
		set.Columns.Threshold = r.Threshold
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

// inMemory reads a file of predictions by the names of its columns, without the
// reader: it has its own tests.
func inMemory(t *testing.T, path string) *predictions.Set {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := make(map[string][]string)
	for i, name := range records[0] {
		for _, record := range records[1:] {
			columns[name] = append(columns[name], record[i])
		}
	}
	set := &predictions.Set{Name: path, Items: predictions.NewIDs(columns["id"]), Score: floats(columns["score"]), Weight: floats(columns["weight"])}
	set.Columns = predictions.Columns{ID: "id", Label: "label", Score: "score", Prediction: "decision", Weight: "weight"}
	set.LabelNumber = floats(columns["label"])
	classes := func(texts []string) (codes []int32) {
		for _, text := range texts {
			if !slices.Contains(set.Classes, text) {
				set.Classes = append(set.Classes, text)
			}
			codes = append(codes, int32(slices.Index(set.Classes, text)))
		}
		return codes
	}
	set.Label, set.Decision = classes(columns["label"]), classes(columns["decision"])
	for _, name := range records[0] {
		if class, ok := strings.CutPrefix(name, "score_"); ok {
			at := classes([]string{class})[0]
			set.ClassScore = append(set.ClassScore, make([][]float64, len(set.Classes)-len(set.ClassScore))...)
			set.ClassScore[at] = floats(columns[name])
		}
	}
	if queries := columns["query"]; queries != nil {
		group := predictions.Texts{}
		for _, query := range queries {
			if !slices.Contains(group.Names, query) {
				group.Names = append(group.Names, query)
			}
			group.Code = append(group.Code, int32(slices.Index(group.Names, query)))
		}
		set.Group = &group
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
