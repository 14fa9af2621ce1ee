// Package objects keeps files by their content, and is the one place where
// muster writes whole files.
//
// A [Store] holds each content once, read-only, under its SHA-256. The stage
// cache and the model registry are both built on it: [Store.Add] takes a file
// in and returns its digest, [Store.CopyTo] gives it back and checks on the
// way that it is still what the digest says. An [Index] remembers the digests of
// files that are not in a store, so that what did not change is not read again.
// Documents that are not named by their content are put down by [WriteFile] (the
// last writer wins) or [CreateFile] (the first one wins). Everything goes through
// a temporary file, fsync and one atomic step, so that kill -9 at any instant
// leaves the old state or the new one, never a half. Any number of processes may share a store:
// they wait for one another only where one removes what nothing needs.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// Digest is a SHA-256 in lower-case hexadecimal.
type Digest = string

// ErrCorrupt says that an object's bytes are no longer those of its digest.
var ErrCorrupt = errors.New("content does not match its digest")

// staleAfter is the age at which a temporary file belongs to a dead process.
const staleAfter = 24 * time.Hour

// Store is a directory of objects by digest: dir/sha256/ab/cdef….
type Store struct {
	dir string
	// lasting is true if nothing is ever removed, so that nobody waits for that.
	lasting bool
}

// Open returns the store in dir and makes it if it is not there. What killed
// processes left behind a day ago or earlier is removed.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := os.MkdirAll(dir, 0o777); err != nil {
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

// OpenLasting is Open for a store from which nothing is ever removed. It takes no
// locks, which some network disks do not have.
func OpenLasting(dir string) (*Store, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	s.lasting = true
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

// Object is a content in the store.
type Object struct {
	Digest Digest
	Size   int64
}

// Add stores the content of a regular file. A content that is already there is
// not kept twice; an object that was damaged is mended so.
func (s *Store) Add(ctx context.Context, path string) (Digest, int64, error) {
	unlock, err := s.share()
	if err != nil {
		return "", 0, err
	}
	defer unlock()
	object, err := s.add(ctx, path, durable)
	if err != nil {
		return "", 0, fmt.Errorf("store file: %w", err)
	}
	return object.Digest, object.Size, nil
}

// syncEach is up to how many files are synced one by one: beyond it, one sync
// of the whole file system takes less time than all of theirs.
const syncEach = 16

// AddAll stores the content of many files, several at once. When it returns,
// the bytes are on the disk; their names are too once the caller has made a file
// durable that came after, as the one that tells what they are for.
func (s *Store) AddAll(ctx context.Context, paths []string) ([]Object, error) {
	unlock, err := s.share()
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]Object, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	must := synced
	if len(paths) > syncEach {
		must = lasting
	}
	for i, path := range paths {
		group.Go(func() (err error) {
			out[i], err = s.add(ctx, path, must)
			return err
		})
	}
	err = group.Wait()
	if err == nil && must == lasting {
		err = syncFileSystem(s.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("store files: %w", err)
	}
	return out, nil
}

func (s *Store) add(ctx context.Context, path string, must durability) (Object, error) {
	file, stat, err := openRegular(path)
	if err != nil {
		return Object{}, err
	}
	defer file.Close()
	return s.put(ctx, must, func(out *os.File) (Object, error) { return duplicate(ctx, out, file, stat.Size) })
}

// AddReader stores all that r gives.
func (s *Store) AddReader(ctx context.Context, r io.Reader) (Digest, int64, error) {
	unlock, err := s.share()
	if err != nil {
		return "", 0, err
	}
	defer unlock()
	object, err := s.put(ctx, durable, func(out *os.File) (Object, error) {
		sum := newHash()
		size, err := pump(ctx, io.MultiWriter(out, sum), r, maxBuffer)
		return Object{sum.hex(), size}, err
	})
	if err != nil {
		return "", 0, fmt.Errorf("store object: %w", err)
	}
	return object.Digest, object.Size, nil
}

// Share copies an object from another store, by sharing its blocks where the file
// system can. One that is here whole is not read there; one that was damaged here
// is mended. It gives [ErrCorrupt] for one that was damaged there.
func (s *Store) Share(ctx context.Context, from *Store, digest Digest) error {
	if !ValidDigest(digest) {
		return fmt.Errorf("store object: %q is no SHA-256", digest)
	}
	unlock, err := s.share()
	if err != nil {
		return err
	}
	defer unlock()
	if stat, err := Lstat(s.path(digest)); err == nil && s.touch(ctx, Object{digest, stat.Size}) {
		return nil
	}
	_, err = s.put(ctx, durable, func(out *os.File) (object Object, err error) {
		err = from.extract(ctx, digest, func(fill func(*os.File) error) error { return fill(out) })
		object.Digest = digest
		return object, err
	})
	if err != nil {
		return fmt.Errorf("store object: %w", err)
	}
	return nil
}

// Keep stores a note: bytes that can be missed after a power cut. One that is
// there already is not read.
func (s *Store) Keep(ctx context.Context, data []byte) (Digest, error) {
	sum := newHash()
	sum.Write(data)
	object := Object{sum.hex(), int64(len(data))}
	if stat, err := Lstat(s.path(object.Digest)); err == nil && stat.Size == object.Size {
		return object.Digest, nil
	}
	err := s.Using(func() error {
		_, err := s.put(ctx, lasting, func(out *os.File) (Object, error) {
			_, err := out.Write(data)
			return object, err
		})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("store note: %w", err)
	}
	return object.Digest, nil
}

// put makes an object of what fill writes. The digest of the copy counts: a
// file may change while it is read.
func (s *Store) put(ctx context.Context, must durability, fill func(*os.File) (Object, error)) (Object, error) {
	var object Object
	known := false
	temp, err := writeTemp(s.tmp(), 0o444, lasting, func(file *os.File) (err error) {
		if object, err = fill(file); err != nil {
			return err
		}
		if known = s.touch(ctx, object); known || must == lasting {
			return nil
		}
		return file.Sync()
	})
	if err != nil {
		return Object{}, err
	}
	place := s.path(object.Digest)
	if !known {
		err = makeDir(filepath.Dir(place), must)
	}
	if known || err != nil {
		return object, errors.Join(err, os.Remove(temp))
	}
	if err := rename(temp, place, must); err != nil {
		return Object{}, errors.Join(err, os.Remove(temp))
	}
	return object, nil
}

// duplicate writes a file's content to out: by sharing its blocks where the
// file system can, else by copying. What is hashed is what was written.
func duplicate(ctx context.Context, out *os.File, in *rawFile, size int64) (Object, error) {
	sum := newHash()
	if size >= worthSharing && shareBlocks(out, in) == nil {
		size, err := pump(ctx, sum, out, size)
		return Object{sum.hex(), size}, err
	}
	size, err := pump(ctx, io.MultiWriter(out, sum), in, size)
	return Object{sum.hex(), size}, err
}

// worthSharing is the size from which sharing blocks takes less than a copy.
const worthSharing = 16 << 10

// Has reports whether the store has the object. Its bytes are checked when they are read.
func (s *Store) Has(digest Digest) bool {
	if !ValidDigest(digest) {
		return false
	}
	info, err := os.Lstat(s.path(digest))
	return err == nil && info.Mode().IsRegular()
}

// touch reports whether the store has the object with the right bytes, and then
// marks it as used now, so that nobody takes it for an old one that none needs.
func (s *Store) touch(ctx context.Context, object Object) bool {
	stat, err := Lstat(s.path(object.Digest))
	if err != nil || !stat.Mode.IsRegular() || stat.Size != object.Size || s.Check(ctx, object.Digest) != nil {
		return false
	}
	now := time.Now()
	return os.Chtimes(s.path(object.Digest), now, now) == nil
}

// Open returns the object's content. Reading it to the end gives [ErrCorrupt]
// in place of io.EOF if the bytes are not those of the digest. An object that
// is not there is an error that wraps fs.ErrNotExist.
func (s *Store) Open(digest Digest) (io.ReadCloser, error) {
	if !ValidDigest(digest) {
		return nil, fmt.Errorf("open object: %q is no SHA-256", digest)
	}
	file, _, err := openRegular(s.path(digest))
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return &object{file: file, digest: digest, sum: newHash()}, nil
}

// CopyTo writes the object to path, whole, and replaces what is there. The
// directory must exist. The file is not synced: after a power cut it can be
// copied again. Its time is a moment ago, so that a write that follows at once
// shows in it.
func (s *Store) CopyTo(ctx context.Context, digest Digest, path string, perm fs.FileMode) error {
	err := s.extract(ctx, digest, func(fill func(*os.File) error) error { return replaceFile(path, perm, lasting, fill) })
	if err != nil {
		return fmt.Errorf("copy object to %s: %w", path, err)
	}
	return nil
}

// CopyNew is CopyTo for a path where nothing is, in a folder that nobody else
// looks into yet.
func (s *Store) CopyNew(ctx context.Context, digest Digest, path string, perm fs.FileMode) error {
	err := s.extract(ctx, digest, func(fill func(*os.File) error) error { return writeNew(path, perm, lasting, fill) })
	if err != nil {
		return fmt.Errorf("copy object to %s: %w", path, err)
	}
	return nil
}

// extract has write make a file of the object's content, and checks it.
func (s *Store) extract(ctx context.Context, digest Digest, write func(fill func(*os.File) error) error) error {
	if !ValidDigest(digest) {
		return fmt.Errorf("%q is no SHA-256", digest)
	}
	source, stat, err := openRegular(s.path(digest))
	if err != nil {
		return err
	}
	defer source.Close()
	return write(func(file *os.File) error {
		copied, err := duplicate(ctx, file, source, stat.Size)
		switch {
		case err != nil:
			return err
		case copied.Digest != digest:
			return fmt.Errorf("read object %s: %w", source.name, ErrCorrupt)
		default:
			return setModified(file, time.Now().Add(-2*granularity))
		}
	})
}

// Path is where the object lies, or would lie. It is for messages.
func (s *Store) Path(digest Digest) string { return s.path(digest) }

func (s *Store) tmp() string { return filepath.Join(s.dir, "tmp") }

func (s *Store) path(digest Digest) string {
	return filepath.Join(s.dir, "sha256", digest[:2], digest[2:])
}

// object is an open object that checks itself while it is read.
type object struct {
	file   *rawFile
	digest Digest
	sum    fileHash
}

func (o *object) Read(p []byte) (int, error) {
	n, err := o.file.Read(p)
	o.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && o.sum.hex() != o.digest {
		return n, fmt.Errorf("read object %s: %w", o.file.name, ErrCorrupt)
	}
	return n, err
}

func (o *object) Close() error { return o.file.Close() }
