package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/secrets"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Cache keeps on disk what was found in the files of a repository, so that a file
// that did not change is not parsed again, and not even opened if nothing but what
// was found in it matters. The zero value keeps nothing.
type Cache struct {
	// Dir is the folder that holds a file for each repository, Build what tells
	// this program from every other: what another one wrote is not read.
	Dir, Build string
	// Repository is what tells repositories apart: the path of the directory.
	Repository string
}

const (
	// maxPack bounds what is kept of one repository, maxPacks the repositories, and
	// maxAnswers the answers to questions about them, which are small.
	maxPack    = 512 << 20
	maxPacks   = 30
	maxAnswers = 300
	// settled is how old a change must be for the times of a file to tell a later
	// one from it: file systems count in steps of at most two seconds (FAT).
	settled = 2 * time.Second
)

// stamp tells whether a file on disk changed, without opening it.
type stamp struct{ size, modified, changed, inode uint64 }

// pack is what is remembered of the files of one repository.
type pack struct {
	cache   Cache
	started time.Time
	old     map[string]entry
	mutex   sync.Mutex
	now     map[string]entry
	fresh   int // entries that the file on disk does not have as they are
}

// entry is what is remembered of one file.
type entry struct {
	stamp  stamp // zero if its times tell nothing
	sum    [sha256.Size]byte
	record []byte
}

// Read reads the files of a repository as [Read] does.
func (c Cache) Read(ctx context.Context, fsys fs.FS, files []string) (*Tree, error) {
	g := c.Open()(fsys, files)
	defer g.Keep()
	return g.Read(ctx)
}

func (c Cache) isOn() bool { return c.Dir != "" && c.Build != "" }

func (c Cache) file() string {
	return filepath.Join(c.Dir, fmt.Sprintf("%x.parsed", sha256.Sum256([]byte(c.Repository))))
}

// head begins a pack.
func (c Cache) head() string { return "muster parsed files\n" + c.Build + "\n" }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// load reads the pack; one that is damaged, or of another program, is as good as none.
func (c Cache) load() *pack {
	p := &pack{cache: c, started: time.Now(), old: map[string]entry{}, now: map[string]entry{}}
	info, err := os.Stat(c.file())
	if err != nil || info.Size() > maxPack {
		return p
	}
	data, err := os.ReadFile(c.file())
	if err != nil || len(data) < crc32.Size {
		return p
	}
	body, sum := data[:len(data)-crc32.Size], data[len(data)-crc32.Size:]
	rest, ok := strings.CutPrefix(string(body[:min(len(body), len(c.head()))]), c.head())
	if !ok || rest != "" || crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return p
	}
	p.parse(body[len(c.head()):])
	p.now = make(map[string]entry, len(p.old))
	_ = os.Chtimes(c.file(), p.started, p.started) // the one used last is thrown away last
	return p
}

// parse reads the entries, up to the first that makes no sense.
func (p *pack) parse(data []byte) {
	for len(data) > 0 {
		var e entry
		name, rest, ok := cut(data)
		for _, v := range []*uint64{&e.stamp.size, &e.stamp.modified, &e.stamp.changed, &e.stamp.inode} {
			n := 0
			if *v, n = binary.Uvarint(rest); n <= 0 {
				return
			}
			rest = rest[n:]
		}
		if !ok || len(rest) < len(e.sum) {
			return
		}
		rest = rest[copy(e.sum[:], rest):]
		if e.record, data, ok = cut(rest); !ok {
			return
		}
		p.old[string(name)] = e
	}
}

// cut splits off bytes that their length stands before.
func cut(data []byte) (part, rest []byte, ok bool) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return nil, nil, false
	}
	return data[n : n+int(size)], data[n+int(size):], true
}

// unchanged returns what is remembered of a file that was not touched since.
func (p *pack) unchanged(file string, at stamp) (read, bool) {
	e, ok := p.old[file]
	if !ok || e.stamp == (stamp{}) || e.stamp != at {
		return read{}, false
	}
	r, err := e.read()
	if err != nil {
		return read{}, false
	}
	p.keep(file, e, false)
	r.recalled, r.state, r.sum = at, stateKnown, e.sum
	return r, true
}

// recall finds what is remembered of the files that have the stamps of then. It opens
// none of them: their texts are still to be read.
func (p *pack) recall(files []string, looks []look, results []read) {
	for i, file := range files {
		if r, ok := p.unchanged(file, looks[i].stamp); ok {
			results[i] = r
		}
	}
}

// same returns what is remembered of a file with the same content.
func (p *pack) same(file string, at stamp, sum [sha256.Size]byte) (read, bool) {
	e, ok := p.old[file]
	if !ok || e.sum != sum {
		return read{}, false
	}
	r, err := e.read()
	if err != nil {
		return read{}, false
	}
	was := e.stamp
	e.stamp = p.told(at)
	p.keep(file, e, e.stamp != was)
	return r, true
}

// add remembers what was found in a file. What could not be read is tried anew.
func (p *pack) add(file string, at stamp, sum [sha256.Size]byte, r read) {
	if r.why != "" || r.lfs {
		return
	}
	if record, err := r.record(); err == nil {
		p.keep(file, entry{p.told(at), sum, bytes.Clone(record)}, true)
	}
}

// told is the stamp, if a later change would give another one.
func (p *pack) told(at stamp) stamp {
	newest := int64(max(at.modified, at.changed))
	if time.Unix(0, newest).Add(settled).After(p.started) {
		return stamp{}
	}
	return at
}

func (p *pack) keep(file string, e entry, fresh bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.now[file] = e
	if fresh {
		p.fresh++
	}
}

// lose forgets a file that cannot be read any more.
func (p *pack) lose(file string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.now, file)
}

// save writes the pack if anything changed. A cache that cannot be written costs
// time and nothing else.
func (p *pack) save() {
	if p.fresh == 0 && len(p.now) == len(p.old) {
		return
	}
	if os.MkdirAll(p.cache.Dir, 0o700) != nil {
		return
	}
	_ = objects.WriteCache(p.cache.file(), 0o600, p.write)
	p.cache.prune()
}

// write writes the entries, and behind them their sum.
func (p *pack) write(out io.Writer) error {
	sum := crc32.New(castagnoli)
	w := io.MultiWriter(out, sum)
	part := []byte(p.cache.head())
	for _, file := range sortedKeys(p.now) {
		e := p.now[file]
		part = append(binary.AppendUvarint(part, uint64(len(file))), file...)
		for _, v := range []uint64{e.stamp.size, e.stamp.modified, e.stamp.changed, e.stamp.inode} {
			part = binary.AppendUvarint(part, v)
		}
		part = append(part, e.sum[:]...)
		part = append(binary.AppendUvarint(part, uint64(len(e.record))), e.record...)
		if _, err := w.Write(part); err != nil {
			return err
		}
		part = part[:0]
	}
	if _, err := w.Write(part); err != nil {
		return err
	}
	_, err := out.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

func sortedKeys(entries map[string]entry) []string {
	keys := make([]string, 0, len(entries))
	for k := range entries {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// prune removes the files that were not used for longest, where there are many.
func (c Cache) prune() {
	c.pruneOf("*.parsed", maxPacks)
	c.pruneOf("*.answer", maxAnswers)
}

func (c Cache) pruneOf(kind string, most int) {
	names, err := filepath.Glob(filepath.Join(c.Dir, kind))
	if err != nil || len(names) <= most {
		return
	}
	used := map[string]time.Time{}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			used[name] = info.ModTime()
		}
	}
	slices.SortFunc(names, func(a, b string) int { return used[a].Compare(used[b]) })
	for _, name := range names[:len(names)-most] {
		_ = os.Remove(name) // another process may have been quicker
	}
}

// What a record says that a file holds.
const (
	holdsNothing = iota
	holdsText    // which is not in the record
	holdsModule
	holdsYAML // the documents of a text, which is not in the record
)

// record is what was found in a file, as bytes.
func (r read) record() ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(r.class)))
	b = binary.AppendUvarint(append(b, r.class...), uint64(len(r.found)))
	for _, f := range r.found {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(f.Line)), uint64(len(f.Kind)))
		b = append(b, f.Kind...)
	}
	switch {
	case r.module != nil:
		return python.AppendSource(append(b, holdsModule), r.module.Module())
	case r.yaml != nil && r.yaml.err == nil:
		return yamldoc.Append(append(b, holdsYAML), r.yaml.docs), nil
	case r.text != nil:
		return append(b, holdsText), nil
	}
	return append(b, holdsNothing), nil
}

// read is what a record says. The text of a file is not in it: what it returns has
// an empty one there.
func (e entry) read() (read, error) {
	var r read
	class, data, ok := cut(e.record)
	r.class = Class(class)
	n, size := binary.Uvarint(data)
	if !ok || size <= 0 || n > uint64(len(data)) {
		return r, fs.ErrInvalid
	}
	data = data[size:]
	for range n {
		line, size := binary.Uvarint(data)
		if size <= 0 {
			return r, fs.ErrInvalid
		}
		var kind []byte
		if kind, data, ok = cut(data[size:]); !ok {
			return r, fs.ErrInvalid
		}
		r.found = append(r.found, secrets.Finding{Line: int(line), Kind: string(kind)})
	}
	if len(data) == 0 {
		return r, fs.ErrInvalid
	}
	switch data[0] {
	case holdsText:
		r.text = []byte{}
	case holdsModule:
		var err error
		r.module, err = python.KeptSource(data[1:])
		return r, err
	case holdsYAML:
		docs, err := yamldoc.Decode(data[1:])
		r.text, r.yaml = []byte{}, &parsed{docs: docs}
		return r, err
	}
	return r, nil
}
