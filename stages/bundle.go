package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// A bundle is a folder that carries a run's model to another machine:
//
//	bundle.json       every other file with its SHA-256 and size
//	muster.yaml       as the run read it
//	run.json          the record
//	objects/SHA256    what the stages made, by content
const (
	bundleManifest = "bundle.json"
	bundleRun      = "run.json"
	bundleObjects  = "objects"
)

// BundleError says what is wrong with a bundle, or with where it is to go.
type BundleError struct{ Message, Remedy string }

func (e *BundleError) Error() string { return e.Message }

// Hint says what to do about it.
func (e *BundleError) Hint() string { return e.Remedy }

// CanExport finds out before a long run that its bundle could not be written.
func (r *Runner) CanExport(targets []string, dir string) error {
	model := r.Config.Model
	if model == nil {
		return &BundleError{"this pipeline makes no model, so there is nothing to export", "name it in muster.yaml: model: {path: …}"}
	}
	plan, err := NewPlan(r.Config, targets)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(plan.Stages, func(s config.Stage) bool { return s.Name == model.Stage }) {
		return &BundleError{fmt.Sprintf("a bundle holds the model, which stage %s makes", model.Stage), "muster run " + model.Stage + " --export DIR"}
	}
	return vacant(dir)
}

// vacant reports whether a bundle can be put at dir: there is nothing, or an empty folder.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("export: %w", err)
	case len(entries) > 0:
		return &BundleError{fmt.Sprintf("%s is there already, and not empty", dir), "name a folder that is not there"}
	}
	return nil
}

// Export writes a bundle of the run to dir. It is made beside its place and
// renamed, so that there is never half of one.
func (r *Runner) Export(ctx context.Context, run result.Run, dir string) (err error) {
	if run.Status != result.RunPassed || run.Candidate == nil {
		return &BundleError{fmt.Sprintf("run %s made no model, so nothing was exported", run.ID), "run the stage that makes it, and let it succeed"}
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := vacant(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".muster-tmp-")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := r.fillBundle(ctx, run, temp); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	// An empty folder gives way; one that was filled meanwhile does not.
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (r *Runner) fillBundle(ctx context.Context, run result.Run, dir string) error {
	store, err := r.Folder.Store()
	if err != nil {
		return err
	}
	record, err := result.Encode(run)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(dir, 0o755), objects.MakeDir(filepath.Join(dir, bundleObjects))); err != nil {
		return err
	}
	for name, data := range map[string][]byte{bundleRun: record, config.FileName: []byte(r.Config.Text())} {
		if err := objects.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	manifest := result.Bundle{Schema: result.SchemaOf[result.Bundle](), Pipeline: run.Pipeline, Run: run.ID}
	names := []string{config.FileName, bundleRun}
	for _, digest := range bundled(run) {
		name := bundleObjects + "/" + digest
		if err := store.CopyTo(ctx, digest, filepath.Join(dir, name), 0o644); err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range names {
		digest, size, err := objects.HashFile(ctx, filepath.Join(dir, name))
		if err != nil {
			return err
		}
		manifest.Files = append(manifest.Files, result.BundleFile{Path: name, SHA256: digest, Size: size})
	}
	slices.SortFunc(manifest.Files, func(a, b result.BundleFile) int { return strings.Compare(a.Path, b.Path) })
	data, err := result.Encode(manifest)
	if err != nil {
		return err
	}
	return objects.WriteFile(filepath.Join(dir, bundleManifest), data, 0o644)
}

// bundled lists the objects of a run's bundle: all that its stages made, once each.
func bundled(run result.Run) []string {
	var digests []string
	for _, stage := range run.Stages {
		for _, file := range stage.Outputs {
			digests = append(digests, file.SHA256)
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests)
}
