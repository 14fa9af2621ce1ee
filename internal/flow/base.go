package flow

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/stages"
)

// Base is the tip of the branch that a change goes into, and what muster.yaml
// says there: it grants, and it measures.
type Base struct {
	stages.Base
	// Name is what the branch is called, Commit its tip; Commit is empty if it is not known.
	Name, Commit string

	repo *git.Repository
	// top is the working copy's top folder, own the configuration's path from there.
	top, own string
	// called is the name that a pipeline without one has.
	called string
}

// String is the base as a receipt names it: "main at d4e5f6a".
func (b *Base) String() string { return fmt.Sprintf("%s at %.7s", b.Name, b.Commit) }

// Grants is what the stages of the change may have by the base's word; outside of
// a change request nobody asks.
func (b *Base) Grants() stages.Base {
	if b == nil {
		return stages.Base{}
	}
	return b.Base
}

// gated reports whether the base gates this pipeline.
func (b *Base) gated() bool { return b != nil && b.Config != nil && b.Config.Gate != nil }

// known reports whether it is known what the base says of this pipeline, be it nothing.
func (b *Base) known() bool { return b.Config != nil || b.New }

// LoadBase reads the configuration of the branch that a change goes into, as it
// is at the tip of that branch, which is fetched if the clone does not have it.
// What cannot be read grants nothing, and the answer says why and what to do.
func LoadBase(ctx context.Context, p *Project, base actions.Base) *Base {
	b := loadBase(ctx, p.Dir, p.File, p.called, base)
	if b.Config != nil {
		p.keepIn(b.Config.Registry)
	}
	if base.URL != "" {
		p.Target = base.URL
	}
	return b
}

func loadBase(ctx context.Context, dir, file, called string, base actions.Base) *Base {
	b := &Base{Name: cmp.Or(base.Branch, "the target branch"), called: called}
	unknown := func(why string) *Base { b.Missing = why; return b }
	here, err := git.Open(ctx, dir)
	if err != nil {
		return unknown("this is no git working copy, so nobody knows what the target branch says; run muster in a clone")
	}
	remote := remoteOf(ctx, here, base)
	if b.Commit, err = baseCommit(ctx, here, remote, base); err != nil {
		return unknown(fmt.Sprintf("%s (%v)", howToFetch(base), err))
	}
	if err := b.locate(ctx, here, file); err != nil {
		return unknown(fmt.Sprintf("git does not say where this folder lies: %v", err))
	}
	at := b.place(b.own)
	data, err := b.repo.ReadFile(ctx, b.Commit, b.own, config.MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.New = true
		return unknown(fmt.Sprintf("there is no %s yet: it grants something once it is merged", at))
	case err != nil:
		return unknown(fmt.Sprintf("%s cannot be read: %v; mend it there first", at, err))
	}
	if b.Config, err = config.Parse(at, called, data); err != nil {
		b.Config = nil
		return unknown(fmt.Sprintf("%s is not valid, so it grants nothing; mend it there first", at))
	}
	return b
}

// locate finds the top of the working copy, and the configuration's place below it.
func (b *Base) locate(ctx context.Context, here *git.Repository, file string) error {
	prefix, err := here.Prefix(ctx)
	if err != nil {
		return err
	}
	if b.top, err = here.Root(ctx); err != nil {
		return err
	}
	b.own = path.Join(prefix, file)
	b.repo, err = git.Open(ctx, b.top)
	return err
}

// place names a file at the base.
func (b *Base) place(file string) string {
	return fmt.Sprintf("%s at %s (%.7s)", file, b.Name, b.Commit)
}

// dir is the folder of the configuration, from the top of the repository.
func (b *Base) dir() string { return path.Dir(b.own) }

// baseCommit finds the commit, and fetches it if the clone does not have it: the
// very one that the host names, else the tip of the branch; if the remote does
// not answer, the tip as it was fetched last.
func baseCommit(ctx context.Context, repo *git.Repository, remote string, base actions.Base) (string, error) {
	var failed error
	if named := mergedWith(ctx, repo, base); named != "" {
		commit, err := repo.Commit(ctx, named)
		if err != nil && base.Branch != "" {
			commit, err = repo.Fetch(ctx, remote, named)
		}
		if err == nil || base.Branch == "" {
			return commit, err
		}
		failed = err
	}
	if base.Branch == "" {
		return "", errors.New("nothing to look for")
	}
	commit, err := repo.Fetch(ctx, remote, base.Branch)
	if err == nil || remote != "origin" { // what a fork calls its branch is no base
		return commit, err
	}
	if commit, err := repo.Commit(ctx, "refs/remotes/origin/"+base.Branch); err == nil {
		return commit, nil
	}
	return "", cmp.Or(failed, err)
}

// mergedWith is the commit that the host names, or the newer one that it merged the
// change with, if that is what is checked out.
func mergedWith(ctx context.Context, repo *git.Repository, base actions.Base) string {
	if base.Merge == "" || repo.Head(ctx) != base.Merge {
		return base.Commit
	}
	if parents, err := repo.Parents(ctx, base.Merge); err == nil && len(parents) == 2 {
		return parents[0]
	}
	return base.Commit
}

// remoteOf is where the base is fetched from: the job's own remote, unless that is a fork.
func remoteOf(ctx context.Context, repo *git.Repository, base actions.Base) string {
	if base.URL == "" || repo.Points(ctx, "origin", base.URL) {
		return "origin"
	}
	return base.URL
}

func howToFetch(base actions.Base) string {
	if base.Branch == "" {
		return "the host does not say which branch the change goes into; name it with --base"
	}
	return fmt.Sprintf("the target branch %s is not in this clone; fetch it first: git fetch --depth=1 %[2]s +refs/heads/%[1]s:refs/remotes/origin/%[1]s (or give actions/checkout fetch-depth: 0)", base.Branch, cmp.Or(base.URL, "origin"))
}

// gateAt is a pipeline with a gate, at the base.
type gateAt struct {
	file string // from the top of the repository
	name string
	text string
}

// gates lists every pipeline that the base gates: not only the one that is run
// here, since a change that drops the gate of another one is seen by nobody else.
func (b *Base) gates(ctx context.Context) ([]gateAt, error) {
	files, err := b.repo.FilesAt(ctx, b.Commit)
	if err != nil {
		return nil, err
	}
	var out []gateAt
	for _, file := range files {
		if file != b.own && path.Base(file) != config.FileName {
			continue
		}
		data, err := b.repo.ReadFile(ctx, b.Commit, file, config.MaxSize)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil || !bytes.Contains(data, []byte("gate")) {
			continue // what muster cannot read there gates nothing
		}
		if cfg, err := config.Parse(b.place(file), b.nameOf(file), data); err == nil && cfg.Gate != nil {
			out = append(out, gateAt{file, cfg.Name, cfg.Text()})
		}
	}
	return out, nil
}

// nameOf is what a pipeline is called whose file gives it no name.
func (b *Base) nameOf(file string) string {
	if path.Dir(file) == b.dir() {
		return b.called
	}
	return filepath.Base(filepath.Join(b.top, filepath.FromSlash(path.Dir(file))))
}

// OpenGone stands in for a pipeline whose file is not there, if the base gates
// it: a change that takes the file away still gets a decision. The project's
// configuration is the base's. It is nil if the base has no such gate.
func OpenGone(ctx context.Context, file, registryPath string, base actions.Base) (*Project, *Base, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, fmt.Errorf("open project: %w", err)
	}
	dir, there := baseOfFile(ctx, abs, base)
	if !there.gated() {
		return nil, there, nil
	}
	project, err := standIn(there.Config, dir, abs, registryPath)
	return project, there, err
}

// baseOfFile is what the base says of a file, which need not be here, nor its folder: git
// is asked in the nearest one that is.
func baseOfFile(ctx context.Context, abs string, base actions.Base) (dir string, there *Base) {
	dir, rest := filepath.Dir(abs), filepath.Base(abs)
	called := filepath.Base(dir)
	for dir != filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			break
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
	return dir, loadBase(ctx, dir, filepath.ToSlash(rest), called, base)
}

// standIn is a project in dir whose own file cannot be read.
func standIn(cfg *config.Config, dir, abs, registryPath string) (*Project, error) {
	project, err := newProject(cfg, filepath.Join(dir, filepath.Base(abs)), registryPath)
	if err != nil {
		return nil, err
	}
	project.gone = true
	project.Folder, err = stages.OpenFolder(project.Dir)
	return project, err
}
