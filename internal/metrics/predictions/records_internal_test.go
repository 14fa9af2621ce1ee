package predictions

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/input"
)

// recordsOf reads a table in pieces of a size, with the line of each record.
func recordsOf(text string, size int) (records [][]string, lines []int, err error) {
	b := &blocks{in: strings.NewReader(text), size: size, longest: 1 << 20, quoted: true, line: 1}
	var header []string
	var first block
	t := &table{path: "p", comma: ',', limit: b.longest}
	var r *csv.Reader
	for header == nil {
		if first, err = b.next(); errors.Is(err, io.EOF) {
			return nil, nil, nil
		}
		r = t.reader(first.text)
		if header, err = r.Read(); err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, t.wrong(header, first.line-1, err)
		}
	}
	t.width = len(header)
	records, lines = [][]string{slices.Clone(header)}, []int{0}
	end := int(r.InputOffset())
	piece := block{text: first.text[end:], line: first.line + strings.Count(first.text[:end], "\n")}
	for err = nil; err == nil; {
		err = t.records(piece, func(record []string, line func(int) int) error {
			records = append(records, slices.Clone(record))
			lines = append(lines, line(0))
			return nil
		})
		if err != nil {
			return records, lines, err
		}
		piece, err = b.next()
	}
	return records, lines, nil
}

// FuzzRecords: whatever the text and wherever it is cut into pieces, records,
// their lines and the first mistake are those of encoding/csv.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{
		"i,b\n1,2\n3,4\n", "i,b\r\n1,2\r\n\r\n\n3,4\r", "i,b\n\"1\n2\",3\n4,\"5\"\"\n\"\n", "i,b\n1,2,3\n", "i,b\n1\n", "i,b\n\"1,2\n3,4\n",
		"i,b\n1\"x,2\n3,4\n5,6\n", "i,b\n\"1\"x,2\n3,4\n", "i\n\r\r\n\"\r\n\"\n", "\n\ni,b\n\n1,2", "i,\"b\nc\"\n1,2\n", "i,b\n1,\"\n\n\n2\",3\n", "\"\n",
	} {
		for _, size := range []uint8{1, 5, 200} {
			f.Add(text, size)
		}
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		r := csv.NewReader(strings.NewReader(text))
		var want [][]string
		var wantLines []int
		var mistake error
		for mistake == nil {
			var record []string
			if record, mistake = r.Read(); mistake == nil {
				line, _ := r.FieldPos(0)
				want, wantLines = append(want, record), append(wantLines, line)
			}
		}
		got, lines, err := recordsOf(text, max(int(size), 1))
		if !slices.EqualFunc(want, got, slices.Equal[[]string]) || (len(want) > 1 && !slices.Equal(wantLines[1:], lines[1:])) {
			t.Fatalf("got %q %v, want %q %v", got, lines, want, wantLines)
		}
		parsed, wrong := errors.AsType[*csv.ParseError](mistake)
		if !wrong {
			if err != nil {
				t.Fatalf("got %v, want no mistake", err)
			}
			return
		}
		named, ok := errors.AsType[*input.FileError](err)
		if !ok || named.Line != parsed.Line {
			t.Fatalf("got %v, want %v", err, mistake)
		}
	})
}
