package predictions_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// answer is a row of all kinds of columns.
type answer struct {
	ID     int64   `parquet:"id,delta" json:"id"`
	Label  string  `parquet:"label,dict" json:"label"`
	Guess  string  `parquet:"guess" json:"guess"`
	Cat    float64 `parquet:"score.cat" json:"score.cat"`
	Dog    float64 `parquet:"score.dog,split" json:"score.dog"`
	Part   string  `parquet:"part,dict,snappy" json:"part"`
	User   *int32  `parquet:"user,optional,zstd" json:"user"`
	Day    string  `parquet:"day,delta,gzip" json:"day"`
	Weight float32 `parquet:"weight" json:"weight"`
	Loss   float64 `parquet:"loss,dict" json:"loss"`
	Sure   bool    `parquet:"sure" json:"sure"`
	Prompt string  `parquet:"prompt" json:"prompt"`
}

func allColumns() predictions.Columns {
	return predictions.Columns{
		Prediction: "guess", Slices: []string{"part", "sure"}, Group: "user", Time: "day", Weight: "weight", Values: []string{"loss"},
	}
}

func answers(n int) []answer {
	rows := make([]answer, n)
	for i := range rows {
		user := int32(i / 3)
		rows[i] = answer{
			ID: int64(i*7919%n) + 1, Label: []string{"cat", "dog", "a\n\"b\""}[i%5%3], Guess: []string{"dog", "cat", "bird"}[i%7%3],
			Cat: float64(i%11) / 16, Dog: 1 - float64(i%11)/16, Part: []string{"x", "y, z", ""}[i%3], User: &user,
			Day: fmt.Sprintf("2024-01-%02dT00:00:%02dZ", 1+i%28, i%60), Weight: float32(i%4) / 4, Loss: math.Copysign(float64(i)*1e300, -1), Sure: i%2 == 0,
			Prompt: strings.Repeat("long, \"quoted\"\ntext ", i%3),
		}
	}
	return rows
}

// csvFile has the rows as a program for Windows writes them.
func csvFile(rows []answer) []byte {
	var csv bytes.Buffer
	csv.WriteString("\ufeffid,label,guess,score.cat,score.dog,part,user,day,weight,loss,sure,prompt\r\n")
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	for _, r := range rows {
		sure := map[bool]string{true: "True", false: "False"}[r.Sure]
		fmt.Fprintf(&csv, "%d,%s,%s,%v,%v,%s,%d,%s,%v,%v,%s,%s\r\n", r.ID, quote(r.Label), r.Guess, r.Cat, r.Dog, quote(r.Part), *r.User, r.Day, r.Weight, r.Loss, sure, quote(r.Prompt))
	}
	return csv.Bytes()
}

// written are the same rows in every format.
func written(tb testing.TB, rows []answer) map[string][]byte {
	tb.Helper()
	var lines bytes.Buffer
	for _, r := range rows {
		text, err := json.Marshal(r)
		if err != nil {
			tb.Fatal(err)
		}
		lines.Write(append(text, '\n'))
	}
	files := map[string][]byte{
		"csv": csvFile(rows), "tsv": tabs(csvFile(rows)), "jsonl": lines.Bytes(),
		"parquet":         parquetFile(tb, rows),
		"parquet, pages":  parquetFile(tb, rows, parquet.PageBufferSize(300), parquet.MaxRowsPerRowGroup(100)),
		"parquet, pages1": parquetFile(tb, rows, parquet.PageBufferSize(300), parquet.DataPageVersion(1)),
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		files[name+".gz"] = gzipped(tb, files[name])
	}
	return files
}

// tabs separates columns by tabs where no text has commas.
func tabs(csv []byte) []byte {
	text := strings.ReplaceAll(string(csv), `"y, z"`, `"y; z"`)
	text = strings.ReplaceAll(text, "long, ", "long; ")
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, ",", "\t"), "y; z", "y, z"))
}

func parquetFile[T any](tb testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(rows); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// content is what a set says through its methods.
type content struct {
	Set    *predictions.Set
	IDs    []string
	Lines  []int
	Digest string
}

func contentOf(s *predictions.Set, lines bool) content {
	named := *s
	named.Name = ""
	c := content{Set: &named, Digest: s.Digest()}
	for row := range s.Len() {
		c.IDs = append(c.IDs, s.ID(row))
		if lines {
			c.Lines = append(c.Lines, s.Line(row))
		}
	}
	return c
}

func sameContent(tb testing.TB, want, got content) {
	tb.Helper()
	wanted, err := json.Marshal(want)
	given, other := json.Marshal(got)
	if err != nil || other != nil {
		tb.Fatal(err, other)
	}
	if !bytes.Equal(wanted, given) {
		tb.Errorf("the sets differ (-want +got):\n%s", cmp.Diff(want, got, cmpopts.IgnoreUnexported(predictions.Set{}), cmpopts.IgnoreFields(predictions.Set{}, "Items")))
	}
}

func TestFormatsGiveTheSameSet(t *testing.T) {
	files := written(t, answers(1000))
	want := contentOf(readBytes(t, files["csv"], allColumns()), false)
	if n := len(want.Set.Classes); n != 4 || want.Set.Len() != 1000 || want.Set.ClassScore[0] == nil {
		t.Fatalf("the set has %d classes, %d rows", n, want.Set.Len())
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			sameContent(t, want, contentOf(readBytes(t, data, allColumns()), false))
		})
	}
}

func readBytes(tb testing.TB, data []byte, columns predictions.Columns) *predictions.Set {
	tb.Helper()
	set, err := predictions.Read(bytes.NewReader(data), "p", columns)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func TestParquetFileIsReadWhereItLies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.parquet")
	if err := os.WriteFile(path, parquetFile(t, answers(10)), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	set, err := predictions.Read(file, "p", allColumns())
	if err != nil || set.Len() != 10 {
		t.Errorf("got %v, %v", set, err)
	}
}

// TestCoresChangeNothing: not the set, and not the first mistake either.
func TestCoresChangeNothing(t *testing.T) {
	text := csvFile(answers(40_000))
	columns := allColumns()
	want := contentOf(readBytes(t, text, columns), true)
	broken := bytes.Replace(text, []byte("\r\n30001,"), []byte("\r\n30000,"), 1)
	var mistake string
	for _, cores := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(cores)
		got := contentOf(readBytes(t, text, columns), true)
		_, err := predictions.Read(bytes.NewReader(broken), "p", columns)
		runtime.GOMAXPROCS(before)
		sameContent(t, want, got)
		if err == nil || (mistake != "" && err.Error() != mistake) {
			t.Errorf("with %d cores the mistake is %v, not %s", cores, err, mistake)
		}
		mistake = fmt.Sprint(err)
	}
}

func TestReadRefusesOtherFormats(t *testing.T) {
	whole := parquetFile(t, answers(50))
	packed := gzipped(t, []byte("id,label,score\na,0,1\n"))
	type list struct {
		ID    string    `parquet:"id"`
		Label int       `parquet:"label"`
		Score []float64 `parquet:"score,list"`
	}
	type optional struct {
		ID    string   `parquet:"id"`
		Label int      `parquet:"label"`
		Score *float64 `parquet:"score,optional"`
	}
	type texts struct {
		ID    string  `parquet:"id"`
		Label float64 `parquet:"label"`
		Score string  `parquet:"score"`
	}
	type numbered struct {
		ID    string  `parquet:"id"`
		Label float64 `parquet:"label"`
		Score float64 `parquet:"score"`
	}
	half := 0.5
	tests := map[string]struct {
		data    []byte
		columns predictions.Columns
		want    string
	}{
		"gzip cut off":         {packed[:len(packed)-9], predictions.Columns{}, `p: ends in the middle of its gzip data; it was cut off: write it again, and close it`},
		"gzip header cut off":  {packed[:5], predictions.Columns{}, `p: ends in the middle of its gzip data; it was cut off: write it again, and close it`},
		"gzip broken":          {append(bytes.Clone(packed[:len(packed)-8]), 0, 0, 0, 0, 0, 0, 0, 0), predictions.Columns{}, `p: is no whole gzip file (gzip: invalid checksum); write it again`},
		"gzip twice":           {gzipped(t, packed), predictions.Columns{}, `p: is compressed twice; compress it once`},
		"gzip of nothing":      {gzipped(t, nil), predictions.Columns{}, `p: is empty; the evaluate stage must write a header and one row for each example`},
		"Parquet cut off":      {whole[:len(whole)-1], allColumns(), `p: is no whole Parquet file (its end is missing); it was cut off or damaged: write it again, and close it`},
		"Parquet start":        {[]byte("PAR1"), allColumns(), `p: is no whole Parquet file (it is too short); it was cut off or damaged: write it again, and close it`},
		"Parquet list":         {parquetFile(t, []list{{"a", 1, []float64{1}}}), predictions.Columns{}, `p: column "score" has lists or records as values; write one value for each row`},
		"Parquet null":         {parquetFile(t, []optional{{"a", 1, &half}, {"b", 1, nil}}), predictions.Columns{}, `p:2: score is missing (null); the model must give every row a finite number`},
		"Parquet text":         {parquetFile(t, []texts{{"a", 1, "0.5"}}), predictions.Columns{}, `p:1: score is not a number but text ("0.5"); the model must give every row a finite number`},
		"Parquet no such":      {parquetFile(t, []texts{{"a", 1, "0.5"}}), predictions.Columns{Slices: []string{"age"}}, "p: there is no column \"age\"; the columns are \"id\", \"label\", \"score\"; write that column, or name the right one as `slices:` under predictions"},
		"Parquet NaN":          {parquetFile(t, []numbered{{"a", 1, 1}, {"b", 1, math.NaN()}}), predictions.Columns{}, `p:2: score is NaN; the model must give every row a finite number`},
		"Parquet id twice":     {parquetFile(t, []numbered{{"b", 1, 0}, {"a", 1, 0}, {"b", 1, 1}}), predictions.Columns{}, `p:3: id "b" is already in row 1; give every row an id of its own, or name the column that tells answers to one id apart as ` + "`repeat:` under predictions"},
		"Parquet brotli":       {parquetFile(t, []numbered{{"b", 1, 0}}, parquet.Compression(&parquet.Brotli)), predictions.Columns{}, `p: is compressed with BROTLI, which cannot be read; compress it with snappy, zstd or gzip`},
		"JSON array":           {[]byte("[\n {\"id\":1}]"), predictions.Columns{}, `p:1: is a JSON array; write JSON lines: one object on each line, and nothing around them`},
		"JSON over lines":      {[]byte("{\n\"id\":1}"), predictions.Columns{}, `p:1: is no JSON (unexpected end of JSON input); write one object on each line`},
		"JSON no object":       {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n7\n"), predictions.Columns{}, `p:2: is no JSON object; write one object on each line, with id, label and score`},
		"JSON null":            {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n{\"id\":2,\"label\":1,\"score\":null}\n"), predictions.Columns{}, `p:2: score is missing (null); the model must give every row a finite number`},
		"JSON NaN":             {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n\n{\"id\":2,\"label\":1,\"score\": -Infinity}\n"), predictions.Columns{}, `p:3: "score" is -Infinity, which JSON does not have; the model must give every row finite numbers`},
		"JSON no key":          {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n{\"id\":2,\"label\":1}\n"), predictions.Columns{}, `p:2: score is missing: there is no key "score"; the model must give every row a finite number`},
		"JSON type":            {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n{\"id\":2,\"label\":1,\"score\":\"1\"}\n"), predictions.Columns{}, `p:2: score is not a number but text ("1"); the model must give every row a finite number`},
		"JSON true":            {[]byte("{\"id\":1,\"label\":1,\"score\":true}\n"), predictions.Columns{}, `p:1: score is not a number but true; the model must give every row a finite number`},
		"JSON list":            {[]byte("{\"id\":1,\"label\":[1],\"score\":1}\n"), predictions.Columns{}, `p:1: label is a list or an object; leave rows without a label out of the evaluation data`},
		"JSON large":           {[]byte("{\"id\":1,\"label\":1,\"score\":1e999}\n"), predictions.Columns{}, `p:1: score is not finite ("1e999"); the model must give every row a finite number`},
		"JSON key twice":       {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n{\"id\":2,\"label\":1,\"score\":1,\"score\":2}\n"), predictions.Columns{}, `p:2: key "score" is there twice; leave one of them out`},
		"JSON key twice first": {[]byte("{\"id\":2,\"label\":1,\"score\":1,\"score\":2}\n"), predictions.Columns{}, `p:1: two columns are named "score"; rename one of them`},
		"JSON id 7 and \"7\"":  {[]byte("{\"id\":7,\"label\":1,\"score\":1}\n{\"id\":\"7\",\"label\":1,\"score\":1}\n"), predictions.Columns{}, `p:2: id "7" is already in line 1; give every row an id of its own, or name the column that tells answers to one id apart as ` + "`repeat:` under predictions"},
		"JSON late label":      {[]byte("{\"id\":1,\"score\":1}\n{\"id\":2,\"label\":1,\"score\":1}\n"), predictions.Columns{}, `p:2: there is a key "label", which the first line does not have; write the same keys in every line`},
		"JSON late class":      {[]byte("{\"id\":1,\"label\":\"a\",\"score\":{\"a\":0,\"b\":1}}\n{\"id\":2,\"label\":\"a\",\"score\":{\"a\":0,\"b\":1,\"c\":0}}\n"), predictions.Columns{}, `p:2: there is a key "score.c", which the first line does not have; write the same keys in every line`},
		"JSON half character":  {[]byte("{\"id\":\"\\ud800\",\"label\":1,\"score\":1}\n"), predictions.Columns{}, `p:1: "\xff" is not UTF-8; write the file as UTF-8`},
		"JSON cut off":         {[]byte("{\"id\":1,\"label\":1,\"score\":1}\n{\"id\":2,\"lab"), predictions.Columns{}, `p:2: is no JSON (unexpected end of JSON input); write one object on each line`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := predictions.Read(bytes.NewReader(test.data), "p", test.columns)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if _, ok := errors.AsType[*input.FileError](err); !ok {
				t.Errorf("the error is a %T", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenParquet: wherever a piece of it is lost, it is refused, unless the
// piece was of a column that nobody reads.
func TestBrokenParquet(t *testing.T) {
	whole := parquetFile(t, answers(50))
	want := contentOf(readBytes(t, whole, allColumns()), true)
	refused, tried := 0, 0
	for from := 4; from < len(whole)-8; from += 97 {
		for _, length := range []int{1, 60, 1000} {
			tried++
			broken := append(bytes.Clone(whole[:from]), whole[min(from+length, len(whole)-8):]...)
			set, err := predictions.Read(bytes.NewReader(broken), "p", allColumns())
			if err == nil {
				sameContent(t, want, contentOf(set, true))
				continue
			}
			refused++
			if _, ok := errors.AsType[*input.FileError](err); !ok {
				t.Fatalf("without %d bytes from %d: %v", length, from, err)
			}
		}
	}
	if refused < tried/2 {
		t.Errorf("only %d of %d broken files were refused", refused, tried)
	}
}
