package metricfile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/metricfile"
)

func FuzzJSON(f *testing.F) {
	fuzz(f, "m.json", func(t *testing.T, data []byte, numbers map[string]float64) {
		t.Helper()
		var whole map[string]any
		if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &whole); err != nil {
			t.Fatalf("%q was accepted, but is no object: %v", data, err)
		}
		for name, value := range numbers {
			if top, ok := whole[name].(float64); ok && top != value {
				t.Fatalf("%q is %v, not %v", name, value, top)
			}
		}
	}, `{"a": 1, "b": {"c": -2.5e-3, "d": [1, {"e": 2}]}}`, `{"a": NaN}`, `{"a": -Infinity}`, `{"a.b": 1, "a": {"b": 2}}`, `[`, "\ufeff{}", `{"a":1e999}`, `{"\ud800":1}`,
		`{"results":{"t":{"acc,none":1}},"versions":{},"configs":{},"higher_is_better":{"t":{"acc":true}}}`,
		`{"stats":{"successes":1,"failures":0},"prompts":[{"metrics":{"score":1}}]}`,
		`{"a":{"f1-score":1},"macro avg":{"f1-score":1,"support":2},"weighted avg":{}}`)
}

func FuzzYAML(f *testing.F) {
	fuzz(f, "m.yaml", nil, "a: 1\nb: {c: .5, d: [1, {e: 2}]}\n", "a: &x {b: 1}\nc: *x\nd: {<<: *x}\n", "a: &a [*a]\n", "a: .nan", "? [a]\n: 1\n", "--- {a: 1}\n---\n", "a: !!python/object/apply:x [1]", "1: 0x1F\n1: 2", "<<: [1]", "a: !!float x")
}

func FuzzTOML(f *testing.F) {
	fuzz(f, "m.toml", nil, "a = 1\n[b]\nc.d = 0.5\n", "[[a]]\nb=1\n[a.c]\nd=2\n", "a={b=1,c={d=inf}}", "a.b=1\na={}", "[a]\n[a]\n", "a = [1,{b=2}]", "\"\" = 1", "a=0x_1", "a=-nan")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "m.csv", nil, "epoch,loss\n0,0.9\n1,\n", "metric,value\na,1\nb,x\n", "a;b\n1;2\n", ",f1-score,support\nx,1,2\n", ",0\na,1\n", "a,1\nb,nan\n", "\"a\nb\",c\n1,2\n", "step\tloss\n0\t1\n", "a,b\n1\n", "epoch,a\n0,1\n1,x\n")
}

func FuzzMLflow(f *testing.F) {
	fuzz(f, "mlruns/0/r/metrics/loss", nil, "1700000000000 0.5 0\n1700000000001 0.25 1\n", "1 nan 0\n", "1 2\n", "1 2 99999999999999999999\n", "1 2 -1\n\n3 1e999 -1")
}

// FuzzFolder: stages choose the names of the files in a folder, too.
func FuzzFolder(f *testing.F) {
	for _, seed := range []string{
		"mlruns/0/r/meta.yaml\nmlruns/0/r/metrics/val/f1", "a/metrics.json\nb/metrics.json", "results_1.json\nmodel.bin", "dvclive/plots/metrics/x.tsv",
		"metrics.json\rmetrics.csv", "/metrics/\n/meta.yaml\nmetrics/..", "models/m/meta.yaml\nmodels/m/metrics/x", "\x1b[31m/metrics.json\n\u202e/metrics.json", "",
	} {
		f.Add(seed, []byte("1 0.5 0"))
		f.Add(seed, []byte(`{"a": 1}`))
	}
	f.Fuzz(func(t *testing.T, names string, data []byte) {
		files := strings.Split(names, "\n")
		numbers, err := metricfile.ReadFolder("folder", files, func(name string) (io.ReadCloser, error) {
			if !slices.Contains(files, name) {
				t.Fatalf("%q was opened", name)
			}
			return io.NopCloser(bytes.NewReader(data)), nil
		})
		if err != nil {
			checkPlace(t, data, err)
			return
		}
		seen := map[string]bool{}
		for _, n := range numbers {
			if seen[n.Name] || n.Name == "" || math.IsNaN(n.Value) || math.IsInf(n.Value, 0) {
				t.Fatalf("%+v", n)
			}
			seen[n.Name] = true
		}
	})
}

// fuzz holds a reader to what all of them promise: numbers are finite and have
// names of their own, mistakes have a place within the file and a remedy.
func fuzz(f *testing.F, name string, check func(*testing.T, []byte, map[string]float64), seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		numbers, err := metricfile.Read(bytes.NewReader(data), name)
		if err != nil {
			checkPlace(t, data, err)
			return
		}
		values := map[string]float64{}
		for _, n := range numbers {
			if _, twice := values[n.Name]; twice || n.Name == "" || n.Source == "" || math.IsNaN(n.Value) || math.IsInf(n.Value, 0) {
				t.Fatalf("%+v", n)
			}
			values[n.Name] = n.Value
		}
		if check != nil {
			check(t, data, values)
		}
	})
}

func checkPlace(t *testing.T, data []byte, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*input.FileError](err)
	if !ok || wrong.Path == "" || wrong.Msg == "" || wrong.Hint == "" {
		t.Fatalf("error %#v", err)
	}
	if wrong.Line < 0 || wrong.Line > 1+bytes.Count(data, []byte("\n")) {
		t.Fatalf("line %d is not in the file: %v", wrong.Line, err)
	}
	if strings.ContainsAny(err.Error(), "\r\n\x1b\u202e") {
		t.Fatalf("the error breaks its line: %q", err)
	}
}

// refusal is a file, and what is said of it.
type refusal struct{ file, text, want string }

func refused(t *testing.T, tests map[string]refusal) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			numbers, err := metricfile.Read(strings.NewReader(test.text), test.file)
			if err == nil {
				t.Fatalf("it was accepted: %v", numbers)
			}
			checkPlace(t, []byte(test.text), err)
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func mustRead(t *testing.T, file, text string) []metricfile.Number {
	t.Helper()
	numbers, err := metricfile.Read(strings.NewReader(text), file)
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}
