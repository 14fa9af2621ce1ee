package metricfile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
)

// FuzzReadNumbers: numbers are finite and named, mistakes have a place.
func FuzzReadNumbers(f *testing.F) {
	for _, seed := range []string{`{"a": 1, "b": {"c": -2.5e-3, "d": [1, {"e": 2}]}}`, `{"a": NaN}`, `{"a": -Infinity}`, `{"a.b": 1, "a": {"b": 2}}`, `[`, "\ufeff{}", `{"a":1e999}`, `{"\ud800":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		numbers, err := metricfile.ReadJSON(bytes.NewReader(data), "m.json")
		if err != nil {
			wrong, ok := errors.AsType[*input.FileError](err)
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
