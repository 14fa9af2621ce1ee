package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// BenchmarkPrepare prepares twelve metrics of two models on a million rows and
// on twenty slices of them, each with its value.
func BenchmarkPrepare(b *testing.B) {
	const rows, count = 1_000_000, 20
	random := rand.New(rand.NewPCG(1, 2))
	mine, theirs := answers(random, rows, 2), answers(random, rows, 2)
	for _, set := range []*[]float64{&mine.Score, &theirs.Score} {
		for row := range *set {
			(*set)[row] = min((*set)[row]+0.01*random.Float64(), 1)
		}
	}
	parts := [][]int32{nil}
	for range count {
		parts = append(parts, nil)
	}
	for row := range rows {
		parts[0] = append(parts[0], int32(row))
		at := 1 + random.IntN(count)
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

// TestSamplesAreSharedSafely prepares all metrics of one sample and of its parts
// at once, and gets what each of them gets alone. It is for the race detector.
func TestSamplesAreSharedSafely(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	set := answers(random, 300, 2)
	whole := newSample(set, nil)
	part := []int32{5, 3, 7, 100, 101, 102, 200, 1, 0, 250}
	var group sync.WaitGroup
	for range 2 {
		for _, s := range []*sample{whole, whole.part(part), whole.part(nil)} {
			for _, name := range Known() {
				definition, _ := Lookup(name)
				group.Go(func() {
					_, got, err := definition.on(s)
					_, alone, errAlone := definition.on(newSample(set, nil).part(s.rows))
					if got != alone || (err == nil) != (errAlone == nil) {
						t.Errorf("%s of %d rows is %v, alone %v (%v, %v)", name, s.len(), got, alone, err, errAlone)
					}
				})
			}
		}
	}
	group.Wait()
}

// TestPartOfAPart keeps the order that was asked for.
func TestPartOfAPart(t *testing.T) {
	weight := []float64{1, 2, 3, 4, 5, 6}
	set := answers(rand.New(rand.NewPCG(5, 6)), len(weight), 2)
	s := newSample(set, weight).part([]int32{5, 3, 1, 0}).part([]int32{2, 0})
	if s.len() != 2 || s.row(0) != 1 || s.row(1) != 5 || s.weight[0] != 2 || s.weight[1] != 6 || s.total() != 8 {
		t.Errorf("rows %v, weights %v", s.rows, s.weight)
	}
}

// TestRanking sorts what is hard to sort.
func TestRanking(t *testing.T) {
	scores := []float64{1e308, -5e-324, 0, math.Copysign(0, -1), -1e308, 5e-324, 0.1, -0.1, 1e308}
	set := answers(rand.New(rand.NewPCG(5, 6)), len(scores), 2)
	set.Score = scores
	r, err := newSample(set, nil).ranking()
	if err != nil {
		t.Fatal(err)
	}
	if want := []int32{4, 7, 1, 2, 3, 5, 6, 0, 8}; !slices.Equal(r.places, want) {
		t.Errorf("order %v, want %v", r.places, want)
	}
	if want := []bool{true, true, true, false, true, true, true, false, true}; !slices.Equal(r.last, want) {
		t.Errorf("ends of ties %v, want %v", r.last, want)
	}
}

// BenchmarkValue computes each kind of statistic under one resample of 10,000 rows.
func BenchmarkValue(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	set := answers(random, 10_000, 2)
	times := make([]float64, set.Len())
	for range times {
		times[random.IntN(len(times))]++
	}
	for _, name := range []string{"f1_macro", "roc_auc", "pr_auc", "log_loss", "calibration_error"} {
		definition, _ := Lookup(name)
		statistic, _, err := definition.on(newSample(set, nil))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				statistic.value(times)
			}
		})
	}
}
