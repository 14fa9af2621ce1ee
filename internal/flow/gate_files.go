package flow

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

// open opens a file of the ruler.
func (r ruler) open(name string) (*os.File, error) { return openIn(r.dir, name) }

// read reads a file of the ruler that has no more than limit bytes.
func (r ruler) read(name string, limit int64) ([]byte, error) { return readIn(r.dir, name, limit) }

// openIn opens a regular file in a folder. A link that leads out of the folder is
// refused, and so is a pipe, which might never end.
func openIn(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name = filepath.Clean(filepath.FromSlash(name))
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return root.Open(name)
}

// readIn reads such a file if it has no more than limit bytes.
func readIn(dir, name string, limit int64) ([]byte, error) {
	file, err := openIn(dir, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, err
}

// openMade opens what a stage made.
func (g Gate) openMade(file result.File) (io.ReadCloser, error) {
	store, err := g.Project.Folder.Store()
	if err != nil {
		return nil, err
	}
	return store.Open(file.SHA256)
}

// place is where the candidate's file of that name lies: where the ruler has it,
// else in the working copy.
func (g Gate) place(t *trial, name string) string {
	if place := filepath.Join(t.ruler.dir, filepath.FromSlash(name)); isThere(place) {
		return place
	}
	return filepath.Join(g.Project.Dir, filepath.FromSlash(name))
}

func isThere(place string) bool {
	_, err := os.Lstat(place)
	return err == nil
}

// makerOf names the stage that makes a file, or what it lies in; empty if none does.
func makerOf(cfg *config.Config, name string) string {
	for _, stage := range cfg.Stages {
		for _, out := range stage.AllOutputs() {
			if config.Within(name, out) {
				return stage.Name
			}
		}
	}
	return ""
}
