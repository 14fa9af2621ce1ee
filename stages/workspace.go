package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

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
	var places []string
	for _, out := range stage.AllOutputs() {
		out = path.Clean(out)
		found, err := outputFiles(workspace, out)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &outputError{fmt.Sprintf("the stage did not write its output %s", out)}
		case unusable(err):
			return nil, &outputError{fmt.Sprintf("output %s: %v", out, err)}
		case err != nil:
			return nil, fmt.Errorf("save output %s: %w", out, err)
		}
		for _, file := range found {
			files = append(files, file)
			places = append(places, filepath.Join(workspace, filepath.FromSlash(file.Path)))
		}
	}
	stored, err := store.AddAll(ctx, places)
	if unusable(err) { // it was replaced after it was looked at
		return nil, &outputError{err.Error()}
	}
	if err != nil {
		return nil, fmt.Errorf("save outputs of stage %s: %w", stage.Name, err)
	}
	for i, object := range stored {
		files[i].SHA256, files[i].Size = object.Digest, object.Size
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	return files, nil
}

// outputFiles lists the files of one output, without their digests.
func outputFiles(workspace, out string) ([]result.File, error) {
	if err := checkParents(workspace, out); err != nil {
		return nil, err
	}
	var files []result.File
	err := objects.Walk(filepath.Join(workspace, filepath.FromSlash(out)), func(rel string, stat objects.Stat) error {
		files = append(files, result.File{Path: path.Join(out, rel), Executable: stat.Executable()})
		return nil
	})
	return files, err
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

// installer puts outputs into the working copy.
type installer struct {
	store   *objects.Store
	index   *objects.Index
	dir     string // the working copy
	scratch string // a folder of the run's own
	lock    string // the file whose lock is held while something is moved in
	before  func() // called before anything in the working copy is changed
}

// install puts outputs into the working copy. A file or a folder that is there
// already as it should be is not touched; another is replaced whole.
func (i *installer) install(ctx context.Context, outputs []string, files []result.File) error {
	for _, out := range outputs {
		out = path.Clean(out)
		var mine []result.File
		for _, file := range files {
			if config.Within(file.Path, out) {
				mine = append(mine, file)
			}
		}
		if i.installed(ctx, out, mine) {
			continue
		}
		i.before()
		if err := i.replace(ctx, out, mine); err != nil {
			return fmt.Errorf("put output %s in place: %w", out, err)
		}
	}
	return nil
}

// installed reports whether an output is there as it should be. Files are read
// only where the index does not know them, and none if their sizes tell already.
func (i *installer) installed(ctx context.Context, out string, want []result.File) bool {
	snap := &snapshot{}
	host := filepath.Join(i.dir, filepath.FromSlash(out))
	if checkParents(i.dir, out) != nil || snap.look(out, host) != nil || len(snap.files) != len(want) {
		return false
	}
	byPath := make(map[string]result.File, len(want))
	for _, file := range want {
		byPath[file.Path] = file
	}
	for _, file := range snap.files {
		file.SHA256 = byPath[file.Path].SHA256
		if file != byPath[file.Path] {
			return false
		}
	}
	return snap.hash(ctx, i.index) == nil &&
		!slices.ContainsFunc(snap.files, func(file result.File) bool { return file != byPath[file.Path] })
}

// remember tells the index what was put in place, so that it need not be read.
func (i *installer) remember(out string, files []result.File) {
	digests := make(map[string]objects.Digest, len(files))
	for _, file := range files {
		digests[file.Path] = file.SHA256
	}
	root := filepath.Join(i.dir, filepath.FromSlash(out))
	// What cannot be looked at now is hashed when it is needed.
	_ = objects.Walk(root, func(rel string, stat objects.Stat) error {
		if digest, ok := digests[path.Join(out, rel)]; ok {
			i.index.Remember(filepath.Join(root, filepath.FromSlash(rel)), stat, digest)
		}
		return nil
	})
}

// replace builds the output beside the working copy and moves it in by rename:
// where its folder is a mount of its own, beside the output itself.
func (i *installer) replace(ctx context.Context, out string, files []result.File) error {
	target := filepath.Join(i.dir, filepath.FromSlash(out))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := checkParents(i.dir, out); err != nil {
		return err
	}
	err := i.moveIn(ctx, i.scratch, out, files)
	if errors.Is(err, syscall.EXDEV) {
		err = i.moveIn(ctx, filepath.Dir(target), out, files)
	}
	return err
}

// moveIn makes the output in a folder below scratch, and moves it from there.
func (i *installer) moveIn(ctx context.Context, scratch, out string, files []result.File) error {
	fresh, err := os.MkdirTemp(scratch, objects.TempPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := materialise(ctx, i.store, fresh, files); err != nil {
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
	return i.swap(ctx, made, out, files)
}

// swap moves what was made into its place, unless another run has meanwhile put
// the same there: a stage of that run may be reading it.
func (i *installer) swap(ctx context.Context, made, out string, files []result.File) error {
	target := filepath.Join(i.dir, filepath.FromSlash(out))
	lock := flock.New(i.lock)
	if _, err := lock.TryLockContext(ctx, reservePause); err != nil {
		return err
	}
	defer lock.Unlock() //nolint:errcheck // it ends with the process at the latest
	if i.installed(ctx, out, files) {
		return nil
	}
	// A file replaces a file in one step; a folder cannot, so the old one moves
	// out first. Killed in between, the next run finds it missing and restores it.
	if old, err := os.Lstat(target); err == nil && (old.IsDir() || len(files) != 1 || files[0].Path != out) {
		if err := os.Rename(target, made+".old"); err != nil {
			return err
		}
	}
	if err := os.Rename(made, target); err != nil {
		return err
	}
	i.remember(out, files) // under the lock: what another run puts here has another digest
	return nil
}

// materialise writes the files below dir, from the store, several at once.
func materialise(ctx context.Context, store *objects.Store, dir string, files []result.File) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	made := "" // the folder of the file before: most lie in the same
	for _, file := range files {
		place := filepath.Join(dir, filepath.FromSlash(file.Path))
		if folder := filepath.Dir(place); folder != made {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return errors.Join(err, group.Wait())
			}
			made = folder
		}
		perm := fs.FileMode(0o644)
		if file.Executable {
			perm = 0o755
		}
		group.Go(func() error { return store.CopyNew(ctx, file.SHA256, place, perm) })
	}
	return group.Wait()
}
