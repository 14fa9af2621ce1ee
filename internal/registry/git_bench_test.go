package registry_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/registry/registrytest"
)

// BenchmarkGitPromote promotes into a registry of some size, from a clone that
// has fetched it before, and from a new one as each job is.
func BenchmarkGitPromote(b *testing.B) {
	for _, versions := range []int{10, 1000} {
		for _, fresh := range []bool{false, true} {
			b.Run(fmt.Sprintf("versions=%d/fresh=%v", versions, fresh), func(b *testing.B) { benchGitPromote(b, versions, fresh) })
		}
	}
}

func benchGitPromote(b *testing.B, versions int, fresh bool) {
	b.Helper()
	b.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	remote := filepath.Join(b.TempDir(), "remote.git")
	runGit(b, ".", nil, "init", "--quiet", "--bare", remote)
	runGit(b, remote, nil, "config", "uploadpack.allowFilter", "true")
	at, err := git.FindRemote(b.Context(), b.TempDir(), "file://"+remote)
	if err != nil {
		b.Fatal(err)
	}
	fillGit(b, at, versions)
	cache := b.TempDir()
	from := fmt.Sprintf("v%d", versions)
	for i := 0; b.Loop(); i++ {
		if fresh {
			cache = b.TempDir()
		}
		backend, err := registry.NewGit(at, gitBranch, cache, "")
		if err != nil {
			b.Fatal(err)
		}
		reg, err := registry.Open(b.Context(), backend)
		if err != nil {
			b.Fatal(err)
		}
		from = addAndMove(b, reg, from, fmt.Sprint("new ", i))
	}
}

// addLarge promotes a version whose document is as large as one with a decision is.
func addLarge(b *testing.B, reg *registry.Registry, from string, i int) string {
	b.Helper()
	store := registrytest.NewStore(b)
	v := registrytest.NewVersion(b, store, fmt.Sprint(i))
	for n := range 300 {
		v.Metrics[fmt.Sprintf("metric_%d", n)] = float64(n*i) / 7
	}
	added, err := reg.Add(b.Context(), store, v)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := reg.Move(b.Context(), registry.Promotion{Alias: "production", From: from, To: added.Version}); err != nil {
		b.Fatal(err)
	}
	return added.Version
}

// fillGit makes a registry in which each version was promoted in turn, by way of a
// folder: a thousand pushes would take their time.
func fillGit(b *testing.B, at git.Remote, versions int) {
	b.Helper()
	backend, err := registry.NewGit(at, gitBranch, b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	if err := registry.InitGit(b.Context(), backend, registrytest.Pipeline); err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "registry")
	if err := registry.InitDir(b.Context(), dir, registrytest.Pipeline); err != nil {
		b.Fatal(err)
	}
	reg, err := registry.OpenDir(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	from := ""
	for i := range versions {
		from = addLarge(b, reg, from, i)
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		name = strings.Replace(filepath.ToSlash(name), "objects/sha256/", "objects/", 1)
		if err == nil && entry.Type().IsRegular() && name != "registry.json" && !strings.HasSuffix(name, "lock") {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	branch, err := git.OpenBranch(at, gitBranch, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	tip, err := branch.Tip(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := branch.Commit(b.Context(), tip, files, "fill"); err != nil {
		b.Fatal(err)
	}
}
