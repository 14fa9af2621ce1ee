package objects

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/docker/go-units"
)

// SpaceError says that a disk, or the caller's share of it, is full.
type SpaceError struct {
	Dir  string // where it was to be written
	Disk Disk   // what is left there for the caller
	Err  error
}

func (e *SpaceError) Error() string {
	left := units.HumanSize(float64(e.Disk.Free)) + " left"
	if e.Disk.Files > 0 && e.Disk.FreeFiles == 0 {
		left = "no more files can be made"
	}
	return fmt.Sprintf("no space in %s (%s): %v", e.Dir, left, e.Err)
}
func (e *SpaceError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *SpaceError) Hint() string {
	return "free some space on that disk; muster cache prune --max-size SIZE makes the cache smaller; nothing was left half-written"
}

// explainSpace says where there is no space, and how much there is.
func explainSpace(err error, dir string) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	disk, diskErr := DiskOf(dir)
	if diskErr != nil {
		return err
	}
	return &SpaceError{Dir: dir, Disk: disk, Err: err}
}
