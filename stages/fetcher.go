package stages

import (
	"context"
	"errors"
)

// Fetcher brings a file from elsewhere, for the stages that say fetch:.
type Fetcher interface {
	// Source returns what records and messages may call a URL: it without its
	// secrets. An error says what is wrong with the URL; nobody is asked for it.
	Source(url string) (string, error)
	// Fetch downloads what the task names, goes on where an earlier call was
	// broken off, and checks it. An error wraps [ErrSurroundings] if another try
	// may succeed, [ErrChecksum] if the content is another than the one wanted.
	Fetch(ctx context.Context, task FetchTask) (*FetchResult, error)
}

// ErrChecksum says that what came is not what was to come.
var ErrChecksum = errors.New("wrong checksum")

// FetchTask is one file to fetch.
type FetchTask struct {
	URL string
	// SHA256 is what the content must have; empty for whatever comes.
	SHA256 string
	// Project is the folder that file: names start from.
	Project string
	// Partials is a folder for what is not complete yet. It is made if it is not
	// there, and any number of processes may share it.
	Partials string
	// Recorded is what muster.lock says of the source; nil if it says nothing.
	Recorded *Fetched
	// Have reports whether the caller has a content already; nil if it has none.
	// It is asked before anything is downloaded.
	Have func(sha256 string) bool
	// Note is told why a download was broken off that is tried again. It may be nil.
	Note func(message string)
	// Progress is told now and then how many bytes there are, of how many; of -1
	// if nobody knows. It may be nil.
	Progress func(done, total int64)
}

// FetchResult is a file that has come, whole and checked.
type FetchResult struct {
	// Fetched is what to record, if the file has no checksum in muster.yaml.
	Fetched
	// Path is the file: the caller's to move away or to copy. It is empty if the
	// caller has the content already, and nothing was downloaded.
	Path string
	// Warning is a sentence for the user, for example that the source has changed.
	Warning string
	// Release removes the file, if it still is there, and lets others fetch from
	// the same source. It is never nil; call it when the content has been kept.
	Release func() error
}
