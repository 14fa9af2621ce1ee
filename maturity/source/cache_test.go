package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/source"
)

// write puts files down.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// same fails if the cache does not give what reading gives.
func same(t *testing.T, cache source.Cache, dir string, names []string) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	want, err := source.Read(t.Context(), source.Dir(root), names)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cache.Read(t.Context(), source.Dir(root), names)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(source.Tree{}), cmpopts.EquateEmpty(), cmp.Transformer("module", (*python.Source).Module)); diff != "" {
		t.Errorf("from the cache (-want +got):\n%s", diff)
	}
	for _, name := range names {
		if want.Class(name) != got.Class(name) || want.InLFS(name) != got.InLFS(name) {
			t.Errorf("%s is %s, not %s", name, got.Class(name), want.Class(name))
		}
	}
}

func TestCacheGivesWhatReadingGives(t *testing.T) {
	dir, kept := t.TempDir(), t.TempDir()
	names := []string{"a.py", "b_pb2.py", "c.ipynb", "README.md", "web/app.js", "latin.py", "empty.py", "big.bin", "lfs.py", "gone.py"}
	write(t, dir, map[string]string{
		"a.py":       "import m\nm.go('x', y=[1], z={'k': 2})\nKEY = 'AKIAQYLPMN5HHHFPZAM2'\n",
		"b_pb2.py":   "# @generated\nx = 1\n",
		"c.ipynb":    `{"cells": [{"cell_type": "code", "source": ["import m\n", "m.go()"]}]}`,
		"README.md":  "# Title\n",
		"web/app.js": "const key = 'AKIAQYLPMN5HHHFPZAM2';\n",
		"latin.py":   "# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n",
		"empty.py":   "",
		"big.bin":    "\x00\x01",
		"lfs.py":     "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
	})
	cache := source.Cache{Dir: kept, Build: "one", Repository: dir}
	same(t, cache, dir, names) // nothing is there yet
	same(t, cache, dir, names) // by content: the files are too young for their times to tell
	packs, err := filepath.Glob(filepath.Join(kept, "*"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs %v, %v", packs, err)
	}

	write(t, dir, map[string]string{"a.py": "import m\nm.went('x', y=[1], z={'k': 2})\nKEY = 'AKIAQYLPMN5HHHFPZAM2'\n"})
	same(t, cache, dir, names)
	if err := os.Remove(filepath.Join(dir, "README.md")); err != nil {
		t.Fatal(err)
	}
	same(t, cache, dir, names)

	before, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{"cut": before[:len(before)/2], "empty": {}, "changed": append([]byte("x"), before[1:]...)} {
		if err := os.WriteFile(packs[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		same(t, cache, dir, names)
		if after, err := os.ReadFile(packs[0]); err != nil || len(after) != len(before) {
			t.Errorf("%s: a damaged pack of %d bytes became one of %d, not %d: %v", name, len(damaged), len(after), len(before), err)
		}
	}
	cache.Build = "another"
	same(t, cache, dir, names)
}

// TestCacheByTimes waits until the times of files tell changes apart: only then is
// a file that was not touched left closed.
func TestCacheByTimes(t *testing.T) {
	dir := t.TempDir()
	cache := source.Cache{Dir: t.TempDir(), Build: "one", Repository: dir}
	write(t, dir, map[string]string{"a.py": "import m\n", "b.md": "one\n"})
	time.Sleep(2100 * time.Millisecond)
	names := []string{"a.py", "b.md"}
	same(t, cache, dir, names)
	same(t, cache, dir, names)
	write(t, dir, map[string]string{"a.py": "import n\n", "b.md": "two\n"})
	same(t, cache, dir, names)
}

// TestMoved changes files between the look that their sum is taken of and the reading:
// what was read is what reading gives, and the sum is none of it.
func TestMoved(t *testing.T) {
	move := func(dir, from, to string) error { return os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)) }
	large := strings.Repeat("x = 1\n", 2<<20)
	for _, c := range []struct {
		what   string
		change func(dir string) error
		moved  bool
	}{
		{"nothing", func(string) error { return nil }, false},
		{"a folder is gone", func(dir string) error { return move(dir, "ci", "elsewhere") }, true},
		{"a text is gone", func(dir string) error { return move(dir, "ci/a.yml", "ci/other.yml") }, true},
		{"a text changes", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "ci", "a.yml"), []byte("b: 1\n---\nc: 2\n"), 0o644)
		}, true},
		{"a module changes", func(dir string) error { return os.WriteFile(filepath.Join(dir, "m.py"), []byte("import z\n"), 0o644) }, false},
		{"a large file is gone", func(dir string) error { return os.Remove(filepath.Join(dir, "large.py")) }, true},
		{"a large file comes", func(dir string) error { return os.WriteFile(filepath.Join(dir, "gone.py"), []byte(large), 0o644) }, true},
		{"a folder stands for a file", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "ci", "a.yml")), os.Mkdir(filepath.Join(dir, "ci", "a.yml"), 0o755))
		}, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			dir, names := t.TempDir(), []string{"ci/a.yml", "ci/b.yml", "gone.py", "large.py", "m.py"}
			write(t, dir, map[string]string{"ci/a.yml": "a: 1\n", "ci/b.yml": "b: 1\n", "large.py": large, "m.py": "import y\n"})
			time.Sleep(2100 * time.Millisecond) // until the times tell changes apart
			cache := source.Cache{Dir: t.TempDir(), Build: "one", Repository: dir}
			same(t, cache, dir, names)
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			glance := cache.Open()(source.Dir(root), names)
			if _, ok := glance.Sum(t.Context()); !ok {
				t.Fatal("the files have no sum")
			}
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			tree, err := glance.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := glance.Sum(t.Context()); ok == c.moved || glance.Moved() != c.moved {
				t.Errorf("a sum: %t, moved: %t, want moved: %t", ok, glance.Moved(), c.moved)
			}
			if !c.moved { // the answer may be kept: it is that of the look
				return
			}
			for _, name := range names[:2] {
				want, _ := os.ReadFile(filepath.Join(dir, name)) // nothing if it is gone
				if got := tree.Text[name]; string(got) != string(want) {
					t.Errorf("%s is read as %q, want %q", name, got, want)
				}
				if docs, err := tree.YAML(name); err != nil || len(docs) != strings.Count(string(want), "---")+min(len(want), 1) {
					t.Errorf("%s has %d documents (%v), want those of %q", name, len(docs), err, want)
				}
			}
		})
	}
}
