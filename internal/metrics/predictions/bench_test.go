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

func BenchmarkReadJSONLines(b *testing.B) {
	var text bytes.Buffer
	for i := range manyRows {
		id, label, score, region := benchmarkRow(i)
		fmt.Fprintf(&text, `{"id": "%s", "label": %d, "score": %v, "region": "%s"}`+"\n", id, label, score, region)
	}
	benchmarkRead(b, text.Bytes())
}

func BenchmarkReadParquet(b *testing.B) {
	type row struct {
		ID     string  `parquet:"id,snappy"`
		Label  int64   `parquet:"label,snappy"`
		Score  float64 `parquet:"score,snappy"`
		Region string  `parquet:"region,dict,snappy"`
	}
	rows := make([]row, manyRows)
	for i := range rows {
		id, label, score, region := benchmarkRow(i)
		rows[i] = row{id, int64(label), score, region}
	}
	benchmarkRead(b, parquetFile(b, rows))
}

func BenchmarkDigest(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("id,label,score,region\n")
	for i := range manyRows {
		id, label, score, region := benchmarkRow(i)
		fmt.Fprintf(&text, "%s,%d,%v,%s\n", id, label, score, region)
	}
	columns := predictions.Columns{Slices: []string{"region"}}
	for b.Loop() {
		b.StopTimer()
		set := readBytes(b, text.Bytes(), columns)
		b.StartTimer()
		set.Digest()
	}
}

func BenchmarkMatch(b *testing.B) {
	var sorted, mixed bytes.Buffer
	sorted.WriteString("id,score\n")
	mixed.WriteString("id,score\n")
	for i := range manyRows {
		fmt.Fprintf(&sorted, "r%07d,0\n", i)
		fmt.Fprintf(&mixed, "r%07d,0\n", (i*7919)%manyRows)
	}
	one, other := readBytes(b, sorted.Bytes(), predictions.Columns{}), readBytes(b, mixed.Bytes(), predictions.Columns{})
	for name, champion := range map[string]*predictions.Set{"same order": one, "other order": other} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, lost, extra := predictions.Match(one, champion); len(lost)+len(extra) > 0 {
					b.Fatal(lost, extra)
				}
			}
		})
	}
}
