package maturity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// checkout is what is known of the directory before it is read.
type checkout struct {
	files  []string
	commit string
	branch string // the default branch
	place  git.Place
	repo   *git.Repository // nil where there is no git
	past   *history        // nil where there is no git
	models *models
	// unread is what the directory does not hold, and what that may hide.
	unread []result.Evidence
}

// look lists the files, and asks git for the commit and the default branch.
func look(ctx context.Context, dir string, opts Options) (checkout, error) {
	c := checkout{files: opts.Files}
	repo, err := git.OpenUntrusted(ctx, dir)
	switch {
	case errors.Is(err, git.ErrNoRepository):
	case err != nil:
		return c, err
	default:
		c.repo = repo
		if err := c.ask(ctx, opts); err != nil {
			return c, err
		}
	}
	if len(c.files) == 0 && opts.Files == nil && opts.Tree == nil {
		if err := c.walk(ctx, dir); err != nil {
			return c, err
		}
	}
	return c, nil
}

// remember asks git and muster's own registry for what was. It says nothing of an older
// tree.
func (c *checkout) remember(ctx context.Context, dir string, opts Options) {
	if opts.Tree != nil {
		return
	}
	if c.repo != nil {
		c.past = readHistory(ctx, c.repo, *c, opts.now())
	}
	c.models = openModels(ctx, dir, c.repo, c.files, opts.now())
}

// ask asks git for all of it at once, since each start of git takes its time.
func (c *checkout) ask(ctx context.Context, opts Options) error {
	group, asking := errgroup.WithContext(ctx) // over when all have answered
	group.Go(func() error { c.commit = cmp.Or(opts.Commit, c.repo.Head(asking)); return nil })
	group.Go(func() error { c.branch = c.repo.DefaultBranch(asking); return nil })
	group.Go(func() error { c.place = c.repo.Place(asking); return nil })
	if c.files == nil {
		group.Go(func() error { return c.index(asking) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("ask git: %w", err)
	}
	return nil
}

// index lists the files that git tracks. What a submodule holds is somebody
// else's: it is named, and not read.
func (c *checkout) index(ctx context.Context) error {
	entries, err := c.repo.Index(ctx)
	if err != nil {
		return err
	}
	c.files = make([]string, 0, len(entries))
	for _, e := range entries {
		if e.IsSubmodule() {
			c.unread = append(c.unread, result.Evidence{Path: e.Path, Note: "a submodule: another repository, which was not read"})
			continue
		}
		c.files = append(c.files, e.Path)
	}
	return nil
}

// walk lists all regular files below a directory, without those of version
// control and of installed packages.
func (c *checkout) walk(ctx context.Context, dir string) error {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		rel, outside := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case outside != nil || err != nil && name == dir:
			return errors.Join(err, outside)
		case err != nil:
			c.unread = append(c.unread, result.Evidence{Path: rel, Note: err.Error()})
			return nil
		case d.IsDir() && name != dir && isForeign(d.Name()):
			return filepath.SkipDir
		case d.Type().IsRegular():
			c.files = append(c.files, rel)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("walk %s: %w", dir, err)
	}
	return nil
}

// isForeign reports whether a folder holds nothing that people of the project wrote.
func isForeign(name string) bool {
	switch name {
	case ".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".muster", ".tox", ".nox":
		return true
	}
	return false
}
