package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/result"
)

// The index says which version a model is without that all versions are read. It
// is the names in models/: KEY-v7 says that version 7, if it is there, may be the
// model of that key. An entry is created before its version, so
//
//   - a version whose entry nobody has made is one of an older muster, and
//   - an entry whose version is another model's lost the race for that number.

// index is what the names in versions/ and models/ say.
type index struct {
	numbers []int            // of the versions that are there, the oldest first
	entries map[string][]int // by key: the versions that may be it
}

// next is the number of the version after all that are there.
func (x index) next() int { return slices.Max(append(x.numbers, 0)) + 1 }

// keyOf is what makes a model one version: what it is, how it was made, and how measured.
func keyOf(model result.Model) string {
	return digestOf([]byte(strings.Join([]string{model.Digest, model.TrainingKey, model.RulerKey}, "\n")))
}

func entryFile(key string, n int) string { return "models/" + key + "-" + versionName(n) }

// readIndex lists the versions first: whatever is there then has its entry listed.
func (r *Registry) readIndex(ctx context.Context) (index, error) {
	numbers, err := r.versionNumbers(ctx)
	if err != nil {
		return index{}, err
	}
	names, err := r.backend.List(ctx, "models")
	if err != nil {
		return index{}, fmt.Errorf("list models: %w", err)
	}
	x := index{numbers: numbers, entries: map[string][]int{}}
	indexed := map[int]bool{}
	for _, name := range names {
		key, version, _ := strings.Cut(name, "-")
		if n := number(version); n > 0 {
			x.entries[key] = append(x.entries[key], n)
			indexed[n] = true
		}
	}
	for _, n := range numbers {
		if !indexed[n] {
			if err := r.indexOld(ctx, x, n); err != nil {
				return index{}, err
			}
		}
	}
	return x, nil
}

// indexOld makes the entry for a version of an older muster, so that it is read this once.
func (r *Registry) indexOld(ctx context.Context, x index, n int) error {
	v, err := r.Version(ctx, versionName(n))
	if err != nil {
		return fmt.Errorf("index versions: %w", err)
	}
	key := keyOf(v.Model)
	x.entries[key] = append(x.entries[key], n)
	if err := r.backend.Create(ctx, newEntry(key, n)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("index versions: %w", err)
	}
	return nil
}

func newEntry(key string, n int) File { return File{entryFile(key, n), []byte(versionName(n) + "\n")} }

// createVersion creates the document under the next free name, or returns the
// version that the model is already.
func (r *Registry) createVersion(ctx context.Context, v result.Version) (result.Version, error) {
	key := keyOf(v.Model)
	for try := 0; ; try++ {
		x, err := r.readIndex(ctx)
		if err != nil {
			return v, err
		}
		known, open, err := r.find(ctx, x.entries[key], v.Model)
		if err == nil && known != nil {
			err = r.backend.Create(ctx) // objects that were put right stay so
		}
		if err != nil || known != nil {
			return orZero(known), err
		}
		var files []File
		if open == 0 {
			open = x.next()
			files = append(files, newEntry(key, open))
		}
		file, err := r.encodeVersion(&v, open)
		if err != nil {
			return v, err
		}
		err = r.backend.Create(ctx, append(files, file)...)
		if !errors.Is(err, fs.ErrExist) {
			return v, err
		}
		// Somebody took the name meanwhile, perhaps for the same model: look again.
		if err := pause(ctx, try); err != nil {
			return v, err
		}
	}
}

func orZero(v *result.Version) result.Version {
	if v == nil {
		return result.Version{}
	}
	return *v
}

// find looks at the versions that a model may be. If it is none of them, open is
// one that was begun for the same model and not finished, or 0.
func (r *Registry) find(ctx context.Context, candidates []int, model result.Model) (known *result.Version, open int, err error) {
	for _, n := range candidates {
		v, err := r.Version(ctx, versionName(n))
		switch {
		case errors.Is(err, ErrNoVersion):
			open = n
		case err != nil:
			return nil, 0, err
		case keyOf(v.Model) == keyOf(model):
			return &v, 0, nil
		}
	}
	return nil, open, nil
}

// encodeVersion names the version and makes its document.
func (r *Registry) encodeVersion(v *result.Version, n int) (File, error) {
	v.Version = versionName(n)
	v.Model.Version = v.Version
	codec, err := versionCodec()
	if err != nil {
		return File{}, err
	}
	data, err := codec.Encode(*v)
	return File{versionFile(v.Version), data}, err
}

// pause waits before another try at what somebody else was faster with: a moment
// the first time, and up to a second where a network disk is slow to tell what is there.
func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(time.Millisecond<<min(try, 10), time.Second)):
		return nil
	}
}
