package stages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// cache remembers which outputs came from which key. An entry is one small file
// that names objects by digest; it is written last, so an entry without its
// objects can only come from damage, and counts as a miss. The time of its file
// is that of its last use.
type cache struct {
	dir   string
	store *objects.Store
	scope result.Scope
	// index knows the digests of what lies in the working copy.
	index *objects.Index
}

// openCache opens the folder's cache. Of what lies outside of the project, as the
// tree of another commit does, no digest is remembered.
func openCache(folder *Folder, store *objects.Store, scope result.Scope) *cache {
	return &cache{
		dir: folder.Path("cache"), store: store, scope: scope,
		index: objects.OpenIndex(folder.Path("cache", indexFile), folder.Project()),
	}
}

// indexFile lies in the cache, and is no more than a help: without it, files are hashed again.
const indexFile = "index"

// close puts down what the index has learned. What cannot be written is learned again.
func (c *cache) close() { _ = c.index.Save() }

type entry struct {
	Key     string       `json:"key"`
	Stage   string       `json:"stage"`
	Run     string       `json:"run"`
	Scope   result.Scope `json:"scope"`
	Created time.Time    `json:"created"`
	Seconds float64      `json:"seconds"`
	ImageID string       `json:"imageId,omitempty"`
	// Fetched is true for what a fetch stage got: it can be had again.
	Fetched bool          `json:"fetched,omitempty"`
	Outputs []result.File `json:"outputs"`
	// Lists are objects that say which files the stage has read, where these are too many for a record.
	Lists []result.File `json:"lists,omitempty"`
	// Sum is the digest of all the rest: one flipped bit could take a file from the outputs.
	Sum objects.Digest `json:"sum"`
}

func (c *cache) path(key string) string {
	return filepath.Join(c.dir, "entries", key[:2], key+".json")
}

// load returns the entry for the key if its outputs can be restored and may be
// trusted. From then on nobody removes them as unused.
func (c *cache) load(key string) (entry, bool, error) {
	var (
		e   entry
		hit bool
	)
	err := c.store.Using(func() (err error) {
		e, err = readEntry(c.path(key))
		if errors.Is(err, errDamaged) || errors.Is(err, fs.ErrNotExist) {
			return nil // it will be made again
		}
		if err != nil || e.Key != key || !c.usable(e) {
			return err
		}
		hit = true
		now := time.Now()
		return os.Chtimes(c.path(key), now, now)
	})
	if err != nil {
		return entry{}, false, fmt.Errorf("read cache: %w", err)
	}
	return e, hit, nil
}

// usable reports whether the entry may be trusted here, and has all of its objects.
func (c *cache) usable(e entry) bool {
	if c.scope == result.ScopeDefaultBranch && e.Scope == result.ScopeChange {
		return false
	}
	return !slices.ContainsFunc(e.Outputs, func(file result.File) bool { return !c.store.Has(file.SHA256) })
}

// errDamaged says that an entry's file does not hold one.
var errDamaged = errors.New("the entry is damaged")

func readEntry(path string) (entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return entry{}, err
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil || !e.valid() {
		return entry{}, fmt.Errorf("%s: %w", path, errDamaged)
	}
	if sum, err := e.sum(); err != nil || sum != e.Sum {
		return entry{}, fmt.Errorf("%s: %w", path, errDamaged)
	}
	return e, nil
}

// sum is the digest of what the entry says.
func (e entry) sum() (objects.Digest, error) {
	e.Sum = ""
	data, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("sum up entry: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// valid reports whether the entry names objects, and files of the working copy.
func (e entry) valid() bool {
	return e.Key != "" && !slices.ContainsFunc(slices.Concat(e.Outputs, e.Lists), func(file result.File) bool {
		return !objects.ValidDigest(file.SHA256) || !filepath.IsLocal(filepath.FromSlash(file.Path))
	})
}

func (c *cache) save(e entry) (err error) {
	if e.Sum, err = e.sum(); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(c.path(e.Key)), 0o755); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return objects.WriteFile(c.path(e.Key), append(data, '\n'), 0o644)
}
