package predictions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// TestReadsWhatDuckDBWrites: testdata/make.mjs says what is in the file.
func TestReadsWhatDuckDBWrites(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "duckdb.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	set := readBytes(t, data, predictions.Columns{
		Slices: []string{"sure", "part", "day"}, Group: "user", Time: "when", Weight: "weight", Values: []string{"score"},
	})
	if set.Len() != 500 || !set.NumericIDs {
		t.Fatalf("got %d rows, numeric ids %v", set.Len(), set.NumericIDs)
	}
	for _, i := range []int{0, 1, 2, 17, 499} {
		row, ok := set.Items.Find(set.ID(i))
		got := []any{ok, row, set.ID(i), set.LabelAt(i), set.Score[i], set.Slice[0].At(i), set.Slice[1].At(i), set.Slice[2].At(i), set.Group.At(i), set.Time[i] - set.Time[0], set.Weight[i], set.Value[0][i], set.Line(i)}
		want := map[int][]any{
			0:   {true, 0, "0", "cat", 0.0, "True", "0", "2024-01-01", "user 0", 0.0, 0.0, 0.0, 1},
			1:   {true, 1, "419", "dog", 0.0625, "False", "1", "2024-01-02", "user 0", 1000001.0, 0.25, 0.0625, 2},
			2:   {true, 2, "338", `a, "b"`, 0.125, "True", "2", "2024-01-03", "user 0", 2000002.0, 0.5, 0.125, 3},
			17:  {true, 17, "123", `a, "b"`, 0.375, "False", "3", "2024-01-18", "user 5", 17000017.0, 0.25, 0.375, 18},
			499: {true, 499, "81", "dog", 0.25, "False", "2", "2024-01-20", "user 166", 499000499.0, 0.75, 0.25, 500},
		}[i]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
	if _, err := predictions.Read(bytes.NewReader(data), "p", predictions.Columns{Slices: []string{"list"}}); err == nil || err.Error() != `p: column "list" has lists or records as values; write one value for each row` {
		t.Errorf("a list: %v", err)
	}
}
