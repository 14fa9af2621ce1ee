package objects_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// FuzzIndex reads whatever lies where the index should be: as it is, and with a
// checksum that is right, which gets it past the first door.
func FuzzIndex(f *testing.F) {
	root := f.TempDir()
	path := filepath.Join(root, "f")
	if err := os.WriteFile(path, []byte("content"), 0o644); err != nil {
		f.Fatal(err)
	}
	if err := os.Chtimes(path, longAgo(), longAgo()); err != nil {
		f.Fatal(err)
	}
	stat, err := objects.Lstat(path)
	if err != nil {
		f.Fatal(err)
	}
	file := filepath.Join(f.TempDir(), "index")
	index := objects.OpenIndex(file, root)
	index.Remember(path, stat, digestOf("content"))
	if err := index.Save(); err != nil {
		f.Fatal(err)
	}
	valid, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	f.Add(valid[:len(valid)-sha256.Size])
	f.Add([]byte("muster index 1\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(t.TempDir(), "index")
		sum := sha256.Sum256(data)
		for _, content := range [][]byte{data, append(slices.Clip(data), sum[:]...)} {
			if err := os.WriteFile(file, content, 0o644); err != nil {
				t.Fatal(err)
			}
			index := objects.OpenIndex(file, root)
			index.Remember(path, stat, digestOf("content"))
			if err := index.Save(); err != nil {
				t.Fatal(err)
			}
			if digest, ok := objects.OpenIndex(file, root).Known(path, stat); !ok || digest != digestOf("content") {
				t.Errorf("known is %v, %s", ok, digest)
			}
		}
	})
}

// FuzzListing holds the fast way of writing a list to what it can be read as.
func FuzzListing(f *testing.F) {
	f.Add("data/a.csv", "data/b \"\\\n<é>\u2028\x7f.csv", true)
	f.Fuzz(func(t *testing.T, a, b string, executable bool) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip("such names are refused before")
		}
		files := []result.File{{Path: a, SHA256: digestOf("a"), Executable: executable}, {Path: b, SHA256: digestOf("b")}}
		read, err := objects.ParseListing(objects.Listing(files))
		if err != nil {
			t.Fatal(err)
		}
		if len(read) != 2 {
			t.Fatalf("%d files", len(read))
		}
		if again := objects.Listing(read); !cmp.Equal(again, objects.Listing(files)) {
			t.Errorf("%s is not %s", again, objects.Listing(files))
		}
	})
}
