package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Add takes a version in: the model's files from the store, then the document.
// The registry names it. The same model, made and measured the same way,
// is one version however often it is added: then the one that is there is returned.
func (d *Dir) Add(ctx context.Context, store *objects.Store, v result.Version) (result.Version, error) {
	if err := d.check(v); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	own, err := d.store()
	if err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	if err := transfer(ctx, v.Model.Files, store, own); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	if err := keepPredictions(ctx, v, store, own); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	if err := objects.MakeDir(filepath.Join(d.dir, "versions")); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	v.Schema = result.SchemaOf[result.Version]()
	if v.Created.IsZero() {
		v.Created = time.Now().UTC().Truncate(time.Second)
	}
	for {
		known, err := d.Versions(ctx)
		if err != nil {
			return result.Version{}, fmt.Errorf("add version: %w", err)
		}
		next := 1
		for _, k := range known {
			if k.Model.Digest == v.Model.Digest && k.Model.TrainingKey == v.Model.TrainingKey && k.Model.RulerKey == v.Model.RulerKey {
				return k, nil
			}
			next = max(next, number(k.Version)+1)
		}
		v.Version = versionName(next)
		v.Model.Version = v.Version
		data, err := result.Encode(v)
		if err != nil {
			return result.Version{}, fmt.Errorf("add version: %w", err)
		}
		err = objects.CreateFile(d.versionPath(v.Version), data, 0o444)
		if errors.Is(err, fs.ErrExist) {
			continue // somebody took the name meanwhile, perhaps for the same model
		}
		if err != nil {
			return result.Version{}, fmt.Errorf("add version: %w", err)
		}
		return v, nil
	}
}

// check refuses a version that could not be trusted or restored later.
func (d *Dir) check(v result.Version) error {
	if v.Run == nil {
		return errors.New("there is no record of the run that made the model")
	}
	if v.Run.Pipeline != d.pipeline {
		return fmt.Errorf("the model was made by pipeline %q, and this is the registry of %q", v.Run.Pipeline, d.pipeline)
	}
	return checkModel(v.Model)
}

func checkModel(model result.Model) error {
	if len(model.Files) == 0 {
		return errors.New("the model has no files")
	}
	if model.TrainingKey == "" {
		return errors.New("the model has no training key")
	}
	seen := map[string]bool{}
	for _, file := range model.Files {
		if !fs.ValidPath(file.Path) || file.Path == "." || seen[file.Path] {
			return fmt.Errorf("the model's file %q is no path in a repository, or is there twice", file.Path)
		}
		seen[file.Path] = true
	}
	if actual := objects.TreeDigest(model.Files); actual != model.Digest {
		return fmt.Errorf("the model's digest is %s, and its files are %s: %w", model.Digest, actual, objects.ErrCorrupt)
	}
	return nil
}

// keepPredictions takes in what the model answered when it was measured, so that
// it can be compared later. A version is not refused for want of it.
func keepPredictions(ctx context.Context, v result.Version, store, own *objects.Store) error {
	if v.Run.Evaluation == nil || v.Run.Evaluation.Predictions == nil {
		return nil
	}
	err := transferOne(ctx, *v.Run.Evaluation.Predictions, store, own)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy predictions: %w", err)
	}
	return nil
}

// OpenPredictions opens what a version's model answered when it was measured.
// The error wraps [ErrNoPredictions] if the registry does not hold that, as it
// is with versions of older musters.
func (d *Dir) OpenPredictions(v result.Version) (io.ReadCloser, error) {
	if v.Run == nil || v.Run.Evaluation == nil || v.Run.Evaluation.Predictions == nil {
		return nil, fmt.Errorf("%s: %w", v.Version, ErrNoPredictions)
	}
	own, err := d.store()
	if err != nil {
		return nil, fmt.Errorf("open predictions of %s: %w", v.Version, err)
	}
	content, err := own.Open(v.Run.Evaluation.Predictions.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", v.Version, ErrNoPredictions)
	}
	if err != nil {
		return nil, fmt.Errorf("open predictions of %s: %w", v.Version, err)
	}
	return content, nil
}

// Restore puts the files of a version's model into the store.
func (d *Dir) Restore(ctx context.Context, version string, store *objects.Store) error {
	v, err := d.Version(ctx, version)
	if err != nil {
		return fmt.Errorf("restore model: %w", err)
	}
	own, err := d.store()
	if err != nil {
		return fmt.Errorf("restore model: %w", err)
	}
	if err := transfer(ctx, v.Model.Files, own, store); err != nil {
		return fmt.Errorf("restore model %s: %w", version, err)
	}
	return nil
}

// transfer copies objects between stores, and checks every byte on the way.
func transfer(ctx context.Context, files []result.File, from, to *objects.Store) error {
	for _, file := range files {
		if err := transferOne(ctx, file, from, to); err != nil {
			return fmt.Errorf("copy %s: %w", file.Path, err)
		}
	}
	return nil
}

func transferOne(ctx context.Context, file result.File, from, to *objects.Store) error {
	if holds(ctx, to, file.SHA256) {
		return nil
	}
	source, err := from.Open(file.SHA256)
	if err != nil {
		return err
	}
	defer source.Close()
	_, _, err = to.AddReader(ctx, source)
	return err
}

// holds reports whether the store has the object, whole.
func holds(ctx context.Context, store *objects.Store, digest string) bool {
	object, err := store.Open(digest)
	if err != nil {
		return false
	}
	defer object.Close()
	_, err = io.Copy(io.Discard, object)
	return err == nil && ctx.Err() == nil
}

// Version returns one version. The error wraps [ErrNoVersion] if there is none
// of that name, and objects.ErrCorrupt if it is not what was added.
func (d *Dir) Version(_ context.Context, name string) (result.Version, error) {
	v, _, err := d.readVersion(name)
	return v, err
}

// readVersion returns a version and its file as it lies there.
func (d *Dir) readVersion(name string) (v result.Version, data []byte, err error) {
	if number(name) == 0 {
		return v, nil, fmt.Errorf("%q: %w", name, ErrNoVersion)
	}
	path := d.versionPath(name)
	data, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil, fmt.Errorf("%s: %w", name, ErrNoVersion)
	}
	if err != nil {
		return v, nil, fmt.Errorf("read version: %w", err)
	}
	if v, err = result.Decode[result.Version](data, path); err != nil {
		return v, nil, err
	}
	if v.Version != name {
		return v, nil, fmt.Errorf("%s says that it is %q: %w", path, v.Version, objects.ErrCorrupt)
	}
	if err := checkModel(v.Model); err != nil {
		return v, nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, data, nil
}

// Versions returns all versions, the oldest first.
func (d *Dir) Versions(ctx context.Context) ([]result.Version, error) {
	entries, err := os.ReadDir(filepath.Join(d.dir, "versions"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	var versions []result.Version
	for _, entry := range entries {
		name, isJSON := strings.CutSuffix(entry.Name(), ".json")
		if !isJSON || number(name) == 0 {
			continue
		}
		v, err := d.Version(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("list versions: %w", err)
		}
		versions = append(versions, v)
	}
	slices.SortFunc(versions, func(a, b result.Version) int { return cmp.Compare(number(a.Version), number(b.Version)) })
	return versions, nil
}

func (d *Dir) versionPath(name string) string {
	return filepath.Join(d.dir, "versions", name+".json")
}

func versionName(n int) string { return "v" + strconv.Itoa(n) }

// number returns the number of a version's name, or 0 if it is no such name.
func number(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
	if err != nil || n < 1 || versionName(n) != name {
		return 0
	}
	return n
}
