package objects_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-ci/muster/internal/objects"
)

// folder makes files below a new folder whose path is short enough for a socket.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "walk") //nolint:usetesting // the name of a test makes the path of a socket too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(name), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func walked(root string) (names []string, err error) {
	err = objects.Walk(root, func(rel string, stat objects.Stat) error {
		if !stat.Mode.IsRegular() {
			return errors.New(rel + " is not regular")
		}
		names = append(names, rel)
		return nil
	})
	return names, err
}

func TestWalkVisitsInTheOrderOfNames(t *testing.T) {
	dir := folder(t, "b/2", "b/1", "b.txt", "a \"quoted\"\nname\\", "ä/deep/er", "c")
	names, err := walked(dir)
	if diff := cmp.Diff([]string{"a \"quoted\"\nname\\", "b/1", "b/2", "b.txt", "c", "ä/deep/er"}, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	names, err = walked(filepath.Join(dir, "c"))
	if diff := cmp.Diff([]string{"."}, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := walked(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want fs.ErrNotExist", err)
	}
	if err := objects.Walk(dir, func(string, objects.Stat) error { return fs.SkipAll }); !errors.Is(err, fs.SkipAll) {
		t.Errorf("error is %v, want the visitor's own", err)
	}
}

func TestWalkRefusesWhatIsNoFile(t *testing.T) {
	makes := map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink("/etc", path) },
		"a socket": func(path string) error {
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
			if err == nil {
				t.Cleanup(func() { listener.Close() })
			}
			return err
		},
	}
	for kind, create := range makes {
		t.Run(kind, func(t *testing.T) {
			dir := folder(t, "sub/file")
			if err := create(filepath.Join(dir, "sub", "x")); err != nil {
				t.Fatal(err)
			}
			for root, path := range map[string]string{dir: "sub/x", filepath.Join(dir, "sub", "x"): "it"} {
				_, err := walked(root)
				irregular, ok := errors.AsType[*objects.IrregularError](err)
				if want := path + " is " + kind + ", not a regular file"; !ok || irregular.Error() != want {
					t.Errorf("error is %v, want %q", err, want)
				}
			}
		})
	}
	dir := folder(t, "sub/not\xfftext")
	if _, err := walked(dir); err == nil || err.Error() != `"sub/not\xfftext" is not UTF-8; rename it` {
		t.Errorf("error is %v", err)
	}
}
