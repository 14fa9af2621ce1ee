package docker

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// makePipe makes a named pipe, in a folder that is opened first so that no link leads elsewhere.
func makePipe(root *os.Root, name string) error {
	dir, err := root.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return unix.Mkfifoat(int(dir.Fd()), filepath.Base(name), 0o600)
}
