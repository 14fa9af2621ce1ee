package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/muster-ci/muster/stages"
)

// Build makes an image from a Dockerfile with the engine's BuildKit. The context
// goes with the request, so no session is held open beside it: what that would
// add is secrets and ssh for a build, which the keys of stages have no room for,
// and logins, which is why private base images are pulled first.
func (d *Docker) Build(ctx context.Context, task stages.BuildTask, progress io.Writer) (stages.Image, error) {
	if err := d.pullPrivateBases(ctx, task, progress); err != nil {
		return stages.Image{}, err
	}
	// The context goes to the engine as it is read: it need not fit in memory.
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeContext(writer, task)) }()
	defer reader.Close()
	response, err := d.api.ImageBuild(ctx, reader, build.ImageBuildOptions{
		Version: build.BuilderBuildKit, Tags: []string{task.Tag}, Dockerfile: filepath.ToSlash(task.Dockerfile),
		Remove: true, ForceRemove: true, // for engines that take no notice of the version
		Labels: map[string]string{labelStage: task.Stage},
	})
	if errdefs.IsInvalidArgument(err) {
		return stages.Image{}, &stages.BuildError{Message: firstLine(err.Error())}
	}
	if err != nil {
		return stages.Image{}, d.explain("build image", err)
	}
	err = errors.Join(follow(response.Body, progress, "build"), response.Body.Close())
	if failed, ok := errors.AsType[*jsonmessage.JSONError](err); ok {
		return stages.Image{}, buildError(failed.Message)
	}
	if err != nil {
		return stages.Image{}, d.explain("build image", err)
	}
	return d.Find(ctx, task.Tag)
}

// unreachable are the signs that a build failed for want of a network or a registry.
var unreachable = []string{
	"failed to do request", "dial tcp", "i/o timeout", "TLS handshake", "connection reset", "toomanyrequests",
	"500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "no such host", "temporary failure in name resolution",
}

// buildError tells a Dockerfile that cannot be built from a base image that cannot be fetched now.
func buildError(message string) error {
	for _, sign := range unreachable {
		if strings.Contains(message, sign) && !strings.Contains(message, "executor failed running") && !strings.Contains(message, "did not complete successfully") {
			return fmt.Errorf("build image: %w: %s", stages.ErrSurroundings, firstLine(message))
		}
	}
	return &stages.BuildError{Message: message}
}

// pullPrivateBases fetches the base images that are not here and for whose registry there is a login.
func (d *Docker) pullPrivateBases(ctx context.Context, task stages.BuildTask, progress io.Writer) error {
	for _, base := range task.Bases {
		named, err := reference.ParseNormalizedNamed(base)
		if err != nil {
			continue // BuildKit says what is wrong with it, and where
		}
		auth, err := login(reference.Domain(named))
		if err != nil {
			return err
		}
		if auth == "" {
			continue
		}
		if _, err := d.Find(ctx, base); !errors.Is(err, stages.ErrNoImage) {
			continue
		}
		if _, err := d.Pull(ctx, base, progress); err != nil {
			return err
		}
	}
	return nil
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
		if err := addFile(archive, filepath.Join(task.Context, filepath.FromSlash(name)), path.Clean(name)); err != nil {
			return fmt.Errorf("send build context: %w", err)
		}
	}
	return archive.Close()
}

func addBytes(archive *tar.Writer, name string, data []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
		return err
	}
	_, err := archive.Write(data)
	return err
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
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: info.Size(), Typeflag: tar.TypeReg, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.CopyN(archive, file, info.Size())
	return err
}
