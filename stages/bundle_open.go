package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// maxDocument bounds the JSON files of a bundle: a manifest of half a million files.
const maxDocument = 64 << 20

// Bundle is a bundle that has been checked: each of its files is what the
// manifest says, there is no other, and they fit together.
type Bundle struct {
	Run    result.Run
	dir    string
	config *config.Config
}

// OpenBundle checks a bundle before anything of it is used. It comes from
// elsewhere: what does not hold is a [BundleError].
func OpenBundle(ctx context.Context, dir string) (*Bundle, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, &BundleError{fmt.Sprintf("there is no bundle: %v", err), "make one with: muster run STAGE --export DIR"}
	}
	b := &Bundle{dir: dir}
	manifest, err := b.manifest()
	if err != nil {
		return nil, err
	}
	if err := b.checkFiles(ctx, manifest); err != nil {
		return nil, err
	}
	if err := b.read(manifest); err != nil {
		return nil, err
	}
	return b, b.checkRun(manifest)
}

func (b *Bundle) wrong(format string, args ...any) error {
	return &BundleError{fmt.Sprintf("bundle %s: ", b.dir) + fmt.Sprintf(format, args...), "copy it again, whole, or export it again"}
}

func (b *Bundle) manifest() (result.Bundle, error) {
	data, err := b.file(bundleManifest)
	if err != nil {
		return result.Bundle{}, err
	}
	manifest, err := readManifest(data)
	if err != nil {
		return manifest, b.wrong("%v", err)
	}
	return manifest, nil
}

// readManifest takes only what [Runner.Export] can have written.
func readManifest(data []byte) (result.Bundle, error) {
	manifest, err := result.Decode[result.Bundle](data, bundleManifest)
	if err != nil {
		return manifest, err
	}
	for i, file := range manifest.Files {
		switch digest, isObject := cutObject(file.Path); {
		case isObject && digest != file.SHA256:
			return manifest, fmt.Errorf("%s: object %s is listed with another digest", bundleManifest, file.Path)
		case i > 0 && manifest.Files[i-1].Path >= file.Path:
			return manifest, fmt.Errorf("%s: %s is not in its order, or is there twice", bundleManifest, file.Path)
		}
	}
	return manifest, nil
}

func cutObject(path string) (digest string, ok bool) {
	folder, name := filepath.Split(path)
	return name, folder == bundleObjects+"/"
}

// file reads a small file of the bundle itself, and nothing behind a link.
func (b *Bundle) file(name string) ([]byte, error) {
	path := filepath.Join(b.dir, name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, b.wrong("there is no %s in it", name)
	case err != nil:
		return nil, fmt.Errorf("read bundle: %w", err)
	case !info.Mode().IsRegular():
		return nil, b.wrong("%v", &objects.IrregularError{Path: name, Mode: info.Mode()})
	case info.Size() > maxDocument:
		return nil, b.wrong("%s is larger than %d bytes", name, maxDocument)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxDocument))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return data, nil
}

// checkFiles holds the folder against the manifest, both ways. The size is
// looked at first, so that nobody hashes for hours what cannot be right.
func (b *Bundle) checkFiles(ctx context.Context, manifest result.Bundle) error {
	listed := map[string]result.BundleFile{}
	for _, file := range manifest.Files {
		listed[file.Path] = file
	}
	err := filepath.WalkDir(b.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read bundle: %w", err)
		}
		name, err := filepath.Rel(b.dir, path)
		if err != nil || name == "." || name == bundleManifest || (name == bundleObjects && entry.IsDir()) {
			return err
		}
		file, ok := listed[filepath.ToSlash(name)]
		if !ok {
			return b.wrong("%q is not in its manifest", name)
		}
		delete(listed, file.Path)
		return b.checkFile(ctx, file, path)
	})
	if err != nil {
		return err
	}
	for _, file := range manifest.Files {
		if _, missing := listed[file.Path]; missing {
			return b.wrong("%s is missing", file.Path)
		}
	}
	return nil
}

func (b *Bundle) checkFile(ctx context.Context, file result.BundleFile, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	if !info.Mode().IsRegular() {
		return b.wrong("%v", &objects.IrregularError{Path: file.Path, Mode: info.Mode()})
	}
	if info.Size() != file.Size {
		return b.wrong("%s has %d bytes, and its manifest says %d", file.Path, info.Size(), file.Size)
	}
	digest, _, err := objects.HashFile(ctx, path)
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	if digest != file.SHA256 {
		return b.wrong("%s is not what its manifest says: it has changed", file.Path)
	}
	return nil
}

// read decodes the documents, whose bytes are known to be the manifest's.
func (b *Bundle) read(manifest result.Bundle) error {
	record, err := b.file(bundleRun)
	if err != nil {
		return err
	}
	if b.Run, err = result.Decode[result.Run](record, bundleRun); err != nil {
		return b.wrong("%v", err)
	}
	text, err := b.file(config.FileName)
	if err != nil {
		return err
	}
	if len(text) > config.MaxSize {
		return b.wrong("its %s is too large", config.FileName)
	}
	if b.config, err = config.Parse(filepath.Join(b.dir, config.FileName), manifest.Pipeline, text); err != nil {
		return b.wrong("its %s is not valid: %v", config.FileName, err)
	}
	return nil
}

// checkRun makes sure that record, configuration and objects speak of the same run.
func (b *Bundle) checkRun(manifest result.Bundle) error {
	run := b.Run
	switch {
	case run.ID != manifest.Run, run.Pipeline != manifest.Pipeline, b.config.Name != manifest.Pipeline:
		return b.wrong("its files are of different runs or pipelines")
	case run.Status != result.RunPassed || run.Candidate == nil || b.config.Model == nil:
		return b.wrong("its run made no model")
	}
	var listed []string
	for _, file := range manifest.Files {
		if digest, ok := cutObject(file.Path); ok {
			listed = append(listed, digest)
		}
	}
	if !slices.Equal(listed, bundled(run)) {
		return b.wrong("its objects are not those that its run made")
	}
	for _, stage := range run.Stages {
		if err := b.checkStage(stage); err != nil {
			return err
		}
	}
	return b.checkModel()
}

// checkStage refuses a path that the stage's declaration does not cover: what a
// bundle brings goes nowhere else.
func (b *Bundle) checkStage(outcome result.Stage) error {
	i := slices.IndexFunc(b.config.Stages, func(s config.Stage) bool { return s.Name == outcome.Name })
	if i < 0 {
		return b.wrong("its run has a stage %q, and its %s has none", outcome.Name, config.FileName)
	}
	if len(outcome.Outputs) > 0 && !objects.ValidDigest(outcome.Key) {
		return b.wrong("stage %q has outputs and no key", outcome.Name)
	}
	outputs, seen := b.config.Stages[i].AllOutputs(), map[string]bool{}
	for _, file := range outcome.Outputs {
		declared := slices.ContainsFunc(outputs, func(out string) bool { return config.Within(file.Path, out) })
		if !fs.ValidPath(file.Path) || !declared || seen[file.Path] || !objects.ValidDigest(file.SHA256) {
			return b.wrong("stage %q has an output %q that it does not declare", outcome.Name, file.Path)
		}
		seen[file.Path] = true
	}
	return nil
}

// checkModel wants the candidate to be what its training stage made.
func (b *Bundle) checkModel() error {
	model, candidate := b.config.Model, b.Run.Candidate
	for _, stage := range b.Run.Stages {
		if stage.Name != model.Stage {
			continue
		}
		made := newModel(model.Path, stage)
		if len(made.Files) > 0 && made.Digest == candidate.Digest && made.TrainingKey == candidate.TrainingKey &&
			made.Tree == candidate.Tree && made.Path == candidate.Path && slices.Equal(made.Files, candidate.Files) {
			return nil
		}
	}
	return b.wrong("its model is not what stage %s made", model.Stage)
}
