package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
)

// Export writes a version into a folder that is not there, or empty: the model's
// files in model/, the card as README.md, the statement of its making, and the
// version's document. The folder is there whole or not at all.
func (m *Models) Export(ctx context.Context, version result.Version, dir string) error {
	if err := checkTarget(dir); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), objects.TempPrefix+"export-")
	if err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	defer os.RemoveAll(temp)
	if err := m.fill(ctx, version, temp); err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	// An empty folder is replaced; one that was filled meanwhile is not.
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("export %s: %w", version.Version, err)
	}
	return nil
}

// checkTarget refuses a folder in which something is.
func checkTarget(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("export: %w", err)
	case len(entries) > 0:
		return &RefusedError{Message: fmt.Sprintf("%s is not empty (%s)", dir, entries[0].Name()), Remedy: "name a folder that is not there yet, or an empty one"}
	}
	return nil
}

func (m *Models) fill(ctx context.Context, version result.Version, dir string) error {
	store, err := m.Project.Folder.Store()
	if err != nil {
		return err
	}
	if err := m.reg.Restore(ctx, version.Version, store); err != nil {
		return err
	}
	for _, file := range version.Model.Files {
		target := filepath.Join(dir, "model", filepath.FromSlash(placeInModel(version.Model, file.Path)))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		perm := fs.FileMode(0o644)
		if file.Executable {
			perm = 0o755
		}
		if err := store.CopyNew(ctx, file.SHA256, target, perm); err != nil {
			return err
		}
	}
	return m.fillDocuments(ctx, version, dir)
}

// placeInModel is where a file lies in the model: below the folder that the model is, or
// by its own name where it is a single file.
func placeInModel(model result.Model, file string) string {
	if inside, ok := strings.CutPrefix(file, strings.TrimSuffix(path.Clean(model.Path), "/")+"/"); model.Tree && ok {
		return inside
	}
	if len(model.Files) == 1 {
		return path.Base(file)
	}
	return file
}

func (m *Models) fillDocuments(ctx context.Context, version result.Version, dir string) error {
	card, err := m.Card(ctx, version)
	if err != nil {
		return err
	}
	document, err := result.Encode(version)
	if err != nil {
		return err
	}
	documents := map[string][]byte{"README.md": card, "version.json": document}
	provenance, err := m.reg.OpenAttachment(ctx, version, result.ProvenanceFile)
	if err == nil {
		documents[result.ProvenanceFile] = provenance
	} else if !errors.Is(err, registry.ErrNoAttachment) {
		return err
	}
	for name, data := range documents {
		if err := objects.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
