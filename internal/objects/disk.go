package objects

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Disk is the room on a file system.
type Disk struct {
	Free, Size int64 // bytes; Free is what the caller may still write
	// FreeFiles is how many more files it takes; 0 of 0 where it has no such limit.
	FreeFiles, Files int64
}

// DiskOf returns the room on the file system that path lies on.
func DiskOf(path string) (Disk, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return Disk{}, fmt.Errorf("read disk space of %s: %w", path, err)
	}
	block := int64(stat.Bsize) //nolint:unconvert // its type differs between systems
	return Disk{
		Free: int64(stat.Bavail) * block, Size: int64(stat.Blocks) * block,
		FreeFiles: int64(stat.Ffree), Files: int64(stat.Files),
	}, nil
}
