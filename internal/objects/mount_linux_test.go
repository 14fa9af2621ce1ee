package objects_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/muster-ci/muster/internal/objects"
)

// mounted calls mount with an empty folder and removes it at the end. Only root
// can mount: anybody else is told what was not tested.
func mounted(t *testing.T, mount func(dir string) error) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system to test this on; to run it: sudo go test ./internal/objects")
	}
	dir := t.TempDir()
	if err := mount(dir); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// sharing mounts an empty btrfs, which can share blocks between files. The image
// is mkfs.btrfs --mixed --nodesize 4096 of 24 MB.
func sharing(t *testing.T) string {
	t.Helper()
	return mounted(t, func(dir string) error {
		packed, err := os.Open(filepath.Join("testdata", "btrfs.img.gz"))
		if err != nil {
			return err
		}
		defer packed.Close()
		data, err := gzip.NewReader(packed)
		if err != nil {
			return err
		}
		image, err := os.Create(filepath.Join(t.TempDir(), "image"))
		if err != nil {
			return err
		}
		defer image.Close()
		if _, err := io.Copy(image, data); err != nil {
			return err
		}
		// mount finds a loop device, and the kernel frees it after the unmount.
		out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop", image.Name(), dir).CombinedOutput()
		if err != nil {
			return errors.Join(err, errors.New(string(out)))
		}
		return nil
	})
}

// freeBytes is what is left on the file system once all is written.
func freeBytes(t *testing.T, dir string) int64 {
	t.Helper()
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		t.Fatal(err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

func TestBlocksAreSharedWhereTheFileSystemCan(t *testing.T) {
	dir := sharing(t)
	store, err := objects.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 4<<20)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	source, out := filepath.Join(dir, "source"), filepath.Join(dir, "out")
	if err := os.WriteFile(source, content, 0o644); err != nil {
		t.Fatal(err)
	}
	before := freeBytes(t, dir)
	digest, size, err := store.Add(t.Context(), source)
	if err != nil || digest != digestOf(string(content)) || size != int64(len(content)) {
		t.Fatalf("Add gave %s, %d, %v", digest, size, err)
	}
	if err := store.CopyTo(t.Context(), digest, out, 0o600); err != nil {
		t.Fatal(err)
	}
	if used := before - freeBytes(t, dir); used > 1<<20 {
		t.Errorf("two copies of 4 MB took %d bytes", used)
	}
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, content) {
		t.Errorf("what came back differs: %v", err)
	}

	// A write to a copy is a write to that copy alone.
	if err := os.WriteFile(out, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := store.Check(t.Context(), digest); err != nil {
		t.Error(err)
	}

	// Shared blocks are checked like copied ones.
	object := place(filepath.Join(dir, "store"), digest)
	content[len(content)/2] ^= 1
	damage(t, object, string(content))
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	if err := store.CopyTo(t.Context(), digest, out, 0o644); !errors.Is(err, objects.ErrCorrupt) {
		t.Errorf("error is %v, want ErrCorrupt", err)
	}
	if _, err := os.Lstat(out); !errors.Is(err, os.ErrNotExist) {
		t.Error("a damaged object was delivered")
	}
}

// Where the disk is full, nothing half-written stays, and the error says where
// and what to do.
func TestFullDisk(t *testing.T) {
	dir := mounted(t, func(dir string) error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m") })
	store, err := objects.Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	small, _, err := store.AddReader(t.Context(), strings.NewReader("small"))
	if err != nil {
		t.Fatal(err)
	}
	large := writeFile(t, strings.Repeat("large ", 1<<20))
	before := namesBelow(t, dir)
	attempts := map[string]func() error{
		"Add":       func() error { _, _, err := store.Add(t.Context(), large); return err },
		"AddAll":    func() error { _, err := store.AddAll(t.Context(), []string{large}); return err },
		"WriteFile": func() error { return objects.WriteFile(filepath.Join(dir, "doc"), make([]byte, 4<<20), 0o644) },
		"CopyTo":    func() error { return fillAndCopy(t.Context(), store, small, dir) },
	}
	for name, attempt := range attempts {
		t.Run(name, func(t *testing.T) {
			err := attempt()
			full, ok := errors.AsType[*objects.SpaceError](err)
			if !ok || !errors.Is(err, unix.ENOSPC) || !strings.HasPrefix(full.Dir, dir) || !strings.Contains(full.Hint(), "cache prune") {
				t.Fatalf("error is %v, want a SpaceError below %s", err, dir)
			}
			if after := namesBelow(t, dir); len(after) != len(before) {
				t.Errorf("left are %v, before it was %v", after, before)
			}
		})
	}
	if err := store.Check(t.Context(), small); err != nil {
		t.Error(err)
	}
}

// fillAndCopy copies an object while there is no room for it.
func fillAndCopy(ctx context.Context, store *objects.Store, digest, dir string) error {
	ballast := filepath.Join(dir, "ballast")
	file, err := os.Create(ballast)
	if err != nil {
		return err
	}
	_, full := file.Write(make([]byte, 4<<20))
	err = store.CopyTo(ctx, digest, filepath.Join(dir, "out"), 0o644)
	if !errors.Is(full, unix.ENOSPC) {
		err = errors.New("the disk did not get full")
	}
	file.Close()
	os.Remove(ballast)
	return err
}
