package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/muster-ci/muster/stages"
)

// bringInputs puts the inputs where the container finds them: into the
// workspace that it has mounted, or by an archive of all of it.
func (d *Docker) bringInputs(ctx context.Context, made box, task stages.Task) error {
	if made.apart {
		return d.upload(ctx, made.id, task)
	}
	copied, _ := split(task.Inputs)
	for _, input := range copied {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := stages.Place(input, task.Workspace); err != nil {
			return err
		}
	}
	return nil
}

// upload sends workspace and inputs. The workspace is the task's own; the inputs
// belong to somebody else, so that the task cannot write to them.
func (d *Docker) upload(ctx context.Context, id string, task stages.Task) error {
	who, err := userOf(task)
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	meter := newMeter(task.Stderr, "upload")
	archive := &packer{tar: tar.NewWriter(meter.count(writer)), ctx: ctx}
	packed := make(chan error, 1)
	go func() {
		err := archive.all(task, who, meter)
		writer.CloseWithError(err)
		packed <- err
	}()
	err = d.api.CopyToContainer(ctx, id, "/", reader, container.CopyToContainerOptions{})
	reader.Close()
	if packErr := <-packed; packErr != nil && !errors.Is(packErr, io.ErrClosedPipe) {
		return packErr
	}
	meter.end()
	if err != nil {
		return d.explain("upload the stage's files", err)
	}
	return nil
}

// packer writes files to an archive.
type packer struct {
	tar *tar.Writer
	ctx context.Context
}

// nobody owns what not even root may write to, who has no capabilities here.
const nobody = 65534

// all writes what the container needs, and counts before how much it is.
func (p *packer) all(task stages.Task, who user, meter *meter) error {
	for _, root := range append([]stages.Mount{{Host: task.Workspace, Dir: true}}, task.Inputs...) {
		size, err := sizeOf(root.Host)
		if err != nil {
			return err
		}
		meter.total += size
	}
	passwd := passwdText(who)
	if err := p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "etc/passwd", Mode: 0o644, Size: int64(len(passwd))}); err != nil {
		return err
	}
	if _, err := io.WriteString(p.tar, passwd); err != nil {
		return err
	}
	own := strings.TrimPrefix(workspaceDir, "/")
	if err := p.tree(task.Workspace, own, who, 0); err != nil {
		return fmt.Errorf("read workspace: %w", err)
	}
	for _, input := range task.Inputs {
		if err := p.tree(input.Host, path.Join(own, input.Path), user{nobody, nobody}, 0o222); err != nil {
			return fmt.Errorf("read input %s: %w", input.Path, err)
		}
	}
	return p.tar.Close()
}

func sizeOf(root string) (size int64, err error) {
	err = filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// tree writes a file or a folder with all that is in it, without the permissions in deny.
func (p *packer) tree(root, target string, owner user, deny int64) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := p.ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: path.Join(target, filepath.ToSlash(rel)), Uid: owner.uid, Gid: owner.gid, Mode: 0o755 &^ deny, Format: tar.FormatPAX}
		if entry.IsDir() {
			header.Typeflag, header.Name = tar.TypeDir, header.Name+"/"
			return p.tar.WriteHeader(header)
		}
		return p.file(name, header)
	})
}

// file writes a regular file; a workspace has no others before its stage ran.
func (p *packer) file(name string, header *tar.Header) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Mode()&0o100 == 0 {
		header.Mode &^= 0o111
	}
	header.Typeflag, header.Size, header.ModTime = tar.TypeReg, info.Size(), info.ModTime()
	if err := p.tar.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.CopyN(p.tar, file, info.Size())
	return err
}

// meter tells who listens how far a transfer has come, a few times a second.
type meter struct {
	what        string
	to          stages.Meter // nil if nobody listens
	done, total int64
	last        time.Time
}

func newMeter(w io.Writer, what string) *meter {
	to, _ := w.(stages.Meter)
	return &meter{what: what, to: to}
}

const meterInterval = 250 * time.Millisecond

// tell reports now and then.
func (m *meter) tell() {
	if m.to == nil || time.Since(m.last) < meterInterval {
		return
	}
	m.last = time.Now()
	m.to.Progress(m.what, m.done, m.total)
}

// end reports once more, if it has reported at all: what takes no time is no news.
func (m *meter) end() {
	if m.to != nil && !m.last.IsZero() {
		m.to.Progress(m.what, m.done, m.total)
	}
}

// count returns a writer that goes through the meter.
func (m *meter) count(w io.Writer) io.Writer { return &counted{m, w} }

type counted struct {
	meter *meter
	io.Writer
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.meter.done += int64(n)
	c.meter.tell()
	return n, err
}
