package stages_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Where the disk fills up while outputs are saved, nothing half-written stays.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk to test this on; to run it: sudo go test ./stages")
	}
	p := newProject(t, `
version: 1
stages:
  large: {run: "cat part.bin > out.bin", inputs: [part.bin], outputs: [out.bin]}
`, nil)
	disk := filepath.Join(p.dir, ".muster", "cache")
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	p.write("part.bin", strings.Repeat("part ", 1<<20))
	run, err := p.runner.Run(t.Context(), nil)
	if full, ok := errors.AsType[*objects.SpaceError](err); !ok || run.Status != result.RunFailed || !strings.HasPrefix(full.Dir, disk) {
		t.Fatalf("run %s, %v", run.Status, err)
	}
	if left := append(p.filesIn("objects"), p.filesIn("index")...); len(left) > 1 {
		t.Errorf("left are %v", left)
	}
	p.write("part.bin", "fits")
	p.run(result.RunPassed)
	if p.read("out.bin") != "fits" {
		t.Errorf("the output is %q", p.read("out.bin"))
	}
}
