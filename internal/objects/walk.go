package objects

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// NameError says that a name is no text: in JSON, two such names look the same.
type NameError struct{ Name string }

func (e *NameError) Error() string { return fmt.Sprintf("%q is not UTF-8; rename it", e.Name) }

// Walk visits the regular files at or below root, in the order of their names;
// the root itself is ".". What is neither file nor folder is refused with an
// [IrregularError]: a link or a device has no content of its own. A name that is
// not UTF-8 is refused with a [NameError].
func Walk(root string, visit func(rel string, stat Stat) error) error {
	stat, err := Lstat(root)
	switch {
	case err != nil:
		return err
	case stat.Mode.IsDir():
		return walkDir(unix.AT_FDCWD, root, ".", visit)
	case !stat.Mode.IsRegular():
		return &IrregularError{Path: ".", Mode: stat.Mode}
	default:
		return visit(".", stat)
	}
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
	below := name
	if rel != "." {
		below = rel + "/" + name
	}
	if !utf8.ValidString(name) {
		return &NameError{below}
	}
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "lstat", Path: below, Err: err}
	}
	switch stat := newStat(&st); {
	case stat.Mode.IsDir():
		return walkDir(dir, name, below, visit)
	case !stat.Mode.IsRegular():
		return &IrregularError{Path: below, Mode: stat.Mode}
	default:
		return visit(below, stat)
	}
}

// label is how an error names a folder: the root by its path, what lies below by the rest.
func label(name, rel string) string {
	if rel == "." {
		return name
	}
	return rel
}

func openDir(parent int, name string) (int, error) {
	for {
		fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
