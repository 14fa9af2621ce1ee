package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// makeWorkspace creates the folder that a stage works in. Every place where an
// input will be mounted, and every folder that an output goes to, is made here,
// by the caller: an engine would make them root's.
func makeWorkspace(dir string, stage config.Stage, mounts []Mount) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, mount := range mounts {
		place := filepath.Join(dir, filepath.FromSlash(mount.Path))
		if mount.Dir {
			if err := os.MkdirAll(place, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(place, nil, 0o644); err != nil {
			return err
		}
	}
	for _, out := range stage.AllOutputs() {
		folder := filepath.Join(dir, filepath.FromSlash(out))
		if !strings.HasSuffix(out, "/") { // "model/" is a folder; "model" may be a file
			folder = filepath.Dir(folder)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// outputError says that a stage did not leave behind what it declares.
type outputError struct{ message string }

func (e *outputError) Error() string { return e.message }

// collect stores the stage's outputs and returns them sorted by path.
func collect(ctx context.Context, store *objects.Store, workspace string, stage config.Stage) ([]result.File, error) {
	var files []result.File
	for _, out := range stage.AllOutputs() {
		out = path.Clean(out)
		root := filepath.Join(workspace, filepath.FromSlash(out))
		err := checkParents(workspace, out)
		if err == nil {
			err = walkRegular(root, func(rel string, info fs.FileInfo) error {
				digest, size, err := store.Add(ctx, filepath.Join(root, filepath.FromSlash(rel)))
				files = append(files, result.File{Path: path.Join(out, rel), SHA256: digest, Size: size, Executable: info.Mode()&0o100 != 0})
				return err
			})
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &outputError{fmt.Sprintf("the stage did not write its output %s", out)}
		case unusable(err):
			return nil, &outputError{fmt.Sprintf("output %s: %v", out, err)}
		case err != nil:
			return nil, fmt.Errorf("save output %s: %w", out, err)
		}
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	return files, nil
}

// checkParents refuses an output that lies behind a link: a stage could name any file of the host so.
func checkParents(root, rel string) error {
	parts := strings.Split(rel, "/")
	for i := 1; i < len(parts); i++ {
		info, err := os.Lstat(filepath.Join(root, filepath.Join(parts[:i]...)))
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return &objects.IrregularError{Path: strings.Join(parts[:i], "/"), Mode: info.Mode()}
		}
	}
	return nil
}

// install puts outputs into the working copy. A file or a folder that is there
// already as it should be is not touched; another is replaced whole.
func install(ctx context.Context, store *objects.Store, dir, scratch string, outputs []string, files []result.File) error {
	for _, out := range outputs {
		out = path.Clean(out)
		var mine []result.File
		for _, file := range files {
			if config.Within(file.Path, out) {
				mine = append(mine, file)
			}
		}
		if installed(ctx, dir, out, mine) {
			continue
		}
		if err := replace(ctx, store, dir, scratch, out, mine); err != nil {
			return fmt.Errorf("put output %s in place: %w", out, err)
		}
	}
	return nil
}

func installed(ctx context.Context, dir, out string, want []result.File) bool {
	snap, err := takeSnapshot(ctx, dir, []string{out}, nil)
	if err != nil || len(snap.files) != len(want) {
		return false
	}
	for i, file := range snap.files {
		if file != want[i] {
			return false
		}
	}
	return true
}

// replace builds the output beside the working copy and moves it in by rename.
func replace(ctx context.Context, store *objects.Store, dir, scratch, out string, files []result.File) error {
	target := filepath.Join(dir, filepath.FromSlash(out))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := checkParents(dir, out); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(scratch, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := materialise(ctx, store, fresh, files); err != nil {
		return err
	}
	made := filepath.Join(fresh, filepath.FromSlash(out))
	if err := os.MkdirAll(filepath.Dir(made), 0o755); err != nil {
		return err
	}
	if len(files) == 0 { // an empty folder is an output too
		if err := os.MkdirAll(made, 0o755); err != nil {
			return err
		}
	}
	// A file replaces a file in one step; a folder cannot, so the old one moves
	// out first. Killed in between, the next run finds it missing and restores it.
	if old, err := os.Lstat(target); err == nil && (old.IsDir() || len(files) != 1 || files[0].Path != out) {
		if err := os.Rename(target, filepath.Join(fresh, ".old")); err != nil {
			return err
		}
	}
	return os.Rename(made, target)
}

// materialise writes the files below dir, from the store.
func materialise(ctx context.Context, store *objects.Store, dir string, files []result.File) error {
	for _, file := range files {
		place := filepath.Join(dir, filepath.FromSlash(file.Path))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		perm := fs.FileMode(0o644)
		if file.Executable {
			perm = 0o755
		}
		if err := store.CopyTo(ctx, file.SHA256, place, perm); err != nil {
			return err
		}
	}
	return nil
}
