package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/python"
	"github.com/muster-ci/muster/maturity/secrets"
	"github.com/muster-ci/muster/maturity/yamldoc"
)

// Tree is a repository as it was read.
type Tree struct {
	// Files are all paths, sorted, with slashes.
	Files []string
	// Python holds the modules by path; notebooks are among them.
	Python map[string]*python.Source
	// Text holds the content of the other files that matter, as UTF-8.
	Text map[string][]byte
	// Secrets holds where credentials stand, by path.
	Secrets map[string][]secrets.Finding
	// Unread lists the files that could not be read.
	Unread []Unread
	known  map[string]about
	yaml   *documents
	// sums are those of the content of files, where the cache remembers them.
	sums map[string]Sum
}

// about is what is known of a file beside its content.
type about struct {
	class Class
	lfs   bool
}

// Unread is a file that matters and could not be read.
type Unread struct{ Path, Why string }

// read is what became of one file.
type read struct {
	module *python.Source
	text   []byte
	yaml   *parsed // nil if the text was not parsed
	class  Class   // what its content says that it is, "" if nothing
	lfs    bool
	why    string
	found  []secrets.Finding
	// recalled is the stamp of a file that is remembered, but for its text.
	recalled stamp
	// state is what the file was, and sum that of its content, if it is known.
	state state
	sum   Sum
}

// Read reads the files of a repository. The list names them relative to the
// root of fsys. Each is opened at most once; a symbolic link never is.
func Read(ctx context.Context, fsys fs.FS, files []string) (*Tree, error) {
	return readTree(ctx, fsys, files, nil)
}

// readTree reads the files, and remembers in the pack what is in them, if there is one.
func readTree(ctx context.Context, fsys fs.FS, files []string, known *pack) (*Tree, error) {
	t := list(fsys, files)
	_, err := t.read(ctx, fsys, known, nil)
	return t, err
}

// list makes a tree of files that are not read yet, but for what .gitattributes say of them.
func list(fsys fs.FS, files []string) *Tree {
	files = slices.Clone(files)
	slices.Sort(files)
	files = slices.Compact(files)
	t := &Tree{
		Files: files, Python: map[string]*python.Source{}, Text: map[string][]byte{}, Secrets: map[string][]secrets.Finding{}, known: make(map[string]about, len(files)),
		yaml: &documents{parsed: map[string]parsed{}},
	}
	t.classify(fsys)
	return t
}

// read reads the files that were listed, and tells what became of each. The looks are
// those that were just taken at the files, nil if none were.
func (t *Tree) read(ctx context.Context, fsys fs.FS, known *pack, looks []look) ([]read, error) {
	results := make([]read, len(t.Files))
	err := t.byFolder(ctx, func(ctx context.Context, first, last int) error {
		if looks != nil {
			known.recall(t.Files[first:last], looks[first:last], results[first:last])
		}
		return t.readFolder(ctx, fsys, first, results[first:last], known)
	})
	if err != nil {
		return nil, err
	}
	t.collect(results)
	t.copiedCharts()
	return results, nil
}

// byFolder does something for files that lie side by side, by as many workers as
// there are processors.
func (t *Tree) byFolder(ctx context.Context, each func(ctx context.Context, first, last int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for first := 0; first < len(t.Files); {
		from, to := first, t.sameFolder(first)
		group.Go(func() error { return each(ctx, from, to) })
		first = to
	}
	return group.Wait()
}

// maxTogether bounds the files that one goroutine looks at in a row.
const maxTogether = 64

// sameFolder returns the end of the files from the i-th on that lie side by side.
func (t *Tree) sameFolder(i int) int {
	dir, end := path.Dir(t.Files[i]), i+1
	for end < len(t.Files) && end < i+maxTogether && path.Dir(t.Files[end]) == dir {
		end++
	}
	return end
}

// readFolder reads those files of one folder that matter, from the first on.
func (t *Tree) readFolder(ctx context.Context, fsys fs.FS, first int, results []read, known *pack) error {
	var dir folder
	for i := range results {
		file := t.Files[first+i]
		most := most(file, t.known[file].class)
		if most == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read tree: %w", err)
		}
		if results[i].recalled != (stamp{}) && results[i].text == nil {
			continue
		}
		if dir == nil {
			var err error
			if dir, err = open(fsys, path.Dir(file)); err != nil {
				clear(results[i:])
				results[i] = read{why: err.Error(), state: stateBroken}
				return nil
			}
			defer dir.close()
		}
		if !results[i].readText(dir, file, most) {
			results[i] = known.readFile(dir, file, most)
		}
	}
	return nil
}

// classify finds the class of each file, with what .gitattributes files say.
func (t *Tree) classify(fsys fs.FS) {
	var lines []attribute
	for _, file := range t.Files {
		if path.Base(file) == ".gitattributes" && len(lines) < maxAttributes && Classify(file) == Source {
			if dir, err := open(fsys, path.Dir(file)); err == nil {
				lines = append(lines, attributes(file, (*pack)(nil).readFile(dir, file, small).text)...)
				dir.close()
			}
		}
	}
	for _, file := range t.Files {
		class, lfs := classOf(file, lines)
		t.known[file] = about{class, lfs}
	}
}

// collect puts what was read into the tree.
func (t *Tree) collect(results []read) {
	for i, file := range t.Files {
		r := results[i]
		if r.class != "" || r.lfs {
			about := t.known[file]
			about.lfs = about.lfs || r.lfs
			if r.class != "" && about.class == Source {
				about.class = r.class
			}
			t.known[file] = about
		}
		if len(r.found) > 0 {
			t.Secrets[file] = r.found
		}
		switch {
		case r.why != "":
			t.Unread = append(t.Unread, Unread{file, r.why})
		case r.module != nil:
			t.Python[file] = r.module
			if r.module.Outline().Cut > 0 {
				t.Unread = append(t.Unread, Unread{file, fmt.Sprintf("from line %d on, a statement that is too long", r.module.Outline().Cut)})
			}
		case r.text != nil:
			t.Text[file] = r.text
			if r.yaml != nil {
				t.yaml.parsed[file] = *r.yaml
				if slices.ContainsFunc(r.yaml.docs, yamldoc.Value.Cut) {
					t.Unread = append(t.Unread, Unread{file, "its aliases stand for too much: it was read in part"})
				}
			}
		}
	}
}

// readFile opens one file of at most so many bytes, and parses it if it is Python,
// unless the pack remembers what is in it.
func (p *pack) readFile(dir folder, file string, most int64) read {
	base := path.Base(file)
	if p == nil {
		data, _, state, why := contents(dir, file, most)
		if state != stateKnown {
			return read{why: why, state: state}
		}
		return readData(file, data)
	}
	if at, onDisk := dir.stamp(base); onDisk && at.size <= uint64(most) {
		if r, ok := p.unchanged(file, at); ok && (r.text == nil || r.readText(dir, file, most)) {
			return r
		}
	}
	data, at, state, why := contents(dir, file, most)
	if state != stateKnown {
		p.lose(file)
		return read{why: why, state: state}
	}
	sum := sha256.Sum256(data)
	r, ok := p.same(file, at, sum)
	switch {
	case !ok:
		r = readData(file, data)
		p.add(file, at, sum, r)
	case r.text != nil:
		r.text, _ = decode(data)
	}
	r.state, r.sum = stateKnown, sum
	return r
}

// readText reads the text of a file that is recalled, if it still is what is remembered.
func (r *read) readText(dir folder, file string, most int64) bool {
	if r.recalled == (stamp{}) {
		return false
	}
	data, at, state, _ := contents(dir, file, most)
	if state != stateKnown || at != r.recalled {
		return false
	}
	r.text, _ = decode(data)
	return true
}

// readData reads what was in a file.
func readData(file string, data []byte) read {
	if isPointer(data) {
		return read{lfs: true, why: loud(file, "its content is in Git LFS and was not fetched")}
	}
	text, ok := decode(data)
	if !ok {
		return read{why: loud(file, "binary")}
	}
	r := parse(file, text)
	r.found = secrets.Find(file, text)
	return r
}

// parse reads the text of one file.
func parse(file string, text []byte) read {
	script := bytes.HasPrefix(text, []byte("#!"))
	if !script && !isNamed(file) || !isKept(file) && !buildsPipelines(text) {
		return read{}
	}
	switch ext := path.Ext(file); {
	case ext == ".py" || ext == "" && script && runsPython(text):
		return read{module: python.NewSource(python.Read(text)), class: madeBy(text)}
	case ext == ".ipynb":
		module, err := python.Notebook(text)
		if err != nil {
			return read{why: err.Error()}
		}
		return read{module: python.NewSource(module)}
	case isYAML(file) && len(text) <= maxParsed:
		docs, err := yamldoc.Read(text)
		return read{text: text, yaml: &parsed{docs, err}}
	}
	return read{text: text}
}

// contents returns what is in a regular file, or why that is not known. A link points at
// what is read elsewhere, or outside; a file that is tracked may be deleted in the working copy.
func contents(dir folder, file string, most int64) (data []byte, at stamp, is state, why string) {
	data, at, err := dir.read(path.Base(file), most)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errKind):
		return nil, at, stateGone, ""
	case errors.Is(err, errLarge):
		return nil, at, stateLarge, loud(file, "larger than "+sizeOf(most))
	case err != nil:
		return nil, at, stateBroken, err.Error()
	case data == nil:
		data = []byte{}
	}
	return data, at, stateKnown, ""
}

// loud is what is said of a file that holds no text where one was to be
// expected, and nothing elsewhere.
func loud(file, why string) string {
	if isLoud(file) {
		return why
	}
	return ""
}

// runsPython reports whether the first line of a script names Python.
func runsPython(text []byte) bool {
	line, _, _ := bytes.Cut(text[:min(len(text), 200)], []byte("\n"))
	return bytes.Contains(line, []byte("python"))
}

// madeBy is Generated if a file says in a comment of its first lines that a tool
// made it.
func madeBy(text []byte) Class {
	const looked = 1000
	head := text[:min(len(text), looked)]
	if bytes.Contains(head, []byte("# @generated")) || bytes.Contains(head, []byte("# Generated by the protocol buffer compiler")) {
		return Generated
	}
	return ""
}

// Has reports whether the tree has that file.
func (t *Tree) Has(file string) bool {
	_, ok := t.known[file]
	return ok
}

// Class is what sort of file it is: by the names of its folders, by what the
// repository's .gitattributes say, and by what the file says of itself.
func (t *Tree) Class(file string) Class {
	if about, ok := t.known[file]; ok {
		return about.class
	}
	return Classify(file)
}

// InLFS reports whether Git LFS keeps a file: by .gitattributes, or since a
// pointer stands in its place.
func (t *Tree) InLFS(file string) bool { return t.known[file].lfs }

// Each calls a function for each file, by as many goroutines as there are processors.
func (t *Tree) Each(do func(i int, file string)) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for first := 0; first < len(t.Files); first += maxTogether {
		group.Go(func() error {
			for i := first; i < min(first+maxTogether, len(t.Files)); i++ {
				do(i, t.Files[i])
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
}

// Find returns the paths for which the function holds, sorted.
func (t *Tree) Find(match func(file string) bool) []string {
	var out []string
	for _, f := range t.Files {
		if match(f) {
			out = append(out, f)
		}
	}
	return out
}

// Under reports whether a path lies in a folder; "" and "." hold everything.
func Under(file, dir string) bool {
	dir = strings.TrimSuffix(dir, "/")
	return dir == "" || dir == "." || len(file) > len(dir) && file[len(dir)] == '/' && file[:len(dir)] == dir
}
