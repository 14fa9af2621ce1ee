// Package registry keeps versions of a model, and the aliases that say which
// of them is in use.
//
// A version is immutable: the model's files by digest, the run that made it and
// the decision that let it in. An alias ("production") has a history of moves;
// the last one says what it names. [Dir.Add] takes a version in, [Dir.Move]
// moves an alias by compare-and-swap, [Dir.Current] says what it names, and
// [Dir.Restore] gives the model's files back. Every kind of registry passes one
// conformance suite, registrytest; this one is a directory:
//
//	registry.json               what makes the directory a registry
//	objects/                    the files of all models and what they answered, by digest
//	versions/v1.json            one version each, never rewritten
//	aliases/NAME/000001.json    one move each; the highest is the current one
//
// Each file is created whole and exclusively, after everything that it names:
// objects, then the version, then the move. So no lock is needed, two
// promotions at once have one winner, and a process that is killed leaves at
// most an object or a version that nothing names yet.
package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

const (
	markerFile   = "registry.json"
	markerSchema = "muster.registry/v1"
)

// The errors that callers branch on.
var (
	// ErrMissing says that there is no registry: it has to be made first.
	ErrMissing = errors.New("there is no model registry")
	// ErrNoAlias says that the alias names nothing yet.
	ErrNoAlias = errors.New("nothing was promoted yet")
	// ErrNoVersion says that there is no such version.
	ErrNoVersion = errors.New("there is no such version")
	// ErrNoPredictions says that a version was taken in without what its model answered.
	ErrNoPredictions = errors.New("the registry does not keep the predictions of this version")
)

// MovedError says that an alias no longer names what the caller expected.
// Nothing was changed.
type MovedError struct {
	Alias string
	// Expected and Current are versions; empty means that the alias named nothing.
	Expected, Current string
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s names %s, not %s: it was moved meanwhile", e.Alias, orNothing(e.Current), orNothing(e.Expected))
}

func orNothing(version string) string {
	if version == "" {
		return "nothing"
	}
	return version
}

// Dir is a registry in a directory. Any number of processes may use it at once.
type Dir struct {
	dir      string
	pipeline string
}

// marker is the content of registry.json.
type marker struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
}

// Init makes a registry for a pipeline's models in dir. Where there is one
// already for the same pipeline, nothing changes. A directory that holds
// anything else is refused.
func Init(dir, pipeline string) error {
	existing, err := Open(dir)
	switch {
	case err == nil && existing.pipeline == pipeline:
		return nil
	case err == nil:
		return fmt.Errorf("make registry: %s is the registry of pipeline %q, not of %q", dir, existing.pipeline, pipeline)
	case !errors.Is(err, ErrMissing):
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	if err := checkEmpty(dir); err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	data, err := json.MarshalIndent(marker{markerSchema, pipeline}, "", "  ")
	if err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	err = objects.CreateFile(filepath.Join(dir, markerFile), append(data, '\n'), 0o644)
	if errors.Is(err, fs.ErrExist) {
		return Init(dir, pipeline) // somebody was faster; see whether they made the same
	}
	if err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	return nil
}

func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// A second process may be making the registry at this moment.
		if !objects.IsTemp(entry.Name()) && entry.Name() != markerFile {
			return fmt.Errorf("%s holds other files (%s); name an empty directory", dir, entry.Name())
		}
	}
	return nil
}

// Open opens the registry in dir. The error wraps [ErrMissing] if there is none.
func Open(dir string) (*Dir, error) {
	path := filepath.Join(dir, markerFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open registry %s: %w", dir, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, &result.InvalidError{Path: path, Want: markerSchema, Why: []string{err.Error()}}
	}
	if m.Schema != markerSchema || m.Pipeline == "" {
		return nil, &result.InvalidError{Path: path, Want: markerSchema, Why: []string{fmt.Sprintf("schema is %q, pipeline is %q", m.Schema, m.Pipeline)}}
	}
	return &Dir{dir: dir, pipeline: m.Pipeline}, nil
}

// Pipeline returns the name of the pipeline whose models the registry keeps.
func (d *Dir) Pipeline() string { return d.pipeline }

// store opens the registry's own objects. It is opened late, so that reading a
// registry needs no right to write.
func (d *Dir) store() (*objects.Store, error) {
	return objects.Open(filepath.Join(d.dir, "objects"))
}
