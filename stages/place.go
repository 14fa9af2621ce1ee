package stages

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Place copies an input to its place in a workspace, for an executor that does
// not mount it: a file system that can shares the blocks. The copy cannot be
// written to. A link that lies in the way is not followed out of the workspace.
func Place(input Mount, workspace string) error {
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return fmt.Errorf("open workspace: %w", err)
	}
	defer root.Close()
	err = filepath.WalkDir(input.Host, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(input.Host, name)
		if err != nil {
			return err
		}
		target := path.Join(input.Path, filepath.ToSlash(rel))
		if entry.IsDir() {
			return root.MkdirAll(target, 0o755)
		}
		return placeFile(root, name, target)
	})
	if err != nil {
		return fmt.Errorf("copy input %s: %w", input.Path, err)
	}
	return nil
}

func placeFile(root *os.Root, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return err
	}
	if err := root.RemoveAll(to); err != nil { // the empty file that marks the place
		return err
	}
	out, err := root.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, info.Mode().Perm()&0o555|0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) // on Linux by copy_file_range, which clones where it can
	return errors.Join(err, out.Close())
}
