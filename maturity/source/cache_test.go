package source_test

import (
	"os"
	"path/filepath"
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
