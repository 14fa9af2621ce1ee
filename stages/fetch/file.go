package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/objects"
)

// file is a file of the project, or one elsewhere that is named by its absolute path.
type file struct {
	root *os.Root // links must not lead out of it
	name string
	path string
}

func openFile(name, project string) (source, error) {
	path, dir, base := filepath.Join(project, name), project, name
	if filepath.IsAbs(name) {
		path, dir, base = name, filepath.Dir(name), filepath.Base(name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &file{root: root, name: base, path: path}, nil
}

func (f *file) close() { f.root.Close() }

// unchanged never vouches for a file: to copy it is quick, and times can be set.
func (f *file) unchanged(context.Context, stamp) (bool, error) { return false, nil }

func (f *file) open(_ context.Context, offset int64, since stamp) (*content, error) {
	handle, info, err := f.regular()
	if err != nil {
		return nil, err
	}
	got := &content{ReadCloser: &unmoved{handle, info}, stamp: stampOf(info)}
	if offset > 0 && got.stamp.surely(since) {
		if _, err := handle.Seek(offset, io.SeekStart); err != nil {
			handle.Close()
			return nil, err
		}
		got.from = offset
	}
	return got, nil
}

// regular opens the file if it is one: a pipe would block for ever.
func (f *file) regular() (*os.File, fs.FileInfo, error) {
	before, err := f.root.Stat(f.name)
	if err != nil {
		return nil, nil, f.escape(err)
	}
	if !before.Mode().IsRegular() {
		return nil, nil, &objects.IrregularError{Path: f.path, Mode: before.Mode()}
	}
	handle, err := f.root.Open(f.name)
	if err != nil {
		return nil, nil, f.escape(err)
	}
	after, err := handle.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errChanged
	}
	if err != nil {
		handle.Close()
		return nil, nil, err
	}
	return handle, after, nil
}

// errElsewhere says that a link leads where the URL does not say.
var errElsewhere = errors.New("a symbolic link leads elsewhere")

// escape tells a link that leads elsewhere from a file that cannot be read.
func (f *file) escape(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	if to, linkErr := filepath.EvalSymlinks(f.path); linkErr == nil && to != f.path {
		return fmt.Errorf("%w: to %s", errElsewhere, to)
	}
	return err
}

func stampOf(info fs.FileInfo) stamp {
	return stamp{LastModified: info.ModTime().UTC(), Size: info.Size()}
}

// unmoved notices at the end of a file that it was written to meanwhile.
type unmoved struct {
	*os.File
	info fs.FileInfo
}

func (u *unmoved) Read(p []byte) (int, error) {
	n, err := u.File.Read(p)
	if errors.Is(err, io.EOF) {
		if now, statErr := u.Stat(); statErr != nil || !stampOf(now).surely(stampOf(u.info)) {
			return n, errChanged
		}
	}
	return n, err
}
