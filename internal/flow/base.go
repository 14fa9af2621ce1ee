package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/stages"
)

// LoadBase reads the configuration of the branch that a change goes into, as it
// is at the tip of that branch. What cannot be read grants nothing, and the
// answer says why and what to do.
func LoadBase(ctx context.Context, p *Project, base actions.Base) stages.Base {
	repo, err := git.Open(ctx, p.Dir)
	if err != nil {
		return stages.Base{Missing: "this is no git working copy, so nobody knows what the target branch says; run muster in a clone"}
	}
	commit, err := baseCommit(ctx, repo, base)
	if err != nil {
		return stages.Base{Missing: howToFetch(base)}
	}
	name := base.Branch
	if name == "" {
		name = "the target branch"
	}
	at := fmt.Sprintf("%s at %s (%.7s)", p.File, name, commit)
	data, err := repo.ReadFile(ctx, commit, p.File, config.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return stages.Base{New: true, Missing: fmt.Sprintf("there is no %s yet: it grants something once it is merged", at)}
	}
	if err != nil {
		return stages.Base{Missing: fmt.Sprintf("%s cannot be read: %v; mend it there first", at, err)}
	}
	cfg, err := config.Parse(at, p.Config.Name, data)
	if err != nil {
		return stages.Base{Missing: fmt.Sprintf("%s is not valid, so it grants nothing; mend it there first", at)}
	}
	return stages.Base{Config: cfg}
}

// baseCommit finds the commit in the clone: the very one that the host names,
// else the tip of the branch as it was fetched.
func baseCommit(ctx context.Context, repo *git.Repository, base actions.Base) (string, error) {
	commit, err := repo.Commit(ctx, base.Commit)
	if err == nil || base.Branch == "" {
		return commit, err
	}
	return repo.Commit(ctx, "refs/remotes/origin/"+base.Branch)
}

func howToFetch(base actions.Base) string {
	if base.Branch == "" {
		return "the host does not say which branch the change goes into; name it with --base"
	}
	return fmt.Sprintf("the target branch %s is not in this clone; fetch it first: git fetch --depth=1 origin +refs/heads/%[1]s:refs/remotes/origin/%[1]s (or give actions/checkout fetch-depth: 0)", base.Branch)
}
