package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// twelve are the metrics of classification that a gate may well name at once.
func twelve() []string {
	return []string{
		"accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
		"roc_auc", "pr_auc", "log_loss", "brier", "f1_macro", "f1_weighted",
	}
}

// classified are two models' answers on so many rows in 20 slices.
func classified(rows int) (candidate, champion *predictions.Set) {
	a, b := simulated(rand.New(rand.NewPCG(1, 2)), rows, 0.8, 0.8)
	ids, slice, label := make([]string, rows), predictions.Texts{Code: make([]int32, rows)}, make([]int32, rows)
	for i := range 20 {
		slice.Names = append(slice.Names, fmt.Sprintf("part%02d", i))
	}
	for row := range rows {
		ids[row], slice.Code[row], label[row] = fmt.Sprintf("r%07d", row), int32(row*7%20), int32(a.labels[row])
	}
	set := func(name string, scores []float64) *predictions.Set {
		return &predictions.Set{
			Name: name, Columns: predictions.Columns{ID: "id", Label: "label", Score: "score", Slices: []string{"part"}},
			Items: predictions.NewIDs(ids), Classes: []string{"0", "1"}, Label: label, LabelNumber: a.labels, Score: scores,
			Slice: []predictions.Texts{slice},
		}
	}
	return set("candidate", a.scores), set("champion", b.scores)
}

// BenchmarkCompare is what docs/statistics.md says of the speed.
func BenchmarkCompare(b *testing.B) {
	var specs []metrics.Spec
	for _, metric := range twelve() {
		specs = append(specs, gated(metric, 0.01))
	}
	for _, rows := range []int{10_000, 1_000_000} {
		candidate, champion := classified(rows)
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c := compare(b, candidate, champion, specs, metrics.Options{SliceMetrics: twelve()})
				if len(c.Rows) != 12*21 || c.Impossible() {
					b.Fatal(len(c.Rows), c.Problems)
				}
			}
		})
	}
}

func BenchmarkReadPredictions(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("id,feature,label,score,part\n")
	for i := range rows {
		fmt.Fprintf(&text, "r%06d,%d,%d,0.%d,%d\n", i, i*7, i%2, i%997, i%5)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		read(b, text.String(), predictions.Columns{Slices: []string{"part"}})
	}
}
