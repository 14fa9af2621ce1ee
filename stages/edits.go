package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// MeasuringEdits lists what this working copy has otherwise than another one, of the
// stages that measure a model there: commands, parameters, and files that no stage
// makes. Nothing is executed, and no record is believed. Two working copies without
// edits measure the same.
func (r *Runner) MeasuringEdits(ctx context.Context, was *config.Config, dir string) ([]string, error) {
	names, err := MeasuringStages(was)
	if err != nil {
		return nil, err
	}
	there := &Runner{Config: was, Dir: dir, Folder: r.Folder}
	var edits []string
	for _, name := range names {
		i := slices.IndexFunc(r.Config.Stages, func(s config.Stage) bool { return s.Name == name })
		if i < 0 {
			edits = append(edits, "stage "+name+" is gone")
			continue
		}
		found, err := there.stageEdits(ctx, there.stageNamed(name), r, r.Config.Stages[i])
		if err != nil {
			return nil, fmt.Errorf("compare stage %s: %w", name, err)
		}
		for _, edit := range found {
			edits = append(edits, "stage "+name+": "+edit)
		}
	}
	return edits, nil
}

func (r *Runner) stageEdits(ctx context.Context, was config.Stage, here *Runner, is config.Stage) ([]string, error) {
	edits := declared(was).changes(declared(is))
	if !slices.Equal(was.Inputs, is.Inputs) || !slices.Equal(was.AllOutputs(), is.AllOutputs()) || !slices.Equal(was.Needs, is.Needs) {
		edits = append(edits, "other inputs or outputs")
	}
	before, err := r.flatParamsOf(was)
	if err != nil {
		return nil, err
	}
	after, err := here.flatParamsOf(is)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(before, after) {
		edits = append(edits, mapChanges("parameter", before, after, true)...)
	}
	filesBefore, err := r.ownFiles(ctx, was)
	if err != nil {
		return nil, err
	}
	filesAfter, err := here.ownFiles(ctx, is)
	if err != nil {
		return nil, err
	}
	return append(edits, fileChanges(filesBefore, filesAfter)...), nil
}

func (r *Runner) flatParamsOf(stage config.Stage) (map[string]string, error) {
	selected, err := selectParams(r.Config, r.Dir, stage)
	if err != nil {
		return nil, err
	}
	return flatParams(selected)
}

// ownFiles are the files that a stage reads or is built from, as they lie there, without
// the model and what stages make. What is not there is left out.
func (r *Runner) ownFiles(ctx context.Context, stage config.Stage) ([]result.File, error) {
	made := func(file string) bool {
		return r.Config.Model != nil && config.Within(file, r.Config.Model.Path) || slices.ContainsFunc(r.Config.Stages, func(other config.Stage) bool {
			return slices.ContainsFunc(other.AllOutputs(), func(out string) bool { return config.Within(file, out) })
		})
	}
	inputs := sources(stage)
	if stage.Build != nil {
		inputs = []string{stage.Build.Context, stage.Build.Dockerfile}
	}
	var files []result.File
	index := objects.OpenIndex(r.Folder.Path("cache", indexFile), r.Folder.Project())
	for _, input := range inputs {
		paths, err := expandInputs(r.Dir, []string{input}, stage.AllOutputs())
		if errors.Is(err, fs.ErrNotExist) || err == nil && (len(paths) == 0 || !exists(r.Dir, paths[0])) || made(input) {
			continue
		}
		if err != nil {
			return nil, err
		}
		snap, err := takeSnapshot(ctx, index, r.Dir, paths, nil)
		if err != nil {
			return nil, err
		}
		files = append(files, snap.files...)
	}
	sortFiles(files)
	return slices.DeleteFunc(slices.Compact(files), func(file result.File) bool { return made(file.Path) }), nil
}
