package source_test

import (
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/muster-ci/muster/maturity/source"
)

// FuzzRead reads a file of any content under names of every kind, beside any
// .gitattributes: what is kept is UTF-8, and every file has a class.
func FuzzRead(f *testing.F) {
	f.Add("* linguist-vendored\nsrc/** -linguist-generated\n", []byte("# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n"))
	f.Add("*.pt filter=lfs diff=lfs merge=lfs -text\n", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"))
	f.Add("[attr]x linguist-vendored=false\n/{a,b}/**/[!c] linguist-documentation\n", []byte("\xff\xfei\x00m\x00"))
	f.Add("", []byte("#!/usr/bin/env python\nimport os\n"))
	f.Add("", []byte("\xef\xbb\xbfa: b\n"))
	f.Fuzz(func(t *testing.T, attributes string, data []byte) {
		files := fstest.MapFS{".gitattributes": {Data: []byte(attributes)}}
		names := []string{".gitattributes"}
		for _, name := range []string{"src/a.py", "n.ipynb", "c.yml", "run", "Dockerfile", "x/y.json", "m.pt"} {
			files[name] = &fstest.MapFile{Data: data}
			names = append(names, name)
		}
		tree, err := source.Read(t.Context(), files, names)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range tree.Text {
			if utf8.Valid(data) && !utf8.Valid(text) {
				t.Errorf("%s is no longer UTF-8", name)
			}
		}
		for _, name := range tree.Files {
			if tree.Class(name) == "" {
				t.Errorf("%s has no class", name)
			}
		}
	})
}
