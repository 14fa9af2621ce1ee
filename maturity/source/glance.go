package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/objects"
)

// Glance is a repository before it is read: its files, and what is remembered of them.
type Glance struct {
	fsys  fs.FS
	tree  *Tree
	known *pack // nil where nothing is remembered
	// about is what the files are taken for before they are read.
	about map[string]about
	// looks are what the files were when the sum was taken, nil before; moved is true if
	// one of them was another when it was read.
	looks []look
	sum   Sum
	moved bool
	// failed is true if the sum cannot be taken.
	failed bool
}

// Sum stands for all that a tree can hold: the names of its files, what they are
// taken for, and what is in those that are read. Two trees with the same sum are the same.
type Sum [sha256.Size]byte

// Open begins to load what is remembered of the repository, and returns at once. What it
// returns lists files without reading them.
func (c Cache) Open() func(fsys fs.FS, files []string) *Glance {
	known := func() *pack { return nil }
	if c.isOn() {
		known = sync.OnceValue(c.load)
		go known()
	}
	return func(fsys fs.FS, files []string) *Glance { return glance(fsys, files, known) }
}

func glance(fsys fs.FS, files []string, known func() *pack) *Glance {
	g := &Glance{fsys: fsys, tree: list(fsys, files)}
	if g.known = known(); g.known != nil {
		g.about = maps.Clone(g.tree.known)
	}
	return g
}

// Read reads the files as [Read] does, once.
func (g *Glance) Read(ctx context.Context) (*Tree, error) {
	results, err := g.tree.read(ctx, g.fsys, g.known, g.looks)
	if err != nil {
		return nil, err
	}
	for i, l := range g.looks {
		g.moved = g.moved || results[i].state != l.state || results[i].sum != l.sum
	}
	if g.known != nil {
		g.tree.sums = g.known.sums()
	}
	return g.tree, nil
}

// Keep writes down what was found in the files. It may be called while the tree is used.
func (g *Glance) Keep() {
	if g.known != nil {
		g.known.save()
		g.known.forget()
	}
}

// sums are those of the files that were read.
func (p *pack) sums() map[string]Sum {
	out := make(map[string]Sum, len(p.now))
	for file, e := range p.now {
		out[file] = e.sum
	}
	return out
}

// forget lets go of what was found in the files: it is in the tree.
func (p *pack) forget() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for file, e := range p.now {
		e.record = nil
		p.now[file] = e
	}
	p.old = nil
}

// Sum stands for the content of a file. It is false for one that was not read, and
// where nothing is remembered.
func (t *Tree) Sum(file string) (Sum, bool) {
	sum, ok := t.sums[file]
	return sum, ok
}

// Remembers reports whether the files that were read have sums.
func (t *Tree) Remembers() bool { return t.sums != nil }

// Moved reports whether a file was another when it was read than when its sum was taken.
func (g *Glance) Moved() bool { return g.moved }

// look is what a file was when it was looked at.
type look struct {
	state state
	sum   Sum   // of its content, if that matters
	stamp stamp // zero if it tells nothing of the content
}

// Sum looks at the times of all files, and into those whose times tell nothing. It is
// false if a file cannot be read, or nothing is remembered: such a tree has no sum. Once
// the files were read, it is false too if one of them changed in between.
func (g *Glance) Sum(ctx context.Context) (Sum, bool) {
	switch {
	case g.known == nil || g.moved || g.failed:
		return Sum{}, false
	case g.looks != nil:
		return g.sum, true
	}
	looks := make([]look, len(g.tree.Files))
	err := g.tree.byFolder(ctx, func(ctx context.Context, first, last int) error {
		return g.look(ctx, first, looks[first:last])
	})
	if err != nil {
		g.failed = true
		return Sum{}, false
	}
	all := sha256.New()
	for i, file := range g.tree.Files {
		_, _ = all.Write(looks[i].append(g.head(file))) // a hash takes everything
	}
	g.looks, g.sum = looks, Sum(all.Sum(nil))
	return g.sum, true
}

// head is the name of a file and what it is taken for, as bytes that no other has.
func (g *Glance) head(file string) []byte {
	about := g.about[file]
	head := []byte{0}
	if about.lfs {
		head[0] = 1
	}
	for _, part := range []string{file, string(about.class)} {
		head = append(binary.AppendUvarint(head, uint64(len(part))), part...)
	}
	return head
}

// state says what is known of a file.
type state byte

const (
	stateUnread state = iota // its content does not matter
	stateGone
	stateLarge
	stateKnown  // and its content has a sum
	stateBroken // it cannot be read
)

// append appends what a file is, as bytes that no other has.
func (l look) append(b []byte) []byte {
	if b = append(b, byte(l.state)); l.state == stateKnown {
		b = append(b, l.sum[:]...)
	}
	return b
}

// look looks at files that lie side by side.
func (g *Glance) look(ctx context.Context, first int, looks []look) error {
	var dir folder
	for i := range looks {
		file := g.tree.Files[first+i]
		most := most(file, g.about[file].class)
		if most == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if dir == nil {
			var err error
			if dir, err = open(g.fsys, path.Dir(file)); err != nil {
				return err
			}
			defer dir.close()
		}
		var err error
		if looks[i], err = g.known.look(dir, file, most); err != nil {
			return err
		}
	}
	return nil
}

// look tells what is in a file of at most so many bytes.
func (p *pack) look(dir folder, file string, most int64) (look, error) {
	at, onDisk := dir.stamp(path.Base(file))
	if onDisk && at.size > uint64(most) {
		return look{state: stateLarge}, nil
	}
	if sum, ok := p.known(file, at); ok && onDisk {
		return look{stateKnown, sum, at}, nil
	}
	switch data, _, is, why := contents(dir, file, most); is {
	case stateKnown:
		return look{state: is, sum: sha256.Sum256(data)}, nil
	case stateBroken:
		return look{}, fmt.Errorf("read %s: %s", file, why)
	default:
		return look{state: is}, nil
	}
}

// known is the sum of a file that was not touched since it was read.
func (p *pack) known(file string, at stamp) (Sum, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, entries := range []map[string]entry{p.now, p.old} {
		if e, ok := entries[file]; ok && e.stamp != (stamp{}) && e.stamp == at {
			return e.sum, true
		}
	}
	return Sum{}, false
}

// An answer is kept in a file of its own: a line that names what it is and who wrote
// it, the sum of what it was an answer to, and behind it the sum of all of that.
func (c Cache) answerFile(question string) string {
	return filepath.Join(c.Dir, fmt.Sprintf("%x.answer", sha256.Sum256([]byte(c.Repository+"\x00"+question))))
}

func (c Cache) answerHead(to Sum) []byte {
	return append([]byte("muster answer\n"+c.Build+"\n"), to[:]...)
}

// Answer returns what was kept as the answer to a question about what the sum stands
// for. One that is damaged, or of another program, is as good as none.
func (c Cache) Answer(question string, about Sum) ([]byte, bool) {
	if !c.isOn() {
		return nil, false
	}
	name := c.answerFile(question)
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxPack {
		return nil, false
	}
	data, err := os.ReadFile(name)
	if err != nil || len(data) < sha256.Size {
		return nil, false
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	text, ok := bytes.CutPrefix(body, c.answerHead(about))
	if whole := sha256.Sum256(body); !ok || !slices.Equal(whole[:], sum) {
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // as with a pack
	return text, true
}

// Keep keeps an answer, in place of any to the same question about something else.
func (c Cache) Keep(question string, about Sum, answer []byte) {
	if !c.isOn() || os.MkdirAll(c.Dir, 0o700) != nil {
		return
	}
	body := append(c.answerHead(about), answer...)
	sum := sha256.Sum256(body)
	_ = objects.WriteCache(c.answerFile(question), 0o600, func(w io.Writer) error { // as with a pack
		_, err := w.Write(append(body, sum[:]...))
		return err
	})
	c.prune()
}
