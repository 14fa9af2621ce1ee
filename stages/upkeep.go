package stages

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// cached is an entry as it lies in the cache.
type cached struct {
	entry
	path    string
	used    time.Time
	size    int64
	damaged bool // then there is nothing else to know of it
}

// references lists the digests of all objects that the entry is about.
func (c cached) references() []objects.Digest {
	seen := map[objects.Digest]bool{}
	for _, file := range slices.Concat(c.Outputs, c.Lists) {
		seen[file.SHA256] = true
	}
	out := make([]objects.Digest, 0, len(seen))
	for digest := range seen {
		out = append(out, digest)
	}
	return out
}

// makes reports whether the object is one of the stage's outputs.
func (c cached) makes(digest objects.Digest) bool {
	return slices.ContainsFunc(c.Outputs, func(file result.File) bool { return file.SHA256 == digest })
}

// entries reads the whole cache, the least recently used entry first.
func (f *Folder) entries() ([]cached, error) {
	var out []cached
	root := f.Path("cache", "entries")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it went meanwhile, or there has been none yet
			return nil
		}
		if err != nil || entry.IsDir() || objects.IsTemp(entry.Name()) {
			return err
		}
		found := cached{path: path}
		info, err := entry.Info()
		if err == nil {
			found.used, found.size = info.ModTime(), info.Size()
			found.entry, err = readEntry(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		found.damaged = errors.Is(err, errDamaged) || (err == nil && found.Key+".json" != entry.Name())
		if err != nil && !found.damaged {
			return err
		}
		out = append(out, found)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list cache: %w", err)
	}
	slices.SortFunc(out, func(a, b cached) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) })
	return out, nil
}

// stored lists the objects of the store by digest.
func stored(store *objects.Store) (map[objects.Digest]objects.Stored, error) {
	all := map[objects.Digest]objects.Stored{}
	err := store.Each(func(object objects.Stored) error {
		all[object.Digest] = object
		return nil
	})
	return all, err
}

// CacheStats is what lies in the cache. Sizes are in bytes.
type CacheStats struct {
	Path    string `json:"path"`
	Entries int    `json:"entries"`
	Objects int    `json:"objects"`
	Bytes   int64  `json:"bytes"` // of objects and entries together
	// Unused are objects that no entry names: of entries that were pruned, or of a run that goes on.
	Unused      int   `json:"unused"`
	UnusedBytes int64 `json:"unusedBytes"`
	// Fetched is what fetch stages got, and could get again.
	FetchedBytes int64                `json:"fetchedBytes"`
	Scopes       map[result.Scope]int `json:"scopes"` // entries by the trust under which they were made
	Oldest       *time.Time           `json:"oldest,omitempty"`
	Runs         int                  `json:"runs"`
	Indexed      int                  `json:"indexed"` // files whose digests are remembered
}

// CacheStats looks through the cache.
func (f *Folder) CacheStats() (CacheStats, error) {
	store, err := f.Store()
	if err != nil {
		return CacheStats{}, err
	}
	entries, err := f.entries()
	if err != nil {
		return CacheStats{}, err
	}
	all, err := stored(store)
	if err != nil {
		return CacheStats{}, err
	}
	runs, err := f.runIDs()
	if err != nil {
		return CacheStats{}, err
	}
	runs = slices.DeleteFunc(runs, func(id string) bool { return !f.hasRecord(id) })
	stats := CacheStats{
		Path: f.Path("cache"), Entries: len(entries), Objects: len(all), Runs: len(runs), Scopes: map[result.Scope]int{},
		Indexed: objects.OpenIndex(f.Path("cache", indexFile), filepath.Dir(f.root)).Len(),
	}
	stats.count(entries, all)
	return stats, nil
}

// count adds up sizes; it takes from all what an entry names.
func (s *CacheStats) count(entries []cached, all map[objects.Digest]objects.Stored) {
	for _, object := range all {
		s.Bytes += object.Size
	}
	for _, entry := range entries {
		s.Bytes += entry.size
		if entry.damaged {
			continue
		}
		s.Scopes[entry.Scope]++
		if s.Oldest == nil {
			s.Oldest = &entry.used
		}
		for _, digest := range entry.references() {
			if entry.Fetched {
				s.FetchedBytes += all[digest].Size
			}
			delete(all, digest)
		}
	}
	s.Unused = len(all)
	for _, object := range all {
		s.UnusedBytes += object.Size
	}
}
