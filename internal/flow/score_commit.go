package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/result"
)

// at scores a commit. Its tree is read from git's objects; the working copy stays
// as it is.
func (s *Scoring) at(ctx context.Context, repo *git.Repository, commit string) (result.Assessment, error) {
	if a, ok := s.cached(commit); ok {
		return a, nil
	}
	tree, err := repo.Snapshot(ctx, commit)
	if err != nil {
		return result.Assessment{}, fmt.Errorf("score %.12s: %w", commit, err)
	}
	defer tree.Close()
	opts := s.Options
	opts.Tree, opts.Files, opts.Commit, opts.Forge = tree, tree.Files, tree.Commit, nil
	opts.Now = repo.TimeOf(ctx, tree.Commit) // what people attested counts if it held then
	if opts.Files == nil {
		opts.Files = []string{}
	}
	a, err := s.load().Score(ctx, s.Dir, opts)
	if err != nil {
		return a, fmt.Errorf("score %.12s: %w", commit, err)
	}
	s.keep(commit, a)
	return a, nil
}

// file is where the score of a commit is kept.
func (s *Scoring) file(commit string) string {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		dir = s.Dir
	}
	key := strings.Join([]string{s.Build, dir, commit, s.Options.Project, string(s.Options.Kind), strconv.FormatBool(s.Options.NoOverrides)}, "\x00")
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.Cache, hex.EncodeToString(sum[:16])+".json")
}

// cached returns the score of a commit, if it is kept and can be read.
func (s *Scoring) cached(commit string) (result.Assessment, bool) {
	if s.Cache == "" || s.Build == "" {
		return result.Assessment{}, false
	}
	name := s.file(commit)
	data, err := os.ReadFile(name)
	if err != nil {
		return result.Assessment{}, false
	}
	a, err := result.Decode[result.Assessment](data, name)
	return a, err == nil && a.Commit == commit
}

// keep writes the score of a commit down. A cache that cannot be written is no
// failure: it is only slower.
func (s *Scoring) keep(commit string, a result.Assessment) {
	if s.Cache == "" || s.Build == "" {
		return
	}
	data, err := result.Encode(a)
	if err == nil && os.MkdirAll(s.Cache, 0o700) == nil {
		_ = objects.WriteFile(s.file(commit), data, 0o600) // see above
	}
}
