package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// PruneOptions say what of the cache is to stay.
type PruneOptions struct {
	MaxSize     int64 // in bytes; less than 0 for no limit
	DropFetched bool  // what fetch stages got, and can get again, goes as well
	Runs        int   // how many run records stay, the latest ones; less than 0 for all
}

// Pruned is what a prune has removed, and what it left.
type Pruned struct {
	Entries int   `json:"entries"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
	Runs    int   `json:"runs"`
	Kept    int64 `json:"kept"` // bytes
	// InUse is true if there is more than was asked for, because a run that goes on needs it.
	InUse bool `json:"inUse"`
}

// unusedGrace is how long an object stays that no entry names: one that is just
// being made has none yet, and what the gate takes from a registry never has one.
const unusedGrace = time.Hour

// Prune removes from the cache what was used least recently, until the rest
// fits, and objects that no entry needs. What a living run has used stays.
func (f *Folder) Prune(ctx context.Context, opt PruneOptions) (Pruned, error) {
	store, err := f.Store()
	if err != nil {
		return Pruned{}, err
	}
	var p pruner
	// Nothing is added or looked up meanwhile: what is unused now is unused until it is gone.
	err = store.Tidying(ctx, func() error {
		p = pruner{folder: f, store: store, opt: opt, since: f.oldestLiving(), needed: map[objects.Digest]int{}}
		return p.prune()
	})
	if err == nil && opt.Runs >= 0 {
		p.done.Runs, err = f.pruneRuns(opt.Runs)
	}
	if err != nil {
		return p.done, fmt.Errorf("prune cache: %w", err)
	}
	return p.done, nil
}

type pruner struct {
	folder *Folder
	store  *objects.Store
	opt    PruneOptions
	since  time.Time // what was used since then, a living run may need; zero if none lives
	all    map[objects.Digest]objects.Stored
	needed map[objects.Digest]int // how many entries name an object
	total  int64
	done   Pruned
}

func (p *pruner) prune() error {
	entries, err := p.folder.entries()
	if err != nil {
		return err
	}
	if p.all, err = stored(p.store); err != nil {
		return err
	}
	p.take(entries)
	if err := p.dropUseless(entries); err != nil {
		return err
	}
	for _, entry := range entries {
		if p.opt.MaxSize < 0 || p.total <= p.opt.MaxSize {
			break
		}
		if err := p.drop(entry); err != nil {
			return err
		}
	}
	p.done.Kept = p.total
	p.done.InUse = p.opt.MaxSize >= 0 && p.total > p.opt.MaxSize
	return nil
}

// take counts what is there.
func (p *pruner) take(entries []cached) {
	for _, entry := range entries {
		p.total += entry.size
		for _, digest := range entry.references() {
			p.needed[digest]++
		}
	}
	for _, object := range p.all {
		p.total += object.Size
	}
}

// dropUseless removes what helps nobody, whatever the size: damaged entries,
// those whose outputs are gone, objects that nothing names, and what was fetched
// if that is asked for.
func (p *pruner) dropUseless(entries []cached) error {
	for _, entry := range entries {
		missing := slices.ContainsFunc(entry.Outputs, func(file result.File) bool { _, ok := p.all[file.SHA256]; return !ok })
		if entry.damaged || missing || (entry.Fetched && p.opt.DropFetched) {
			if err := p.drop(entry); err != nil {
				return err
			}
		}
	}
	young := time.Now().Add(-unusedGrace)
	for digest, object := range p.all {
		if p.needed[digest] == 0 && object.Used.Before(young) {
			if err := p.remove(digest); err != nil {
				return err
			}
		}
	}
	return nil
}

// inUse reports whether a living run may rely on something that was used last at a time.
func (p *pruner) inUse(used time.Time) bool { return !p.since.IsZero() && !used.Before(p.since) }

// drop removes an entry, and then the objects that no other entry names: killed
// in between, they are unused, and go with the next prune.
func (p *pruner) drop(entry cached) error {
	if p.inUse(entry.used) {
		return nil
	}
	err := os.Remove(entry.path)
	if errors.Is(err, fs.ErrNotExist) { // it was dropped before
		return nil
	}
	if err != nil {
		return err
	}
	p.total -= entry.size
	p.done.Entries++
	p.done.Bytes += entry.size
	for _, digest := range entry.references() {
		if p.needed[digest]--; p.needed[digest] == 0 {
			if err := p.remove(digest); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pruner) remove(digest objects.Digest) error {
	object, ok := p.all[digest]
	if !ok || p.inUse(object.Used) {
		return nil
	}
	if err := p.store.Remove(digest); err != nil {
		return err
	}
	delete(p.all, digest)
	p.total -= object.Size
	p.done.Objects++
	p.done.Bytes += object.Size
	return nil
}

// oldestLiving is when the oldest run began that goes on; zero if none does.
func (f *Folder) oldestLiving() time.Time {
	entries, err := os.ReadDir(f.Path("work")) // a living run has its workspace there
	if err != nil {
		return time.Time{}
	}
	var oldest time.Time
	for _, entry := range entries {
		info, err := os.Stat(f.lockPath(entry.Name()))
		if err != nil || !f.alive(entry.Name()) {
			continue
		}
		// A second less: file systems and programs tell time a little apart.
		if began := info.ModTime().Add(-time.Second); oldest.IsZero() || began.Before(oldest) {
			oldest = began
		}
	}
	return oldest
}

// pruneRuns removes the records of all runs but the latest, and what older runs
// without a record have left: those that were killed, and what a gate has run.
func (f *Folder) pruneRuns(keep int) (removed int, err error) {
	ids, err := f.runIDs() // the newest first
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		stays, recorded := keep > 0, f.hasRecord(id)
		if recorded {
			keep--
		}
		if stays || f.alive(id) {
			continue
		}
		if err := removeTree(f.Path("runs", id)); err != nil {
			return removed, fmt.Errorf("remove run: %w", err)
		}
		if recorded {
			removed++
		}
	}
	return removed, nil
}
