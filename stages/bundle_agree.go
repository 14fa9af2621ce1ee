package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// agree makes sure that what made the bundle's model is what lies here, as far
// as it lies here: a model of other code is no candidate for this code. Data
// that is not on this machine is taken from the record.
func (b *Bundle) agree(ctx context.Context, r *Runner) error {
	theirs, mine := b.config.Model, r.Config.Model
	switch {
	case b.Run.Pipeline != r.Config.Name:
		return &BundleError{fmt.Sprintf("the bundle is of pipeline %s, and this is %s", b.Run.Pipeline, r.Config.Name), "go to the folder of that pipeline"}
	case mine == nil || mine.Path != theirs.Path || mine.Stage != theirs.Stage || mine.Evaluate != theirs.Evaluate:
		return b.elsewhere([]string{"muster.yaml names another model"})
	}
	plan, err := NewPlan(r.Config, []string{mine.Stage})
	if err != nil {
		return err
	}
	var changes []string
	for _, stage := range plan.Stages {
		found, err := b.stageChanges(ctx, r, stage)
		if err != nil {
			return err
		}
		for _, change := range found {
			changes = append(changes, "stage "+stage.Name+": "+change)
		}
	}
	if len(changes) > 0 {
		return b.elsewhere(changes)
	}
	return nil
}

func (b *Bundle) elsewhere(changes []string) error {
	if len(changes) > maxReasons {
		changes = append(changes[:maxReasons-1], fmt.Sprintf("and %d more", len(changes)-maxReasons+1))
	}
	remedy := "run it there again and export it"
	if git := b.Run.Git; git != nil {
		remedy += fmt.Sprintf("; or check out what it was made from, commit %.12s", git.Commit)
	}
	return &BundleError{"the bundle's model was made from something else than what is here: " + strings.Join(changes, "; "), remedy}
}

// stageChanges lists what differs between a stage there and here.
func (b *Bundle) stageChanges(ctx context.Context, r *Runner, here config.Stage) ([]string, error) {
	i := slices.IndexFunc(b.Run.Stages, func(s result.Stage) bool { return s.Name == here.Name })
	j := slices.IndexFunc(b.config.Stages, func(s config.Stage) bool { return s.Name == here.Name })
	if i < 0 || j < 0 {
		return []string{"it is not in the bundle"}, nil
	}
	there, record := b.config.Stages[j], b.Run.Stages[i]
	changes := declared(there).changes(declared(here))
	if len(here.Params) > 0 {
		selected, err := selectParams(r.Config, r.Dir, here)
		if err != nil {
			return nil, err
		}
		params, err := flatParams(selected)
		if err != nil {
			return nil, err
		}
		if !maps.Equal(params, record.Params) {
			changes = append(changes, mapChanges("parameter", record.Params, params, true)...)
		}
	}
	files, err := b.fileChanges(ctx, r, here, record)
	return append(changes, files...), err
}

// fileChanges compares the inputs that are on both machines. What a stage made
// there need not be here, and may be of an earlier run.
func (b *Bundle) fileChanges(ctx context.Context, r *Runner, stage config.Stage, record result.Stage) ([]string, error) {
	if stage.Build != nil {
		return nil, nil // its Dockerfile alone says what it is; where it matters, the image is built here
	}
	made := func(p string) bool {
		return slices.ContainsFunc(b.config.Stages, func(other config.Stage) bool {
			return slices.ContainsFunc(other.AllOutputs(), func(out string) bool { return config.Within(p, out) })
		})
	}
	var there, here []result.File
	index := objects.OpenIndex(r.Folder.Path("cache", indexFile), r.Dir)
	for _, input := range stage.Inputs {
		paths, err := expandInputs(r.Dir, []string{input}, stage.AllOutputs())
		if errors.Is(err, fs.ErrNotExist) || (err == nil && !exists(r.Dir, paths[0])) || made(input) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("compare with the bundle: %w", err)
		}
		snap, err := takeSnapshot(ctx, index, r.Dir, paths, nil)
		if err != nil {
			return nil, fmt.Errorf("compare with the bundle: %w", err)
		}
		if list, ok := listOf(record.Inputs, input); ok { // too many to be listed: they are compared as one
			there = append(there, list)
			here = append(here, result.File{Path: list.Path, SHA256: objects.TreeDigest(snap.files)})
			continue
		}
		there, here = append(there, filesIn(record.Inputs, input)...), append(here, snap.files...)
	}
	isMade := func(file result.File) bool { return made(file.Path) }
	there, here = slices.DeleteFunc(there, isMade), slices.DeleteFunc(here, isMade)
	return fileChanges(there, here), nil
}

// declared is the key of a stage as far as muster.yaml alone says it.
func declared(stage config.Stage) keyDocument {
	var services []Service
	for _, service := range stage.Services {
		services = append(services, Service{service, Image{Identity: service.Image}})
	}
	return document(stage, stage.Image, services, nil, nil)
}
