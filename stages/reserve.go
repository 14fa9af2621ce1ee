package stages

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// reservePause is how long a run waits before it looks again whether another has finished.
const reservePause = 50 * time.Millisecond

// reserve makes sure that of all runs of the working copy only one makes what
// belongs to a key: others are told to wait, and find it in the cache then. It
// lasts until it is released, or its process ends.
func (f *Folder) reserve(ctx context.Context, key string, wait func()) (release func(), err error) {
	path := f.Path("locks", key)
	for {
		lock := flock.New(path)
		got, err := lock.TryLock()
		if err == nil && !got {
			wait()
			wait = func() {} // once is enough
			_, err = lock.TryLockContext(ctx, reservePause)
		}
		if err != nil {
			return nil, fmt.Errorf("wait for another run: %w", err)
		}
		if isAt(lock, path) {
			return func() {
				_ = os.Remove(path) // one that is left is the next run's to remove
				_ = lock.Unlock()
			}, nil
		}
		_ = lock.Unlock() // whoever held it has removed it, and its name is free
	}
}

// isAt reports whether a lock is that of the file which is there now.
func isAt(lock *flock.Flock, path string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}

// sweepLocks removes the locks that killed runs have left.
func (f *Folder) sweepLocks() error {
	entries, err := os.ReadDir(f.Path("locks"))
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, entry := range entries {
		path := f.Path("locks", entry.Name())
		lock := flock.New(path)
		if got, err := lock.TryLock(); err != nil || !got {
			continue // somebody has it
		}
		if isAt(lock, path) {
			_ = os.Remove(path) // it hinders nobody
		}
		_ = lock.Unlock()
	}
	return nil
}
