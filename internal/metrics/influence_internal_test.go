package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// answers draws predictions in memory: labels 0 and 1, or several classes with
// scores for each.
func answers(random *rand.Rand, n, classes int) *predictions.Set {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("r%05d", i)
	}
	set := &predictions.Set{Name: "memory", Items: predictions.NewIDs(ids)}
	for class := range classes {
		set.Classes = append(set.Classes, fmt.Sprint(class))
	}
	if classes == 2 {
		slices.Reverse(set.Classes) // the codes of a file are in any order
	} else {
		set.ClassScore = make([][]float64, classes)
	}
	for range n {
		label := random.IntN(classes)
		set.Label = append(set.Label, int32(slices.Index(set.Classes, fmt.Sprint(label))))
		set.LabelNumber = append(set.LabelNumber, float64(label))
		if classes == 2 {
			// One decimal: many ties.
			set.Score = append(set.Score, math.Round(10/(1+math.Exp(1-2*float64(label)-random.NormFloat64())))/10)
			continue
		}
		total, scores := 0.0, make([]float64, classes)
		for class := range scores {
			scores[class] = math.Exp(random.NormFloat64() + 1.5*indicator(class == label))
			total += scores[class]
		}
		for class := range scores {
			set.ClassScore[class] = append(set.ClassScore[class], scores[class]/total)
		}
	}
	return set
}

// TestInfluenceIsTheDerivative holds every metric's influence against the change
// of its value where one row counts a little more, with weights and without, of
// the whole set and of a part in another order.
func TestInfluenceIsTheDerivative(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	weight := make([]float64, 200)
	for i := range weight {
		weight[i] = 0.5 + random.Float64()
	}
	var part []int32
	for _, row := range random.Perm(len(weight))[:120] {
		part = append(part, int32(row))
	}
	sets := map[string]*predictions.Set{"two classes": answers(random, len(weight), 2), "four classes": answers(random, len(weight), 4), "forty classes": answers(random, len(weight), smallTable+8), "numbers": quantities(random, len(weight))}
	tasks := map[string][]Task{
		"two classes": {Classification, Binary}, "four classes": {Classification}, "forty classes": {Classification}, "numbers": {Regression, Ranking, Graded},
	}
	for data, set := range sets {
		samples := map[string]*sample{"plain": newSample(set, nil), "weighted": newSample(set, weight), "part": newSample(set, weight).part(part)}
		for _, metric := range append(Known(), "ndcg@3", "top_2_accuracy", "cost") {
			definition, err := LookupIn(set, metric)
			if err != nil || !slices.Contains(tasks[data], definition.Task) || data == "two classes" && metric == "top_2_accuracy" {
				continue
			}
			for name, s := range samples {
				t.Run(fmt.Sprintf("%s of %s, %s", metric, data, name), func(t *testing.T) { checkInfluence(t, definition, s) })
			}
		}
	}
}

// quantities draws labels and scores that are numbers, in groups, and a column of values.
func quantities(random *rand.Rand, n int) *predictions.Set {
	set := answers(random, n, 2)
	set.Label, set.Classes = nil, nil
	set.Columns.Values, set.Value = []string{"cost"}, [][]float64{make([]float64, n)}
	set.Group = &predictions.Texts{}
	for q := range n / 8 {
		set.Group.Names = append(set.Group.Names, fmt.Sprint("query ", q))
	}
	for row := range n {
		set.LabelNumber[row] = float64(1 + random.IntN(4))
		set.Score[row] = set.LabelNumber[row] + math.Round(2*random.NormFloat64())/2
		set.Value[0][row] = random.ExpFloat64()
		set.Group.Code = append(set.Group.Code, int32(random.IntN(n/8)))
	}
	return set
}

func checkInfluence(t *testing.T, d Definition, s *sample) {
	t.Helper()
	statistic, value, err := d.on(s)
	if err != nil {
		t.Fatal(err)
	}
	influence := statistic.influence()
	times := make([]float64, s.len())
	for i := range times {
		times[i] = 1
	}
	if again := statistic.value(times); !(math.Abs(again-value) <= 1e-12) {
		t.Errorf("value is %v, with each row once %v", value, again)
	}
	const step = 1e-5
	mean := 0.0
	for i, psi := range influence {
		mean += at(s.weight, i) * psi / s.total()
		times[i] = 1 + step
		above := statistic.value(times)
		times[i] = 1 - step
		below := statistic.value(times)
		times[i] = 1
		want := (above - below) / (2 * step) * s.total() / at(s.weight, i)
		if !(math.Abs(psi-want) <= 1e-5*max(1, math.Abs(want))) {
			t.Fatalf("influence of place %d is %v, the derivative %v", i, psi, want)
		}
	}
	if !(math.Abs(mean) <= 1e-12*float64(len(influence))) {
		t.Errorf("mean influence is %v", mean)
	}
	if effects := statistic.effects(); len(effects) != len(influence) {
		t.Errorf("%d effects of %d places", len(effects), len(influence))
	}
}

// TestTimesAreRowsDrawn holds the value of a resample given as times to the value
// of the rows themselves, in which a third is missing and others are there twice.
func TestTimesAreRowsDrawn(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for data, set := range map[string]*predictions.Set{"two classes": answers(random, 60, 2), "four classes": answers(random, 60, 4), "numbers": quantities(random, 60)} {
		weight := make([]float64, set.Len())
		for i := range weight {
			weight[i] = 0.5 + random.Float64()
		}
		for range 20 {
			times, drawn := make([]float64, set.Len()), make([]int32, set.Len())
			for i := range drawn {
				drawn[i] = int32(random.IntN(set.Len()))
				times[drawn[i]]++
			}
			whole := newSample(set, weight)
			for _, metric := range append(Known(), "top_2_accuracy", "cost") {
				definition, err := LookupIn(set, metric)
				if err != nil || definition.Task == Ranking { // its units are queries
					continue
				}
				statistic, _, err := definition.on(whole)
				if err != nil {
					continue // another kind of data
				}
				_, want, err := definition.on(whole.part(drawn))
				if got := statistic.value(times); err != nil || !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
					t.Errorf("%s of %s is %v, of the rows drawn %v (%v)", metric, data, got, want, err)
				}
			}
		}
	}
}

// TestUndefinedResamples are NaN, so that they can be counted.
func TestUndefinedResamples(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	binary, numbers := answers(random, 50, 2), quantities(random, 50)
	ones, same := make([]float64, 50), make([]float64, 50)
	for i := range ones {
		ones[i] = binary.LabelNumber[i]
		same[i] = indicator(numbers.LabelNumber[i] == 3)
	}
	for metric, times := range map[string][]float64{"roc_auc": ones, "pr_auc": make([]float64, 50), "r2": same, "mae": make([]float64, 50), "accuracy": make([]float64, 50), "f1_macro": make([]float64, 50)} {
		definition, _ := Lookup(metric)
		set := binary
		if definition.Task == Regression {
			set = numbers
		}
		statistic, _, err := definition.on(newSample(set, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := statistic.value(times); !math.IsNaN(got) {
			t.Errorf("%s is %v", metric, got)
		}
	}
}

// TestTheHighestScoreMayBeMissing in a resample.
func TestTheHighestScoreMayBeMissing(t *testing.T) {
	set := answers(rand.New(rand.NewPCG(11, 12)), 4, 2)
	set.Label = []int32{0, 1, 0, 1} // 1 0 1 0: the classes are 1, 0
	set.Score = []float64{0.9, 0.8, 0.7, 0.6}
	definition, _ := Lookup("pr_auc")
	statistic, _, err := definition.on(newSample(set, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := statistic.value([]float64{0, 1, 3, 0}); got != 0.75 {
		t.Errorf("got %v", got)
	}
}

// TestEffectsTellModelsApart: a row has the same effect exactly where both models
// gave the answer that counts, in whatever order a file has its classes.
func TestEffectsTellModelsApart(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	a := answers(random, 60, 4)
	b := *a
	b.Classes = append(slices.Clone(a.Classes), "-1") // a class that nobody decides for
	slices.Reverse(b.Classes)
	b.ClassScore = append(slices.Clone(a.ClassScore), nil)
	slices.Reverse(b.ClassScore)
	b.Label = make([]int32, len(a.Label))
	for row, code := range a.Label {
		b.Label[row] = 4 - code
	}
	for _, metric := range Known() {
		definition, _ := Lookup(metric)
		if definition.Task != Classification {
			continue
		}
		x, _, errX := definition.on(newSample(a, nil))
		y, _, errY := definition.on(newSample(&b, nil))
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		for place, effect := range y.effects() {
			if math.Abs(effect-x.effects()[place]) > 1e-12 {
				t.Errorf("%s: effect of place %d is %v and %v", metric, place, x.effects()[place], effect)
			}
		}
	}
	s := newSample(a, nil)
	cells, err := s.decision()
	if err != nil {
		t.Fatal(err)
	}
	accuracy, _ := Lookup("accuracy")
	statistic, _, _ := accuracy.on(s)
	for place, effect := range statistic.effects() {
		if effect != indicator(cells.label[place] == cells.decision[place]) {
			t.Errorf("accuracy: effect of place %d is %v", place, effect)
		}
	}
}
