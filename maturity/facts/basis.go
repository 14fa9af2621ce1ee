package facts

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"path"
	"slices"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/reach"
	"github.com/muster-ci/muster/maturity/source"
)

// A Basis stands for all that the facts of a project are made from, beside the
// program, its catalogue and its phrases.
type Basis = source.Sum

// visible are the modules that the questions of a project may look into: its own, those
// of no project, those that build a package, and all that these import.
func (b *builder) visible() map[string]*python.Source {
	out := map[string]*python.Source{}
	var queue []string
	add := func(file string) {
		if mod := b.in.Tree.Python[file]; mod != nil && out[file] == nil {
			out[file] = mod
			queue = append(queue, file)
		}
	}
	for file := range b.in.Tree.Python {
		if owner := b.owner(file); owner == b.project || owner == "" || path.Base(file) == "setup.py" {
			add(file)
		}
	}
	for len(queue) > 0 {
		file := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, next := range b.reach.Imports(file) {
			add(next)
		}
	}
	return out
}

// Sight is the tree with those modules only that a project's questions may look into.
func (v *View) Sight(project string, others []string) *source.Tree {
	return v.Whole().started(project, others).in.Tree
}

// started is a project's part of the view, of which no facts are made.
func (v *View) started(project string, others []string) *builder {
	b := &builder{in: v.in, reach: v.Walk, project: project, others: others, index: v.index}
	b.start()
	return b
}

// Basis returns what the facts of a project, as [View.Project] makes them of the view
// and of the whole, rest on: what holds for all projects, and the modules that it may
// look into. It is false where the tree does not remember what was in its files.
func (v *View) Basis(project string, others []string) (Basis, bool) {
	if !v.in.Tree.Remembers() {
		return Basis{}, false
	}
	h := sha256.New()
	put(h, append([]string{project}, slices.Sorted(slices.Values(others))...)...)
	if !v.rest(h, project, others) || v.whole != nil && !v.whole.rest(h, project, others) {
		return Basis{}, false
	}
	return Basis(h.Sum(nil)), true
}

// rest adds what one view of a project rests on.
func (v *View) rest(h hash.Hash, project string, others []string) bool {
	common, b := v.common(), v.started(project, others)
	_, _ = h.Write(common[:]) // a hash takes everything
	for _, file := range slices.Sorted(maps.Keys(b.in.Tree.Python)) {
		sum, ok := b.in.Tree.Sum(file)
		if !ok {
			return false
		}
		put(h, file, string(sum[:]), fmt.Sprint(v.dead[file]))
		putRuns(h, v.Walk, file)
	}
	for _, u := range v.scan.uses {
		if owner := b.owner(u.file); owner == project || owner == "" {
			fmt.Fprintf(h, "%q\n", fmt.Sprintf("%+v", u))
		}
	}
	return true
}

// putRuns adds which entries run a file, and how.
func putRuns(h hash.Hash, walk *reach.Result, file string) {
	runs := walk.Runs(file)
	for _, id := range slices.Sorted(maps.Keys(runs)) {
		fmt.Fprintf(h, "%q %+v\n", id, runs[id])
	}
}

// commonOf stands for what the facts of every project rest on: which files there are,
// what is in those that are no Python, which modules import which, and all that is run.
func commonOf(tree *source.Tree, walk *reach.Result) Basis {
	h := sha256.New()
	for _, file := range tree.Files {
		put(h, file, string(tree.Class(file)), fmt.Sprint(tree.InLFS(file)))
		if tree.Python[file] != nil {
			put(h, append([]string{"imports"}, walk.Imports(file)...)...)
			continue
		}
		if sum, ok := tree.Sum(file); ok {
			put(h, "holds", string(sum[:]))
		}
		putRuns(h, walk, file)
	}
	if err := json.NewEncoder(h).Encode(walk); err != nil {
		panic(fmt.Sprintf("encode what is run: %v", err)) // there is nothing in it that JSON cannot say
	}
	return Basis(h.Sum(nil))
}

// put adds texts in such a way that no others give the same bytes.
func put(h hash.Hash, texts ...string) {
	buffer := binary.AppendUvarint(nil, uint64(len(texts)))
	for _, text := range texts {
		buffer = append(binary.AppendUvarint(buffer, uint64(len(text))), text...)
	}
	_, _ = h.Write(buffer) // see above
}
