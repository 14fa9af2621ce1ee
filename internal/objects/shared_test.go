package objects_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/muster-ci/muster/internal/objects"
)

// TestMain makes this program one that fills a store until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FILL_STORE"); dir != "" {
		if err := fillStore(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fillStore does all that a store and an index can do, for ever.
func fillStore(ctx context.Context, dir string) error {
	store, err := objects.Open(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var paths []string
		for i := range 4 + n%20 {
			path := filepath.Join(dir, "work", fmt.Sprintf("%d-%d", os.Getpid(), i))
			content := bytes.Repeat([]byte(fmt.Sprint(n, i)), rand.IntN(30_000))
			if err := os.WriteFile(path, content, 0o644); err != nil {
				return err
			}
			paths = append(paths, path)
		}
		added, err := store.AddAll(ctx, paths)
		if err != nil {
			return err
		}
		index := objects.OpenIndex(filepath.Join(dir, "index"), filepath.Join(dir, "out"))
		for i, object := range added {
			out := filepath.Join(dir, "out", fmt.Sprint(i))
			if err := store.CopyTo(ctx, object.Digest, out, 0o644); err != nil {
				return err
			}
			stat, err := objects.Lstat(out)
			if err != nil {
				return err
			}
			index.Remember(out, stat, object.Digest)
		}
		if err := index.Save(); err != nil {
			return err
		}
	}
}

// However a process dies, what is in the store is whole, and what the index
// says of a file is true.
func TestKilledAtAnyInstant(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"work", "out"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	kills := 60
	if testing.Short() {
		kills = 10
	}
	for range kills {
		fill := exec.CommandContext(t.Context(), os.Args[0])
		fill.Env = append(os.Environ(), "FILL_STORE="+dir)
		var stderr bytes.Buffer
		fill.Stderr = &stderr
		if err := fill.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Millisecond + rand.N(60*time.Millisecond))
		if err := fill.Process.Kill(); err != nil {
			t.Fatalf("it ended by itself: %v\n%s", err, &stderr)
		}
		_ = fill.Wait() // killed, as it should be
		checkWhole(t, dir)
	}
}

func checkWhole(t *testing.T, dir string) {
	t.Helper()
	store, err := objects.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	err = store.Each(func(object objects.Stored) error { return store.Check(t.Context(), object.Digest) })
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	index := objects.OpenIndex(filepath.Join(dir, "index"), out)
	err = filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || objects.IsTemp(entry.Name()) {
			return err
		}
		stat, err := objects.Lstat(path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if known, ok := index.Known(path, stat); ok && known != fmt.Sprintf("%x", sha256.Sum256(data)) {
			t.Errorf("the index is wrong about %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever tidies never takes away what another is just using.
func TestTidyingWaitsForWhoUsesTheStore(t *testing.T) {
	store, dir := openStore(t)
	other, err := objects.Open(dir) // as another process has it
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var tidier, users sync.WaitGroup
	tidier.Go(func() {
		for ctx.Err() == nil {
			err := other.Tidying(ctx, func() error {
				return other.Each(func(object objects.Stored) error { return other.Remove(object.Digest) })
			})
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for user := range 4 {
		users.Go(func() {
			for i := range 40 {
				content := fmt.Sprint("content ", user, i%7)
				err := store.Using(func() error {
					digest, _, err := store.AddReader(t.Context(), strings.NewReader(content))
					if err != nil {
						return err
					}
					return store.CopyTo(t.Context(), digest, filepath.Join(dir, fmt.Sprint("out", user)), 0o644)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	users.Wait()
	cancel()
	tidier.Wait()
}

func TestEachCheckAndRemove(t *testing.T) {
	store, dir := openStore(t)
	want := map[string]int64{}
	for _, content := range []string{"", "one", "two"} {
		digest, size, err := store.AddReader(t.Context(), strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		want[digest] = size
	}
	if err := os.WriteFile(filepath.Join(dir, "sha256", digestOf("one")[:2], "README"), nil, 0o644); err != nil {
		t.Fatal(err) // what is no object is left alone
	}
	seen := map[string]int64{}
	list := func(object objects.Stored) error {
		seen[object.Digest] = object.Size
		return nil
	}
	if err := store.Each(list); err != nil || len(seen) != len(want) || seen[digestOf("one")] != 3 {
		t.Errorf("objects are %v, %v", seen, err)
	}
	damage(t, place(dir, digestOf("one")), "eno")
	if err := store.Check(t.Context(), digestOf("one")); !errors.Is(err, objects.ErrCorrupt) {
		t.Errorf("error is %v, want ErrCorrupt", err)
	}
	for range 2 { // twice is no error
		if err := store.Remove(digestOf("one")); err != nil {
			t.Error(err)
		}
	}
	if err := store.Check(t.Context(), digestOf("one")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want fs.ErrNotExist", err)
	}
	for _, bad := range []string{"", "../../x", strings.Repeat("g", 64)} {
		if store.Check(t.Context(), bad) == nil || store.Remove(bad) == nil {
			t.Errorf("%q is taken for a digest", bad)
		}
	}
}

func TestAddAll(t *testing.T) {
	for _, n := range []int{0, 1, 16, 300} {
		store, _ := openStore(t)
		dir := t.TempDir()
		var paths []string
		for i := range n {
			path := filepath.Join(dir, fmt.Sprint(i))
			if err := os.WriteFile(path, []byte(fmt.Sprint("content ", i%100)), 0o644); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		added, err := store.AddAll(t.Context(), paths)
		if err != nil || len(added) != n {
			t.Fatal(len(added), err)
		}
		for i, object := range added {
			if want := digestOf(fmt.Sprint("content ", i%100)); object.Digest != want || store.Check(t.Context(), want) != nil {
				t.Errorf("object %d is %v", i, object)
			}
		}
		if _, err := store.AddAll(t.Context(), append(paths, dir)); err == nil {
			t.Error("a folder was added")
		}
	}
}

func TestKeep(t *testing.T) {
	store, dir := openStore(t)
	for range 2 {
		digest, err := store.Keep(t.Context(), []byte("note"))
		if err != nil || digest != digestOf("note") || store.Check(t.Context(), digest) != nil {
			t.Errorf("Keep gave %s, %v", digest, err)
		}
	}
	damage(t, place(dir, digestOf("note")), "no")
	if digest, err := store.Keep(t.Context(), []byte("note")); err != nil || store.Check(t.Context(), digest) != nil {
		t.Errorf("a damaged note was not mended: %v", err)
	}
}
