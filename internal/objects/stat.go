package objects

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Stat is what tells, without reading it, that a file is still the one that was
// read: if it is equal, so is the content. Times are nanoseconds since 1970.
type Stat struct {
	Size, Modified, Changed int64
	Inode, Device           uint64
	Mode                    fs.FileMode
}

// Executable reports whether the owner may run the file.
func (s Stat) Executable() bool { return s.Mode&0o100 != 0 }

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
