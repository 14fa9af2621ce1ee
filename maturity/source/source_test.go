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

// TestClassByAttributes: what a repository says of its files outranks the names
// of folders, except what is about the bar of languages.
func TestClassByAttributes(t *testing.T) {
	files := fstest.MapFS{
		".gitattributes": {Data: []byte("*.ipynb linguist-vendored\nlib/** linguist-vendored\ndist/** -linguist-generated\n" +
			"/gen/*.py linguist-generated=true\nguide/** linguist-documentation\n*.pt filter=lfs diff=lfs\n* text=auto\n*.py linguist-vendored\n")},
		"sub/.gitattributes": {Data: []byte("own.py linguist-generated\n")},
	}
	for name, want := range map[string]source.Class{
		"notebooks/a.ipynb": source.Notebook, "lib/x/y.py": source.Vendored, "lib/b.ipynb": source.Notebook, "dist/main.py": source.Source,
		"gen/a.py": source.Generated, "x/gen/a.py": source.Source, "guide/a.py": source.Docs, "sub/own.py": source.Generated,
		"own.py": source.Source, "weights/m.pt": source.Source, "vendor/v.py": source.Vendored, "build/train.py": source.Source,
		"build/lib/pkg/train.py": source.Generated,
	} {
		files[name] = &fstest.MapFile{Data: []byte("import a\n")}
		t.Run(name, func(t *testing.T) {
			tree, err := source.Read(t.Context(), files, []string{".gitattributes", "sub/.gitattributes", name})
			if err != nil {
				t.Fatal(err)
			}
			if got := tree.Class(name); got != want {
				t.Errorf("class %s, want %s", got, want)
			}
			if tree.InLFS(name) != strings.HasSuffix(name, ".pt") {
				t.Errorf("in LFS: %t", tree.InLFS(name))
			}
		})
	}
}

// TestEncodings: the same line in every encoding gives the same module.
func TestEncodings(t *testing.T) {
	for name, data := range map[string]string{
		"utf-8":          "import caf\u00e9\n",
		"mark":           "\xef\xbb\xbfimport caf\u00e9\n",
		"latin-1":        "# -*- coding: latin-1 -*-\nimport caf\xe9\n",
		"second line":    "#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\nimport caf\xe9\n",
		"cp1252":         "# coding=cp1252\nimport caf\xe9\n",
		"koi8-r":         "# coding: koi8-r\nimport caf\xa3\n",
		"none said":      "import caf\xe9\n",
		"UTF-16, little": "\xff\xfei\x00m\x00p\x00o\x00r\x00t\x00 \x00c\x00a\x00f\x00\xe9\x00\n\x00",
		"UTF-16, big":    "\xfe\xff\x00i\x00m\x00p\x00o\x00r\x00t\x00 \x00c\x00a\x00f\x00\xe9\x00\n",
	} {
		want := "caf\u00e9"
		if name == "koi8-r" {
			want = "caf\u0451"
		}
		files := fstest.MapFS{"a.py": {Data: []byte(data)}}
		tree, err := source.Read(t.Context(), files, []string{"a.py"})
		if err != nil {
			t.Fatal(err)
		}
		mod := tree.Python["a.py"].Module()
		if mod == nil || len(mod.Imports) != 1 || mod.Imports[0].Module != want {
			t.Errorf("%s: module %+v (unread %v), want one that imports %s", name, mod, tree.Unread, want)
		}
	}
}
