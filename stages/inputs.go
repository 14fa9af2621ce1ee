package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/muster-ci/muster/internal/config"
)

// noMatchError says that nothing matches a pattern.
type noMatchError struct{ pattern string }

func (e *noMatchError) Error() string {
	return fmt.Sprintf("nothing matches the pattern %s", e.pattern)
}

func (e *noMatchError) Is(target error) bool { return target == fs.ErrNotExist }

// expandInputs replaces each pattern by the files that match it now, in order
// of their names. A path that stands for itself is not looked at. Own are the
// stage's outputs, which no pattern stands for: what an earlier run left there
// would be an input of this one.
func expandInputs(dir string, inputs, own []string) ([]string, error) {
	var paths []string
	for _, input := range inputs {
		if !config.IsPattern(input) {
			paths = append(paths, path.Clean(input))
			continue
		}
		found, err := match(dir, input, own)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	return withoutInner(paths), nil
}

// match lists what matches the pattern: files, links (which are refused when
// they are read), but no folders, and nothing of muster's own or git's, or below the paths to leave out.
func match(dir, pattern string, leaveOut []string) ([]string, error) {
	pattern = path.Clean(pattern)
	leaveOut = append([]string{".muster", ".git"}, leaveOut...)
	var found []string
	fixed, _ := doublestar.SplitPattern(pattern)
	if err := checkParents(dir, path.Join(fixed, "x")); err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	err := doublestar.GlobWalk(os.DirFS(dir), pattern, func(name string, entry fs.DirEntry) error {
		if slices.ContainsFunc(leaveOut, func(place string) bool { return config.Within(name, place) }) {
			return skip(entry)
		}
		if !entry.IsDir() {
			found = append(found, name)
		}
		return nil
	}, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	if len(found) == 0 {
		return nil, &noMatchError{pattern}
	}
	slices.Sort(found)
	return found, nil
}

// withoutInner leaves out what stands twice or lies in a folder that is named
// too: only patterns can bring that about.
func withoutInner(paths []string) []string {
	named := map[string]bool{}
	for _, p := range paths {
		named[p] = true
	}
	var out []string
	for _, p := range paths {
		if !named[p] || insideNamed(p, named) {
			continue
		}
		named[p] = false // the next one is a repetition
		out = append(out, p)
	}
	return out
}

func insideNamed(p string, named map[string]bool) bool {
	for parent := path.Dir(p); parent != "."; parent = path.Dir(parent) {
		if _, ok := named[parent]; ok {
			return true
		}
	}
	return false
}

// feeds reports whether one stage writes what another reads. An input may be an
// output, a file in an output folder, a folder with outputs in it, or a pattern
// that can match one of these.
func feeds(from, to config.Stage) bool {
	for _, out := range from.AllOutputs() {
		for _, in := range sources(to) {
			if config.CanRead(in, out) {
				return true
			}
		}
	}
	return false
}

// exists reports whether something is there for the input, whatever it is.
func exists(dir, input string) bool {
	var err error
	if config.IsPattern(input) {
		_, err = match(dir, input, nil)
	} else {
		_, err = os.Lstat(filepath.Join(dir, filepath.FromSlash(input)))
	}
	return !errors.Is(err, fs.ErrNotExist)
}

// sources lists all paths and patterns that the stage reads: its inputs, and
// its notebook.
func sources(stage config.Stage) []string {
	if stage.Notebook == nil {
		return stage.Inputs
	}
	return append([]string{stage.Notebook.Path}, stage.Inputs...)
}
