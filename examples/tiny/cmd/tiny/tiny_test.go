package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tiny runs one command and returns what it printed, and its exit code.
func tiny(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(args, &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

// must runs one command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, errOut, code := tiny(t, args...)
	if code != 0 {
		t.Fatalf("tiny %s: exit code %d: %s", strings.Join(args, " "), code, errOut)
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// pipeline runs the three stages with these parameters in a new folder, which
// it returns with the accuracy.
func pipeline(t *testing.T, params string) (dir string, accuracy float64) {
	t.Helper()
	dir = t.TempDir()
	t.Chdir(dir)
	must(t, "write", "params.yaml", params)
	must(t, "data", "-out", "data/raw.csv")
	must(t, "prepare", "-in", "data/raw.csv", "-train", "data/train.csv", "-test", "data/test.csv")
	must(t, "train", "-in", "data/train.csv", "-params", "params.yaml", "-out", "model.json")
	must(t, "evaluate", "-in", "data/test.csv", "-model", "model.json", "-predictions", "predictions.csv", "-metrics", "metrics.json")
	var metrics map[string]float64
	if err := json.Unmarshal([]byte(read(t, "metrics.json")), &metrics); err != nil {
		t.Fatal(err)
	}
	return dir, metrics["accuracy"]
}

func TestShippedDataIsWhatTheCommandMakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raw.csv")
	must(t, "data", "-out", path)
	if diff := cmp.Diff(read(t, "../../data/raw.csv"), read(t, path)); diff != "" {
		t.Errorf("examples/tiny/data/raw.csv differs from what `tiny data` makes (-shipped +made):\n%s", diff)
	}
}

func TestPipelineLearns(t *testing.T) {
	both, good := pipeline(t, "train:\n    features: heat vibration\n    rounds: 100\n    rate: 0.5")
	_, poor := pipeline(t, "# a comment\ntrain:\n  features: \"vibration\"  # not heat")
	_, blind := pipeline(t, "other:\n  x: 1\ntrain:\n  features: noise")
	if good < 0.8 || poor > good-0.05 || blind > poor-0.1 {
		t.Errorf("accuracy with both features %.3f, with one %.3f, with noise %.3f", good, poor, blind)
	}
	lines := strings.Split(read(t, filepath.Join(both, "predictions.csv")), "\n")
	if lines[0] != "id,label,score,site" || len(lines) != 319 {
		t.Errorf("predictions.csv begins with %q and has %d lines", lines[0], len(lines))
	}
}

func TestPipelineIsReproducible(t *testing.T) {
	const params = "train:\n  features: heat vibration noise\n  rounds: 20"
	first, _ := pipeline(t, params)
	second, _ := pipeline(t, params)
	for _, name := range []string{"data/train.csv", "data/test.csv", "model.json", "predictions.csv", "metrics.json"} {
		if read(t, filepath.Join(first, name)) != read(t, filepath.Join(second, name)) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestSplitKeepsEveryRowOnce(t *testing.T) {
	rows := generate(200, 3)
	train, test := split(rows)
	if len(train)+len(test) != len(rows) || len(train) < 60 || len(test) < 60 {
		t.Errorf("%d rows: %d to learn from, %d to judge by", len(rows), len(train), len(test))
	}
	fewer, _ := split(rows[100:])
	all := map[string]bool{}
	for _, r := range train {
		all[r.ID] = true
	}
	for _, r := range fewer {
		if !all[r.ID] {
			t.Errorf("%s changed sides when other rows went", r.ID)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "write", "good.csv", "id,heat,vibration,noise,site,failed\nr1,1,2,3,north,1")
	must(t, "write", "columns.csv", "id,heat\nr1,1")
	must(t, "write", "number.csv", "id,heat,vibration,noise,site,failed\nr1,hot,2,3,north,1")
	must(t, "write", "label.csv", "id,heat,vibration,noise,site,failed\nr1,1,2,3,north,yes")
	must(t, "write", "good.yaml", "train: {}\ntrain:\n  features: heat")
	for _, test := range []struct{ name, data, params, want string }{
		{"no file", "none.csv", "features: heat", "no such file"},
		{"columns", "columns.csv", "features: heat", "must have the columns"},
		{"number", "number.csv", "features: heat", "line 2"},
		{"label", "label.csv", "features: heat", "neither 0 nor 1"},
		{"no features", "good.csv", "rounds: 3", "train.features is missing"},
		{"unknown feature", "good.csv", "features: colour", `no feature "colour"`},
		{"unknown parameter", "good.csv", "depth: 3", "no parameter train.depth"},
		{"not a number", "good.csv", "rounds: many", "line 2"},
		{"not a pair", "good.csv", "- heat", "not a name and a value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			must(t, "write", "params.yaml", "train:\n  "+test.params)
			_, errOut, code := tiny(t, "train", "-in", test.data, "-params", "params.yaml", "-out", "model.json")
			if code != 1 || !strings.Contains(errOut, test.want) {
				t.Errorf("exit code %d, %q: want 1 and %q", code, errOut, test.want)
			}
		})
	}
}

func TestWrongModels(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "write", "rows.csv", "id,heat,vibration,noise,site,failed\nr1,1,2,3,north,1")
	for _, content := range []string{"{", `{"features": ["heat"]}`, `{"features": ["x"], "weights": [1]}`} {
		must(t, "write", "model.json", content)
		_, errOut, code := tiny(t, "evaluate", "-in", "rows.csv", "-model", "model.json", "-predictions", "p.csv", "-metrics", "m.json")
		if code != 1 || !strings.Contains(errOut, "read model.json") {
			t.Errorf("model %s: exit code %d, %q", content, code, errOut)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"dance"},
		{"train"},
		{"train", "-in"},
		{"prepare", "-in", "x", "-train", "y", "-test", "z", "more"},
		{"fail"},
		{"fail", "hard"},
		{"sleep"},
		{"sleep", "long"},
		{"spam"},
		{"spam", "5", "wide"},
		{"write", "x"},
		{"fork"},
	} {
		_, errOut, code := tiny(t, args...)
		if code != 2 || !strings.Contains(errOut, "usage: tiny COMMAND") {
			t.Errorf("tiny %s: exit code %d, %q", strings.Join(args, " "), code, errOut)
		}
	}
}

func TestProbes(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, code := tiny(t, "fail", "7"); code != 7 {
		t.Errorf("fail 7: exit code %d", code)
	}
	if got := must(t, "spam", "20", "8"); got != "xxxxxxx\nxxxxxxx\nxxx\n" {
		t.Errorf("spam 20 8: %q", got)
	}
	if got := must(t, "spam", "100000", "0"); len(got) != 100000 || strings.Count(got, "\n") != 1 {
		t.Errorf("spam 100000 0: %d bytes in %d lines", len(got), strings.Count(got, "\n"))
	}
	must(t, "write", "a/b.txt", "hello")
	if got := must(t, "cat", "a/b.txt", "a/b.txt"); got != "hello\nhello\n" {
		t.Errorf("cat: %q", got)
	}
	must(t, "sleep", "0.001")
	if _, _, code := tiny(t, "sleep", "0.001", "3"); code != 3 {
		t.Errorf("sleep 0.001 3: exit code %d", code)
	}
	for _, test := range []struct {
		kind string
		want os.FileMode
	}{{"link", os.ModeSymlink}, {"dangling", os.ModeSymlink}, {"fifo", os.ModeNamedPipe}, {"socket", os.ModeSocket}, {"names", os.ModeDir}} {
		must(t, "special", test.kind, test.kind)
		if info, err := os.Lstat(test.kind); err != nil || info.Mode().Type() != test.want {
			t.Errorf("special %s: %v, %v", test.kind, info, err)
		}
	}
}

func TestEnv(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "write", "here", "x")
	out := must(t, "env", "here", "gone")
	want := []string{"uid=", "HOME=", "TMPDIR=", "workdir=", "access here=writable", "access gone=missing"}
	if runtime.GOOS == "linux" {
		want = append(want, "interfaces=lo", "capabilities=0", "no_new_privs=")
	}
	for _, line := range want {
		if !strings.Contains(out, line) {
			t.Errorf("env has no %q in:\n%s", line, out)
		}
	}
}
