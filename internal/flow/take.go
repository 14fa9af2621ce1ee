package flow

import (
	"context"
	"fmt"
	"strings"

	"github.com/muster-ci/muster/internal/objects"
	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

var _ stages.Models = (*Project)(nil)

// Take gives a model of the pipeline's own registry: NAME@ALIAS or NAME/VERSION.
func (p *Project) Take(ctx context.Context, reference string, store *objects.Store) (result.Model, error) {
	reg, err := p.Registry(ctx)
	if err != nil {
		return result.Model{}, err
	}
	version, err := p.referred(ctx, reg, reference)
	if err != nil {
		return result.Model{}, err
	}
	return modelOf(version), reg.Restore(ctx, version.Version, store)
}

func (p *Project) referred(ctx context.Context, reg *registry.Registry, reference string) (result.Version, error) {
	name, alias, isAlias := strings.Cut(reference, "@")
	if !isAlias {
		name, alias, _ = strings.Cut(reference, "/")
	}
	if name != p.Config.Name {
		return result.Version{}, fmt.Errorf("this pipeline's registry keeps models of %q, not of %q", p.Config.Name, name)
	}
	if isAlias {
		version, _, err := reg.Current(ctx, alias)
		return version, err
	}
	return reg.Version(ctx, alias)
}
