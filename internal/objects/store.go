// Package objects keeps files by their content, and is the one place where
// muster writes whole files.
//
// A [Store] holds each content once, read-only, under its SHA-256. The stage
// cache and the model registry are both built on it: [Store.Add] takes a file
// in and returns its digest, [Store.CopyTo] gives it back and checks on the
// way that it is still what the digest says. Documents that are not named by
// their content are put down by [WriteFile] (the last writer wins) or
// [CreateFile] (the first one wins). Everything goes through a temporary file,
// fsync and one atomic step, so that kill -9 at any instant leaves the old
// state or the new one, never a half; any number of processes may share a
// store without a lock.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Digest is a SHA-256 in lower-case hexadecimal.
type Digest = string

// ErrCorrupt says that an object's bytes are no longer those of its digest.
var ErrCorrupt = errors.New("content does not match its digest")

// staleAfter is the age at which a temporary file belongs to a dead process.
const staleAfter = 24 * time.Hour

// Store is a directory of objects by digest: dir/sha256/ab/cdef….
type Store struct{ dir string }

// Open returns the store in dir and makes it if it is not there. What killed
// processes left behind a day ago or earlier is removed.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open object store: %w", err)
	}
	for _, sub := range []string{s.tmp(), filepath.Join(dir, "sha256")} {
		if err := MakeDir(sub); err != nil {
			return nil, fmt.Errorf("open object store: %w", err)
		}
	}
	s.sweep(time.Now().Add(-staleAfter))
	return s, nil
}

// sweep removes temporary files older than the limit. It is housekeeping: what
// cannot be removed (a store on a read-only disk, say) does no harm.
func (s *Store) sweep(limit time.Time) {
	entries, err := os.ReadDir(s.tmp())
	if err != nil {
		return
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.ModTime().Before(limit) {
			_ = os.Remove(filepath.Join(s.tmp(), entry.Name()))
		}
	}
}

// Add stores the content of a regular file. A content that is already there is
// not copied again, unless the object was damaged, which mends it.
func (s *Store) Add(ctx context.Context, path string) (Digest, int64, error) {
	digest, size, err := HashFile(ctx, path)
	if err != nil {
		return "", 0, fmt.Errorf("store file: %w", err)
	}
	if s.intact(ctx, digest) {
		return digest, size, nil
	}
	file, err := openRegular(path)
	if err != nil {
		return "", 0, fmt.Errorf("store file: %w", err)
	}
	defer file.Close()
	// The digest of the copy counts: the file may have changed since it was hashed.
	return s.AddReader(ctx, file)
}

// AddReader stores all that r gives.
func (s *Store) AddReader(ctx context.Context, r io.Reader) (Digest, int64, error) {
	sum := newHash()
	var size int64
	temp, err := writeTemp(s.tmp(), 0o444, func(w io.Writer) (err error) {
		size, err = io.Copy(io.MultiWriter(w, sum), &contextReader{ctx, r})
		return err
	})
	if err != nil {
		return "", 0, fmt.Errorf("store object: %w", err)
	}
	defer os.Remove(temp) // after the rename there is nothing to remove
	digest := sum.hex()
	if s.intact(ctx, digest) {
		return digest, size, nil
	}
	place := s.path(digest)
	if err := MakeDir(filepath.Dir(place)); err != nil {
		return "", 0, fmt.Errorf("store object: %w", err)
	}
	if err := rename(temp, place); err != nil {
		return "", 0, fmt.Errorf("store object: %w", err)
	}
	return digest, size, nil
}

// Has reports whether the store has the object. Its bytes are checked when they are read.
func (s *Store) Has(digest Digest) bool {
	if !ValidDigest(digest) {
		return false
	}
	info, err := os.Lstat(s.path(digest))
	return err == nil && info.Mode().IsRegular()
}

// intact reports whether the store has the object with the right bytes.
func (s *Store) intact(ctx context.Context, digest Digest) bool {
	if !s.Has(digest) {
		return false
	}
	actual, _, err := HashFile(ctx, s.path(digest))
	return err == nil && actual == digest
}

// Open returns the object's content. Reading it to the end gives [ErrCorrupt]
// in place of io.EOF if the bytes are not those of the digest. An object that
// is not there is an error that wraps fs.ErrNotExist.
func (s *Store) Open(digest Digest) (io.ReadCloser, error) {
	if !ValidDigest(digest) {
		return nil, fmt.Errorf("open object: %q is no SHA-256", digest)
	}
	file, err := openRegular(s.path(digest))
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return &object{file: file, digest: digest, sum: newHash()}, nil
}

// CopyTo writes the object to path, whole, and replaces what is there. The
// directory must exist.
func (s *Store) CopyTo(ctx context.Context, digest Digest, path string, perm fs.FileMode) error {
	source, err := s.Open(digest)
	if err != nil {
		return err
	}
	defer source.Close()
	err = replaceFile(path, perm, func(w io.Writer) error {
		_, err := io.Copy(w, &contextReader{ctx, source})
		return err
	})
	if err != nil {
		return fmt.Errorf("copy object to %s: %w", path, err)
	}
	return nil
}

func (s *Store) tmp() string { return filepath.Join(s.dir, "tmp") }

func (s *Store) path(digest Digest) string {
	return filepath.Join(s.dir, "sha256", digest[:2], digest[2:])
}

// object is an open object that checks itself while it is read.
type object struct {
	file   *os.File
	digest Digest
	sum    fileHash
}

func (o *object) Read(p []byte) (int, error) {
	n, err := o.file.Read(p)
	o.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && o.sum.hex() != o.digest {
		return n, fmt.Errorf("read object %s: %w", o.file.Name(), ErrCorrupt)
	}
	return n, err
}

func (o *object) Close() error { return o.file.Close() }

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
