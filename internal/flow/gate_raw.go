package flow

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/stages"
)

// rawFinder finds the candidate's raw data for the stages of another commit. Raw
// is what no stage makes and what is no code; what was fetched is raw, too.
type rawFinder struct {
	gate   Gate
	trial  *trial
	cfg    *config.Config // of the other commit
	tree   string
	inputs map[string]string
}

// rawInputs says where the raw data lies that the runner's stages are to read. A
// file that the candidate's data no longer has is taken out of the tree.
func (g Gate) rawInputs(t *trial, runner *stages.Runner) (map[string]string, error) {
	f := &rawFinder{gate: g, trial: t, cfg: runner.Config, tree: runner.Dir, inputs: map[string]string{}}
	names, err := stages.MeasuringStages(f.cfg)
	if err != nil {
		return nil, err
	}
	for _, stage := range f.cfg.Stages {
		if !slices.Contains(names, stage.Name) {
			continue
		}
		if stage.Fetch != nil {
			f.take(path.Clean(stage.Outputs[0]))
		}
		for _, input := range stage.Inputs {
			if err := f.input(path.Clean(input)); err != nil {
				return nil, err
			}
		}
	}
	return f.inputs, nil
}

// take has a file or folder of the candidate's stand in, if there is one.
func (f *rawFinder) take(name string) {
	if place := f.gate.place(f.trial, name); isThere(place) && !within(f.tree, place) {
		f.inputs[name] = place
	}
}

func within(dir, place string) bool {
	rel, err := filepath.Rel(dir, place)
	return err == nil && filepath.IsLocal(rel)
}

// input looks at one input of a stage.
func (f *rawFinder) input(input string) error {
	if config.Within(input, f.cfg.Model.Path) {
		return nil
	}
	if config.IsPattern(input) {
		fixed, _ := doublestar.SplitPattern(input)
		return f.folder(fixed, func(name string) bool { return config.Matches(input, name) })
	}
	if made(f.cfg, input) {
		return nil
	}
	if isFolder(f.gate.place(f.trial, input)) || isFolder(filepath.Join(f.tree, filepath.FromSlash(input))) {
		return f.folder(input, func(string) bool { return true })
	}
	if !config.IsCode(input) {
		f.take(input)
	}
	return nil
}

func isFolder(place string) bool {
	info, err := os.Lstat(place)
	return err == nil && info.IsDir()
}

// made reports whether a stage makes the path, or what it lies in.
func made(cfg *config.Config, name string) bool {
	return slices.ContainsFunc(cfg.Stages, func(stage config.Stage) bool {
		return stage.Fetch == nil && slices.ContainsFunc(stage.AllOutputs(), func(out string) bool { return config.Within(name, out) })
	})
}

// folder takes the data in a folder file by file: there may be code beside it.
func (f *rawFinder) folder(dir string, wanted func(string) bool) error {
	here := f.gate.place(f.trial, dir)
	if !isFolder(here) {
		return nil
	}
	raw := func(name string) bool {
		return wanted(name) && !config.IsCode(name) && !made(f.cfg, name) && !made(f.gate.Project.Config, name) && !strings.HasPrefix(name, ".muster/") && !strings.HasPrefix(name, ".git/")
	}
	var theirs []string
	err := walkFiles(here, func(rel string) {
		if name := path.Join(dir, rel); raw(name) {
			f.inputs[name] = filepath.Join(here, filepath.FromSlash(rel))
		}
	})
	if err != nil {
		return err
	}
	err = walkFiles(filepath.Join(f.tree, filepath.FromSlash(dir)), func(rel string) {
		name := path.Join(dir, rel)
		if _, there := f.inputs[name]; raw(name) && !there {
			theirs = append(theirs, name)
		}
	})
	if err != nil {
		return err
	}
	return removeAll(f.tree, theirs)
}

// walkFiles visits the files below a folder that may not be there, but not those
// of muster or git.
func walkFiles(dir string, visit func(rel string)) error {
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".muster" || entry.Name() == ".git"):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		visit(filepath.ToSlash(rel))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// removeAll takes files out of a tree. A link in it does not lead out of it.
func removeAll(tree string, names []string) error {
	root, err := os.OpenRoot(tree)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range names {
		if err := root.Remove(filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	return nil
}
