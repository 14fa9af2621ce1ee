package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxBlob is the largest file of a [Snapshot] that is read, in bytes.
const MaxBlob = 64 << 20

// Snapshot is the tree of a commit as a file system, read from git's objects: the
// working copy is not touched, and what the clone does not have is not fetched. It
// may be read by several goroutines, and must be closed.
type Snapshot struct {
	Commit string
	// Tree is the name of the whole tree: two commits with the same one hold the same files.
	Tree string
	// Files are the paths of all entries but submodules, sorted.
	Files   []string
	entries map[string]entry
	batch   *batch
}

var (
	_ fs.ReadFileFS = (*Snapshot)(nil)
	_ fs.ReadLinkFS = (*Snapshot)(nil)
	_ fs.ReadDirFS  = (*Snapshot)(nil)
)

// entry is a file, a link, or a folder with what lies in it.
type entry struct {
	name   string
	mode   fs.FileMode
	object string
	size   int64 // 0 where a partial clone does not know it
	below  []string
}

// Snapshot opens the tree of a commit, at and below the repository's directory. A
// revision that is not there is [ErrNoCommit].
func (r *Repository) Snapshot(ctx context.Context, revision string) (*Snapshot, error) {
	commit, err := r.Commit(ctx, revision)
	if err != nil {
		return nil, err
	}
	tree, err := r.git(ctx, "rev-parse", "--verify", "--quiet", commit+"^{tree}")
	if err != nil {
		return nil, fmt.Errorf("find tree of %.12s: %w", commit, err)
	}
	out, err := r.gitWith(ctx, noFetch(), "ls-tree", "-r", "-z", "--long", commit)
	if err != nil && ctx.Err() == nil { // a partial clone does not know how long what it left out is
		out, err = r.gitWith(ctx, noFetch(), "ls-tree", "-r", "-z", commit)
	}
	if err != nil {
		return nil, fmt.Errorf("list files at %.12s: %w", commit, err)
	}
	s := &Snapshot{Commit: commit, Tree: strings.TrimSpace(tree), entries: map[string]entry{".": {name: ".", mode: fs.ModeDir | 0o755}}}
	for line := range strings.SplitSeq(out, "\x00") {
		s.add(line)
	}
	s.finish()
	if s.batch, err = r.startBatch(ctx); err != nil {
		return nil, fmt.Errorf("read files at %.12s: %w", commit, err)
	}
	return s, nil
}

// add reads a line of ls-tree: mode SP type SP object [SP+ size] TAB name.
func (s *Snapshot) add(line string) {
	head, name, _ := strings.Cut(line, "\t")
	fields := strings.Fields(head)
	if len(fields) < 3 || fields[1] != "blob" || !fs.ValidPath(name) {
		return // a submodule, or a name that no file system has
	}
	e := entry{name: name, mode: 0o644, object: fields[2]}
	if len(fields) > 3 {
		e.size, _ = strconv.ParseInt(fields[3], 10, 64) // git writes a number
	}
	if fields[0] == "120000" {
		e.mode = fs.ModeSymlink | 0o777
	}
	s.Files = append(s.Files, name)
	s.entries[name] = e
	for child, dir := name, path.Dir(name); ; child, dir = dir, path.Dir(dir) {
		d, known := s.entries[dir]
		d.name, d.mode, d.below = dir, fs.ModeDir|0o755, append(d.below, child)
		s.entries[dir] = d
		if known {
			return
		}
	}
}

func (s *Snapshot) finish() {
	slices.Sort(s.Files)
	for _, e := range s.entries {
		slices.Sort(e.below)
	}
}

// Close ends the git that reads the objects.
func (s *Snapshot) Close() error { return s.batch.close() }

func (s *Snapshot) find(op, name string) (entry, error) {
	e, ok := s.entries[name]
	switch {
	case !fs.ValidPath(name):
		return e, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	case !ok:
		return e, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

// Open opens a file. Links are not followed.
func (s *Snapshot) Open(name string) (fs.File, error) {
	e, err := s.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.mode.IsDir() {
		list, err := s.ReadDir(name)
		return &openFolder{info: e, list: list}, err
	}
	data, err := s.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{info: e, Reader: bytes.NewReader(data)}, nil
}

// ReadFile returns what is in a file.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	e, err := s.find("read", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	data, err := s.batch.read(e.object)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// ReadLink returns where a link leads.
func (s *Snapshot) ReadLink(name string) (string, error) {
	e, err := s.find("readlink", name)
	if err != nil {
		return "", err
	}
	if e.mode.Type() != fs.ModeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	data, err := s.batch.read(e.object)
	return string(data), err
}

// Lstat and Stat describe a file, and a link as such.
func (s *Snapshot) Lstat(name string) (fs.FileInfo, error) {
	e, err := s.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Stat does what [Snapshot.Lstat] does.
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) { return s.Lstat(name) }

// ReadDir lists a folder.
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := s.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	list := make([]fs.DirEntry, 0, len(e.below))
	for _, child := range e.below {
		list = append(list, fs.FileInfoToDirEntry(s.entries[child]))
	}
	return list, nil
}

func (e entry) Name() string       { return path.Base(e.name) }
func (e entry) Size() int64        { return e.size }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }

// openFile and openFolder are what Open returns.
type openFile struct {
	info entry
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info entry
	list []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("it is a folder")}
}

// ReadDir is as of [fs.ReadDirFile].
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.list) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.list) {
		n = len(f.list)
	}
	out := f.list[:n]
	f.list = f.list[n:]
	return out, nil
}
