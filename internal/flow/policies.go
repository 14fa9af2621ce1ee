package flow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/internal/rego/remote"
	"github.com/muster-ci/muster/policies"
)

// TeamPolicies opens the team's own policies: the folder that gate.policies
// names below dir, or the bundle, from there or from elsewhere. A mistake in
// muster.yaml is a [config.Error]; a bundle that cannot be used is a
// [rego.BundleError]; other errors are those of the network and the disk.
func TeamPolicies(ctx context.Context, c *config.Config, dir string) (policies.Team, error) {
	if c.Gate == nil {
		return policies.Team{}, nil
	}
	named := c.Gate.Policies
	switch {
	case named.Bundle != "":
		return openBundle(ctx, c, dir)
	case named.Path == "":
		return policies.Team{}, nil
	}
	path := filepath.Join(dir, filepath.FromSlash(named.Path))
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return policies.Team{}, c.ProblemAt("/gate/policies", fmt.Sprintf("there is no folder %s", named.Path), "make it, or take the line out")
	}
	return policies.Team{Name: named.Path, Files: os.DirFS(path)}, nil
}

// openBundle reads a bundle, and checks its signature where there is a key. One
// from elsewhere needs a key or a digest: else whoever keeps it decides.
func openBundle(ctx context.Context, c *config.Config, dir string) (policies.Team, error) {
	named := c.Gate.Policies
	var key []byte
	var err error
	if named.Key != "" {
		if key, err = readIn(dir, named.Key, maxKey); err != nil {
			return policies.Team{}, c.ProblemAt("/gate/policies/key", fmt.Sprintf("the key cannot be read: %v", err), "put the public key (PEM) there")
		}
		if len(key) == 0 {
			return policies.Team{}, c.ProblemAt("/gate/policies/key", named.Key+" is empty", "put the public key (PEM) there")
		}
	}
	var archive []byte
	if remote.Is(named.Bundle) {
		if len(key) == 0 && !remote.Pinned(named.Bundle) {
			return policies.Team{}, c.ProblemAt("/gate/policies/bundle", "a bundle from elsewhere needs a key or a digest", "add key: policy-key.pem, or name the digest: oci://HOST/NAME@sha256:…, https://HOST/FILE#sha256=…")
		}
		if archive, err = remote.Fetch(ctx, named.Bundle, rego.MaxBundle); err != nil {
			return policies.Team{}, err
		}
	} else if archive, err = readIn(dir, named.Bundle, rego.MaxBundle); err != nil {
		return policies.Team{}, c.ProblemAt("/gate/policies/bundle", fmt.Sprintf("the bundle cannot be read: %v", err), "make it: opa build --bundle FOLDER --output "+named.Bundle)
	}
	bundle, err := rego.ReadBundle(archive, named.Bundle, key)
	if err != nil {
		return policies.Team{}, err
	}
	return policies.Team{Name: named.Bundle, Bundle: bundle}, nil
}
