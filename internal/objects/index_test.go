package objects_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/objects"
)

// indexed is a folder with an index over it.
type indexed struct {
	*testing.T
	root, file string
}

func newIndexed(t *testing.T) *indexed {
	t.Helper()
	root := t.TempDir()
	return &indexed{t, root, filepath.Join(t.TempDir(), "index")}
}

func (x *indexed) open() *objects.Index { return objects.OpenIndex(x.file, x.root) }

// write makes a file that was last written to at a time.
func (x *indexed) write(name, content string, at time.Time) string {
	x.Helper()
	path := filepath.Join(x.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		x.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		x.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		x.Fatal(err)
	}
	return path
}

func (x *indexed) stat(path string) objects.Stat {
	x.Helper()
	stat, err := objects.Lstat(path)
	if err != nil {
		x.Fatal(err)
	}
	return stat
}

// hash hashes a file with the index and saves it.
func (x *indexed) hash(path string) {
	x.Helper()
	index := x.open()
	if _, err := index.Hash(x.Context(), path, x.stat(path)); err != nil {
		x.Fatal(err)
	}
	if err := index.Save(); err != nil {
		x.Fatal(err)
	}
}

func longAgo() time.Time { return time.Now().Add(-time.Hour) }

func TestIndexRemembersWhatDidNotChange(t *testing.T) {
	x := newIndexed(t)
	path := x.write("data/ä\n\"b\\.csv", "content", longAgo())
	x.hash(path)
	digest, ok := x.open().Known(path, x.stat(path))
	if !ok || digest != digestOf("content") {
		t.Fatalf("known is %v, %s", ok, digest)
	}
	changes := map[string]func() error{
		"another content of the same length": func() error { return os.WriteFile(path, []byte("CONTENT"), 0o644) },
		"the time alone":                     func() error { return os.Chtimes(path, time.Now(), longAgo().Add(-time.Hour)) },
		"the executable bit":                 func() error { return os.Chmod(path, 0o755) },
		"another file with the same times": func() error {
			stat := x.stat(path)
			other := x.write("other", "CONTENT", time.Unix(0, stat.Modified))
			return os.Rename(other, path)
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			x.write("data/ä\n\"b\\.csv", "content", longAgo())
			x.hash(path)
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if digest, ok := x.open().Known(path, x.stat(path)); ok {
				t.Errorf("it is still known as %s", digest)
			}
		})
	}
}

// A file that was written just now can be written to again without a trace in
// its times, so its digest is not remembered.
func TestIndexDoesNotTrustRacyFiles(t *testing.T) {
	tests := map[string]struct {
		at    time.Time
		known bool
	}{
		"now":           {time.Now().Add(time.Minute), false}, // and not changed since, by its inode
		"in the future": {time.Now().Add(time.Hour), false},
		"long ago":      {longAgo(), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			x := newIndexed(t)
			path := x.write("f", "content", test.at)
			x.hash(path)
			if _, ok := x.open().Known(path, x.stat(path)); ok != test.known {
				t.Errorf("known is %v, want %v", ok, test.known)
			}
		})
	}
}

// What the store puts down itself has a time that no later write can have.
func TestIndexTrustsWhatTheStoreHasWritten(t *testing.T) {
	x := newIndexed(t)
	store, _ := openStore(t)
	digest, _, err := store.Add(t.Context(), writeFile(t, "content"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(x.root, "out")
	if err := store.CopyTo(t.Context(), digest, path, 0o644); err != nil {
		t.Fatal(err)
	}
	index := x.open()
	index.Remember(path, x.stat(path), digest)
	if known, ok := index.Known(path, x.stat(path)); !ok || known != digest {
		t.Errorf("known is %v, %s", ok, known)
	}
	if err := os.WriteFile(path, []byte("CONTENT"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := index.Known(path, x.stat(path)); ok {
		t.Error("a write at once does not show")
	}
}

func TestDamagedIndexCountsAsEmpty(t *testing.T) {
	damages := map[string]func(data []byte) []byte{
		"cut off":         func(data []byte) []byte { return data[:len(data)-7] },
		"emptied":         func([]byte) []byte { return nil },
		"one bit":         func(data []byte) []byte { data[len(data)/2] ^= 1; return data },
		"another version": func(data []byte) []byte { data[13]++; return data },
		"another file":    func([]byte) []byte { return []byte("{\"not\": \"an index\"}\n") },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			x := newIndexed(t)
			path := x.write("f", "content", longAgo())
			x.hash(path)
			data, err := os.ReadFile(x.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(x.file, damage(data), 0o644); err != nil {
				t.Fatal(err)
			}
			if n := x.open().Len(); n != 0 {
				t.Errorf("it knows %d files", n)
			}
			x.hash(path) // and is made anew
			if _, ok := x.open().Known(path, x.stat(path)); !ok {
				t.Error("it was not made anew")
			}
		})
	}
}

func TestIndexForgetsWhatIsGoneAndTakesOverWhatOthersLearn(t *testing.T) {
	x := newIndexed(t)
	gone, stays := x.write("gone", "1", longAgo()), x.write("stays", "2", longAgo())
	x.hash(gone)
	x.hash(stays)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	mine, theirs := x.open(), x.open()
	for index, name := range map[*objects.Index]string{mine: "mine", theirs: "theirs"} {
		path := x.write(name, name, longAgo())
		if _, err := index.Hash(t.Context(), path, x.stat(path)); err != nil {
			t.Fatal(err)
		}
	}
	for _, index := range []*objects.Index{theirs, mine} {
		if err := index.Save(); err != nil {
			t.Fatal(err)
		}
	}
	both := x.open()
	for _, name := range []string{"stays", "mine", "theirs"} {
		path := filepath.Join(x.root, name)
		if _, ok := both.Known(path, x.stat(path)); !ok {
			t.Errorf("%s was forgotten", name)
		}
	}
	if both.Len() != 3 {
		t.Errorf("it knows %d files, want 3", both.Len())
	}
}

func TestIndexLeavesOutWhatIsNotBelowItsRoot(t *testing.T) {
	x := newIndexed(t)
	for _, path := range []string{writeFile(t, "elsewhere"), x.write(".muster/work/1/f", "muster's own", longAgo())} {
		if err := os.Chtimes(path, longAgo(), longAgo()); err != nil {
			t.Fatal(err)
		}
		x.hash(path)
		if _, ok := x.open().Known(path, x.stat(path)); ok {
			t.Errorf("%s is known", path)
		}
	}
}

func TestIndexIsForManyAtOnce(t *testing.T) {
	x := newIndexed(t)
	path := x.write("f", "content", longAgo())
	stat := x.stat(path)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			index := x.open()
			var inner sync.WaitGroup
			for range 4 {
				inner.Go(func() {
					if _, err := index.Hash(t.Context(), path, stat); err != nil {
						t.Error(err)
					}
					index.Known(path, stat)
					if err := index.Save(); err != nil {
						t.Error(err)
					}
				})
			}
			inner.Wait()
		})
	}
	group.Wait()
	if digest, ok := x.open().Known(path, stat); !ok || digest != digestOf("content") {
		t.Errorf("known is %v, %s", ok, digest)
	}
}
