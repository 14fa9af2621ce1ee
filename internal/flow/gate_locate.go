package flow

import (
	"context"
	"path/filepath"

	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// locate says of each finding which line of muster.yaml asks for what it is
// about: the metric's, the slices', or the gate's.
func (g Gate) locate(ctx context.Context, findings []result.Finding) {
	cfg, path := g.Project.Config, g.pathInRepository(ctx)
	if cfg.Gate == nil {
		return
	}
	for i, f := range findings {
		pointer := "/gate"
		switch {
		case f.Slice != "":
			pointer = "/gate/slices"
		case f.Metric != "":
			pointer = "/gate/metrics/" + f.Metric
		}
		findings[i].Location = &result.Location{Path: path, Line: cfg.Line(pointer)}
	}
}

// pathInRepository is the configuration's path as a code host knows it.
func (g Gate) pathInRepository(ctx context.Context) string {
	repo, err := git.Open(ctx, g.Project.Dir)
	if err != nil {
		return g.Project.File
	}
	root, err := repo.Root(ctx)
	if err != nil {
		return g.Project.File
	}
	rel, err := filepath.Rel(resolve(root), filepath.Join(g.Project.Dir, g.Project.File))
	if err != nil || !filepath.IsLocal(rel) {
		return g.Project.File
	}
	return filepath.ToSlash(rel)
}
