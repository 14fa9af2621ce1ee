package predictions_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// fuzzRead holds what any file gives to what a set must be: refused with a place,
// or columns that fit together and hold no number that is none.
func fuzzRead(t *testing.T, data []byte, columns predictions.Columns) {
	t.Helper()
	set, err := predictions.Read(bytes.NewReader(data), "p", columns)
	if err != nil {
		wrong, ok := errors.AsType[*input.FileError](err)
		if !ok || wrong.Msg == "" || wrong.Line < 0 || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("error %#v", err)
		}
		return
	}
	n := set.Len()
	for _, numbers := range append([][]float64{set.Score, set.LabelNumber, set.Weight, set.Time}, append(set.ClassScore, set.Value...)...) {
		if numbers != nil && len(numbers) != n {
			t.Fatalf("%d numbers in %d rows", len(numbers), n)
		}
		for _, number := range numbers {
			if math.IsNaN(number) || math.IsInf(number, 0) {
				t.Fatalf("number %v", number)
			}
		}
	}
	seen := make(map[string]bool)
	for row := range n {
		id := set.ID(row)
		if _, ok := set.Items.Find(id); !ok || id == "" || (seen[id] && set.Item == nil) || set.Line(row) < 1 {
			t.Fatalf("row %d has the id %q, line %d", row, id, set.Line(row))
		}
		seen[id] = true
		_ = set.LabelAt(row)
		for _, slice := range set.Slice {
			_ = slice.At(row)
		}
	}
	if len(set.Digest()) != 64 || n == 0 {
		t.Fatalf("%d rows have the digest %s", n, set.Digest())
	}
}

// columnsFor are the columns that the seeds have, or only some of them.
func columnsFor(more bool) predictions.Columns {
	if more {
		return allColumns()
	}
	return predictions.Columns{Label: "guess", Score: "weight", Repeat: "day"}
}

func fuzzFormat(f *testing.F, format string, more ...string) {
	f.Helper()
	f.Add(written(f, answers(3))[format], true)
	f.Add(written(f, answers(3))[format], false)
	for _, seed := range more {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, more bool) { fuzzRead(t, data, columnsFor(more)) })
}

func FuzzReadCSV(f *testing.F) {
	fuzzFormat(f, "csv", "id,guess,weight,day\n\"a\n\",1,0,1\na,1,1e308,2\r\n\r\n\"a\n\",1,-0,3", "id\tguess\tweight\tday\n1\t2\t3\t4\n")
}

func FuzzReadJSONLines(f *testing.F) {
	fuzzFormat(f, "jsonl", "{\"id\":1,\"guess\":true,\"weight\":1e3,\"day\":{\"a\":[1,{}]}}\n", "{\"id\":\"\\u0061\\ud83d\\ude00\",\"guess\":1.0,\"weight\":NaN,\"day\":null}\n")
}

func FuzzReadParquet(f *testing.F) {
	f.Add(written(f, answers(3))["parquet, pages1"], true)
	fuzzFormat(f, "parquet")
}

func FuzzReadGzip(f *testing.F) { fuzzFormat(f, "csv.gz", "\x1f\x8b\x08\x00") }
