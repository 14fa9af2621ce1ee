package predictions_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// manyRows is a file as test sets of a million rows are: ids without order.
const manyRows = 1_000_000

func benchmarkRow(i int) (id string, label int, score float64, region string) {
	mixed := uint32(i) * 2654435761
	return fmt.Sprintf("c%08x", mixed), int(mixed>>7) & 1, float64(mixed%1_000_003) / 1_000_003, []string{"north", "east", "south", "west"}[mixed>>3&3]
}

func benchmarkRead(b *testing.B, data []byte) {
	b.Helper()
	if file := os.Getenv("BENCH_FILE"); file != "" { // to time other programs on the same data
		if err := os.WriteFile(file, data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		set, err := predictions.Read(bytes.NewReader(data), "p", predictions.Columns{Slices: []string{"region"}})
		if err != nil || set.Len() != manyRows {
			b.Fatal(set.Len(), err)
		}
	}
}

func BenchmarkReadCSV(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("id,label,score,region\n")
	for i := range manyRows {
		id, label, score, region := benchmarkRow(i)
		fmt.Fprintf(&text, "%s,%d,%v,%s\n", id, label, score, region)
	}
	benchmarkRead(b, text.Bytes())
}
