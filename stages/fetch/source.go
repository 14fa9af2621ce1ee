package fetch

import (
	"context"
	"errors"
	"io"
	"time"
)

// source is where content comes from.
type source interface {
	// open returns the content from offset on, if the source still is what since
	// says, and otherwise from its start. Without a since that says anything, the
	// caller can tell by other means that the parts belong together.
	open(ctx context.Context, offset int64, since stamp) (*content, error)
	// unchanged reports whether the source surely still is what since says.
	unchanged(ctx context.Context, since stamp) (bool, error)
	close()
}

// content is a source's content, or the rest of it.
type content struct {
	io.ReadCloser
	from  int64 // where it begins
	stamp stamp
	page  bool // it says that it is a web page
}

// stamp tells one content of a source from another, without reading it.
type stamp struct {
	ETag         string    `json:"etag,omitempty"`
	LastModified time.Time `json:"lastModified,omitzero"`
	Size         int64     `json:"size"` // -1 if unknown
}

// tells reports whether another content would have another stamp.
func (s stamp) tells() bool { return s.ETag != "" || !s.LastModified.IsZero() }

// same reports whether two stamps can be those of one content: nothing that
// both of them say differs.
func (s stamp) same(other stamp) bool {
	if s.Size >= 0 && other.Size >= 0 && s.Size != other.Size {
		return false
	}
	if s.ETag != "" && other.ETag != "" {
		return s.ETag == other.ETag
	}
	return s.LastModified.IsZero() || other.LastModified.IsZero() || s.LastModified.Equal(other.LastModified)
}

// surely reports whether two stamps are those of one content, and say so.
func (s stamp) surely(other stamp) bool {
	together := (s.ETag != "" && other.ETag != "") || (!s.LastModified.IsZero() && !other.LastModified.IsZero())
	return together && s.same(other)
}

// errChanged says that the source changed while it was read; the next try begins anew.
var errChanged = errors.New("the source changed while it was read")

// open makes the source of a location.
func (f *Fetcher) open(ctx context.Context, loc location, project string) (source, error) {
	switch loc.scheme {
	case "file":
		return openFile(loc.file, project)
	case "s3":
		return openS3(ctx, loc)
	case "azblob":
		return openAzure(ctx, loc)
	case "gs":
		return f.openGS(ctx, loc)
	default:
		return &web{client: f.client, agent: f.agent, url: loc.url}, nil
	}
}
