package flow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/registry"
)

// InitRegistry makes the registry, which the first model needs: a registry that
// is missing could as well be one that was not found.
func (p *Project) InitRegistry(ctx context.Context) error {
	if !p.inGit() {
		return registry.InitDir(ctx, p.RegistryPath, p.Config.Name)
	}
	backend, err := p.gitRegistry(ctx)
	if err != nil {
		return err
	}
	return registry.InitGit(ctx, backend, p.Config.Name)
}

// Registry opens the registry, which must be this pipeline's own.
func (p *Project) Registry(ctx context.Context) (*registry.Registry, error) {
	reg, err := p.openRegistry(ctx)
	if err == nil && reg.Pipeline() != p.Config.Name {
		return nil, &otherPipelineError{p.RegistryPlace(), reg.Pipeline(), p.Config.Name, p.Config.Name == p.called}
	}
	return reg, err
}

// otherPipelineError says whose registry it is. A pipeline without a name is
// called like its folder, which may be another one in each clone.
type otherPipelineError struct {
	place, theirs, ours string
	byFolder            bool
}

func (e *otherPipelineError) Error() string {
	text := fmt.Sprintf("%s is the registry of pipeline %q, not of %q", e.place, e.theirs, e.ours)
	if e.byFolder {
		text += "; if that is the name of the folder only, say in muster.yaml: name: " + e.theirs
	}
	return text
}

func (p *Project) openRegistry(ctx context.Context) (*registry.Registry, error) {
	if !p.inGit() {
		return registry.OpenDir(ctx, p.RegistryPath)
	}
	backend, err := p.gitRegistry(ctx)
	if err != nil {
		return nil, err
	}
	return registry.Open(ctx, backend)
}

// RegistryPlace says where the registry is, for messages.
func (p *Project) RegistryPlace() string {
	if !p.inGit() {
		return p.RegistryPath
	}
	return fmt.Sprintf("branch %s of %s", p.registry.Git.Branch, p.registry.Git.Remote)
}

// inGit reports whether the registry is a branch of the repository. A folder that
// the caller names comes first.
func (p *Project) inGit() bool { return !p.placed && p.registry.Git != nil }

// gitRegistry is the branch at the remote that the clone or the host names. What
// the host says beats a remote's name: in a fork's job "origin" is the fork.
func (p *Project) gitRegistry(ctx context.Context) (*registry.Git, error) {
	settings := p.registry.Git
	remote, err := git.FindRemote(ctx, p.Dir, settings.Remote)
	if err == nil && !git.IsAddress(settings.Remote) {
		remote, err = remote.Instead(p.Target)
	}
	if err != nil {
		return nil, fmt.Errorf("open registry: %w; name the remote, or its URL, in registry.git.remote", err)
	}
	large := settings.Objects
	if large != "" && !filepath.IsAbs(large) {
		large = filepath.Join(p.Dir, large)
	}
	cache, err := p.cacheOfGit()
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	return registry.NewGit(remote, settings.Branch, cache, large)
}

// cacheOfGit is where fetched branches lie: in the project's folder, or, if there
// is none since nothing is to be made there, in the user's cache.
func (p *Project) cacheOfGit() (string, error) {
	if p.Folder != nil {
		return p.Folder.Path("git"), nil
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		folder = os.TempDir()
	}
	folder = filepath.Join(folder, "muster", "git")
	return folder, os.MkdirAll(folder, 0o700)
}

// insideCheckout reports whether the registry would vanish with a CI job: a
// checkout is a whole repository, and may be reached by links.
func (p *Project) insideCheckout(ctx context.Context) bool {
	if p.inGit() {
		return false
	}
	root := p.Dir
	if repo, err := git.Open(ctx, p.Dir); err == nil {
		if top, err := repo.Root(ctx); err == nil {
			root = top
		}
	}
	rel, err := filepath.Rel(resolve(root), resolve(p.RegistryPath))
	return err != nil || filepath.IsLocal(rel)
}

// resolve follows the links in as much of the path as there is.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolve(parent), filepath.Base(path))
}
