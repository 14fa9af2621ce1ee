package registry

import (
	"context"
	"io"

	"github.com/muster-ci/muster/internal/objects"
)

// Backend is where a registry's bytes lie. It knows nothing of models: the rules
// are those of [Registry]. Its methods may be called by several goroutines, and
// any number of backends, in any number of processes, may be open on one place.
//
// What one backend has created, all others see that are opened later. One that was
// open before may show what it knew (a snapshot) until one of its own Creates says
// fs.ErrExist: after that it shows at least what was in the way, with all that was
// created before it.
type Backend interface {
	Documents
	Objects
}

// File is a document that is to be created. Its name has slashes, as in fs.ValidPath.
type File struct {
	Name string
	Data []byte
}

// Documents are files by name. They are created, and never changed or removed.
type Documents interface {
	// Read returns a document as it was created, byte for byte. The error wraps
	// fs.ErrNotExist if there is none of that name.
	Read(ctx context.Context, name string) ([]byte, error)
	// List returns the names of the documents and folders in a folder, without
	// the folder's own, sorted; those that killed processes left half-written are
	// not among them. A folder that is not there is empty.
	List(ctx context.Context, folder string) ([]string, error)
	// Create creates the documents, in this order, with the folders that they need.
	// It is the compare-and-swap of everything here:
	//
	//   - If one of the names is taken, the error wraps fs.ErrExist. What has that
	//     name stays as it is, and what comes after it in the list is not created.
	//   - Of any number of callers with the same name exactly one succeeds. If a
	//     call succeeded and its answer was lost (a network), the backend finds out,
	//     and says neither fs.ErrExist nor another error.
	//   - A document is there whole or not at all, whenever the process is killed
	//     and the power fails. When Create returns nil, all of them will stay, and
	//     so will the objects that this backend took before.
	//   - A backend that can makes all of them in one step (git: one commit), and
	//     then nobody sees some of them. Another one may leave the first ones of
	//     the list, and them only, if it is killed, fails or meets fs.ErrExist:
	//     callers put what names something behind what it names.
	//   - Without documents, it only makes the objects stay that were taken.
	//   - A backend that loses a race for its place as a whole (a branch that has
	//     moved) while all names are still free tries again by itself.
	Create(ctx context.Context, files ...File) error
	// Path says where a document lies, or "" the registry itself. It is for messages.
	Path(name string) string
}

// Objects are contents by their SHA-256 in lower-case hexadecimal. An object that
// was taken can be opened by this backend at once, and by others at the latest
// when the next Create has returned: objects come before the documents that name them.
type Objects interface {
	// Take copies an object from the store, and checks every byte on the way
	// (objects.ErrCorrupt). One that is there whole is not kept twice, one that is
	// damaged is replaced. The error wraps fs.ErrNotExist if the store has none.
	Take(ctx context.Context, store *objects.Store, digest string) error
	// Keep makes an object of the bytes, and returns its digest.
	Keep(ctx context.Context, data []byte) (digest string, err error)
	// Open opens an object. The error wraps fs.ErrNotExist if there is none. Reading
	// to the end gives objects.ErrCorrupt in place of io.EOF if it was damaged.
	Open(ctx context.Context, digest string) (io.ReadCloser, error)
	// Each calls visit with the digest and the size in bytes of every object.
	Each(ctx context.Context, visit func(digest string, size int64) error) error
	// ObjectPath says where an object lies, or would lie. It is for messages.
	ObjectPath(digest string) string
}
