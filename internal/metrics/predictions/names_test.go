package predictions_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
)

// Whatever the format, the columns are the same.
func TestNames(t *testing.T) {
	want := []string{"id", "label", "guess", "score.cat", "score.dog", "part", "user", "day", "weight", "loss", "sure", "prompt"}
	slices.Sort(want)
	for name, data := range written(t, answers(20)) {
		got, err := predictions.Names(bytes.NewReader(data), name)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestNamesOfText(t *testing.T) {
	tests := map[string][]string{
		"a,b\n1,2\n":               {"a", "b"},
		"\ufeff\n\n\"a\nb\", c \n": {"a\nb", "c"},
		"a\tb\n":                   {"a", "b"},
		"\n {\"a\": {\"b\": 1}, \"c\": []}\n{}\n":   {"a.b", "c"},
		"\ufeff{\"a\": 1}":                          {"a"},
		"a," + strings.Repeat("x", 2<<20) + "\n1,2": {"a", strings.Repeat("x", 2<<20)},
	}
	for text, want := range tests {
		got, err := predictions.Names(strings.NewReader(text), "table")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%.40q: %v\n%s", text, err, diff)
		}
	}
}

func TestNoNames(t *testing.T) {
	for _, text := range []string{"", "\n\n", "\x1f\x8b\x08", "PAR1", "\"a", "{", "{\"a\": NaN}"} {
		_, err := predictions.Names(strings.NewReader(text), "table")
		var wrong *input.FileError
		if !errors.As(err, &wrong) || wrong.Path != "table" {
			t.Errorf("%q: error is %v, want a FileError", text, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	parquet, err := os.ReadFile("testdata/duckdb.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(parquet), "a,b\n", "{\"a\":{\"b\":1}}", "\x1f\x8b\x08\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := predictions.Names(bytes.NewReader(data), "table")
		var wrong *input.FileError
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("error is %v, want a FileError", err)
		}
		if err != nil && names != nil {
			t.Errorf("there are names beside the error %v", err)
		}
	})
}
