package objects

import (
	"errors"
	"fmt"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// SpaceError says that a disk, or the caller's share of it, is full.
type SpaceError struct {
	Dir  string // where it was to be written
	Free uint64 // bytes that are left there for the caller
	Err  error
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("no space in %s: %s are free: %v", e.Dir, units.BytesSize(float64(e.Free)), e.Err)
}
func (e *SpaceError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *SpaceError) Hint() string {
	return "free some space on that disk; muster cache prune --max-size SIZE makes the cache smaller; nothing was left half-written"
}

// explainSpace says where there is no space, and how much there is.
func explainSpace(err error, dir string) error {
	if !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EDQUOT) {
		return err
	}
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return err
	}
	return &SpaceError{Dir: dir, Free: st.Bavail * uint64(st.Bsize), Err: err}
}
