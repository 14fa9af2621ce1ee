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
	"unicode/utf8"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// snapshot is what a stage reads, as it was when it was hashed.
type snapshot struct {
	mounts []Mount
	files  []result.File
	stats  map[string]fs.FileInfo // by host path, to notice a change during the run
}

// takeSnapshot hashes the inputs. Elsewhere gives another place on the host for
// some of them: how the champion takes the candidate's place.
func takeSnapshot(ctx context.Context, dir string, inputs []string, elsewhere map[string]string) (*snapshot, error) {
	snap := &snapshot{stats: map[string]fs.FileInfo{}}
	for _, input := range inputs {
		input = path.Clean(input)
		host, ok := elsewhere[input]
		if !ok {
			// Behind a link lie files of the host that are none of the repository's.
			if err := checkParents(dir, input); err != nil {
				return nil, fmt.Errorf("input %s: %w", input, err)
			}
			host = filepath.Join(dir, filepath.FromSlash(input))
		}
		info, err := os.Lstat(host)
		if err != nil {
			return nil, err
		}
		snap.mounts = append(snap.mounts, Mount{Host: host, Path: input, Dir: info.IsDir()})
		err = walkRegular(host, func(rel string, info fs.FileInfo) error {
			return snap.add(ctx, path.Join(input, rel), filepath.Join(host, filepath.FromSlash(rel)), info)
		})
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", input, err)
		}
	}
	sort.Slice(snap.files, func(i, j int) bool { return snap.files[i].Path < snap.files[j].Path })
	return snap, nil
}

func (s *snapshot) add(ctx context.Context, name, host string, info fs.FileInfo) error {
	digest, size, err := objects.HashFile(ctx, host)
	if err != nil {
		return err
	}
	s.stats[host] = info
	s.files = append(s.files, result.File{Path: name, SHA256: digest, Size: size, Executable: info.Mode()&0o100 != 0})
	return nil
}

// changed names an input that is no longer what was hashed, or returns "". It
// walks anew: a file that came meanwhile was seen by the stage, too.
func (s *snapshot) changed() string {
	changed, seen := "", 0
	for _, mount := range s.mounts {
		err := walkRegular(mount.Host, func(rel string, now fs.FileInfo) error {
			seen++
			host := filepath.Join(mount.Host, filepath.FromSlash(rel))
			before, ok := s.stats[host]
			if !ok || !os.SameFile(before, now) || now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) {
				changed = host
			}
			return nil
		})
		if err != nil {
			return mount.Host
		}
	}
	if changed == "" && seen != len(s.stats) {
		return "a file that was removed"
	}
	return changed
}

// walkRegular visits the regular files at or below root. What is neither file
// nor folder is refused: a link or a device has no content of its own.
func walkRegular(root string, visit func(rel string, info fs.FileInfo) error) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		switch info, err := entry.Info(); {
		case err != nil:
			return err
		case !utf8.ValidString(rel):
			return &nameError{rel}
		case entry.IsDir():
			return nil
		case !info.Mode().IsRegular():
			return &objects.IrregularError{Path: filepath.ToSlash(rel), Mode: info.Mode()}
		default:
			return visit(filepath.ToSlash(rel), info)
		}
	})
}

// nameError says that a name is no text: in JSON, two such names look the same.
type nameError struct{ name string }

func (e *nameError) Error() string { return fmt.Sprintf("%q is not UTF-8; rename it", e.name) }

// unusable reports whether the error is that a file is of a kind, or has a
// name, that muster takes neither in nor out: a mistake of whoever made it.
func unusable(err error) bool {
	_, irregular := errors.AsType[*objects.IrregularError](err)
	_, name := errors.AsType[*nameError](err)
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
			return &nameError{rel}
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
