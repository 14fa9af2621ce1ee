package stages

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
)

// overlay is what a stage sees in place of some of what lies in the pipeline's
// folder: another model, outputs that are not put there, files of another folder.
// Over gives by path, which is clean and relative, the place on the host; of two
// paths that lie in one another the longer one counts for what is below it.
type overlay struct {
	dir  string
	over map[string]string
}

// host is where the path lies, and whether that is another place.
func (o overlay) host(p string) (place string, moved bool) {
	for at, rest := p, ""; ; at, rest = path.Dir(at), path.Join(path.Base(at), rest) {
		if place, ok := o.over[at]; ok {
			return filepath.Join(place, filepath.FromSlash(rest)), true
		}
		if at == "." || at == "/" {
			return filepath.Join(o.dir, filepath.FromSlash(p)), false
		}
	}
}

// root is the folder in which the path has its own name: the pipeline's, or the
// one that stands in for it.
func (o overlay) root(p string) string {
	p = path.Clean(p)
	place, _ := o.host(p)
	return strings.TrimSuffix(place, string(filepath.Separator)+filepath.FromSlash(p))
}

// resolve lists the paths that the stage's inputs stand for, and the places of
// those that do not lie in the pipeline's folder.
func (o overlay) resolve(stage config.Stage) (paths []string, places map[string]string, err error) {
	own := stage.AllOutputs()
	if len(o.over) == 0 {
		paths, err = expandInputs(o.dir, stage.Inputs, own)
		return paths, nil, err
	}
	for _, input := range stage.Inputs {
		var found []string
		if config.IsPattern(input) {
			found, err = o.match(path.Clean(input), own)
		} else {
			found, err = o.spread(path.Clean(input))
		}
		if err != nil {
			return nil, nil, err
		}
		paths = append(paths, found...)
	}
	paths = withoutInner(paths)
	places = map[string]string{}
	for _, p := range paths {
		if place, moved := o.host(p); moved {
			places[p] = place
		}
	}
	return paths, places, nil
}

// spread lists the paths that together are what lies at p: p alone, if all of it
// comes from one place.
func (o overlay) spread(p string) ([]string, error) {
	inner := o.inside(p)
	if len(inner) == 0 {
		return []string{p}, nil
	}
	var paths []string
	place, moved := o.host(p)
	if !moved {
		if err := checkParents(o.dir, p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	err := objects.Walk(place, func(rel string, _ objects.Stat) error {
		if name := path.Join(p, rel); !o.held(name, p) {
			paths = append(paths, name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // all of it may lie elsewhere
		return nil, err
	}
	for _, key := range inner {
		more, err := o.spread(key)
		if err != nil {
			return nil, err
		}
		paths = append(paths, more...)
	}
	return paths, nil
}

// inside lists the outermost of the paths with other places that lie below p.
func (o overlay) inside(p string) []string {
	var outer []string
	for key := range o.over {
		if key != p && (p == "." || config.Within(key, p)) && !o.held(path.Dir(key), p) {
			outer = append(outer, key)
		}
	}
	slices.Sort(outer)
	return outer
}

// held reports whether one of the paths with other places lies at or above a
// folder, and below p.
func (o overlay) held(folder, p string) bool {
	for ; folder != p && folder != "." && folder != "/"; folder = path.Dir(folder) {
		if _, ok := o.over[folder]; ok {
			return true
		}
	}
	return false
}

// match is [match] over what the stage sees.
func (o overlay) match(pattern string, own []string) ([]string, error) {
	all := o.inside(".")
	found, err := match(o.dir, pattern, append(slices.Clone(own), all...))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, key := range all {
		files, err := o.files(key)
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			mine := slices.ContainsFunc(own, func(out string) bool { return config.Within(name, out) })
			if config.Matches(pattern, name) && !mine {
				found = append(found, name)
			}
		}
	}
	if len(found) == 0 {
		return nil, &noMatchError{pattern}
	}
	slices.Sort(found)
	return found, nil
}

// files lists the files at or below a path, wherever they lie.
func (o overlay) files(p string) ([]string, error) {
	paths, err := o.spread(p)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, each := range paths {
		place, _ := o.host(each)
		err := objects.Walk(place, func(rel string, _ objects.Stat) error {
			files = append(files, path.Join(each, rel))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
