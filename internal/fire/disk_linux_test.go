package fire_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/muster-ci/muster/internal/objects"
)

// Wherever a disk is full, muster says which and what to do, leaves nothing
// half-written, and goes on once there is space.
func TestFullDisk(t *testing.T) {
	needRoot(t, "mount a small disk to fill")
	tests := map[string]struct {
		disk, size string
		code       int
		want       string
	}{
		"where the cache is":       {".muster/cache", "size=6m", 1, "no space in"},
		"which can hold no files":  {".muster/cache", "nr_inodes=12", 1, "no more files can be made"},
		"where the records are":    {".muster/runs", "size=64k", 1, "large.log: no space left"},
		"where workspaces are":     {".muster/work", "size=4m", 1, "no space left"},
		"where the stage writes":   {".muster/work", "size=6m", 3, "No space left"},
		"where all of it is":       {".", "size=28m", 1, "no space in"},
		"where the output belongs": {"out", "size=4m", 1, "no space in"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			disk := mountSmall(t, test.disk, test.size)
			p := newProjectIn(t, disk.root, `
version: 1
executor: process
stages: {large: {run: "exec 2>&1; mkdir -p out/many; tee out/large.bin < large.bin; cp *.bin out/many", inputs: ["*.bin"], outputs: [out/large.bin, out/many]}}
`)
			for i := range 12 {
				p.write(strings.Repeat("x", i+1)+".bin", fmt.Sprint(i))
			}
			large := strings.Repeat("0123456789abcdef\n", 300_000)
			p.write("large.bin", large)
			want := []string{test.want}
			if test.code == 1 {
				want = append(want, "error: ", disk.dir, "hint: free some space on that disk")
			}
			p.says(test.code, []string{"run", "--quiet"}, want...)
			p.wantNothingHalf()
			if err := unix.Mount("", disk.dir, "", unix.MS_REMOUNT, "size=100m,nr_inodes=1000"); err != nil {
				t.Fatal(err)
			}
			p.call(0, "run", "--quiet")
			p.wants("out/large.bin", large)
			p.wants("out/many/x.bin", "0")
			p.clean()
		})
	}
}

type disk struct{ root, dir string }

// mountSmall makes a folder for a project, in which there is a disk that holds little.
func mountSmall(t *testing.T, place, options string) disk {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, place)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return disk{root, dir}
}

// wantNothingHalf wants no output and no temporary file.
func (p *project) wantNothingHalf() {
	p.Helper()
	err := filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if objects.IsTemp(entry.Name()) || (strings.HasPrefix(path, p.path("out")+"/") && !entry.IsDir()) {
			p.Errorf("left: %s", path)
		}
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
	if left, err := os.ReadDir(p.path(".muster/work")); err != nil || len(left) > 0 {
		p.Errorf("left in work: %v, %v", left, err)
	}
}
