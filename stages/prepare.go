package stages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// prepared is a stage with all that its key is made of.
type prepared struct {
	stage    config.Stage
	sees     overlay
	labels   objects.Digest // of the labels that the gate joins to what it answers
	snap     *snapshot
	files    []result.File     // all that it reads, by path
	given    map[string][]byte // files that muster makes for it
	params   []byte
	image    Image
	services []Service
	secrets  map[string]string // what it gets of those that it names
	doc      keyDocument
	key      string
}

// imageFinder finds an image by the name that the stage gives it.
type imageFinder func(ctx context.Context, stage, ref string) (Image, error)

// prepare reads all that the stage's outputs depend on, and computes its key.
func (s *session) prepare(ctx context.Context, stage config.Stage, opt options, find imageFinder) (*prepared, error) {
	ready := &prepared{stage: stage, given: map[string][]byte{}}
	ready.sees = overlay{s.Dir, opt.over}
	paths, places, err := ready.sees.resolve(stage)
	if err == nil {
		ready.snap, err = takeSnapshot(ctx, s.cache.index, s.Dir, paths, places)
	}
	if err != nil {
		return nil, s.inputError(stage, err)
	}
	ready.files = ready.snap.files
	if ready.labels, err = s.labels(ctx, ready); err != nil {
		return nil, err
	}
	return ready, s.complete(ctx, ready, find)
}

// labels hashes the labels that the gate joins to what the evaluate stage
// answers. The stage does not see them; they are part of what measures. What is
// not there is told of when it is needed.
func (s *session) labels(ctx context.Context, ready *prepared) (objects.Digest, error) {
	gate, model := s.Config.Gate, s.Config.Model
	if gate == nil || gate.Labels == nil || model == nil || model.Evaluate != ready.stage.Name {
		return "", nil
	}
	snap := &snapshot{}
	place, _ := ready.sees.host(path.Clean(gate.Labels.Path))
	err := snap.look(path.Clean(gate.Labels.Path), place)
	if err == nil {
		err = snap.hash(ctx, s.cache.index)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil || len(snap.files) != 1 {
		return "none", nil
	}
	return snap.files[0].SHA256, nil
}

// complete adds to the inputs what else the key is made of.
func (s *session) complete(ctx context.Context, ready *prepared, find imageFinder) (err error) {
	stage := ready.stage
	if ready.params, err = selectParams(s.Config, ready.sees.root(s.Config.Params), stage); err != nil {
		return err
	}
	if ready.params != nil {
		ready.given[s.Config.Params] = ready.params
	}
	if err := s.addNotebook(ready); err != nil {
		return err
	}
	if ready.image, err = find(ctx, stage.Name, stage.Image); err != nil {
		return err
	}
	for _, service := range stage.Services {
		image, err := find(ctx, stage.Name, service.Image)
		if err != nil {
			return fmt.Errorf("service %s: %w", service.Name, err)
		}
		ready.services = append(ready.services, Service{service, image})
	}
	ready.doc = document(stage, ready.image.Identity, ready.services, ready.params, ready.files)
	ready.key, err = ready.doc.key()
	return err
}

// addNotebook reads the stage's notebook, whose code alone counts as its input.
func (s *session) addNotebook(ready *prepared) error {
	if ready.stage.Notebook == nil {
		return nil
	}
	name := ready.stage.Notebook.Path
	data, err := readNotebook(ready.sees.root(name), name)
	if err != nil {
		return s.inputError(ready.stage, err)
	}
	sum := sha256.Sum256(data)
	ready.given[name] = data
	ready.files = append(slices.Clone(ready.files), result.File{Path: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))})
	sortFiles(ready.files)
	return nil
}

// inputError says what is wrong with an input, at its place in the file where it is known.
func (s *session) inputError(stage config.Stage, err error) error {
	if wrong, ok := errors.AsType[*notebookError](err); ok {
		return &config.Error{Problems: []config.Problem{{Path: stage.Notebook.Path, Line: wrong.line, Column: min(wrong.line, 1), Message: wrong.message, Hint: wrong.hint}}}
	}
	if unusable(err) {
		hint := ""
		if irregular, ok := errors.AsType[*objects.IrregularError](err); ok && irregular.Mode&fs.ModeSymlink != 0 {
			hint = "muster follows no links: put the files here, bring them by a stage with fetch: file:…, or name them by {ref: …, version: …}"
		}
		return s.Config.ProblemAt("/stages/"+stage.Name+"/inputs", err.Error(), hint)
	}
	if errors.Is(err, fs.ErrNotExist) { // a stage was to make it, and did not
		return &stageError{fmt.Errorf("read inputs: %w", err)}
	}
	return fmt.Errorf("read inputs: %w", err)
}
