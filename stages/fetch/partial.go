package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/stages"
)

// partial is what has come of a source so far. Three files hold it:
//
//	ID.part   the content
//	ID.json   which content it is, and how much of it is safe on the disk
//	ID.lock   locked by the process that has it; it stays, so that all lock the same one
type partial struct {
	dir  string
	root *os.Root // a link in the folder must not make us write elsewhere
	id   string
	lock *flock.Flock
	file *os.File
	sum  hash.Hash

	source string
	size   int64 // what is in the file and in sum
	stamp  stamp
	last   *stages.Fetched

	resumed bool      // it has parts of several tries
	saved   time.Time // when the state was
}

// state is a partial's ID.json.
type state struct {
	Source string          `json:"source"`
	Stamp  stamp           `json:"stamp"`
	Synced int64           `json:"synced"`
	Last   *stages.Fetched `json:"last,omitempty"`
}

// saveEvery bounds what is lost with a process that is killed.
const saveEvery = time.Second

// lockPoll is how often a file is looked after that another process has.
const lockPoll = 100 * time.Millisecond

// openPartial waits until no other process has the file.
func openPartial(ctx context.Context, dir string, loc location) (*partial, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &diskError{err}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &diskError{err}
	}
	p := &partial{dir: dir, root: root, id: loc.id(), source: loc.show(), sum: sha256.New()}
	p.lock = flock.New(filepath.Join(dir, p.id+".lock"))
	if _, err := p.lock.TryLockContext(ctx, lockPoll); err != nil {
		root.Close()
		if ctx.Err() == nil {
			err = &diskError{err}
		}
		return nil, err
	}
	p.file, err = root.OpenFile(p.name(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, errors.Join(&diskError{err}, p.close())
	}
	return p, nil
}

func (p *partial) name() string      { return p.id + ".part" }
func (p *partial) path() string      { return filepath.Join(p.dir, p.name()) }
func (p *partial) statePath() string { return filepath.Join(p.dir, p.id+".json") }

// load finds out what there is from earlier. What is not surely whole counts as nothing.
func (p *partial) load() (synced int64) {
	var s state
	data, err := p.root.ReadFile(p.id + ".json")
	if err != nil || json.Unmarshal(data, &s) != nil {
		return 0
	}
	p.last = s.Last
	info, err := p.file.Stat()
	if err != nil || !info.Mode().IsRegular() || s.Synced < 0 || info.Size() < s.Synced {
		return 0
	}
	p.stamp = s.Stamp
	if s.Stamp.Size >= 0 && s.Synced >= s.Stamp.Size {
		// Whole already: one byte short, there is something to ask the source for,
		// which then says whether it still is the same.
		return max(s.Stamp.Size-1, 0)
	}
	return s.Synced
}

// reclaim takes up what there is from earlier, if a try can go on from there.
func (p *partial) reclaim(ctx context.Context, synced int64) error {
	if synced == 0 {
		return p.restart(stamp{Size: -1})
	}
	if err := p.file.Truncate(synced); err != nil {
		return &diskError{err}
	}
	n, err := io.Copy(p.sum, readerFunc(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return p.file.Read(b)
	}))
	if err != nil {
		return &diskError{err}
	}
	p.size, p.saved = n, time.Now()
	return nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// restart begins a content from nothing. Between the two steps the state says
// more than there is, which load takes for nothing.
func (p *partial) restart(from stamp) error {
	p.sum.Reset()
	p.size, p.stamp, p.resumed = 0, from, false
	if err := p.file.Truncate(0); err != nil {
		return &diskError{err}
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return &diskError{err}
	}
	return p.save()
}

// Write adds to the content.
func (p *partial) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.sum.Write(b[:n])
	p.size += int64(n)
	if err != nil {
		return n, &diskError{err}
	}
	if time.Since(p.saved) >= saveEvery {
		return n, p.save()
	}
	return n, nil
}

// save makes what has come so far last.
func (p *partial) save() error {
	if err := p.file.Sync(); err != nil {
		return &diskError{err}
	}
	p.saved = time.Now()
	return p.write(state{Source: p.source, Stamp: p.stamp, Synced: p.size, Last: p.last})
}

func (p *partial) write(s state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	if err := objects.WriteFile(p.statePath(), append(data, '\n'), 0o644); err != nil {
		return &diskError{err}
	}
	return nil
}

func (p *partial) digest() string { return hex.EncodeToString(p.sum.Sum(nil)) }

// close gives the file up, and leaves what is in it for another time.
func (p *partial) close() error {
	if p.lock == nil {
		return nil // closed before
	}
	if p.file != nil {
		if p.size > 0 {
			_ = p.save() // if this does not work, less can be resumed
		}
		p.file.Close()
		p.file = nil
	}
	p.root.Close()
	err := p.lock.Unlock()
	p.lock = nil
	return err
}

// finish leaves the file to the caller, and the lock with us.
func (p *partial) finish() {
	p.file.Close()
	p.file = nil
}

// release removes what the caller has left of the file, and remembers what it was.
func (p *partial) release(now stages.Fetched) error {
	if p.lock == nil {
		return nil // called before
	}
	err := p.root.Remove(p.name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it was moved away
	}
	return errors.Join(err, p.write(state{Source: p.source, Last: &now}), p.close())
}

// diskError is a failure of the disk that partial files lie on.
type diskError struct{ err error }

func (e *diskError) Error() string { return e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }
