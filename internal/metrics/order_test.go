package metrics_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// answered writes the answers of two models to the same questions, of every kind:
// one record each, without the header.
func answered(rows int) (header string, candidate, champion []string) {
	random := rand.New(rand.NewPCG(61, 62))
	asked := ""
	for i := range rows {
		if i%2 == 0 { // two answers to each item
			class, number := []string{"cat", "dog", "7"}[random.IntN(3)], 1+random.Float64()
			asked = fmt.Sprintf("%s,%v,%d,g%d,%d,%v,%d", class, number, random.IntN(2), i/2%40, i/2, 0.5+float64(i/2%7), i/2%2)
		}
		for _, side := range []*[]string{&candidate, &champion} {
			a, b := random.Float64(), random.Float64()
			*side = append(*side, fmt.Sprintf("%d,id%d,%d,%s,%v,%v,%v,%v,%v", i, i/2, i%2, asked, a*b, a*(1-b), 1-a, random.Float64(), random.NormFloat64()))
		}
	}
	return "row,item,try,class,number,one,user,day,weight,part,score_cat,score_dog,score_7,p,latency\n", candidate, champion
}

// TestTheOrderOfRowsChangesNothing: whatever the order in which either file has
// its rows, the values, the intervals and the verdicts are the same to the last digit.
func TestTheOrderOfRowsChangesNothing(t *testing.T) {
	header, candidate, champion := answered(200)
	columns := func(label, score string) predictions.Columns {
		return predictions.Columns{ID: "row", Label: label, Score: score, Slices: []string{"part"}, Values: []string{"latency"}}
	}
	with := func(c predictions.Columns, change func(*predictions.Columns)) predictions.Columns {
		change(&c)
		return c
	}
	answers := func(c *predictions.Columns) { c.ID, c.Repeat = "item", "try" }
	for name, columns := range map[string]predictions.Columns{
		"classes":         columns("class", ""),
		"numbers":         columns("number", "p"),
		"ones":            columns("one", "p"),
		"groups":          with(columns("one", "p"), func(c *predictions.Columns) { c.Group = "user" }),
		"times":           with(columns("one", "p"), func(c *predictions.Columns) { c.Time = "day" }),
		"weights":         with(columns("one", "p"), func(c *predictions.Columns) { c.Weight = "weight" }),
		"ranking":         with(columns("number", "p"), func(c *predictions.Columns) { c.Group = "user" }),
		"several answers": with(columns("one", "p"), answers),
		"classes of them": with(columns("class", ""), answers),
		"numbers of them": with(columns("number", "p"), answers),
	} {
		t.Run(name, func(t *testing.T) {
			want := ""
			for seed := range uint64(2) {
				random := rand.New(rand.NewPCG(seed, 63))
				file := func(records []string) *predictions.Set {
					records = slices.Clone(records)
					if seed > 0 {
						random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
					}
					return read(t, header+strings.Join(records, "\n"), columns)
				}
				got := everything(t, file(candidate), file(champion))
				if want == "" {
					want = got
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("another order (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// everything compares by all metrics that the sets have.
func everything(t *testing.T, candidate, champion *predictions.Set) string {
	t.Helper()
	var specs []metrics.Spec
	var names []string
	for _, metric := range append(metrics.Known(), "latency", "top_2_accuracy", "ndcg@3") {
		if _, err := metrics.Compute(metric, candidate); err == nil {
			specs, names = append(specs, gated(metric, 0.05)), append(names, metric)
		}
	}
	if len(specs) < 3 {
		t.Fatalf("only %q can be computed", names)
	}
	c := compare(t, candidate, champion, specs, metrics.Options{Resamples: 800, SliceMetrics: names[:2]})
	intervals := 0
	for _, r := range c.Rows {
		if r.Interval != nil {
			intervals++
		}
	}
	if intervals < len(specs)/2 {
		t.Fatalf("only %d intervals of %q: %+v", intervals, names, c.Problems)
	}
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
