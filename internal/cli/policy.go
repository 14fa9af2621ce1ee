package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/policies"
)

func (a *app) policyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "policy",
		Short: "The gate's policies: test and check the team's own, explain a finding, ask them, replay the past",
		Long:  "The bundled policies turn the gate section into findings; the team's own Rego, in the folder or the bundle that gate.policies names, adds more.",
		Example: `  muster policy test --coverage
  muster policy check --write
  muster policy explain slice-worse
  muster policy eval --input input.json
  muster policy replay --since 2026-01-01`,
	}, a.policyTestCommand(), a.policyCheckCommand(), a.policyExplainCommand(), a.policyEvalCommand(), a.policyReplayCommand())
}

// teamPolicies opens the team's own policies; none if muster.yaml names none.
func (a *app) teamPolicies(ctx context.Context) (policies.Team, error) {
	project, err := a.peek()
	if err != nil {
		return policies.Team{}, err
	}
	return flow.TeamPolicies(ctx, project.Config, project.Dir)
}
