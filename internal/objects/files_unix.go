//go:build unix

package objects

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Lstat looks at a path without following a link.
func Lstat(path string) (Stat, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return Stat{}, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	return newStat(&st), nil
}

func newStat(st *unix.Stat_t) Stat {
	return Stat{
		Size: st.Size, Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano(),
		Inode: st.Ino, Device: uint64(st.Dev), Mode: fileMode(uint32(st.Mode)), //nolint:unconvert // their types differ between systems
	}
}

// fileMode translates the kernel's bits, as package os does.
func fileMode(mode uint32) fs.FileMode {
	out := fs.FileMode(mode & 0o777)
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		out |= fs.ModeDir
	case unix.S_IFLNK:
		out |= fs.ModeSymlink
	case unix.S_IFIFO:
		out |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		out |= fs.ModeSocket
	default:
		out |= fs.ModeDevice
	}
	return out
}

// rawFile is an open file that is read by plain calls: os.File would ask the
// kernel for each of 100,000 files whether it can be waited for.
type rawFile struct {
	fd   int
	name string
}

func (f *rawFile) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, p)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, &os.PathError{Op: "read", Path: f.name, Err: err}
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (f *rawFile) Close() error { return unix.Close(f.fd) }

// stat looks at the file that is open, whatever its name leads to by now.
func (f *rawFile) stat() (Stat, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return Stat{}, &os.PathError{Op: "stat", Path: f.name, Err: err}
	}
	return newStat(&st), nil
}

// openNoLink opens what is no link, and waits for nothing.
func openNoLink(path string) (*rawFile, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		default:
			return &rawFile{fd: fd, name: path}, nil
		}
	}
}

func walkRoot(root string, visit func(string, Stat) error) error {
	return walkDir(unix.AT_FDCWD, root, ".", visit)
}

// walkDir visits the files of the folder that parent has under name. Each name
// is looked up in the folder that was opened: no path is resolved twice, and
// none through a link that came in between.
func walkDir(parent int, name, rel string, visit func(string, Stat) error) error {
	fd, err := openDir(parent, name)
	if err != nil {
		return &os.PathError{Op: "open", Path: label(name, rel), Err: err}
	}
	dir := os.NewFile(uintptr(fd), name)
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("list folder: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := visitName(fd, name, rel, visit); err != nil {
			return err
		}
	}
	return nil
}

func visitName(dir int, name, rel string, visit func(string, Stat) error) error {
	path := below(rel, name)
	if !utf8.ValidString(name) {
		return &NameError{path}
	}
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	switch stat := newStat(&st); {
	case stat.Mode.IsDir():
		return walkDir(dir, name, path, visit)
	case !stat.Mode.IsRegular():
		return &IrregularError{Path: path, Mode: stat.Mode}
	default:
		return visit(path, stat)
	}
}

func openDir(parent int, name string) (int, error) {
	for {
		fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
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

// syncDir makes new names in a directory survive a power cut. Some file
// systems cannot; there is nothing better to do on those.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
