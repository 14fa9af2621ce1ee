package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/objects"
)

// Remedy is what was done about a damage.
type Remedy string

// The ways in which damage is dealt with.
const (
	RemedyRestored Remedy = "restored" // from the same content in the working copy
	RemedyRemoved  Remedy = "removed"  // the stage makes it again when it is needed
	RemedyNone     Remedy = "none"     // it is still there
)

// Damage is an object or an entry that is not what it was, and what was done about it.
type Damage struct {
	Path   string   `json:"path"`
	Stages []string `json:"stages,omitempty"` // whose outputs it holds
	Remedy Remedy   `json:"remedy"`
	Error  string   `json:"error,omitempty"` // why nothing could be done
}

// Verified is what a verification has found.
type Verified struct {
	Entries int      `json:"entries"`
	Objects int      `json:"objects"`
	Bytes   int64    `json:"bytes"`
	Damages []Damage `json:"damages"`
}

// Healed reports whether no damage is left.
func (v Verified) Healed() bool {
	return !slices.ContainsFunc(v.Damages, func(d Damage) bool { return d.Remedy == RemedyNone })
}

// Verify reads every object of the cache and mends what is damaged: an object
// from the same content in the working copy, if it is there; else object and
// entry are removed, and the stage makes its outputs again when they are needed.
// It tells progress how many of how many bytes were read.
func (f *Folder) Verify(ctx context.Context, progress func(read, of int64)) (Verified, error) {
	store, err := f.Store()
	if err != nil {
		return Verified{}, err
	}
	v := &verifier{folder: f, store: store, owners: map[objects.Digest][]cached{}}
	err = v.verify(ctx, progress)
	if err != nil {
		return v.found, fmt.Errorf("verify cache: %w", err)
	}
	return v.found, nil
}

type verifier struct {
	folder *Folder
	store  *objects.Store
	owners map[objects.Digest][]cached
	found  Verified
}

func (v *verifier) verify(ctx context.Context, progress func(read, of int64)) error {
	entries, err := v.folder.entries()
	if err != nil {
		return err
	}
	all, err := stored(v.store)
	if err != nil {
		return err
	}
	v.found.Entries, v.found.Objects, v.found.Damages = len(entries), len(all), []Damage{}
	for _, entry := range entries {
		for _, digest := range entry.references() {
			v.owners[digest] = append(v.owners[digest], entry)
		}
	}
	bad, err := v.read(ctx, all, progress)
	if err != nil {
		return err
	}
	for digest, owners := range v.owners {
		if _, ok := all[digest]; !ok && slices.ContainsFunc(owners, func(c cached) bool { return c.makes(digest) }) {
			bad = append(bad, digest)
		}
	}
	slices.Sort(bad)
	for _, digest := range bad {
		v.found.Damages = append(v.found.Damages, v.mend(ctx, digest))
	}
	for _, entry := range entries {
		if entry.damaged {
			v.found.Damages = append(v.found.Damages, removed(entry.path, os.Remove(entry.path)))
		}
	}
	return ctx.Err()
}

// read hashes the objects, several at once, and lists those that are not what they should be.
func (v *verifier) read(ctx context.Context, all map[objects.Digest]objects.Stored, progress func(read, of int64)) ([]objects.Digest, error) {
	var (
		mu  sync.Mutex
		bad []objects.Digest
		of  int64
	)
	for _, object := range all {
		of += object.Size
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for digest, object := range all {
		group.Go(func() error {
			err := v.store.Check(ctx, digest)
			mu.Lock()
			defer mu.Unlock()
			v.found.Bytes += object.Size
			progress(v.found.Bytes, of)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // that one was pruned meanwhile
				bad = append(bad, digest)
			}
			return nil
		})
	}
	return bad, group.Wait()
}

// mend deals with one object that is damaged or missing.
func (v *verifier) mend(ctx context.Context, digest objects.Digest) Damage {
	damage := Damage{Path: v.store.Path(digest), Remedy: RemedyNone}
	for _, entry := range v.owners[digest] {
		damage.Stages = append(damage.Stages, entry.Stage)
	}
	if v.fromWorkingCopy(ctx, digest) {
		damage.Remedy = RemedyRestored
		return damage
	}
	err := v.store.Tidying(ctx, func() error { return v.discard(ctx, digest) })
	done := removed(damage.Path, err)
	done.Stages = damage.Stages
	return done
}

// fromWorkingCopy looks for the content where the stage's output is.
func (v *verifier) fromWorkingCopy(ctx context.Context, digest objects.Digest) bool {
	dir := filepath.Dir(v.folder.root)
	for _, entry := range v.owners[digest] {
		for _, file := range entry.Outputs {
			place := filepath.Join(dir, filepath.FromSlash(file.Path))
			if file.SHA256 != digest || checkParents(dir, file.Path) != nil {
				continue
			}
			if actual, _, err := objects.HashFile(ctx, place); err != nil || actual != digest {
				continue
			}
			if added, _, err := v.store.Add(ctx, place); err == nil && added == digest {
				return true
			}
		}
	}
	return false
}

// discard removes the object, and the entries that cannot do without it. It may
// have been mended since it was read.
func (v *verifier) discard(ctx context.Context, digest objects.Digest) error {
	if v.store.Check(ctx, digest) == nil {
		return nil
	}
	errs := []error{v.store.Remove(digest)}
	for _, entry := range v.owners[digest] {
		if !entry.makes(digest) { // a list of files is no more than a note
			continue
		}
		if err := os.Remove(entry.path); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func removed(path string, err error) Damage {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Damage{Path: path, Remedy: RemedyNone, Error: err.Error()}
	}
	return Damage{Path: path, Remedy: RemedyRemoved}
}
