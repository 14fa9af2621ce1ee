package stages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"
	"github.com/gofrs/flock"
	"go.yaml.in/yaml/v3"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
)

// LockFile is the name of the file, beside muster.yaml, that says what images
// and fetched files were when they were first used.
const LockFile = "muster.lock"

const lockHeader = `# What images and fetched files were when they were first used. Commit this file:
# it makes a run the same on every machine. "muster lock --update" renews it.
`

// pinSet is the content of a lock file.
type pinSet struct {
	Version int `yaml:"version"`
	// Images holds manifest digests by the name that muster.yaml or a Dockerfile gives an image.
	Images map[string]string `yaml:"images,omitempty"`
	// Fetched holds, by URL, what was fetched without a checksum in muster.yaml.
	Fetched map[string]Fetched `yaml:"fetched,omitempty"`
}

// Fetched is a file as it was when it was first fetched.
type Fetched struct {
	SHA256   string    `yaml:"sha256"`
	Size     int64     `yaml:"size"`
	ETag     string    `yaml:"etag,omitempty"`
	Modified string    `yaml:"modified,omitempty"`
	Date     time.Time `yaml:"date"`
}

// lockStore reads and extends the lock file of a project.
type lockStore struct {
	path string
	// guard is what processes take turns by; it lies where nothing is committed.
	guard string

	mu   sync.Mutex
	pins pinSet
}

func openLock(dir string, folder *Folder) (*lockStore, error) {
	store := &lockStore{path: filepath.Join(dir, LockFile), guard: folder.Path("pins.lock")}
	pins, err := readPins(store.path)
	store.pins = pins
	return store, err
}

// conflict is what git leaves in a file that two branches have changed.
var conflict = regexp.MustCompile(`(?m)^<{7} .*$`)

// readPins reads a lock file; one that is not there pins nothing.
func readPins(path string) (pinSet, error) {
	pins := pinSet{Version: 1, Images: map[string]string{}, Fetched: map[string]Fetched{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pins, nil
	}
	if err != nil {
		return pins, fmt.Errorf("read %s: %w", LockFile, err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	switch err = decoder.Decode(&pins); {
	case errors.Is(err, io.EOF):
		err = errors.New("the file is empty")
	case err != nil && conflict.Match(data):
		return pins, &config.Error{Problems: []config.Problem{{
			Path: LockFile, Message: "it has the marks of a merge conflict",
			Hint: "keep the entries of both sides, and where they differ the one that is meant; or remove the file: the next run writes a new one",
		}}}
	}
	if err == nil && pins.Version != 1 {
		err = fmt.Errorf("this muster reads version 1, and it has version %d", pins.Version)
	}
	if err == nil {
		err = pins.check()
	}
	if err != nil {
		return pins, &config.Error{Problems: []config.Problem{{
			Path: LockFile, Message: strings.TrimPrefix(err.Error(), "yaml: "),
			Hint: "take it from git again, or remove it: the next run writes a new one",
		}}}
	}
	return pins, nil
}

// check refuses digests that are none: what is wrong here would otherwise show as an image that nobody has.
func (p pinSet) check() error {
	for ref, digest := range p.Images {
		hex, ok := strings.CutPrefix(digest, "sha256:")
		if !ok || !objects.ValidDigest(hex) {
			return fmt.Errorf("the digest of image %s is %q, which is none", ref, digest)
		}
	}
	for url, file := range p.Fetched {
		if !objects.ValidDigest(file.SHA256) {
			return fmt.Errorf("the digest of %s is %q, which is none", url, file.SHA256)
		}
	}
	return nil
}

// image returns the digest that an image is pinned to, or "".
func (l *lockStore) image(ref string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pins.Images[ref]
}

// fetched returns what a URL gave the first time, if that is known.
func (l *lockStore) fetched(url string) (Fetched, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, ok := l.pins.Fetched[url]
	return file, ok
}

// add pins more, in the file too. Another process may have added to it
// meanwhile: what it pinned stays, unless this is to replace it.
func (l *lockStore) add(ctx context.Context, change func(*pinSet)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	guard := flock.New(l.guard)
	if _, err := guard.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return fmt.Errorf("write %s: %w", LockFile, err)
	}
	defer guard.Unlock() //nolint:errcheck // it ends with the process at the latest
	pins, err := readPins(l.path)
	if err != nil {
		return err
	}
	before := pinSet{Version: 1, Images: maps.Clone(pins.Images), Fetched: maps.Clone(pins.Fetched)}
	change(&pins)
	l.pins = pins
	if maps.Equal(before.Images, pins.Images) && maps.Equal(before.Fetched, pins.Fetched) {
		return nil
	}
	data, err := yaml.Marshal(pins)
	if err != nil {
		return fmt.Errorf("write %s: %w", LockFile, err)
	}
	return objects.WriteFile(l.path, append([]byte(lockHeader), data...), 0o644)
}

// pinned is the name by which an image is had at its digest and no other.
func pinned(ref, digest string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", ref, err)
	}
	return reference.FamiliarString(reference.TrimNamed(named)) + "@" + digest, nil
}

// forget lets an image be looked up by its name alone. The file keeps its pin
// until there is a new one.
func (l *lockStore) forget(ref string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pins.Images, ref)
}
