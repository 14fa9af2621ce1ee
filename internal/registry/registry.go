// Package registry keeps versions of a model, and the aliases that say which
// of them is in use.
//
// A version is immutable: the model's files by digest, the run that made it and
// the decision that let it in. An alias ("production") has a history of moves;
// the last one says what it names. [Registry.Add] takes a version in,
// [Registry.Move] moves an alias by compare-and-swap, [Registry.Current] says
// what it names, and [Registry.Restore] gives the model's files back. The ledger
// counts the decisions on each evaluation data: [Registry.Record] adds one, and
// [Registry.Attempts] tells them. [Registry.Verify] checks all of it, byte by byte.
//
// [Registry] holds the rules, and a [Backend] the bytes: documents by name, which
// are created once and never change, and objects by digest. Whatever the backend
// is, these are the documents:
//
//	registry.json               what makes the place a registry
//	versions/v1.json            one version each, never rewritten
//	models/KEY-v1               which version a model is; KEY is made of its digests
//	aliases/NAME/000001.json    one move each; the highest is the current one
//	ledger/DATA/000001.json     one decision each, by the digest of the evaluation data
//
// Each document is created whole and exclusively, after everything that it names:
// objects, then the version, then the move. So no lock is needed, two
// promotions at once have one winner, and a process that is killed leaves at
// most an object or a version that nothing names yet. Every backend passes one
// conformance suite, registrytest. [OpenDir] is a directory, which may lie on a
// network disk.
package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

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

// Registry is the versions and aliases of one pipeline. Any number of goroutines
// and processes may use it at once.
type Registry struct {
	backend  Backend
	pipeline string
}

// The schemas are prepared once, by whoever needs one first.
var (
	versionCodec = sync.OnceValues(result.NewCodec[result.Version])
	moveCodec    = sync.OnceValues(result.NewCodec[result.Move])
	attemptCodec = sync.OnceValues(result.NewCodec[result.Attempt])
)

// marker is the content of registry.json.
type marker struct {
	Schema   string `json:"schema"`
	Pipeline string `json:"pipeline"`
}

// Init makes a registry for a pipeline's models. Where there is one already for
// the same pipeline, nothing changes.
func Init(ctx context.Context, backend Backend, pipeline string) error {
	existing, err := Open(ctx, backend)
	switch {
	case err == nil && existing.pipeline == pipeline:
		return nil
	case err == nil:
		return fmt.Errorf("make registry: %s is the registry of pipeline %q, not of %q", backend.Path(""), existing.pipeline, pipeline)
	case !errors.Is(err, ErrMissing):
		return err
	}
	data, err := json.MarshalIndent(marker{markerSchema, pipeline}, "", "  ")
	if err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	err = backend.Create(ctx, File{markerFile, append(data, '\n')})
	if errors.Is(err, fs.ErrExist) {
		return Init(ctx, backend, pipeline) // somebody was faster; see whether they made the same
	}
	if err != nil {
		return fmt.Errorf("make registry: %w", err)
	}
	return nil
}

// Open opens the registry that the backend keeps. The error wraps [ErrMissing] if there is none.
func Open(ctx context.Context, backend Backend) (*Registry, error) {
	data, err := backend.Read(ctx, markerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open registry %s: %w", backend.Path(""), ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	path := backend.Path(markerFile)
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, &result.InvalidError{Path: path, Want: markerSchema, Why: []string{err.Error()}}
	}
	if m.Schema != markerSchema || m.Pipeline == "" {
		return nil, &result.InvalidError{Path: path, Want: markerSchema, Why: []string{fmt.Sprintf("schema is %q, pipeline is %q", m.Schema, m.Pipeline)}}
	}
	return &Registry{backend, m.Pipeline}, nil
}

// Pipeline returns the name of the pipeline whose models the registry keeps.
func (r *Registry) Pipeline() string { return r.pipeline }

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
