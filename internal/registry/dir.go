package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/muster-ci/muster/internal/objects"
)

// OpenDir opens the registry in a directory. The error wraps [ErrMissing] if there is none.
func OpenDir(ctx context.Context, dir string) (*Registry, error) {
	return Open(ctx, NewDir(dir))
}

// InitDir is [Init] for a directory, which is made if it is not there. One that
// holds anything else is refused.
func InitDir(ctx context.Context, dir, pipeline string) error {
	if _, err := OpenDir(ctx, dir); errors.Is(err, ErrMissing) {
		if err := makeEmpty(dir); err != nil {
			return fmt.Errorf("make registry: %w", err)
		}
	}
	return Init(ctx, NewDir(dir), pipeline)
}

func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// A second process may be making the registry at this moment.
		if !objects.IsTemp(entry.Name()) && entry.Name() != markerFile {
			return fmt.Errorf("%s holds other files (%s); name an empty directory", dir, entry.Name())
		}
	}
	return nil
}

// Dir is the backend in a directory: documents are files of their names, objects
// lie in objects/ as in muster's cache.
//
// It takes no lock, so no lock is left by who is killed, and none is waited for. A
// document is written beside its place under a random name (O_EXCL) and linked to its
// own, and link(2) never replaces: that holds on every local file system with hard
// links, and in every version of NFS (RFC 1813, LINK; RFC 8881, section 18.9). Where
// the answer of a link was lost and its repetition finds the name taken, the two names
// are looked at: if they are one file, it has succeeded (see objects.CreateFile). What
// a client of NFS has cached may be some seconds old: then it asks to create a serial
// that is taken, is refused, and looks again.
type Dir struct{ dir string }

// NewDir returns the backend for a directory; neither it nor anything in it has to be there.
func NewDir(dir string) *Dir { return &Dir{dir} }

var _ Backend = (*Dir)(nil)

// Path is where a document lies.
func (d *Dir) Path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

// Read reads a document.
func (d *Dir) Read(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(d.Path(name))
}

// List lists a folder.
func (d *Dir) List(_ context.Context, folder string) ([]string, error) {
	entries, err := os.ReadDir(d.Path(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		if !objects.IsTemp(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Create creates the documents one by one.
func (d *Dir) Create(ctx context.Context, files ...File) error {
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.makeFolder(path.Dir(file.Name)); err != nil {
			return err
		}
		if err := objects.CreateFile(d.Path(file.Name), file.Data, 0o444); err != nil {
			return err
		}
	}
	return nil
}

// makeFolder makes a folder in the registry, and those that it lies in.
func (d *Dir) makeFolder(name string) error {
	if name == "." {
		return nil
	}
	if err := d.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	return objects.MakeDir(d.Path(name))
}

// store opens the objects. It is opened late, so that reading a registry needs no
// right to write.
func (d *Dir) store() (*objects.Store, error) { return objects.OpenLasting(d.Path("objects")) }

// Take copies an object from a store. Where the disk can, both share its blocks
// until one of them is written to, so that it takes neither time nor space. They
// are never one file with two names (a hard link), which would be as cheap on any
// disk: a stage that runs as this user may open the cache for writing, and what it
// breaks there must not be broken here.
func (d *Dir) Take(ctx context.Context, from *objects.Store, digest string) error {
	own, err := d.store()
	if err != nil {
		return err
	}
	return own.Share(ctx, from, digest)
}

// Keep makes an object of the bytes.
func (d *Dir) Keep(ctx context.Context, data []byte) (string, error) {
	own, err := d.store()
	if err != nil {
		return "", err
	}
	digest, _, err := own.AddReader(ctx, bytes.NewReader(data))
	return digest, err
}

// Open opens an object.
func (d *Dir) Open(_ context.Context, digest string) (io.ReadCloser, error) {
	own, err := d.store()
	if err != nil {
		return nil, err
	}
	return own.Open(digest)
}

// Each visits the objects in the order of their digests.
func (d *Dir) Each(ctx context.Context, visit func(digest string, size int64) error) error {
	own, err := d.store()
	if err != nil {
		return err
	}
	return own.Each(func(object objects.Stored) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return visit(object.Digest, object.Size)
	})
}

// ObjectPath is where an object lies.
func (d *Dir) ObjectPath(digest string) string {
	own, err := d.store()
	if err != nil || !objects.ValidDigest(digest) {
		return d.Path("objects")
	}
	return own.Path(digest)
}

// has reports whether the directory has the object, and made whether it has any.
// Neither makes anything.
func (d *Dir) has(digest string) bool {
	own, err := d.store()
	return d.made() && err == nil && own.Has(digest)
}

func (d *Dir) made() bool {
	info, err := os.Stat(d.Path("objects"))
	return err == nil && info.IsDir()
}
