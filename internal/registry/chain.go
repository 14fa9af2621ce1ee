package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/objects"
)

// A chain is a folder of documents 000001.json, 000002.json, …: each is created
// exclusively, and all but the first name the SHA-256 of the one before. So nothing
// in the middle can be lost or changed without a trace; that the last ones are gone
// shows nowhere in the folder itself.

// highest is the last serial and version that can be; a name with a higher one is none of ours.
const highest = 999_999_999

func serialName(serial int) string { return fmt.Sprintf("%06d.json", serial) }

// length lists a chain and returns the serial of its last document, 0 if there is
// none. The error wraps objects.ErrCorrupt if one before it is missing.
func (r *Registry) length(ctx context.Context, folder string) (int, error) {
	there, last, err := r.serials(ctx, folder)
	if err != nil {
		return 0, err
	}
	for serial := 1; serial < last; serial++ {
		if there[serial] {
			continue
		}
		// A document that was created while the folder was listed may be missing in the list.
		if _, err := r.link(ctx, folder, serial); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// serials lists which documents of a chain are there, and which is the last.
func (r *Registry) serials(ctx context.Context, folder string) (there map[int]bool, last int, err error) {
	names, err := r.backend.List(ctx, folder)
	if err != nil {
		return nil, 0, err
	}
	there = make(map[int]bool, len(names))
	for _, name := range names {
		serial, err := strconv.Atoi(strings.TrimSuffix(name, ".json"))
		if err == nil && serial > 0 && serial <= highest && serialName(serial) == name {
			there[serial], last = true, max(last, serial)
		}
	}
	return there, last, nil
}

// link reads one document of a chain that must be there.
func (r *Registry) link(ctx context.Context, folder string, serial int) ([]byte, error) {
	name := folder + "/" + serialName(serial)
	data, err := r.backend.Read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing, and later ones are there: %w", r.backend.Path(name), objects.ErrCorrupt)
	}
	return data, err
}
