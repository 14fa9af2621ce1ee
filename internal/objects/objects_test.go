package objects_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func openStore(t *testing.T) (store *objects.Store, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	store, err := objects.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// namesBelow lists the regular files below dir, to see that nothing is left
// behind. The lock of a store belongs there.
func namesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != "lock" {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func place(dir, digest string) string {
	return filepath.Join(dir, "sha256", digest[:2], digest[2:])
}

// damage overwrites an object, which is read-only for good reason.
func damage(t *testing.T, path, content string) {
	t.Helper()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestObjectComesBackAsItWentIn(t *testing.T) {
	for _, content := range []string{"", "a", strings.Repeat("model ", 1<<16), "\x00\xff\r\n"} {
		store, dir := openStore(t)
		digest, size, err := store.Add(t.Context(), writeFile(t, content))
		if err != nil {
			t.Fatal(err)
		}
		if digest != digestOf(content) || size != int64(len(content)) {
			t.Errorf("Add gave %s, %d bytes; want %s, %d", digest, size, digestOf(content), len(content))
		}
		if !store.Has(digest) {
			t.Error("Has is false for what was added")
		}
		out := filepath.Join(t.TempDir(), "out")
		if err := store.CopyTo(t.Context(), digest, out, 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != content {
			t.Errorf("content came back with %d bytes, other than the %d that went in", len(got), len(content))
		}
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o100 == 0 {
			t.Errorf("mode is %v, want it executable", info.Mode())
		}
		if diff := cmp.Diff([]string{"sha256/" + digest[:2] + "/" + digest[2:]}, namesBelow(t, dir)); diff != "" {
			t.Errorf("files in the store:\n%s", diff)
		}
		if info, err := os.Stat(place(dir, digest)); err != nil || info.Mode().Perm()&0o222 != 0 {
			t.Errorf("the object can be written: %v, %v", info.Mode(), err)
		}
	}
}

func TestCopyToReplacesWhole(t *testing.T) {
	store, _ := openStore(t)
	digest, _, err := store.AddReader(t.Context(), strings.NewReader("new"))
	if err != nil {
		t.Fatal(err)
	}
	out := writeFile(t, "something older and longer")
	if err := store.CopyTo(t.Context(), digest, out, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(out); string(got) != "new" {
		t.Errorf("content is %q", got)
	}
}

func TestDamagedObjectIsNeverDelivered(t *testing.T) {
	tests := map[string]string{"changed": "tampered", "truncated": "origin", "longer": "original and more", "emptied": ""}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			store, dir := openStore(t)
			digest, _, err := store.AddReader(t.Context(), strings.NewReader("original"))
			if err != nil {
				t.Fatal(err)
			}
			damage(t, place(dir, digest), content)

			out := filepath.Join(t.TempDir(), "out")
			err = store.CopyTo(t.Context(), digest, out, 0o644)
			if !errors.Is(err, objects.ErrCorrupt) || !strings.Contains(err.Error(), digest[2:]) {
				t.Errorf("error is %v, want ErrCorrupt naming the object", err)
			}
			if left := namesBelow(t, filepath.Dir(out)); len(left) != 0 {
				t.Errorf("%v was left behind", left)
			}

			// Adding the true content mends the store.
			if _, _, err := store.Add(t.Context(), writeFile(t, "original")); err != nil {
				t.Fatal(err)
			}
			if err := store.CopyTo(t.Context(), digest, out, 0o644); err != nil {
				t.Errorf("after adding it again: %v", err)
			}
		})
	}
}

func TestObjectThatIsNotThere(t *testing.T) {
	store, _ := openStore(t)
	if store.Has(digestOf("x")) {
		t.Error("Has is true in an empty store")
	}
	if _, err := store.Open(digestOf("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want fs.ErrNotExist", err)
	}
	for _, bad := range []string{"", "ab", "../../../../etc/passwd", strings.ToUpper(digestOf("x")), digestOf("x") + "0"} {
		if store.Has(bad) {
			t.Errorf("Has(%q)", bad)
		}
		if err := store.CopyTo(t.Context(), bad, filepath.Join(t.TempDir(), "out"), 0o644); err == nil {
			t.Errorf("CopyTo(%q) gave no error", bad)
		}
	}
}

func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(writeFile(t, "secret"), link); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "socket")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })

	store, _ := openStore(t)
	tests := map[string]string{link: "a symbolic link", socket: "a socket", dir: "a directory", os.DevNull: "a device"}
	for path, kind := range tests {
		var irregular *objects.IrregularError
		if _, _, err := store.Add(t.Context(), path); !errors.As(err, &irregular) {
			t.Errorf("Add(%s) gave %v, want an IrregularError", path, err)
		} else if want := path + " is " + kind; !strings.Contains(err.Error(), want) {
			t.Errorf("error is %q, want it to have %q", err, want)
		}
	}
}

func TestInterruptedCopyLeavesNothing(t *testing.T) {
	store, dir := openStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := store.AddReader(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	if _, _, err := store.AddReader(t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v, want io.ErrUnexpectedEOF", err)
	}
	if left := namesBelow(t, dir); len(left) != 0 {
		t.Errorf("%v was left behind", left)
	}
}

func TestOpenSweepsWhatKilledProcessesLeft(t *testing.T) {
	_, dir := openStore(t)
	old, young := filepath.Join(dir, "tmp", "old"), filepath.Join(dir, "tmp", "young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if _, err := objects.Open(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"tmp/young"}, namesBelow(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestManyAddTheSame(t *testing.T) {
	store, dir := openStore(t)
	content := bytes.Repeat([]byte("weights"), 1<<14)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, _, err := store.AddReader(t.Context(), bytes.NewReader(content)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := namesBelow(t, dir); len(got) != 1 {
		t.Errorf("the store holds %v, want one object", got)
	}
}

func TestCreateFileHasOneWinner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "000001.json")
	var won atomic.Int32
	var winner atomic.Value
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			content := fmt.Sprintf("written by %d", i)
			err := objects.CreateFile(path, []byte(content), 0o644)
			switch {
			case err == nil:
				won.Add(1)
				winner.Store(content)
			case !errors.Is(err, fs.ErrExist):
				t.Errorf("error is %v, want fs.ErrExist", err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d callers won", won.Load())
	}
	if got, _ := os.ReadFile(path); string(got) != winner.Load() {
		t.Errorf("the file has %q, the winner wrote %q", got, winner.Load())
	}
	if got := namesBelow(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("the directory holds %v, want one file", got)
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.json")
	for _, content := range []string{"a long first version", "second"} {
		if err := objects.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("content is %q, want %q", got, content)
		}
	}
	missing := filepath.Join(t.TempDir(), "no", "such", "doc.json")
	if err := objects.WriteFile(missing, nil, 0o644); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("error is %v, want one that names the file", err)
	}
}

func TestTreeDigest(t *testing.T) {
	a := result.File{Path: "model/a<b>.bin", SHA256: digestOf("a"), Size: 1}
	b := result.File{Path: "model/b.bin", SHA256: digestOf("b"), Size: 1, Executable: true}
	base := objects.TreeDigest([]result.File{a, b})

	canonical := fmt.Sprintf(`[{"path":"model/a<b>.bin","sha256":%q,"executable":false},{"path":"model/b.bin","sha256":%q,"executable":true}]`,
		digestOf("a"), digestOf("b"))
	if base != digestOf(canonical) {
		t.Errorf("digest is not that of %s", canonical)
	}
	if objects.TreeDigest([]result.File{b, a}) != base {
		t.Error("the order of files changes the digest")
	}
	renamed, changed, plain := b, b, b
	renamed.Path, changed.SHA256, plain.Executable = "model/c.bin", digestOf("c"), false
	for name, other := range map[string]result.File{"path": renamed, "content": changed, "executable bit": plain} {
		if objects.TreeDigest([]result.File{a, other}) == base {
			t.Errorf("another %s gives the same digest", name)
		}
	}
	if objects.TreeDigest(nil) != digestOf("[]") {
		t.Error("no files are not the empty list")
	}
}
