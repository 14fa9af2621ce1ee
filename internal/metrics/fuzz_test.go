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
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
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
		columns := predictions.Columns{}
		if more {
			columns = predictions.Columns{Prediction: "decision", Slices: []string{"part"}}
		}
		p, err := predictions.Read(bytes.NewReader(data), "p.csv", columns)
		if err != nil {
			wrong, ok := errors.AsType[*input.FileError](err)
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
