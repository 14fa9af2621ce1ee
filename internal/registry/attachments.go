package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// ErrNoAttachment says that a version was taken in without a document of that name.
var ErrNoAttachment = errors.New("the registry keeps no such document of this version")

// maxAttachment bounds what is read into memory.
const maxAttachment = 64 << 20

// OpenAttachment returns a document that a version was taken in with: its
// provenance, its model card. The error wraps [ErrNoAttachment] if there is none of
// that name, and objects.ErrCorrupt if it is not what was added.
func (r *Registry) OpenAttachment(ctx context.Context, v result.Version, name string) ([]byte, error) {
	for _, file := range v.Attachments {
		if file.Path != name {
			continue
		}
		data, err := r.attachment(ctx, file)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", name, v.Version, err)
		}
		return data, nil
	}
	return nil, fmt.Errorf("%s of %s: %w", name, v.Version, ErrNoAttachment)
}

func (r *Registry) attachment(ctx context.Context, file result.File) ([]byte, error) {
	if file.Size > maxAttachment {
		return nil, fmt.Errorf("it has %d bytes: %w", file.Size, objects.ErrCorrupt)
	}
	object, err := r.backend.Open(ctx, file.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: %w", r.backend.ObjectPath(file.SHA256), objects.ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	defer object.Close()
	data, err := io.ReadAll(io.LimitReader(object, maxAttachment+1))
	if err == nil && int64(len(data)) != file.Size {
		err = fmt.Errorf("it has %d bytes, not %d: %w", len(data), file.Size, objects.ErrCorrupt)
	}
	return data, err
}

// checkAttachments refuses names that could lead out of a folder, or that are there twice.
func checkAttachments(files []result.File) error {
	seen := map[string]bool{}
	for _, file := range files {
		if file.Path != result.ProvenanceFile && file.Path != result.CardFile || seen[file.Path] {
			return fmt.Errorf("the document %q is none that a version has, or is there twice", file.Path)
		}
		seen[file.Path] = true
	}
	return nil
}
