package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/python"
)

// Tree is a repository as it was read.
type Tree struct {
	// Files are all paths, sorted, with slashes.
	Files []string
	// Python holds the modules by path; notebooks are among them.
	Python map[string]*python.Module
	// Text holds the content of the other files that matter.
	Text map[string][]byte
	// Unread lists the files that could not be read.
	Unread []Unread
	known  map[string]bool
}

// Unread is a file that matters and could not be read.
type Unread struct{ Path, Why string }

// read is what became of one file.
type read struct {
	module *python.Module
	text   []byte
	why    string
}

// Read reads the files of a repository. The list names them relative to the
// root of fsys.
func Read(ctx context.Context, fsys fs.FS, files []string) (*Tree, error) {
	files = slices.Clone(files)
	slices.Sort(files)
	files = slices.Compact(files)
	results := make([]read, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, file := range files {
		if !Wanted(file) {
			continue
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("read tree: %w", err)
			}
			results[i] = readFile(fsys, file)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return collect(files, results), nil
}

func collect(files []string, results []read) *Tree {
	t := &Tree{
		Files: files, Python: map[string]*python.Module{}, Text: map[string][]byte{}, known: make(map[string]bool, len(files)),
	}
	for i, file := range files {
		t.known[file] = true
		switch r := results[i]; {
		case r.why != "":
			t.Unread = append(t.Unread, Unread{file, r.why})
		case r.module != nil:
			t.Python[file] = r.module
		case r.text != nil:
			t.Text[file] = r.text
		}
	}
	return t
}

// readFile opens one file, and parses it if it is Python.
func readFile(fsys fs.FS, file string) read {
	info, err := fs.Lstat(fsys, file)
	switch {
	case errors.Is(err, fs.ErrNotExist): // tracked, and deleted in the working copy
		return read{}
	case err != nil:
		return read{why: err.Error()}
	case !info.Mode().IsRegular(): // a link points at what is read elsewhere, or outside
		return read{}
	case info.Size() > wanted(file):
		if isLoud(file) {
			return read{why: fmt.Sprintf("larger than %d MB", MaxFile>>20)}
		}
		return read{}
	}
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return read{why: err.Error()}
	}
	if bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return read{why: binary(file)}
	}
	if !isNamed(file) && !bytes.HasPrefix(data, []byte("#!")) {
		return read{}
	}
	switch path.Ext(file) {
	case ".py":
		return read{module: python.Read(data)}
	case ".ipynb":
		module, err := python.Notebook(data)
		if err != nil {
			return read{why: err.Error()}
		}
		return read{module: module}
	}
	return read{text: data}
}

// binary is what is said of a file that holds no text: nothing where that was
// to be expected.
func binary(file string) string {
	if isLoud(file) {
		return "binary"
	}
	return ""
}

// Has reports whether the tree has that file.
func (t *Tree) Has(file string) bool { return t.known[file] }

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
	return dir == "" || dir == "." || strings.HasPrefix(file, strings.TrimSuffix(dir, "/")+"/")
}
