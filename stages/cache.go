package stages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// cache remembers which outputs came from which key. An entry is one small file
// that names objects by digest; it is written last, so an entry without its
// objects can only come from damage, and counts as a miss.
type cache struct {
	dir   string
	store *objects.Store
	scope result.Scope
}

type entry struct {
	Key     string        `json:"key"`
	Stage   string        `json:"stage"`
	Run     string        `json:"run"`
	Scope   result.Scope  `json:"scope"`
	Created time.Time     `json:"created"`
	Seconds float64       `json:"seconds"`
	ImageID string        `json:"imageId,omitempty"`
	Outputs []result.File `json:"outputs"`
}

func (c *cache) path(key string) string {
	return filepath.Join(c.dir, "entries", key[:2], key+".json")
}

// load returns the entry for the key if its outputs can be restored and may be trusted.
func (c *cache) load(key string) (entry, bool, error) {
	data, err := os.ReadFile(c.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, fmt.Errorf("read cache: %w", err)
	}
	var e entry
	if json.Unmarshal(data, &e) != nil || e.Key != key {
		return entry{}, false, nil // damaged: it will be made again
	}
	if c.scope == result.ScopeDefaultBranch && e.Scope == result.ScopeChange {
		return entry{}, false, nil
	}
	for _, file := range e.Outputs {
		if !c.store.Has(file.SHA256) {
			return entry{}, false, nil
		}
	}
	return e, true, nil
}

func (c *cache) save(e entry) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(c.path(e.Key)), 0o755); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return objects.WriteFile(c.path(e.Key), append(data, '\n'), 0o644)
}
