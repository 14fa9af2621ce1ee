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
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// snapshot is what a stage reads, as it was when it was hashed.
type snapshot struct {
	mounts []Mount
	files  []result.File
	seen   []sighting // in the order of the mounts, to notice a change during the run
}

// sighting is a file as it was when the stage's inputs were looked through.
type sighting struct {
	host string
	stat objects.Stat
}

// takeSnapshot hashes the inputs, those files that the index does not know.
// Elsewhere gives another place on the host for some of them: how the champion
// takes the candidate's place.
func takeSnapshot(ctx context.Context, index *objects.Index, dir string, inputs []string, elsewhere map[string]string) (*snapshot, error) {
	snap := &snapshot{}
	checked := ""
	for _, input := range inputs {
		input = path.Clean(input)
		host, ok := elsewhere[input]
		if !ok {
			// Behind a link lie files of the host that are none of the repository's.
			if parent := path.Dir(input); parent != checked {
				if err := checkParents(dir, input); err != nil {
					return nil, fmt.Errorf("input %s: %w", input, err)
				}
				checked = parent
			}
			host = filepath.Join(dir, filepath.FromSlash(input))
		}
		if err := snap.look(input, host); err != nil {
			return nil, fmt.Errorf("input %s: %w", input, err)
		}
	}
	if err := snap.hash(ctx, index); err != nil {
		return nil, err
	}
	sort.Slice(snap.files, func(i, j int) bool { return snap.files[i].Path < snap.files[j].Path })
	return snap, nil
}

// look notes the files of one input.
func (s *snapshot) look(input, host string) error {
	folder := true
	err := objects.Walk(host, func(rel string, stat objects.Stat) error {
		name, place := input, host
		if folder = rel != "."; folder {
			place = host + "/" + rel
			switch {
			case input == ".":
				name = rel
			case strings.HasSuffix(host, input): // as it does unless it lies elsewhere: one text for both
				name = place[len(host)-len(input):]
			default:
				name = input + "/" + rel
			}
		}
		s.seen = append(s.seen, sighting{place, stat})
		s.files = append(s.files, result.File{Path: name, Size: stat.Size, Executable: stat.Executable()})
		return nil
	})
	s.mounts = append(s.mounts, Mount{Host: host, Path: input, Dir: folder})
	return err
}

// hash finds the digest of each file that was seen: in the index, or by reading
// the file, several at once.
func (s *snapshot) hash(ctx context.Context, index *objects.Index) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var read int64
	for i, seen := range s.seen {
		digest, ok := index.Known(seen.host, seen.stat)
		if s.files[i].SHA256 = digest; ok {
			continue
		}
		read += seen.stat.Size
		group.Go(func() (err error) {
			s.files[i].SHA256, err = index.Hash(ctx, seen.host, seen.stat)
			return err
		})
	}
	err := group.Wait()
	if err == nil && read >= worthSaving {
		_ = index.Save() // what cannot be written is read again
	}
	return err
}

// worthSaving is after how many bytes the index is written at once, and not only
// at the end of the run, which may never come.
const worthSaving = 256 << 20

// changed names an input that is no longer what was hashed, or returns "". It
// walks anew: a file that came meanwhile was seen by the stage, too.
func (s *snapshot) changed() string {
	rest := s.seen
	for _, mount := range s.mounts {
		changed := ""
		err := objects.Walk(mount.Host, func(rel string, now objects.Stat) error {
			host := mount.Host
			if rel != "." {
				host += "/" + rel
			}
			if len(rest) == 0 || rest[0].host != host || !same(rest[0].stat, now) {
				changed = host
				return fs.SkipAll
			}
			rest = rest[1:]
			return nil
		})
		switch {
		case changed != "":
			return changed
		case err != nil:
			return mount.Host
		}
	}
	if len(rest) > 0 {
		return rest[0].host
	}
	return ""
}

// same reports whether a file was not written to. The time at which its inode
// changed does not count here: a backup that makes a link changes that as well.
func same(a, b objects.Stat) bool {
	a.Changed, b.Changed = 0, 0
	return a == b
}

// unusable reports whether the error is that a file is of a kind, or has a
// name, that muster takes neither in nor out: a mistake of whoever made it.
func unusable(err error) bool {
	_, irregular := errors.AsType[*objects.IrregularError](err)
	_, name := errors.AsType[*objects.NameError](err)
	return irregular || name
}

// contextFiles lists the files that a build sees, relative to its context: all
// that .dockerignore lets through, but neither muster's own files nor what the
// pipeline itself makes, else each run would change the image that it ran in.
func contextFiles(cfg *config.Config, dir string, build config.Build) ([]string, error) {
	root := filepath.Join(dir, filepath.FromSlash(build.Context))
	var patterns []string
	for _, stage := range cfg.Stages {
		for _, out := range stage.AllOutputs() {
			if rel, err := filepath.Rel(filepath.FromSlash(build.Context), filepath.FromSlash(out)); err == nil && filepath.IsLocal(rel) {
				patterns = append(patterns, rel)
			}
		}
	}
	ignore, err := readIgnore(filepath.Join(root, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(append(ignore, patterns...))
	if err != nil {
		return nil, fmt.Errorf("read .dockerignore: %w", err)
	}
	dockerfile := path.Clean(build.Dockerfile)
	var files []string
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if rel == ".git" || rel == ".muster" { // muster's own folder changes while others run
			return skip(entry)
		}
		if err = errors.Join(err, relErr); err != nil || entry.IsDir() {
			return err
		}
		ignored, err := matcher.MatchesOrParentMatches(rel)
		switch {
		case err != nil, ignored && rel != dockerfile:
			return err
		case !utf8.ValidString(rel):
			return &objects.NameError{Name: rel}
		case !entry.Type().IsRegular():
			return &objects.IrregularError{Path: rel, Mode: entry.Type()}
		}
		files = append(files, rel)
		return nil
	})
	return files, err
}

// skip leaves out a file, or a folder with all that is in it.
func skip(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return filepath.SkipDir
	}
	return nil
}

func readIgnore(name string) ([]string, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read .dockerignore: %w", err)
	}
	return patterns, nil
}
