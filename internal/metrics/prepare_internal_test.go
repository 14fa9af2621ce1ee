package metrics

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// BenchmarkPrepare prepares twelve metrics of two models on a million rows and
// on twenty slices of them, each with its value.
func BenchmarkPrepare(b *testing.B) {
	const rows, slices = 1_000_000, 20
	random := rand.New(rand.NewPCG(1, 2))
	mine, theirs := answers(random, rows, 2), answers(random, rows, 2)
	for _, set := range []*[]float64{&mine.Score, &theirs.Score} {
		for row := range *set {
			(*set)[row] = min((*set)[row]+0.01*random.Float64(), 1)
		}
	}
	parts := [][]int32{nil}
	for range slices {
		parts = append(parts, nil)
	}
	for row := range rows {
		parts[0] = append(parts[0], int32(row))
		at := 1 + random.IntN(slices)
		parts[at] = append(parts[at], int32(row))
	}
	names := []string{"accuracy", "balanced_accuracy", "precision", "recall", "f1", "f1_macro", "mcc", "roc_auc", "pr_auc", "log_loss", "brier", "calibration_error"}
	for b.Loop() {
		var group sync.WaitGroup
		for _, whole := range []*sample{newSample(mine, nil), newSample(theirs, nil)} {
			group.Go(func() {
				for _, places := range parts {
					s := whole.part(places)
					for _, name := range names {
						definition, _ := Lookup(name)
						if _, _, err := definition.on(s); err != nil {
							b.Error(err)
						}
					}
				}
			})
		}
		group.Wait()
	}
}
