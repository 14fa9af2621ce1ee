package reach_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
)

// TestOutlinesAreEnough: what runs what, and what nothing calls, is the same where files
// are decoded from what was kept of them, of most no more than the outline. Whoever lets
// the walk ask for more of a call must keep that in the outline.
func TestOutlinesAreEnough(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("../testdata/criteria/*/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("%d archives, %v", len(archives), err)
	}
	texts := map[string]string{"a script in a list": "-- Makefile --\nall:\n\tpython run.py\n-- run.py --\n" +
		"import subprocess\ndef start(words):\n    subprocess.run(words)\nstart(['steps/a.py', '-x'])\nstart(['steps/a.py'])\n-- steps/a.py --\nx = 1\n"}
	for _, name := range archives {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		tree, whole := walkTree(t, text)
		dead := whole.Dead(tree)
		for file, code := range tree.Python {
			data, err := python.AppendSource(nil, code.Module())
			if err != nil {
				t.Fatal(err)
			}
			if tree.Python[file], err = python.KeptSource(data); err != nil {
				t.Fatal(err)
			}
		}
		kept := reach.Walk(tree, reach.Options{Pipelines: pipelines(tree)})
		if diff := cmp.Diff(said(t, whole), said(t, kept)); diff != "" {
			t.Errorf("%s: what runs what (-whole +kept):\n%s", name, diff)
		}
		for file := range tree.Python {
			if diff := cmp.Diff(whole.Runs(file), kept.Runs(file)); diff != "" {
				t.Errorf("%s: what runs %s (-whole +kept):\n%s", name, file, diff)
			}
		}
		if diff := cmp.Diff(dead, kept.Dead(tree)); diff != "" {
			t.Errorf("%s: what nothing calls (-whole +kept):\n%s", name, diff)
		}
	}
}

func said(t *testing.T, r *reach.Result) string {
	t.Helper()
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
