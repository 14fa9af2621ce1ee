package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

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
		return stages.Image{}, d.explain("inspect image "+ref, err)
	}
	found := stages.Image{Ref: ref, ID: info.ID, Identity: info.ID}
	// A pulled image is known by its manifest digest, which is the same on every machine.
	if found.Digest = manifest(ref, info.RepoDigests); found.Digest != "" {
		found.Identity = found.Digest
	}
	return found, nil
}

// manifest is the digest of an image's manifest; empty for an image that came
// from no registry. An engine may know an image by several digests: the
// reference's own comes first, then that of its repository.
func manifest(ref string, digests []string) string {
	if _, digest, ok := strings.Cut(ref, "@"); ok {
		return digest
	}
	repository := ""
	if named, err := reference.ParseNormalizedNamed(ref); err == nil {
		repository = named.Name()
	}
	first := ""
	for i, known := range digests {
		name, digest, _ := strings.Cut(known, "@")
		if named, err := reference.ParseNormalizedNamed(name); err == nil && named.Name() == repository {
			return digest
		}
		if i == 0 {
			first = digest
		}
	}
	return first
}

// Pull fetches an image from its registry, with the login of the docker command
// if there is one. A reference with a digest gives that image and no other.
func (d *Docker) Pull(ctx context.Context, ref string, progress io.Writer) (stages.Image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return stages.Image{}, &pullError{ref: ref, err: err}
	}
	auth, err := login(reference.Domain(named))
	if err != nil {
		return stages.Image{}, &pullError{ref: ref, err: err}
	}
	stream, err := d.api.ImagePull(ctx, ref, image.PullOptions{RegistryAuth: auth})
	if err != nil {
		return stages.Image{}, &pullError{ref: ref, err: err}
	}
	if err := errors.Join(follow(stream, progress, ref), stream.Close()); err != nil {
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

// Unwrap adds that another try may succeed, unless a registry or the engine has given a definite answer.
func (e *pullError) Unwrap() []error {
	if refused(e.err) {
		return []error{e.err}
	}
	return []error{e.err, stages.ErrSurroundings}
}

// Hint says what to do about it.
func (e *pullError) Hint() string {
	if refused(e.err) {
		return "check the name; for a private registry log in to it with docker login; or make the image here with docker build"
	}
	return "check the network, and try again; or make the image here with docker build"
}

// refused reports whether the answer would be the same another time.
func refused(err error) bool {
	if errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) || errdefs.IsUnauthorized(err) || errdefs.IsPermissionDenied(err) || errors.Is(err, reference.ErrReferenceInvalidFormat) {
		return true
	}
	message := strings.ToLower(err.Error())
	for _, answer := range []string{"not found", "manifest unknown", "denied", "unauthorized", "no matching manifest", "invalid reference", "no basic auth"} {
		if strings.Contains(message, answer) {
			return true
		}
	}
	return false
}

// Untag removes the name, and the image if nothing else names it.
func (d *Docker) Untag(ctx context.Context, tag string) error {
	if _, err := d.api.ImageRemove(ctx, tag, image.RemoveOptions{}); err != nil {
		return d.explain("remove image "+tag, err)
	}
	return nil
}
