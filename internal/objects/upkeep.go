package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Stored is an object as it lies in the store.
type Stored struct {
	Object
	Used time.Time // when it was last added
}

// Each calls visit for every object, in the order of their digests. Objects
// that come or go meanwhile may be left out.
func (s *Store) Each(visit func(Stored) error) error {
	folders, err := os.ReadDir(filepath.Join(s.dir, "sha256"))
	if err != nil {
		return fmt.Errorf("list objects: %w", err)
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(s.dir, "sha256", folder.Name()))
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		for _, entry := range entries {
			info, err := entry.Info()
			digest := folder.Name() + entry.Name()
			if errors.Is(err, fs.ErrNotExist) || !ValidDigest(digest) {
				continue // it has gone meanwhile, or is none of ours
			}
			if err != nil {
				return fmt.Errorf("list objects: %w", err)
			}
			if err := visit(Stored{Object{digest, info.Size()}, info.ModTime()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check reads the object: [ErrCorrupt] if its bytes are not those of its digest.
func (s *Store) Check(ctx context.Context, digest Digest) error {
	if !ValidDigest(digest) {
		return fmt.Errorf("check object: %q is no SHA-256", digest)
	}
	actual, _, err := HashFile(ctx, s.path(digest))
	if err == nil && actual != digest {
		err = fmt.Errorf("%s: %w", s.path(digest), ErrCorrupt)
	}
	if err != nil {
		return fmt.Errorf("check object: %w", err)
	}
	return nil
}

// Remove takes an object out of the store. One that is not there is no error.
func (s *Store) Remove(digest Digest) error {
	if !ValidDigest(digest) || s.lasting {
		return fmt.Errorf("remove object: %q is no SHA-256, or the store keeps all that it has", digest)
	}
	if err := os.Remove(s.path(digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove object: %w", err)
	}
	return nil
}

// share keeps others from removing objects until the function that it returns
// is called: what is added, or was just seen to be there, is not unused.
func (s *Store) share() (unlock func(), err error) {
	if s.lasting {
		return func() {}, nil
	}
	lock := flock.New(s.lockPath())
	if err := lock.RLock(); err != nil {
		return nil, fmt.Errorf("lock object store: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil // closing the file, which it does too, unlocks at the latest
}

// Using calls use while no object can be removed by another process. What use
// finds in the store, and marks as used in its own way, stays.
func (s *Store) Using(use func() error) error {
	unlock, err := s.share()
	if err != nil {
		return err
	}
	defer unlock()
	return use()
}

// Tidying calls tidy while nobody adds to the store or looks what is in it: the
// time to remove what nothing needs.
func (s *Store) Tidying(ctx context.Context, tidy func() error) error {
	if s.lasting {
		return fmt.Errorf("tidy object store %s: nothing is ever removed from it", s.dir)
	}
	lock := flock.New(s.lockPath())
	if _, err := lock.TryLockContext(ctx, lockPause); err != nil {
		return fmt.Errorf("lock object store: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // closing the file, which it does too, unlocks at the latest
	return tidy()
}

// lockPause is how long to wait before asking for a lock again.
const lockPause = 20 * time.Millisecond

func (s *Store) lockPath() string { return filepath.Join(s.dir, "lock") }
