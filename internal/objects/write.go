package objects

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// TempPrefix begins the name of every temporary file. A process that is killed
// leaves one behind; whoever lists a directory can tell it by this.
const TempPrefix = ".muster-tmp-"

// WriteFile puts a file down whole and durably, and replaces what is there.
// The directory must exist; perm is subject to the umask.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	if err := replaceFile(path, perm, durable, content(data)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// WriteCache puts a file down whole that fill writes, and replaces what is there.
// After a power cut it may be damaged: its reader must notice that.
func WriteCache(path string, perm fs.FileMode, fill func(io.Writer) error) error {
	err := replaceFile(path, perm, lasting, func(file *os.File) error {
		w := bufio.NewWriterSize(file, 1<<18)
		if err := fill(w); err != nil {
			return err
		}
		return w.Flush()
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// CreateFile puts a file down whole and durably, unless something is there
// already: then errors.Is(err, fs.ErrExist), and nothing was changed. Of any
// number of callers, in any number of processes, exactly one succeeds: it is
// the compare-and-swap of registries. The directory must exist, on a file
// system with hard links.
func CreateFile(path string, data []byte, perm fs.FileMode) error {
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, perm, durable, content(data))
	if err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	defer os.Remove(temp)
	// Unlike rename, link never replaces. On NFS it can succeed and still report
	// an error (the answer was lost, the repetition found the file), so look.
	if err := os.Link(temp, path); err != nil && !sameFile(temp, path) {
		return fmt.Errorf("create %s: %w", path, explainLink(err, dir))
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	return nil
}

// explainLink says what a file system lacks that has no hard links.
func explainLink(err error, dir string) error {
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("the disk that %s lies on has no hard links, which are needed there; use another disk, as NFS or ext4: %w", dir, err)
	}
	return err
}

// durability says what of a file must outlive a power cut once its writer has returned.
type durability int

const (
	// lasting files outlive the process. After a power cut they may be missing or
	// damaged: they can be made again, or the caller syncs many at once.
	lasting durability = iota
	// synced files have their bytes on the disk, but perhaps not yet their name.
	synced
	// durable files have both.
	durable
)

// content is the fill of [writeTemp] for bytes in memory.
func content(data []byte) func(*os.File) error {
	return func(file *os.File) error {
		_, err := file.Write(data)
		return err
	}
}

func sameFile(a, b string) bool {
	infoA, errA := os.Lstat(a)
	infoB, errB := os.Lstat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// replaceFile writes beside path and renames, since a rename is atomic only
// within one file system.
func replaceFile(path string, perm fs.FileMode, must durability, fill func(*os.File) error) error {
	temp, err := writeTemp(filepath.Dir(path), perm, must, fill)
	if err != nil {
		return err
	}
	if err := rename(temp, path, must); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return nil
}

// writeTemp makes a file in dir that nobody else knows and lets fill write it.
// On an error no file remains.
func writeTemp(dir string, perm fs.FileMode, must durability, fill func(*os.File) error) (name string, err error) {
	name = filepath.Join(dir, TempPrefix+rand.Text())
	if err := writeNew(name, perm, must, fill); err != nil {
		return "", err
	}
	return name, nil
}

// writeNew makes a file where there is none.
func writeNew(name string, perm fs.FileMode, must durability, fill func(*os.File) error) error {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return explainSpace(err, filepath.Dir(name))
	}
	if err = fill(file); err == nil && must != lasting {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return explainSpace(err, filepath.Dir(name))
}

// rename moves a file into place.
func rename(from, to string, must durability) error {
	if err := os.Rename(from, to); err != nil || must != durable {
		return explainSpace(err, filepath.Dir(to))
	}
	return syncDir(filepath.Dir(to))
}

// MakeDir makes one directory durably, if it is not there. Its parent must exist.
// Who may write in it is as the umask says: 002 where several users share a disk.
func MakeDir(dir string) error { return makeDir(dir, durable) }

func makeDir(dir string, must durability) error {
	err := os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil || must != durable {
		return explainSpace(err, filepath.Dir(dir))
	}
	return syncDir(filepath.Dir(dir))
}

// IsTemp reports whether a file name is that of a temporary file, which a
// process that was killed may have left behind.
func IsTemp(name string) bool { return strings.HasPrefix(name, TempPrefix) }
