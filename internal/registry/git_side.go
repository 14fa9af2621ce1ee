package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
)

// side is one branch of a git registry: a snapshot of it, which is looked at
// again when a commit on it is refused.
type side struct {
	branch *git.Branch

	mu   sync.Mutex
	last *git.Tip
	// ahead holds documents that were read before anybody asked, of one folder:
	// a chain is read to its end, and each call of git takes its time.
	ahead  map[string][]byte
	folder string
}

// readAhead is how many documents are read at once.
const readAhead = 100

// tip returns the snapshot, and fetches the first.
func (s *side) tip(ctx context.Context) (*git.Tip, error) {
	if tip := s.known(); tip != nil {
		return tip, nil
	}
	return s.look(ctx)
}

func (s *side) known() *git.Tip {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// look fetches what the branch is now. A registry only grows: if a file that was
// there is not there any more, or is another, somebody has rewritten the branch.
func (s *side) look(ctx context.Context) (*git.Tip, error) {
	now, err := s.branch.Tip(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && !now.Extends(s.last) {
		return nil, fmt.Errorf("%s was rewritten since it was read: %w", s.branch, objects.ErrCorrupt)
	}
	s.last = now
	return now, nil
}

// read reads a document: the second of a folder with those that come after it.
func (s *side) read(ctx context.Context, name string) ([]byte, error) {
	tip, err := s.tip(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	data, known := s.ahead[name]
	again := s.folder == path.Dir(name)
	s.folder = path.Dir(name)
	s.mu.Unlock()
	switch {
	case known:
		return data, nil
	case !again || !tip.Has(name):
		return s.one(ctx, name)
	}
	files, err := tip.Read(ctx, following(tip, name)...)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = files
	return files[name], nil
}

// following lists a document with those of its folder that come after it, by number.
func following(tip *git.Tip, name string) []string {
	folder := path.Dir(name)
	var names []string
	for _, other := range tip.List(folder) {
		if !strings.HasSuffix(other, "/") {
			names = append(names, path.Join(folder, other))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	names = names[slices.Index(names, name):]
	return names[:min(readAhead, len(names))]
}

// one reads one file.
func (s *side) one(ctx context.Context, name string) ([]byte, error) {
	tip, err := s.tip(ctx)
	if err != nil {
		return nil, err
	}
	files, err := tip.Read(ctx, name)
	return files[name], err
}

// create commits documents and the objects before them, if no name is taken.
func (s *side) create(ctx context.Context, files []File, staged map[string][]byte) error {
	tip, err := s.tip(ctx)
	for try := 0; ; try++ {
		if errors.Is(err, git.ErrNoBranch) && first(files) {
			tip, err = nil, nil // the commit makes the branch
		}
		if err != nil {
			return err
		}
		if name := taken(tip, files); name != "" {
			return fmt.Errorf("create %s on %s: %w", name, s.branch, fs.ErrExist)
		}
		var made *git.Tip
		if made, err = s.branch.Commit(ctx, tip, content(tip, files, staged), message(files)); err == nil {
			s.committed(made)
			return nil
		}
		if !errors.Is(err, git.ErrMoved) {
			return err
		}
		if err := stagger(ctx, try); err != nil {
			return err
		}
		tip, err = s.look(ctx)
	}
}

// mend puts an object in the place of one that is damaged.
func (s *side) mend(ctx context.Context, name string, data []byte) error {
	tip, err := s.tip(ctx)
	for try := 0; err == nil && !tip.Holds(name, data); try++ {
		made, err := s.branch.Commit(ctx, tip, map[string][]byte{name: data}, "Mend "+name)
		if err == nil {
			s.committed(made)
			return nil
		}
		if !errors.Is(err, git.ErrMoved) {
			return err
		}
		if err := stagger(ctx, try); err != nil {
			return err
		}
		if tip, err = s.look(ctx); err != nil {
			return err
		}
	}
	return err
}

// committed takes over what a push made of the branch.
func (s *side) committed(made *git.Tip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = made
}

// first reports whether the documents are those that a registry begins with. Any
// other document on a branch that has gone would begin the history anew.
func first(files []File) bool {
	return len(files) == 1 && (files[0].Name == markerFile || files[0].Name == "README.md")
}

func taken(tip *git.Tip, files []File) string {
	for _, file := range files {
		if tip != nil && tip.Has(file.Name) {
			return file.Name
		}
	}
	return ""
}

// content is what a commit adds to the tip.
func content(tip *git.Tip, files []File, staged map[string][]byte) map[string][]byte {
	all := make(map[string][]byte, len(files)+len(staged))
	for digest, data := range staged {
		if name := objectName(digest); tip == nil || !tip.Holds(name, data) {
			all[name] = data
		}
	}
	for _, file := range files {
		all[file.Name] = file.Data
	}
	return all
}

// message is the subject of a commit: what it adds.
func message(files []File) string {
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = file.Name
	}
	if len(names) == 0 {
		return "Add objects"
	}
	return "Add " + strings.Join(names, ", ")
}

// eachObject reads all objects, some at a time.
func (s *side) eachObject(ctx context.Context, visit func(digest string, size int64) error) error {
	tip, err := s.tip(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, folder := range tip.List("objects") {
		for _, name := range tip.List("objects/" + strings.TrimSuffix(folder, "/")) {
			full := path.Join("objects", folder, name)
			if digest := strings.ReplaceAll(strings.TrimPrefix(full, "objects/"), "/", ""); objects.ValidDigest(digest) && tip.Has(full) {
				names = append(names, full)
			}
		}
	}
	for some := range slices.Chunk(names, 20) {
		files, err := tip.Read(ctx, some...)
		if err != nil {
			return err
		}
		for _, name := range some {
			digest := strings.ReplaceAll(strings.TrimPrefix(name, "objects/"), "/", "")
			if err := visit(digest, int64(len(files[name]))); err != nil {
				return err
			}
		}
	}
	return nil
}

// stagger waits before another try at a branch that somebody else has moved: each
// for a time of its own, so that many at once do not stay in step.
func stagger(ctx context.Context, try int) error {
	longest := min(20*time.Millisecond<<min(try, 10), 2*time.Second)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(longest)):
		return nil
	}
}
