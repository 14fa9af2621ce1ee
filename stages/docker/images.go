package docker

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/muster-ci/muster/stages"
)

// Find returns an image that the engine has.
func (d *Docker) Find(ctx context.Context, ref string) (stages.Image, error) {
	if ref == "" {
		return stages.Image{}, stages.ErrNoImage
	}
	info, err := d.api.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return stages.Image{}, fmt.Errorf("%s: %w", ref, stages.ErrNoImage)
	}
	if err != nil {
		return stages.Image{}, fmt.Errorf("inspect image %s: %w", ref, explain(err, d.api.DaemonHost()))
	}
	found := stages.Image{Ref: ref, ID: info.ID, Identity: info.ID}
	// A pulled image is known by its manifest digest, which is the same on every machine.
	if len(info.RepoDigests) > 0 {
		_, found.Digest, _ = strings.Cut(info.RepoDigests[0], "@")
		found.Identity = found.Digest
	}
	return found, nil
}

// Pull fetches an image from its registry.
func (d *Docker) Pull(ctx context.Context, ref string, progress io.Writer) (stages.Image, error) {
	stream, err := d.api.ImagePull(ctx, ref, image.PullOptions{})
	if err != nil {
		return stages.Image{}, &pullError{ref: ref, err: err}
	}
	if err := errors.Join(showProgress(stream, progress), stream.Close()); err != nil {
		return stages.Image{}, &pullError{ref: ref, err: err}
	}
	return d.Find(ctx, ref)
}

// pullError says that an image is not to be had.
type pullError struct {
	ref string
	err error
}

func (e *pullError) Error() string {
	return fmt.Sprintf("pull image %s: %s", e.ref, firstLine(e.err.Error()))
}
func (e *pullError) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *pullError) Hint() string {
	return "check the name and the network, log in to its registry, or make the image here with docker build"
}

// showProgress prints what an engine reports step by step, leaving out the bars
// that only a terminal could draw over one another, and returns its error.
func showProgress(stream io.Reader, progress io.Writer) error {
	decoder := json.NewDecoder(stream)
	for {
		var message jsonmessage.JSONMessage
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the engine's progress: %w", err)
		}
		switch {
		case message.Error != nil:
			return message.Error
		case message.Stream != "":
			fmt.Fprint(progress, message.Stream)
		case message.Progress == nil && message.Status != "":
			fmt.Fprintln(progress, strings.TrimSpace(message.ID+" "+message.Status))
		}
	}
}

// Build makes an image from a Dockerfile with the engine's own builder.
func (d *Docker) Build(ctx context.Context, task stages.BuildTask, progress io.Writer) (stages.Image, error) {
	// The context goes to the engine as it is read: it need not fit in memory.
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeContext(writer, task)) }()
	defer reader.Close()
	response, err := d.api.ImageBuild(ctx, reader, build.ImageBuildOptions{
		Tags: []string{task.Tag}, Dockerfile: filepath.ToSlash(task.Dockerfile), Remove: true, ForceRemove: true,
		Labels: map[string]string{labelStage: task.Stage},
	})
	if errdefs.IsInvalidArgument(err) {
		return stages.Image{}, &stages.BuildError{Message: firstLine(err.Error())}
	}
	if err != nil {
		return stages.Image{}, fmt.Errorf("build image: %w", explain(err, d.api.DaemonHost()))
	}
	err = errors.Join(showProgress(response.Body, progress), response.Body.Close())
	if failed, ok := errors.AsType[*jsonmessage.JSONError](err); ok {
		return stages.Image{}, &stages.BuildError{Message: failed.Message}
	}
	if err != nil {
		return stages.Image{}, fmt.Errorf("build image: %w", err)
	}
	return d.Find(ctx, task.Tag)
}

// Untag removes the name, and the image if nothing else names it.
func (d *Docker) Untag(ctx context.Context, tag string) error {
	if _, err := d.api.ImageRemove(ctx, tag, image.RemoveOptions{}); err != nil {
		return fmt.Errorf("remove image %s: %w", tag, err)
	}
	return nil
}

func addBytes(archive *tar.Writer, name string, data []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
		return err
	}
	_, err := archive.Write(data)
	return err
}

// writeContext sends exactly the files that were named, without their times.
func writeContext(w io.Writer, task stages.BuildTask) error {
	archive := tar.NewWriter(w)
	for _, name := range task.Files {
		if task.Pinned != nil && name == path.Clean(filepath.ToSlash(task.Dockerfile)) {
			if err := addBytes(archive, name, task.Pinned); err != nil {
				return fmt.Errorf("send build context: %w", err)
			}
			continue
		}
		if err := addFile(archive, filepath.Join(task.Context, filepath.FromSlash(name)), name); err != nil {
			return fmt.Errorf("send build context: %w", err)
		}
	}
	return archive.Close()
}

func addFile(archive *tar.Writer, host, name string) error {
	file, err := os.Open(host)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}
