package objects_test

import (
	"path/filepath"
	"testing"

	"github.com/muster-ci/muster/internal/objects"
)

func TestDiskOf(t *testing.T) {
	dir := t.TempDir()
	disk, err := objects.DiskOf(dir)
	if err != nil || disk.Free <= 0 || disk.Size < disk.Free {
		t.Errorf("%+v, %v", disk, err)
	}
	if _, err := objects.DiskOf(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there has room")
	}
}
