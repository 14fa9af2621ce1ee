package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"

	"github.com/muster-ci/muster/stages"
)

// fetchOutputs brings what the task was to leave behind into the workspace. An
// output that is not there is the caller's to miss.
func (d *Docker) fetchOutputs(ctx context.Context, made box, task stages.Task) error {
	if !made.apart {
		return nil
	}
	root, err := os.OpenRoot(task.Workspace)
	if err != nil {
		return fmt.Errorf("open workspace: %w", err)
	}
	defer root.Close()
	meter := newMeter(task.Stderr, "download")
	defer meter.end()
	for _, out := range task.Outputs {
		if err := d.fetch(ctx, made.id, root, path.Clean(out), meter); err != nil {
			return err
		}
	}
	return nil
}

func (d *Docker) fetch(ctx context.Context, id string, root *os.Root, out string, meter *meter) error {
	stream, _, err := d.api.CopyFromContainer(ctx, id, path.Join(workspaceDir, out))
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return d.explain("download output "+out, err)
	}
	defer stream.Close()
	if err := root.RemoveAll(filepath.FromSlash(out)); err != nil { // the folder that was made for it
		return fmt.Errorf("download output %s: %w", out, err)
	}
	if err := unpack(tar.NewReader(io.TeeReader(stream, meter.count(io.Discard))), root, out); err != nil {
		return d.explain("download output "+out, err)
	}
	return nil
}

// archiveError says that an archive holds what no honest engine sends.
type archiveError struct{ name, message string }

func (e *archiveError) Error() string { return fmt.Sprintf("archive entry %q: %s", e.name, e.message) }

// unpack extracts the archive of one path to the place of that name below root.
// It comes from where the stage ran, so no name in it is trusted: nothing is
// written outside of root, through a link, or with another's rights. What is no
// file, folder or link becomes a pipe, which is refused as an output like it.
func unpack(archive *tar.Reader, root *os.Root, out string) error {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		name, err := place(header.Name, out)
		if err != nil {
			return err
		}
		if err := extract(archive, header, root, name, out); err != nil {
			return err
		}
	}
}

// place is where an entry goes: its first element is what the engine calls the
// output, which may be anything.
func place(name, out string) (string, error) {
	_, rest, _ := strings.Cut(strings.TrimPrefix(path.Clean("/"+name), "/"), "/")
	if strings.Contains("/"+name+"/", "/../") || strings.ContainsRune(name, 0) {
		return "", &archiveError{name, "the name leads out of the output"}
	}
	return filepath.FromSlash(path.Join(out, rest)), nil
}

func extract(archive io.Reader, header *tar.Header, root *os.Root, name, out string) error {
	if header.Typeflag == tar.TypeDir {
		return root.MkdirAll(name, 0o755)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if _, err := root.Lstat(name); err == nil {
		return &archiveError{header.Name, "it is there twice"}
	}
	switch header.Typeflag {
	case tar.TypeReg:
		return writeSparse(archive, root, name, header)
	case tar.TypeLink:
		target, err := place(header.Linkname, out)
		if err != nil {
			return err
		}
		if info, err := root.Lstat(target); err != nil || !info.Mode().IsRegular() {
			return &archiveError{header.Name, "it is a second name of what is no file of the output"}
		}
		return root.Link(target, name)
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	default:
		return makePipe(root, name)
	}
}

// hole is how many zeros in a row are not written but left out.
const hole = 64 << 10

// writeSparse writes a file and leaves holes where only zeros are: an archive
// has room for a file of terabytes of nothing, and a disk has not.
func writeSparse(from io.Reader, root *os.Root, name string, header *tar.Header) error {
	perm := fs.FileMode(0o644)
	if header.Mode&0o100 != 0 {
		perm = 0o755
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	size, err := copySparse(file, from)
	if err == nil && size != header.Size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = file.Truncate(size)
	}
	return errors.Join(err, file.Close())
}

func copySparse(file *os.File, from io.Reader) (size int64, err error) {
	block, zeros := make([]byte, hole), make([]byte, hole)
	for {
		n, err := io.ReadFull(from, block)
		if n > 0 && !bytes.Equal(block[:n], zeros[:n]) {
			if _, err := file.WriteAt(block[:n], size); err != nil {
				return size, err
			}
		}
		size += int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // whether that is all of it, the size tells
			return size, nil
		case err != nil:
			return size, err
		}
	}
}
