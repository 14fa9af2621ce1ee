package policies

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/muster-ci/muster/internal/rego"
)

// Test runs the team's Rego tests, with the bundled policies there to be
// imported. Without a team it runs the tests of the bundled ones.
func Test(ctx context.Context, team fs.FS, dir string) ([]rego.TestResult, error) {
	tested, err := TestTeam(ctx, Team{Name: dir, Files: team}, rego.Testing{})
	return tested.Results, err
}

// TestTeam runs a team's Rego tests, as Test does. Coverage is that of the
// policies whose tests are run.
func TestTeam(ctx context.Context, team Team, testing rego.Testing) (rego.Tested, error) {
	// What the gate would refuse is refused here too.
	if _, err := LoadTeam(team); err != nil {
		return rego.Tested{}, err
	}
	modules, err := allWithTests(team)
	if err != nil {
		return rego.Tested{}, err
	}
	if testing.Data, err = team.data(); err != nil {
		return rego.Tested{}, err
	}
	tested, err := rego.Test(ctx, modules, testing)
	if team.Name != "" {
		tested.Coverage = slices.DeleteFunc(tested.Coverage, func(c rego.FileCoverage) bool { return strings.HasPrefix(c.Path, bundledPrefix) })
	}
	return tested, err
}
