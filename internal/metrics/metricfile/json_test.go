package metricfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
)

func TestReadNumbers(t *testing.T) {
	text := "\ufeff" + `{
	"f1": 0.91, "count": 12, "tiny": -1e-3,
	"model": "forest", "ok": true, "none": null, "matrix": [[1, 2], [3, 4]],
	"test": {"auc": 0.9, "by": {"age": 1}, "empty": {}}
}`
	got, err := metricfile.ReadJSON(strings.NewReader(text), "metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"f1": 0.91, "count": 12, "tiny": -1e-3, "test.auc": 0.9, "test.by.age": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestReadNumbersRefuses(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"empty":          {" \n", `metrics.json: is empty; write an object such as {"f1": 0.91}`},
		"list":           {"\n[1]", `metrics.json:2: is not a JSON object; write an object such as {"f1": 0.91}`},
		"number":         {"1", `metrics.json:1: is not a JSON object; write an object such as {"f1": 0.91}`},
		"NaN":            {"{\n\"a\": 1,\n\"b\": NaN}", `metrics.json:3: a number is NaN; a metric must be finite; leave out what could not be computed`},
		"infinity":       {"{\"b\":\n-Infinity}", `metrics.json:2: a number is Infinity; a metric must be finite; leave out what could not be computed`},
		"out of range":   {"{\n\"b\": 1e999}", `metrics.json:2: "b" is out of range ("1e999"); a metric must be finite`},
		"key twice":      {"{\n\"b\": 1,\n\"b\": 2}", `metrics.json:3: "b" occurs twice; give every number a name of its own`},
		"dotted twice":   {"{\"a.b\": 1,\n\"a\": {\"b\": 2}}", `metrics.json:2: "a.b" occurs twice; give every number a name of its own`},
		"empty key":      {"{\"\": 1}", `metrics.json:1: a key is empty; give every number a name`},
		"two documents":  {"{}\n{}", `metrics.json:2: is not valid JSON: invalid character '{' after top-level value`},
		"cut off":        {"{\"a\": 1", `metrics.json:1: is not valid JSON: unexpected end of JSON input`},
		"trailing comma": {"{\"a\": 1,}", `metrics.json:1: is not valid JSON: invalid character '}' looking for beginning of object key string`},
		"not UTF-8":      {"{\"\xff\": 1}", `metrics.json: is not UTF-8; write it as UTF-8`},
		"deep":           {strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), `metrics.json:1: is nested too deeply; use at most 64 levels`},
		"large":          {`{"a": "` + strings.Repeat("x", 17<<20) + `"}`, `metrics.json: is larger than 16 MB; keep only numbers in it`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := metricfile.ReadJSON(strings.NewReader(test.text), "metrics.json")
			if err == nil {
				t.Fatalf("it was accepted: %v", got)
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
