package stages

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// Folder is what muster keeps beside muster.yaml: .muster with runs, cache and scratch space.
//
//	runs/ID/       run.json, one log a stage, and a lock that a living run holds
//	cache/         entries by key, objects by digest
//	work/ID/       workspaces of a run, removed at its end
//	locks/         KEY is held by the run that makes what belongs to it
//	lock           held while an output is moved into the working copy
type Folder struct{ root string }

// OpenFolder makes the folder below dir if it is not there.
func OpenFolder(dir string) (*Folder, error) {
	root := filepath.Join(dir, ".muster")
	for _, sub := range []string{"runs", "work", "cache", "locks"} {
		if err := os.MkdirAll(filepath.Join(root, sub), 0o755); err != nil {
			return nil, fmt.Errorf("make %s: %w", root, err)
		}
	}
	// What muster makes is nothing to commit, whatever the repository ignores; what
	// people write about their repository's score is.
	ignore := filepath.Join(root, ".gitignore")
	if _, err := os.Lstat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := objects.WriteFile(ignore, []byte("*\n!/attest.yaml\n!/score.yaml\n!/rubric/\n!/rubric/*\n!/catalogue/\n!/catalogue/*\n"), 0o644); err != nil {
			return nil, err
		}
	}
	return &Folder{root}, nil
}

// Project is the folder that muster.yaml lies in.
func (f *Folder) Project() string { return filepath.Dir(f.root) }

// Store opens the objects that cache and runs share.
func (f *Folder) Store() (*objects.Store, error) {
	return objects.Open(filepath.Join(f.root, "cache", "objects"))
}

// Path returns the place of a file in the folder.
func (f *Folder) Path(elem ...string) string {
	return filepath.Join(append([]string{f.root}, elem...)...)
}

// idTime is the beginning of an id.
const idTime = "20060102T150405.000Z"

// latest is when the latest run began. A clock that was put back must not have a
// new run stand behind older ones: the gate decides about the last one.
func (f *Folder) latest() time.Time {
	entries, err := os.ReadDir(f.Path("runs")) // in the order of their names
	if err != nil || len(entries) == 0 {
		return time.Time{}
	}
	began, _, _ := strings.Cut(entries[len(entries)-1].Name(), "-")
	at, _ := time.Parse(idTime, began) // zero if it is no run
	return at
}

// newRun reserves an id, whose order is that of time, and the lock that says that the run lives.
func (f *Folder) newRun(now time.Time) (id string, lock *flock.Flock, err error) {
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", nil, fmt.Errorf("name run: %w", err)
	}
	now = now.Truncate(time.Millisecond)
	if latest := f.latest(); !now.After(latest) {
		now = latest.Add(time.Millisecond)
	}
	id = now.UTC().Format(idTime) + "-" + hex.EncodeToString(random[:])
	if err := os.MkdirAll(f.Path("runs", id), 0o755); err != nil {
		return "", nil, fmt.Errorf("start run: %w", err)
	}
	lock = flock.New(f.lockPath(id))
	if err := lock.Lock(); err != nil {
		return "", nil, fmt.Errorf("start run: %w", err)
	}
	// The workspace comes after the lock, so that a sweep never takes it for a dead run's.
	if err := os.MkdirAll(f.Path("work", id), 0o755); err != nil {
		return "", nil, fmt.Errorf("start run: %w", err)
	}
	return id, lock, nil
}

// forget removes the folder of a run that left nothing in it: one that was only
// to say what it would do is no run.
func (f *Folder) forget(id string) {
	entries, err := os.ReadDir(f.Path("runs", id))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(f.lockPath(id)) {
		return
	}
	_ = os.Remove(f.lockPath(id))
	_ = os.Remove(f.Path("runs", id)) // whoever asks now whether it lives keeps it a little longer
}

func (f *Folder) lockPath(id string) string { return f.Path("runs", id, "lock") }

// alive reports whether the process of a run still holds its lock.
func (f *Folder) alive(id string) bool {
	if _, err := os.Stat(f.Path("runs", id)); err != nil {
		return false
	}
	lock := flock.New(f.lockPath(id))
	got, err := lock.TryLock()
	if got {
		err = lock.Unlock()
	}
	return err == nil && !got
}

// sweep removes the workspaces and locks of runs that were killed, and tells whether
// there were any.
func (f *Folder) sweep() (killed bool, err error) {
	entries, err := os.ReadDir(f.Path("work"))
	if err != nil {
		return false, fmt.Errorf("clean up: %w", err)
	}
	for _, entry := range entries {
		if !f.alive(entry.Name()) {
			killed = true
			if err := removeTree(f.Path("work", entry.Name())); err != nil {
				return killed, fmt.Errorf("clean up: %w", err)
			}
		}
	}
	return killed, f.sweepLocks()
}

// removeTree removes a folder also if a stage took its own rights to it away.
func removeTree(dir string) error {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, _ error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(name, 0o700) // what cannot be changed shows in RemoveAll
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// saveRun writes the record, last and whole.
func (f *Folder) saveRun(run result.Run, codec runCodec) error {
	records, err := codec()
	if err != nil {
		return err
	}
	data, err := records.Encode(run)
	if err != nil {
		return err
	}
	return objects.WriteFile(f.Path("runs", run.ID, "run.json"), data, 0o644)
}

// runCodec waits for what checks and writes records.
type runCodec func() (*result.Codec[result.Run], error)

// startCodec prepares it while the stages are looked at.
func startCodec() runCodec {
	codec := sync.OnceValues(result.NewCodec[result.Run])
	go func() { _, _ = codec() }()
	return codec
}
