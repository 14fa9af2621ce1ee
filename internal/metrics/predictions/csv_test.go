package predictions_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

func TestReadPredictions(t *testing.T) {
	tests := map[string]struct {
		text    string
		columns predictions.Columns
		rows    int
	}{
		"plain":                        {"id,label,score\na,0,0.1\nb,1,0.9\n", predictions.Columns{}, 2},
		"no newline at the end":        {"id,label,score\na,0,0.1", predictions.Columns{}, 1},
		"byte order mark and CRLF":     {"\ufeffid,label,score\r\na,0,0.1\r\nb,1,0.9\r\n", predictions.Columns{}, 2},
		"newline in a quoted field":    {"id,text,label,score\n\"a\n1\",\"x\n\ny\",0,0.1\n\"a\n2\",z,1,1e-3\n", predictions.Columns{}, 2},
		"columns in any order, spaces": {" score , extra,label ,id\n 0.5 ,,true, a\n", predictions.Columns{}, 1},
		"other names":                  {"row,y,p\na,0,0.1\n", predictions.Columns{ID: "row", Label: "y", Score: "p"}, 1},
		"a decision and no score":      {"id,label,class\na,cat,dog\n", predictions.Columns{Prediction: "class"}, 1},
		"a slice named twice":          {"id,label,score,age\na,0,0.1,old\n", predictions.Columns{Slices: []string{"age", "age"}}, 1},
		"an empty slice value":         {"id,label,score,age\na,0,0.1,\n", predictions.Columns{Slices: []string{"age"}}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := read(t, test.text, test.columns).Len(); got != test.rows {
				t.Errorf("got %d rows, want %d", got, test.rows)
			}
		})
	}
}

func TestReadPredictionsRefuses(t *testing.T) {
	usual := predictions.Columns{}
	tests := map[string]struct {
		text    string
		columns predictions.Columns
		want    string
	}{
		"empty":                      {"", usual, `predictions.csv: is empty; the evaluate stage must write a header and one row for each example`},
		"only a mark":                {"\ufeff", usual, `predictions.csv: is empty; the evaluate stage must write a header and one row for each example`},
		"no rows":                    {"id,label,score\n", usual, `predictions.csv: has a header but no rows; the evaluate stage must write one row for each example`},
		"UTF-16":                     {"\xff\xfei\x00d\x00", usual, `predictions.csv:1: is UTF-16; write it as UTF-8`},
		"missing column":             {"id,label,proba\na,0,1\n", usual, "predictions.csv:1: there is no column \"score\"; the columns are \"id\", \"label\", \"proba\"; write that column, or name the right one as `score:` under predictions"},
		"misspelt column":            {"id,Label,score\na,0,1\n", usual, "predictions.csv:1: there is no column \"label\"; the columns are \"id\", \"Label\", \"score\"; did you mean \"Label\"? If so, say `label: \"Label\"` under predictions"},
		"semicolons":                 {"id;label;score\na;0;1\n", usual, "predictions.csv:1: there is no column \"id\"; the columns are \"id;label;score\"; separate the columns with commas"},
		"column twice":               {"id,label,score,score\na,0,1,1\n", usual, `predictions.csv:1: two columns are named "score"; rename one of them`},
		"no such slice":              {"id,label,score\na,0,1\n", predictions.Columns{Slices: []string{"age"}}, "predictions.csv:1: there is no column \"age\"; the columns are \"id\", \"label\", \"score\"; write that column, or name the right one as `slices:` under predictions"},
		"slice with =":               {"id,label,score,a=b\na,0,1,c\n", predictions.Columns{Slices: []string{"a=b"}}, `predictions.csv: slice column "a=b" has = in its name; rename the column`},
		"score named, gone":          {"id,label,class\na,0,0\n", predictions.Columns{Score: "p", Prediction: "class"}, "predictions.csv:1: there is no column \"p\"; the columns are \"id\", \"label\", \"class\"; write that column, or name the right one as `score:` under predictions"},
		"missing id":                 {"id,label,score\na,0,1\n ,0,1\n", usual, `predictions.csv:3: id is empty; give every row an id that is the same for every model`},
		"duplicate id":               {"id,label,score\na,0,1\nb,0,1\na,1,1\n", usual, `predictions.csv:4: id "a" is already in line 2; give every row an id of its own, or name the column that tells answers to one id apart as ` + "`repeat:` under predictions"},
		"too few fields":             {"id,label,score\na,0\n", usual, `predictions.csv:2: has 2 fields where the header has 3; write every column in every row, and quote values with commas`},
		"too many fields":            {"id,label,score\na,0,1,2\n", usual, `predictions.csv:2: has 4 fields where the header has 3; write every column in every row, and quote values with commas`},
		"bad quotes":                 {"id,label,score\n\"a,0,1\n", usual, `predictions.csv:2: extraneous or missing " in quoted-field; quote fields as "…" and double the quotes inside them`},
		"score NaN":                  {"id,label,score\na,0,nan\n", usual, `predictions.csv:2: score is NaN; the model must give every row a finite number`},
		"score infinite":             {"id,label,score\na,0,-inf\n", usual, `predictions.csv:2: score is not finite ("-inf"); the model must give every row a finite number`},
		"score too large":            {"id,label,score\na,0,1e999\n", usual, `predictions.csv:2: score is not finite ("1e999"); the model must give every row a finite number`},
		"score no number":            {"id,label,score\na,0,\"0,5\"\n", usual, `predictions.csv:2: score is not a number ("0,5"); the model must give every row a finite number`},
		"score empty":                {"id,label,score\na,0,\n", usual, `predictions.csv:2: score is empty; the model must give every row a finite number`},
		"label empty":                {"id,label,score\na,,1\n", usual, `predictions.csv:2: label is missing (""); leave rows without a label out of the evaluation data`},
		"label NaN":                  {"id,label,score\na,NaN,1\n", usual, `predictions.csv:2: label is missing ("NaN"); leave rows without a label out of the evaluation data`},
		"decision empty":             {"id,label,class\na,cat,\n", predictions.Columns{Prediction: "class"}, `predictions.csv:2: prediction is missing (""); leave rows without a prediction out of the evaluation data`},
		"not UTF-8":                  {"id,label,score\n\xff,0,1\n", usual, `predictions.csv:2: "\xff" is not UTF-8; write the file as UTF-8`},
		"line after quoted newlines": {"id,label,score\n\"a\n\n\",0,1\nb,0,x\n", usual, `predictions.csv:5: score is not a number ("x"); the model must give every row a finite number`},
		"hostile id":                 {"id,label,score\n\"\x1b[31m\n::error::\",0,1\n\"\x1b[31m\n::error::\",0,1\n", usual, `predictions.csv:4: id "\x1b[31m\n::error::" is already in line 2; give every row an id of its own, or name the column that tells answers to one id apart as ` + "`repeat:` under predictions"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := predictions.Read(strings.NewReader(test.text), "predictions.csv", test.columns)
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

func TestReadPredictionsReportsTheReadersError(t *testing.T) {
	broken := errors.New("disk is gone")
	for _, r := range []io.Reader{
		iotest.ErrReader(broken),
		io.MultiReader(strings.NewReader("id,label,score\na,0,1\n"), iotest.ErrReader(broken)),
	} {
		if _, err := predictions.Read(r, "p.csv", predictions.Columns{}); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDigest(t *testing.T) {
	columns := predictions.Columns{Slices: []string{"age", "sex"}}
	base := "id,label,score,age,sex\na,0,0.1,old,f\nb,1,0.9,young,m\n"
	want := read(t, base, columns).Digest()

	same := map[string]string{
		"other scores":  "id,label,score,age,sex\na,0,0.7,old,f\nb,1,0.2,young,m\n",
		"other order":   "sex,age,id,score,label\nm,young,b,1,1\nf,old,a,1,0\n",
		"labels as 1.0": "id,label,score,age,sex\na,0.0,0.1,old,f\nb,True,0.9,young,m\n",
	}
	for name, text := range same {
		if got := read(t, text, columns).Digest(); got != want {
			t.Errorf("%s: the digest differs", name)
		}
	}
	different := map[string]string{
		"other id":                    "id,label,score,age,sex\nA,0,0.1,old,f\nb,1,0.9,young,m\n",
		"other label":                 "id,label,score,age,sex\na,1,0.1,old,f\nb,1,0.9,young,m\n",
		"other slice":                 "id,label,score,age,sex\na,0,0.1,old,m\nb,1,0.9,young,m\n",
		"values moved to a neighbour": "id,label,score,age,sex\na,0,0.1,oldf,\nb,1,0.9,young,m\n",
		"a row less":                  "id,label,score,age,sex\na,0,0.1,old,f\n",
	}
	for name, text := range different {
		if got := read(t, text, columns).Digest(); got == want {
			t.Errorf("%s: the digest is the same", name)
		}
	}
	if read(t, base, predictions.Columns{Slices: []string{"sex", "age"}}).Digest() != want {
		t.Error("the order in which slices are named changes the digest")
	}
	if read(t, base, predictions.Columns{}).Digest() == want {
		t.Error("slices are not part of the digest")
	}
}

// read reads predictions that must be right.
func read(tb testing.TB, text string, columns predictions.Columns) *predictions.Set {
	tb.Helper()
	set, err := predictions.Read(strings.NewReader(text), "predictions.csv", columns)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}
