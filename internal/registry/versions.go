package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
func (r *Registry) Add(ctx context.Context, store *objects.Store, v result.Version) (result.Version, error) {
	if err := r.check(v); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	if err := r.takeFiles(ctx, v, store); err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	v.Schema = result.SchemaOf[result.Version]()
	if v.Created.IsZero() {
		v.Created = time.Now().UTC().Truncate(time.Second)
	}
	added, err := r.createVersion(ctx, v)
	if err != nil {
		return result.Version{}, fmt.Errorf("add version: %w", err)
	}
	return added, nil
}

// check refuses a version that could not be trusted or restored later.
func (r *Registry) check(v result.Version) error {
	if v.Run == nil {
		return errors.New("there is no record of the run that made the model")
	}
	if v.Run.Pipeline != r.pipeline {
		return fmt.Errorf("the model was made by pipeline %q, and this is the registry of %q", v.Run.Pipeline, r.pipeline)
	}
	if err := checkAttachments(v.Attachments); err != nil {
		return err
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

// takeFiles takes the model's files, and what the model answered when it was
// measured, so that it can be compared later. A version is not refused for want of
// the latter.
func (r *Registry) takeFiles(ctx context.Context, v result.Version, store *objects.Store) error {
	for _, file := range slices.Concat(v.Model.Files, v.Attachments) {
		if err := r.backend.Take(ctx, store, file.SHA256); err != nil {
			return fmt.Errorf("copy %s: %w", file.Path, err)
		}
	}
	answers := predictionsOf(v)
	if answers == nil {
		return nil
	}
	if err := r.backend.Take(ctx, store, answers.SHA256); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy predictions: %w", err)
	}
	return nil
}

func predictionsOf(v result.Version) *result.File {
	if v.Run == nil || v.Run.Evaluation == nil {
		return nil
	}
	return v.Run.Evaluation.Predictions
}

// OpenPredictions opens what a version's model answered when it was measured.
// The error wraps [ErrNoPredictions] if the registry does not hold that, as it
// is with versions of older musters.
func (r *Registry) OpenPredictions(ctx context.Context, v result.Version) (io.ReadCloser, error) {
	answers := predictionsOf(v)
	if answers == nil {
		return nil, fmt.Errorf("%s: %w", v.Version, ErrNoPredictions)
	}
	content, err := r.backend.Open(ctx, answers.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", v.Version, ErrNoPredictions)
	}
	if err != nil {
		return nil, fmt.Errorf("open predictions of %s: %w", v.Version, err)
	}
	return content, nil
}

// Restore puts the files of a version's model into the store.
func (r *Registry) Restore(ctx context.Context, version string, store *objects.Store) error {
	v, err := r.Version(ctx, version)
	if err != nil {
		return fmt.Errorf("restore model: %w", err)
	}
	for _, file := range v.Model.Files {
		if err := r.restoreFile(ctx, file, store); err != nil {
			return fmt.Errorf("restore model %s: copy %s: %w", version, file.Path, err)
		}
	}
	return nil
}

func (r *Registry) restoreFile(ctx context.Context, file result.File, store *objects.Store) error {
	if store.Has(file.SHA256) && store.Check(ctx, file.SHA256) == nil {
		return nil
	}
	source, err := r.backend.Open(ctx, file.SHA256)
	if err != nil {
		return err
	}
	defer source.Close()
	_, _, err = store.AddReader(ctx, source)
	return err
}

// Mend puts what a version keeps by digest (the model's files, what it answered, how it
// was made) right from a store that has it, where it is damaged or missing in the
// registry: the digests say that they are the same bytes. What can be mended is, and
// the error wraps fs.ErrNotExist if the store has not all of it.
func (r *Registry) Mend(ctx context.Context, version string, store *objects.Store) error {
	v, err := r.Version(ctx, version)
	if err != nil {
		return fmt.Errorf("mend %s: %w", version, err)
	}
	files := slices.Concat(v.Model.Files, v.Attachments)
	if answers := predictionsOf(v); answers != nil {
		files = append(files, *answers)
	}
	var problems []error
	for _, file := range files {
		if _, err := r.readObject(ctx, file.SHA256); err == nil {
			continue
		}
		if err := r.backend.Take(ctx, store, file.SHA256); err != nil {
			problems = append(problems, fmt.Errorf("mend %s: copy %s: %w", version, file.Path, err))
		}
	}
	return errors.Join(append(problems, r.backend.Create(ctx))...)
}

// Check reads every byte of a version's model in the registry. The error wraps
// objects.ErrCorrupt if one is not as it was added, or missing. What an alias names
// is checked before a decision stands on it: that a model can be had from a cache
// says nothing of whether the registry still keeps it.
func (r *Registry) Check(ctx context.Context, v result.Version) error {
	for _, file := range slices.Concat(v.Model.Files, v.Attachments) {
		_, err := r.readObject(ctx, file.SHA256)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s is missing: %w", r.backend.ObjectPath(file.SHA256), objects.ErrCorrupt)
		}
		if err != nil {
			return fmt.Errorf("the registry does not hold %s of %s whole: %w", file.Path, v.Version, err)
		}
	}
	return nil
}

// readObject reads an object to its end, and returns its size.
func (r *Registry) readObject(ctx context.Context, digest string) (int64, error) {
	object, err := r.backend.Open(ctx, digest)
	if err != nil {
		return 0, err
	}
	defer object.Close()
	size, err := io.Copy(io.Discard, object)
	return size, errors.Join(err, ctx.Err())
}

// Version returns one version. The error wraps [ErrNoVersion] if there is none
// of that name, and objects.ErrCorrupt if it is not what was added.
func (r *Registry) Version(ctx context.Context, name string) (result.Version, error) {
	v, _, err := r.readVersion(ctx, name)
	return v, err
}

// readVersion returns a version and its document as it lies there.
func (r *Registry) readVersion(ctx context.Context, name string) (v result.Version, data []byte, err error) {
	if number(name) == 0 {
		return v, nil, fmt.Errorf("%q: %w", name, ErrNoVersion)
	}
	data, err = r.backend.Read(ctx, versionFile(name))
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil, fmt.Errorf("%s: %w", name, ErrNoVersion)
	}
	if err != nil {
		return v, nil, fmt.Errorf("read version: %w", err)
	}
	codec, err := versionCodec()
	if err != nil {
		return v, nil, err
	}
	path := r.backend.Path(versionFile(name))
	if v, err = codec.Decode(data, path); err != nil {
		return v, nil, err
	}
	if v.Version != name {
		return v, nil, fmt.Errorf("%s says that it is %q: %w", path, v.Version, objects.ErrCorrupt)
	}
	if err := errors.Join(checkModel(v.Model), checkAttachments(v.Attachments)); err != nil {
		return v, nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, data, nil
}

// Versions returns all versions, the oldest first.
func (r *Registry) Versions(ctx context.Context) ([]result.Version, error) {
	numbers, err := r.versionNumbers(ctx)
	if err != nil {
		return nil, err
	}
	var versions []result.Version
	for _, n := range numbers {
		v, err := r.Version(ctx, versionName(n))
		if err != nil {
			return nil, fmt.Errorf("list versions: %w", err)
		}
		versions = append(versions, v)
	}
	return versions, nil
}

// versionNumbers lists the numbers of the versions, the oldest first.
func (r *Registry) versionNumbers(ctx context.Context) ([]int, error) {
	names, err := r.backend.List(ctx, "versions")
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	var numbers []int
	for _, name := range names {
		base, isJSON := strings.CutSuffix(name, ".json")
		if n := number(base); isJSON && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.SortFunc(numbers, cmp.Compare)
	return numbers, nil
}

func versionFile(name string) string { return "versions/" + name + ".json" }

func versionName(n int) string { return "v" + strconv.Itoa(n) }

// number returns the number of a version's name, or 0 if it is no such name.
func number(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
	if err != nil || n < 1 || n > highest || versionName(n) != name {
		return 0
	}
	return n
}
