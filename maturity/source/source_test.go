package source_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/maturity/source"
)

func TestClassify(t *testing.T) {
	for file, want := range map[string]source.Class{
		"src/train.py":                      source.Source,
		"train.py":                          source.Source,
		".github/workflows/ci.yml":          source.Source,
		"requirements.txt":                  source.Source,
		"tests/test_x.py":                   source.Test,
		"src/pkg/x_test.go":                 source.Test,
		"test_x.py":                         source.Test,
		"tests/fixtures/repo/train.py":      source.Fixture,
		"maturity/testdata/level4/train.py": source.Fixture,
		"examples/churn/train.py":           source.Example,
		"examples/churn/tests/test_x.py":    source.Example,
		"docs/conf.py":                      source.Docs,
		"README.md":                         source.Docs,
		".claude/skills/x/SKILL.md":         source.Docs,
		"third_party/x/train.py":            source.Vendored,
		"examples/node_modules/x/index.js":  source.Vendored,
		"x_pb2.py":                          source.Generated,
		"{{cookiecutter.name}}/train.py":    source.Template,
		"deploy/values.yaml.j2":             source.Template,
		"notebooks/train.ipynb":             source.Notebook,
	} {
		if got := source.Classify(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	files := fstest.MapFS{
		"a.py":          {Data: []byte("import x\n")},
		"latin.py":      {Data: []byte("# \xe9\nimport y\n")},
		"binary.py":     {Data: []byte("\x00\x01")},
		"huge.py":       {Data: []byte(strings.Repeat("x = 1\n", 1_000_000))},
		"nb.ipynb":      {Data: []byte(`{"cells": []}`)},
		"broken.ipynb":  {Data: []byte(`{"cells": `)},
		"deep.ipynb":    {Data: []byte(strings.Repeat("[", 100_000))},
		"link.py":       {Mode: fs.ModeSymlink, Data: []byte("a.py")},
		"picture.png":   {Data: []byte("\x89PNG")},
		"Makefile":      {Data: []byte("a:\n\tb\n")},
		"vendor/v.py":   {Data: []byte("import z\n")},
		"src/README.md": {Data: []byte("# x\n")},
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	tree, err := source.Read(context.Background(), files, append(names, "gone.py", "a.py"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Python) != 3 || tree.Python["latin.py"] == nil || tree.Python["nb.ipynb"] == nil {
		t.Errorf("modules %v, want a.py, latin.py, nb.ipynb", tree.Python)
	}
	var unread []string
	for _, u := range tree.Unread {
		unread = append(unread, u.Path)
	}
	if diff := cmp.Diff([]string{"binary.py", "broken.ipynb", "deep.ipynb", "huge.py"}, unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if len(tree.Text) != 2 || !tree.Has("picture.png") || tree.Has("nothing") {
		t.Errorf("texts %d, files %v", len(tree.Text), tree.Files)
	}
}

func TestReadStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := source.Read(ctx, fstest.MapFS{"a.py": {}}, []string{"a.py"}); err == nil {
		t.Error("a cancelled read gave no error")
	}
}
