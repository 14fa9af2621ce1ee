package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

// errLarge says that a file is larger than what is read of its kind, errKind
// that it is a link, a folder or a device.
var (
	errLarge = errors.New("too large")
	errKind  = errors.New("no regular file")
)

// folder is an open folder, of whose files each is opened once.
type folder interface {
	// read returns what is in a regular file of at most so many bytes.
	// Its stamp is zero if the folder is not on disk.
	read(name string, most int64) ([]byte, stamp, error)
	// stamp tells without opening a file whether it changed, if it is on disk.
	stamp(name string) (stamp, bool)
	close()
}

// Dir is a directory as a file system out of which no link leads. It reads files
// whose names are not UTF-8 too, and looks up the path of a folder only once for
// all files in it.
func Dir(root *os.Root) fs.FS { return dir{root.FS(), root} }

type dir struct {
	fs.FS
	root *os.Root
}

// open opens a folder of a file system.
func open(fsys fs.FS, name string) (folder, error) {
	if d, ok := fsys.(dir); ok {
		return openFolder(d.root, name)
	}
	return plainFolder{fsys, name}, nil
}

// plainFolder is a folder of any file system.
type plainFolder struct {
	fsys fs.FS
	dir  string
}

func (f plainFolder) close() {}

func (f plainFolder) stamp(string) (stamp, bool) { return stamp{}, false }

func (f plainFolder) read(name string, most int64) ([]byte, stamp, error) {
	name = path.Join(f.dir, name)
	info, err := fs.Lstat(f.fsys, name)
	switch {
	case err != nil:
		return nil, stamp{}, err
	case !info.Mode().IsRegular():
		return nil, stamp{}, errKind
	case info.Size() > most:
		return nil, stamp{}, errLarge
	}
	data, err := fs.ReadFile(f.fsys, name)
	return data, stamp{}, err
}
