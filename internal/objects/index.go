package objects

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Index remembers the digests of the files below a folder, by what [Lstat] says
// of them. As with git's index, a digest is only remembered if every later
// change to the file must show: a file that was written in the same tick of the
// clock as it was hashed is hashed again the next time.
//
// The index is one file, read at the first use and written whole. If it is
// damaged, or of another version, it counts as empty. Of two processes that
// write it the last one wins, and takes over what the other has added: it can
// never be wrong, only not know.
type Index struct {
	file, root string

	mu     sync.RWMutex
	loaded Stat // of the file when it was read
	known  map[string]memory
	dirty  bool
}

// memory is what is known of one file.
type memory struct {
	stat Stat
	sum  [sumSize]byte
	seen bool // in this process; the others may have gone
}

// granularity is the longest tick of a clock by which file systems tell time
// that have more than seconds; coarse is that of the others.
const (
	granularity = 50 * time.Millisecond
	coarse      = 2 * time.Second
)

// OpenIndex opens the index that lies in file, for the files below root, an absolute path.
func OpenIndex(file, root string) *Index {
	x := &Index{file: file, root: root}
	x.loaded, x.known = readIndex(file)
	return x
}

// readIndex reads the file; whatever is wrong with it, it is then empty.
func readIndex(file string) (Stat, map[string]memory) {
	stat, err := Lstat(file)
	if err != nil {
		return Stat{}, map[string]memory{}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Stat{}, map[string]memory{}
	}
	known, ok := decodeIndex(data)
	if !ok {
		return stat, map[string]memory{}
	}
	return stat, known
}

// Known returns the digest of a file if it is remembered. Stat is what [Lstat]
// has just said of it, or [Walk].
func (x *Index) Known(path string, stat Stat) (Digest, bool) {
	name, ok := x.name(path)
	if !ok {
		return "", false
	}
	x.mu.RLock()
	known, ok := x.known[name]
	x.mu.RUnlock()
	if !ok || known.stat != stat {
		return "", false
	}
	if !known.seen {
		x.mu.Lock()
		known.seen = true
		x.known[name] = known
		x.mu.Unlock()
	}
	return hexDigest(known.sum), true
}

// Hash reads a regular file, and remembers its digest.
func (x *Index) Hash(ctx context.Context, path string, stat Stat) (Digest, error) {
	began := time.Now()
	digest, actual, err := hashFile(ctx, path)
	if err != nil {
		return "", err
	}
	if actual == stat { // else it was replaced after the caller looked at it
		x.remember(path, stat, digest, began)
	}
	return digest, nil
}

// Remember puts down a digest that the caller knows, of a file that it wrote itself.
func (x *Index) Remember(path string, stat Stat, digest Digest) {
	x.remember(path, stat, digest, time.Now())
}

// name is what the index calls a path: what lies elsewhere, or is muster's own
// and will not lie there for long, it does not remember.
func (x *Index) name(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, x.root+"/")
	return name, ok && !strings.HasPrefix(name, ".muster/")
}

// remember puts down what the file was at a time, if every change after that
// time must show in its stat.
func (x *Index) remember(path string, stat Stat, digest Digest, at time.Time) {
	name, ok := x.name(path)
	if !ok {
		return
	}
	tick := granularity
	if stat.Changed%int64(time.Second) == 0 {
		tick = coarse
	}
	// Either time is enough: a write that comes later changes both of them.
	racy := at.UnixNano()-min(stat.Modified, stat.Changed) <= int64(tick)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dirty = true
	if racy {
		delete(x.known, name)
		return
	}
	x.known[name] = memory{stat: stat, sum: parseDigest(digest), seen: true}
}

// Save writes the index if there is anything new. Files that have gone are forgotten.
func (x *Index) Save() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.dirty {
		return nil
	}
	x.merge()
	x.forget()
	err := replaceFile(x.file, 0o644, lasting, content(encodeIndex(x.known)))
	if err != nil {
		return err
	}
	x.dirty = false
	x.loaded, err = Lstat(x.file)
	return err
}

// merge takes over what another process has put down since the index was read.
func (x *Index) merge() {
	if now, err := Lstat(x.file); err != nil || now == x.loaded {
		return
	}
	_, theirs := readIndex(x.file)
	for name, memory := range theirs {
		if ours, ok := x.known[name]; !ok || !ours.seen {
			x.known[name] = memory
		}
	}
}

// forget drops the files that were not met in this process and are no longer there.
func (x *Index) forget() {
	for name, memory := range x.known {
		if memory.seen {
			continue
		}
		if _, err := Lstat(filepath.Join(x.root, name)); errors.Is(err, fs.ErrNotExist) {
			delete(x.known, name)
		}
	}
}

// Len is how many files the index knows.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.known)
}
