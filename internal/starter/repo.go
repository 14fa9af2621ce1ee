package starter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is looked at.
const (
	maxFiles = 50_000
	maxDepth = 12
	maxText  = 1 << 20  // of a file that people write
	maxBook  = 32 << 20 // of a notebook, which holds pictures
)

// repo is the folder that is looked at. It is read through an [os.Root], so that
// no link leads out of it.
type repo struct {
	root  *os.Root
	name  string
	files []string // all regular files, sorted, with slashes
	known map[string]bool
	dirs  map[string]bool
	links map[string]bool
}

// open lists the folder. Names that are not UTF-8 are left out: no file of
// muster's can name them.
func open(dir string) (*repo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("read repository: %w", err)
	}
	r := &repo{root: root, known: map[string]bool{}, dirs: map[string]bool{}, links: map[string]bool{}}
	err = fs.WalkDir(root.FS(), ".", r.visit)
	if err != nil && !errors.Is(err, fs.SkipAll) {
		root.Close()
		return nil, fmt.Errorf("read repository: %w", err)
	}
	slices.Sort(r.files)
	return r, nil
}

func (r *repo) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil && name == ".":
		return err
	case err != nil: // a folder that may not be read has nothing to say
		return fs.SkipDir
	case len(r.files) >= maxFiles:
		return fs.SkipAll
	case name == ".":
		return nil
	case entry.IsDir():
		if passed(entry.Name()) || strings.Count(name, "/") >= maxDepth {
			return fs.SkipDir
		}
		r.dirs[name] = true
	case !utf8.ValidString(name):
	case entry.Type()&fs.ModeSymlink != 0:
		r.links[name] = true
	case entry.Type().IsRegular():
		r.files = append(r.files, name)
		r.known[name] = true
	}
	return nil
}

// passed names the folders that hold nothing of the project's own.
func passed(name string) bool {
	switch name {
	case ".git", ".muster", ".venv", "venv", "env", ".env", "node_modules", "__pycache__", ".ipynb_checkpoints",
		".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages", "mlruns", ".idea", ".vscode":
		return true
	}
	return false
}

func (r *repo) close() { r.root.Close() }

// has reports whether a regular file is there.
func (r *repo) has(name string) bool { return r.known[name] }

// isDir reports whether a folder is there.
func (r *repo) isDir(name string) bool { return r.dirs[strings.TrimSuffix(name, "/")] }

// tooLarge says that a file has no size that people write.
type tooLarge struct {
	path  string
	limit int64
}

func (e *tooLarge) Error() string {
	return fmt.Sprintf("%s is larger than %d MiB", e.path, e.limit>>20)
}

// read returns a file's text without BOM, lines ended by \n, and bytes that are
// not UTF-8 replaced.
func (r *repo) read(name string, limit int64) ([]byte, error) {
	file, err := r.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, &tooLarge{name, limit}
	}
	return []byte(clean(string(data))), nil
}

func clean(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\ufffd")
}

// children lists what lies directly in a folder, files and folders, sorted.
func (r *repo) children(dir string) []string {
	var out []string
	for _, names := range []map[string]bool{r.known, r.dirs} {
		for name := range names {
			if path.Dir(name) == path.Clean(dir) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}
