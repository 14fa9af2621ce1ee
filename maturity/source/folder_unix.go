//go:build unix

package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openedFolder is a folder on disk. A file in it is opened by its own name only,
// so that no link is followed, and read without what os.File does beside.
type openedFolder struct{ file *os.File }

func openFolder(root *os.Root, name string) (folder, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return openedFolder{file}, nil
}

func (f openedFolder) close() { _ = f.file.Close() } // nothing was written

func (f openedFolder) read(name string, most int64) ([]byte, stamp, error) {
	// A named pipe must not be waited for.
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(f.file.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, stamp{}, errKind
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return nil, stamp{}, fs.ErrNotExist
	case err != nil:
		return nil, stamp{}, fmt.Errorf("open: %w", err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, stamp{}, fmt.Errorf("stat: %w", err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, stamp{}, errKind
	}
	if stat.Size > most {
		return nil, stamp{}, errLarge
	}
	data, err := readAll(fd, stat.Size)
	if err != nil {
		return nil, stamp{}, err
	}
	var after unix.Stat_t
	if err := unix.Fstat(fd, &after); err != nil || stampOf(&after) != stampOf(&stat) {
		return data, stamp{}, nil // somebody writes to it: its times tell nothing
	}
	return data, stampOf(&stat), nil
}

func (f openedFolder) stamp(name string) (stamp, bool) {
	var stat unix.Stat_t
	_, err := retry(func() (int, error) {
		return 0, unix.Fstatat(int(f.file.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil || stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return stamp{}, false
	}
	return stampOf(&stat), true
}

func stampOf(stat *unix.Stat_t) stamp {
	return stamp{size: uint64(stat.Size), modified: uint64(stat.Mtim.Nano()), changed: uint64(stat.Ctim.Nano()), inode: uint64(stat.Ino)}
}

// readAll reads a file of that size; one that grows meanwhile is cut there.
func readAll(fd int, size int64) ([]byte, error) {
	data := make([]byte, size)
	have := 0
	for have < len(data) {
		n, err := retry(func() (int, error) { return unix.Read(fd, data[have:]) })
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		if n == 0 {
			break
		}
		have += n
	}
	return data[:have], nil
}

// retry calls again what a signal interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
