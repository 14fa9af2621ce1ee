package policies

import (
	"context"
	"io/fs"

	"github.com/muster-ci/muster/internal/rego"
)

// Test runs the team's Rego tests, with the bundled policies there to be
// imported. Without a team it runs the tests of the bundled ones.
func Test(ctx context.Context, team fs.FS, dir string) ([]rego.TestResult, error) {
	return TestTeam(ctx, Team{Name: dir, Files: team})
}

// TestTeam runs a team's Rego tests, as Test does.
func TestTeam(ctx context.Context, team Team, opts ...rego.Option) ([]rego.TestResult, error) {
	// What the gate would refuse is refused here too.
	if _, err := LoadTeam(team); err != nil {
		return nil, err
	}
	modules, err := allModules(team, true)
	if err != nil {
		return nil, err
	}
	return rego.Test(ctx, modules, opts...)
}
