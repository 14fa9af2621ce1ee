package metrics_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/result"
)

// FuzzReadPredictions: whatever a stage writes, it is refused with a place or
// read into rows on which every metric is a finite number or an error, and which
// are the champion's equal when compared with themselves.
func FuzzReadPredictions(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "reference", "*.csv"))
	if err != nil || len(files) == 0 {
		f.Fatal("there are no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		// The head is enough: long seeds make the fuzzer slow.
		f.Add(data[:min(len(data), 300)], len(file)%2 == 0)
	}
	f.Add([]byte("\ufeffid,label,score,decision,part\r\n\"a\n\",True,1e-3,0,\"x,y\"\r\nb,0.0,1,1,\r\n"), true)
	f.Add([]byte("id,label,score\n\"a,1,1\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, more bool) {
		columns := metrics.Columns{}
		if more {
			columns = metrics.Columns{Prediction: "decision", Slices: []string{"part"}}
		}
		p, err := metrics.ReadPredictions(bytes.NewReader(data), "p.csv", columns)
		if err != nil {
			wrong, ok := errors.AsType[*metrics.FileError](err)
			if !ok || wrong.Msg == "" || wrong.Line < 0 || wrong.Line > 1+bytes.Count(data, []byte("\n")) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error %#v", err)
			}
			return
		}
		var specs []metrics.Spec
		for _, metric := range metrics.Known() {
			if value, err := metrics.Compute(metric, p); err == nil && (math.IsNaN(value) || math.IsInf(value, 0)) {
				t.Fatalf("%s is %v", metric, value)
			}
			specs = append(specs, gated(metric, 0.1))
		}
		c, err := metrics.Compare(t.Context(), p, p, specs, metrics.Options{Resamples: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range c.Rows {
			if r.Verdict == result.Worse || r.Verdict == result.Better {
				t.Fatalf("%s is %s than itself", r.Metric, r.Verdict)
			}
		}
		if _, err := json.Marshal(c.Rows); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzReadNumbers: numbers are finite and named, mistakes have a place.
func FuzzReadNumbers(f *testing.F) {
	for _, seed := range []string{`{"a": 1, "b": {"c": -2.5e-3, "d": [1, {"e": 2}]}}`, `{"a": NaN}`, `{"a": -Infinity}`, `{"a.b": 1, "a": {"b": 2}}`, `[`, "\ufeff{}", `{"a":1e999}`, `{"\ud800":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		numbers, err := metrics.ReadNumbers(bytes.NewReader(data), "m.json")
		if err != nil {
			wrong, ok := errors.AsType[*metrics.FileError](err)
			if !ok || wrong.Line < 0 || wrong.Line > 1+bytes.Count(data, []byte("\n")) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		var whole map[string]any
		if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &whole); err != nil {
			t.Fatalf("%q was accepted, but is no object: %v", data, err)
		}
		for name, value := range numbers {
			if name == "" || math.IsNaN(value) || math.IsInf(value, 0) {
				t.Fatalf("%q is %v", name, value)
			}
			if top, ok := whole[name].(float64); ok && top != value {
				t.Fatalf("%q is %v, not %v", name, value, top)
			}
		}
	})
}
