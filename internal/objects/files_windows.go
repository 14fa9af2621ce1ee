package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/windows"
)

// Lstat looks at a path without following a link. Windows tells neither inode nor
// when a file was changed otherwise than by writing to it.
func Lstat(path string) (Stat, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Stat{}, err
	}
	return newStat(info), nil
}

func newStat(info fs.FileInfo) Stat {
	modified := info.ModTime().UnixNano()
	return Stat{Size: info.Size(), Modified: modified, Changed: modified, Mode: info.Mode()}
}

// rawFile is an open file.
type rawFile struct {
	*os.File
	name string
}

// stat looks at the file that is open, whatever its name leads to by now.
func (f *rawFile) stat() (Stat, error) {
	info, err := f.Stat()
	if err != nil {
		return Stat{}, err
	}
	return newStat(info), nil
}

// openNoLink opens what was no link when it was looked at.
func openNoLink(path string) (*rawFile, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, &IrregularError{Path: path, Mode: before.Mode()}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if after, err := file.Stat(); err != nil || !os.SameFile(before, after) {
		file.Close()
		return nil, &os.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
	}
	return &rawFile{file, path}, nil
}

func walkRoot(root string, visit func(string, Stat) error) error { return walkDir(root, ".", visit) }

// walkDir visits the files of a folder below the root.
func walkDir(root, rel string, visit func(string, Stat) error) error {
	dir, err := os.Open(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return &os.PathError{Op: "open", Path: label(root, rel), Err: err}
	}
	names, err := dir.Readdirnames(-1)
	dir.Close()
	if err != nil {
		return fmt.Errorf("list folder: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := visitName(root, below(rel, name), visit); err != nil {
			return err
		}
	}
	return nil
}

func visitName(root, path string, visit func(string, Stat) error) error {
	if !utf8.ValidString(path) {
		return &NameError{path}
	}
	switch stat, err := Lstat(filepath.Join(root, filepath.FromSlash(path))); {
	case err != nil:
		return err
	case stat.Mode.IsDir():
		return walkDir(root, path, visit)
	case !stat.Mode.IsRegular():
		return &IrregularError{Path: path, Mode: stat.Mode}
	default:
		return visit(path, stat)
	}
}

// DiskOf returns the room on the file system that path lies on.
func DiskOf(path string) (Disk, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Disk{}, fmt.Errorf("read disk space of %s: %w", path, err)
	}
	var free, size uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, &size, nil); err != nil {
		return Disk{}, fmt.Errorf("read disk space of %s: %w", path, err)
	}
	return Disk{Free: int64(free), Size: int64(size)}, nil
}

// syncDir has nothing to do: Windows opens no folder to be flushed.
func syncDir(string) error { return nil }

// shareBlocks is not known on this system: files are copied.
func shareBlocks(*os.File, *rawFile) error { return errors.ErrUnsupported }

// syncFileSystem has nothing to do: each file is synced by itself.
func syncFileSystem(string) error { return nil }

func setModified(file *os.File, to time.Time) error { return os.Chtimes(file.Name(), to, to) }
