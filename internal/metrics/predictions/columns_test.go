package predictions_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

func TestRepeatsAreRowsOfOneItem(t *testing.T) {
	set := read(t, "id,label,score,n,g\nb,1,0.9,1,x\na,0,0.1,1,y\nb,1,0.8,2,x\na,0,0.2,7,y\n", predictions.Columns{Repeat: "n", Group: "g"})
	if set.Len() != 4 || set.Items.Len() != 2 || set.ID(2) != "b" || set.Items.At(1) != "a" {
		t.Errorf("got %d rows of %d items", set.Len(), set.Items.Len())
	}
	if diff := cmp.Diff([]int32{0, 1, 0, 1}, set.Item); diff != "" {
		t.Errorf("items of rows (-want +got):\n%s", diff)
	}
	if item, ok := set.Items.Find("a"); !ok || item != 1 {
		t.Errorf("a is item %d, %v", item, ok)
	}
}

func TestLabelMayBeAbsent(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		columns predictions.Columns
	}{
		"a grade":         {"id,score\na,0.5\n", predictions.Columns{}},
		"values":          {"id,loss\na,0.5\n", predictions.Columns{Values: []string{"loss"}}},
		"scores":          {"id,score_cat,score_dog\na,0.5,0.5\n", predictions.Columns{}},
		"a grade in JSON": {`{"id": "a", "score": 0.5}`, predictions.Columns{}},
	} {
		t.Run(name, func(t *testing.T) {
			set := read(t, test.text, test.columns)
			if set.Label != nil || set.LabelNumber != nil || set.LabelAt(0) != "" || set.Len() != 1 {
				t.Errorf("got labels %v, %v", set.Label, set.LabelNumber)
			}
		})
	}
}

func TestScoresOfClasses(t *testing.T) {
	for name, text := range map[string]string{
		"underscore": "id,label,score_1.0,score_bird,score_cat\na,cat,0.1,0.2,0.7\nb,True,0.3,0.4,0.3\n",
		"dot":        "id,label,score.1.0,score.bird,score.cat\na,cat,0.1,0.2,0.7\nb,1,0.3,0.4,0.3\n",
		"objects":    `{"id":"a","label":"cat","score":{"1":0.1,"bird":0.2,"cat":0.7}}` + "\n" + `{"id":"b","label":1,"score":{"cat":0.3,"bird":0.4,"1":0.3}}`,
	} {
		t.Run(name, func(t *testing.T) {
			set := read(t, text, predictions.Columns{})
			if diff := cmp.Diff([]string{"cat", "1", "bird"}, set.Classes); diff != "" {
				t.Errorf("classes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]float64{{0.7, 0.3}, {0.1, 0.3}, {0.2, 0.4}}, set.ClassScore); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
			if set.Score != nil {
				t.Errorf("there is a score, too: %v", set.Score)
			}
		})
	}
	t.Run("a class without scores", func(t *testing.T) {
		set := read(t, "id,label,score_a,score_b\n1,c,0,1\n", predictions.Columns{})
		if set.ClassScore[0] != nil || set.ClassScore[1][0] != 0 || set.ClassScore[2][0] != 1 {
			t.Errorf("got %v for %v", set.ClassScore, set.Classes)
		}
	})
	t.Run("a score as well", func(t *testing.T) {
		set := read(t, "id,label,score,score_a,score_b\n1,1,0.5,0,1\n", predictions.Columns{})
		if set.ClassScore != nil || set.Score[0] != 0.5 {
			t.Errorf("got %v", set.ClassScore)
		}
	})
}

func TestTimes(t *testing.T) {
	for name, test := range map[string]struct{ early, late string }{
		"numbers":         {"9", "10.5"},
		"days":            {"2024-01-31", "2024-02-01"},
		"RFC 3339":        {"2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00.000001Z"},
		"pandas":          {"2024-01-01 10:00:00", "2024-01-01 10:00:00.5"},
		"Unix time":       {"1700000000.25", "1700000000.5"},
		"before 1970":     {"1969-01-01", "1969-12-31T23:59:59"},
		"a large century": {"2299-01-01", "9999-12-31"},
	} {
		t.Run(name, func(t *testing.T) {
			set := read(t, "id,score,t\na,1,"+test.early+"\nb,1,"+test.late+"\n", predictions.Columns{Time: "t"})
			if !(set.Time[0] < set.Time[1]) {
				t.Errorf("%v is not before %v", set.Time[0], set.Time[1])
			}
		})
	}
}

// TestManyNumbersAreNoClasses: labels of a regression take no dictionary, wherever
// in the file that becomes clear, and mean the same.
func TestManyNumbersAreNoClasses(t *testing.T) {
	const rows = 90_000
	lines := make([]string, rows)
	for i := range lines {
		lines[i] = fmt.Sprintf("r%d,%v,0.5\n", i, float64(i)/4-1000)
	}
	set := read(t, "id,label,score\n"+strings.Join(lines, ""), predictions.Columns{})
	if set.Label != nil || len(set.Classes) != 0 {
		t.Fatalf("there are %d classes", len(set.Classes))
	}
	for i, value := range set.LabelNumber {
		if value != float64(i)/4-1000 {
			t.Fatalf("label %d is %v", i, value)
		}
	}
	if got := set.LabelAt(4000) + set.LabelAt(4001); got != "00.25" {
		t.Errorf("labels read %s", got)
	}
	few := read(t, "id,label,score\n"+strings.Join(lines[:60_000], ""), predictions.Columns{})
	if len(few.Classes) != 60_000 || few.LabelNumber[7] != set.LabelNumber[7] {
		t.Errorf("there are %d classes of 60000", len(few.Classes))
	}
	lines[rows-2] = "x,cat,0.5\n"
	_, err := predictions.Read(strings.NewReader("id,label,score\n"+strings.Join(lines, "")), "p", predictions.Columns{})
	want := fmt.Sprintf(`p:%d: label is not a finite number ("cat"), but more than 65536 different numbers are; write labels that are all numbers, or all classes`, rows)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReadRefusesColumns(t *testing.T) {
	tests := map[string]struct {
		text    string
		columns predictions.Columns
		want    string
	}{
		"neither label nor score": {"id,answer\na,1\n", predictions.Columns{}, "p:1: there is no column \"label\" and no column \"score\"; the columns are \"id\", \"answer\"; write these columns, or name the right ones as `label:` and `score:` under predictions"},
		"label named, gone":       {"id,score\na,1\n", predictions.Columns{Label: "y"}, "p:1: there is no column \"y\"; the columns are \"id\", \"score\"; write that column, or name the right one as `label:` under predictions"},
		"one class":               {"id,label,score_a\na,a,1\n", predictions.Columns{}, "p:1: there is no column \"score\"; the columns are \"id\", \"label\", \"score_a\"; did you mean \"score_a\"? If so, say `score: \"score_a\"` under predictions"},
		"class twice":             {"id,label,score_1,score_1.0\na,1,1,1\n", predictions.Columns{}, `p:1: "score_1" and "score_1.0" are scores of one class, "1"; leave one of them out`},
		"class score NaN":         {"id,label,score_a,score_b\na,a,1,nan\n", predictions.Columns{}, `p:2: "score_b" is NaN; the model must give every row a finite number`},
		"no such group":           {"id,score\na,1\n", predictions.Columns{Group: "user"}, "p:1: there is no column \"user\"; the columns are \"id\", \"score\"; write that column, or name the right one as `group:` under predictions"},
		"group empty":             {"id,score,g\na,1,\n", predictions.Columns{Group: "g"}, `p:2: group is empty; give every row a value, such as unknown`},
		"weight below 0":          {"id,score,w\na,1,1\nb,1,-0.5\n", predictions.Columns{Weight: "w"}, `p:3: weight is below 0 (-0.5); give every row a finite weight of 0 or more`},
		"weight infinite":         {"id,score,w\na,1,inf\n", predictions.Columns{Weight: "w"}, `p:2: weight is not finite ("inf"); give every row a finite weight of 0 or more`},
		"weights all 0":           {"id,score,w\na,1,0\nb,1,-0\n", predictions.Columns{Weight: "w"}, `p: every weight is 0; give some rows a weight above 0`},
		"time":                    {"id,score,t\na,1,yesterday\n", predictions.Columns{Time: "t"}, `p:2: time is not a number ("yesterday"); give every row a number, or a date or time as 2006-01-02T15:04:05Z`},
		"time in two ways":        {"id,score,t\na,1,2024-01-01\nb,1,7\n", predictions.Columns{Time: "t"}, `p:3: time is a number where rows before have a time without a zone; write all times in one way`},
		"time in JSON":            {`{"id":1,"score":1,"t":"now"}`, predictions.Columns{Time: "t"}, `p:1: time is neither a number nor a date or time ("now"); give every row a number, or a date or time as 2006-01-02T15:04:05Z`},
		"value":                   {"id,score,loss\na,1,\n", predictions.Columns{Values: []string{"loss"}}, `p:2: "loss" is empty; give every row a finite number`},
		"repeat twice":            {"id,score,n\na,1,1\nb,1,1\na,1,1\n", predictions.Columns{Repeat: "n"}, `p:4: repeat "1" of id "a" is already in line 2; number the answers to each item`},
		"repeat, other label":     {"id,label,score,n\na,1,1,1\na,0,1,2\n", predictions.Columns{Repeat: "n"}, `p:3: label of id "a" is "0", but "1" in line 2; all answers to one item share its label`},
		"repeat, other group":     {"id,score,n,g\na,1,1,x\na,0,2,y\n", predictions.Columns{Repeat: "n", Group: "g"}, `p:3: group of id "a" is "y", but "x" in line 2; all answers to one item share its group`},
		"repeat, other weight":    {"id,score,n,w\na,1,1,1\na,0,2,2\n", predictions.Columns{Repeat: "n", Weight: "w"}, `p:3: weight of id "a" is "2.0", but "1.0" in line 2; all answers to one item share its weight`},
		"repeat, other slice":     {"id,score,n,s\na,1,1,x\na,0,2,y\n", predictions.Columns{Repeat: "n", Slices: []string{"s"}}, `p:3: "s" of id "a" is "y", but "x" in line 2; all answers to one item share its "s"`},
		"duplicate before NaN":    {"id,score\na,1\na,1\nb,nan\n", predictions.Columns{}, `p:3: id "a" is already in line 2; give every row an id of its own, or name the column that tells answers to one id apart as ` + "`repeat:` under predictions"},
		"NaN before duplicate":    {"id,score\na,1\nb,nan\na,1\n", predictions.Columns{}, `p:3: score is NaN; the model must give every row a finite number`},
		"many blank lines":        {strings.Repeat("\n", 1<<21) + "id,score\na,x\n", predictions.Columns{}, `p:2097154: score is not a number ("x"); the model must give every row a finite number`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := predictions.Read(strings.NewReader(test.text), "p", test.columns)
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

func TestReadTakesExtremeNumbers(t *testing.T) {
	set := read(t, "id,label,score,w\na,1,-0,1e308\nb,0,1e308,0\nc,1,5e-324,1\n", predictions.Columns{Weight: "w"})
	if !math.Signbit(set.Score[0]) || set.Score[1] != 1e308 || set.Score[2] != 5e-324 || set.Weight[0] != 1e308 {
		t.Errorf("got %v, %v", set.Score, set.Weight)
	}
}

func TestMatch(t *testing.T) {
	ids := func(ids ...string) *predictions.Set {
		return &predictions.Set{Items: predictions.NewIDs(ids)}
	}
	for name, test := range map[string]struct {
		candidate, champion *predictions.Set
		items               []int32
		lost, extra         []int
	}{
		"same order":  {ids("b", "a", "c"), ids("b", "a", "c"), []int32{0, 1, 2}, nil, nil},
		"other order": {ids("b", "a", "c"), ids("a", "b", "c"), []int32{1, 0, 2}, nil, nil},
		"same bytes":  {ids("ab", "c"), ids("a", "bc"), []int32{-1, -1}, []int{0, 1}, []int{0, 1}},
		"some":        {ids("a", "x", "b"), ids("b", "y", "z", "a"), []int32{3, -1, 0}, []int{1, 2}, []int{1}},
		"none":        {ids("a"), ids(), []int32{-1}, nil, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			items, lost, extra := predictions.Match(test.candidate, test.champion)
			if !slices.Equal(items, test.items) || !slices.Equal(lost, test.lost) || !slices.Equal(extra, test.extra) {
				t.Errorf("got %v, lost %v, extra %v", items, lost, extra)
			}
		})
	}
}

// TestManyIDsAreFound: in whatever order they come, and none that is not there.
func TestManyIDsAreFound(t *testing.T) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("id,score\n")
	for i := range rows {
		fmt.Fprintf(&text, "r%d,0\n", (i*7919)%rows)
	}
	set := read(t, text.String(), predictions.Columns{})
	for i := range rows {
		if item, ok := set.Items.Find(fmt.Sprint("r", (i*7919)%rows)); !ok || item != i {
			t.Fatalf("row %d is item %d, %v", i, item, ok)
		}
		if _, ok := set.Items.Find(fmt.Sprint("x", i)); ok {
			t.Fatalf("x%d is there", i)
		}
	}
	text.WriteString("r77777,0\n")
	_, err := predictions.Read(strings.NewReader(text.String()), "p", predictions.Columns{})
	first := slices.IndexFunc(strings.Split(text.String(), "\n"), func(line string) bool { return line == "r77777,0" })
	want := fmt.Sprintf(`p:%d: id "r77777" is already in line %d; give every row an id of its own, or name the column that tells answers to one id apart as `+"`repeat:` under predictions", rows+2, first+1)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNumericIDs(t *testing.T) {
	type whole struct {
		ID    float64 `parquet:"id"`
		Score float64 `parquet:"score"`
	}
	for text, want := range map[string]bool{
		"id,score\n7,1\n-10,1\n0,1\n": true, "id,score\n007,1\n": false, "id,score\n7,1\na,1\n": false, "id,score\n7.0,1\n": false,
		`{"id":7,"score":1}`: true, `{"id":"7","score":1}`: false,
		string(parquetFile(t, []whole{{7, 1}})): true,
	} {
		set := read(t, text, predictions.Columns{})
		if set.NumericIDs != want {
			t.Errorf("%.40q: got %v", text, set.NumericIDs)
		}
		if id := set.ID(0); !strings.Contains(text, id+",") && id != "7" {
			t.Errorf("%.40q: id %s", text, id)
		}
	}
}

// TestOrder: shorter ids come first, so numbers stand as they count; ids in order
// cost nothing.
func TestOrder(t *testing.T) {
	for _, test := range []struct {
		ids  []string
		want []int32
	}{
		{nil, nil},
		{[]string{"8", "9", "10"}, nil},
		{[]string{"r08", "r09", "r10"}, nil},
		{[]string{"10", "9", "8"}, []int32{2, 1, 0}},
		{[]string{"abcdefgh2", "abcdefgh1", "z", "é"}, []int32{2, 3, 1, 0}},
	} {
		if diff := cmp.Diff(test.want, predictions.NewIDs(test.ids).Order()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.ids, diff)
		}
	}
}

// A column that may be there counts where it is, and is not missed where it is not.
func TestColumnsThatMayBeThere(t *testing.T) {
	const text = "id,label,score,latency\na,1,0.5,7\n"
	maybe := predictions.Columns{Values: []string{"latency"}, Maybe: []string{"latency", "memory"}}
	set := read(t, text, maybe)
	if diff := cmp.Diff([]string{"latency"}, set.Columns.Values); diff != "" || set.Value[0][0] != 7 {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if len(maybe.Values) != 1 {
		t.Errorf("the caller's columns were changed: %v", maybe.Values)
	}
	set = read(t, "id,label,score\na,1,0.5\n", predictions.Columns{Maybe: []string{"latency"}})
	if len(set.Columns.Values) != 0 || len(set.Value) != 0 {
		t.Errorf("values %v", set.Columns.Values)
	}
}
