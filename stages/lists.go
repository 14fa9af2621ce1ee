package stages

import (
	"context"
	"fmt"
	"io"
	"path"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// maxListed is up to how many inputs a stage's record lists one by one. A record
// of 100,000 would take longer to write and to check than all else in a
// run in which nothing changed.
const maxListed = 100

// brief shortens a long list of files for the record: those of one declared path
// become one entry, with the digest of their list. The lists go to the store.
func (s *session) brief(ctx context.Context, declared []string, files []result.File) ([]result.File, error) {
	if len(files) <= maxListed {
		return files, nil
	}
	var short []result.File
	groups := map[string][]result.File{}
	owner := newOwners(declared)
	for len(files) > 0 {
		name, same := owner.of(files[0].Path), 1
		if name == files[0].Path {
			short = append(short, files[0])
		} else {
			for same < len(files) && owner.of(files[same].Path) == name {
				same++
			}
			groups[name] = append(groups[name], files[:same]...)
		}
		files = files[same:]
	}
	for _, name := range declared {
		name = path.Clean(name)
		if len(groups[name]) == 0 {
			continue
		}
		list, err := s.list(ctx, name, groups[name])
		if err != nil {
			return nil, err
		}
		short = append(short, list)
		delete(groups, name)
	}
	return short, nil
}

func (s *session) list(ctx context.Context, name string, files []result.File) (result.File, error) {
	list := result.File{Path: name, SHA256: objects.TreeDigest(files), Files: len(files)}
	if !s.store.Has(list.SHA256) { // mostly it has been there since the last run
		if _, err := s.store.Keep(ctx, objects.Listing(files)); err != nil {
			return result.File{}, fmt.Errorf("keep list of files: %w", err)
		}
	}
	for _, file := range files {
		list.Size += file.Size
	}
	return list, nil
}

// lists picks the entries that stand for many files.
func lists(files []result.File) []result.File {
	var out []result.File
	for _, file := range files {
		if file.Files > 0 {
			out = append(out, file)
		}
	}
	return out
}

// listOf finds the entry that stands for the many files of a declared path.
func listOf(files []result.File, declared string) (result.File, bool) {
	for _, file := range files {
		if file.Files > 0 && file.Path == path.Clean(declared) {
			return file, true
		}
	}
	return result.File{}, false
}

// owners finds the declared path that a file belongs to. Files come in the order
// of their names, so what is said of a folder is remembered until the next.
type owners struct {
	paths         map[string]bool
	patterns      []string
	folder, above string // a folder, and what is declared at or above it
}

func newOwners(declared []string) *owners {
	o := &owners{paths: map[string]bool{}}
	for _, name := range declared {
		if config.IsPattern(name) {
			o.patterns = append(o.patterns, path.Clean(name))
		} else {
			o.paths[path.Clean(name)] = true
		}
	}
	return o
}

// of returns the declared path, or the file's own name where nothing is said of it.
func (o *owners) of(name string) string {
	if o.paths[name] {
		return name
	}
	if folder := path.Dir(name); folder != o.folder {
		o.folder, o.above = folder, o.declared(folder)
	}
	if o.above != "" {
		return o.above
	}
	for _, pattern := range o.patterns {
		if config.Matches(pattern, name) {
			return pattern
		}
	}
	return name
}

// declared returns what is declared at or above a folder, the nearest first.
func (o *owners) declared(folder string) string {
	for {
		if o.paths[folder] {
			return folder
		}
		if folder == "." || folder == "/" {
			return ""
		}
		folder = path.Dir(folder)
	}
}

// Files lists the files that an entry of a record's inputs stands for: itself, or those of a list in the store, whose sizes are not known. A list
// that was pruned is an error that wraps fs.ErrNotExist.
func (f *Folder) Files(file result.File) ([]result.File, error) {
	if file.Files == 0 {
		return []result.File{file}, nil
	}
	store, err := f.Store()
	if err != nil {
		return nil, err
	}
	return readObject(store, file, func(in io.Reader, _ string) ([]result.File, error) {
		data, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		return objects.ParseListing(data)
	})
}
