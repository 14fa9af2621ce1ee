package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/rego"
	"github.com/muster-ci/muster/policies"
)

func (a *app) policyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "policy",
		Short:   "The gate's policies: test the team's own, explain a finding",
		Long:    "The bundled policies turn the gate section into findings; the team's own Rego, in the folder that gate.policies names, adds more.",
		Example: "  muster policy test\n  muster policy explain slice-worse",
	}, a.policyTestCommand(), a.policyExplainCommand(), a.policyEvalCommand())
}

// teamPolicies opens the team's own policies; none if muster.yaml names none.
func (a *app) teamPolicies(ctx context.Context) (policies.Team, error) {
	project, err := a.peek()
	if err != nil {
		return policies.Team{}, err
	}
	return flow.TeamPolicies(ctx, project.Config, project.Dir)
}

func (a *app) policyTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "Run the tests of the policies (files ending in _test.rego)",
		Long: `Run every rule that begins with test_ in the team's own policies, or in the bundled
ones if the team has none. A rule that begins with todo_test_ is counted as skipped.

Exit codes: 0 all pass · 1 a test failed · 2 a policy is not valid Rego`,
		Example: "  muster policy test",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.testPolicies(cmd) },
	}
}

func (a *app) testPolicies(cmd *cobra.Command) error {
	team, err := a.teamPolicies(cmd.Context())
	if err != nil {
		return err
	}
	results, err := policies.TestTeam(cmd.Context(), team)
	if err != nil {
		return err
	}
	count := map[rego.TestStatus]int{}
	for _, r := range results {
		count[r.Status]++
		if r.Status != rego.TestPassed && !a.json() {
			fmt.Fprintf(a.Out, "%s %s:%d %s %s\n", r.Status, r.Path, r.Line, r.Name, r.Message)
		}
	}
	failed := count[rego.TestFailed] + count[rego.TestErrored]
	if a.json() {
		if err := a.printJSON(results); err != nil {
			return err
		}
		return asOutcome(min(failed, codeFailed))
	}
	fmt.Fprintf(a.Out, "%d passed, %d failed, %d skipped\n", count[rego.TestPassed], failed, count[rego.TestSkipped])
	if failed > 0 {
		return &outcomeError{codeFailed}
	}
	return nil
}

func (a *app) policyExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Say what a finding means and how to resolve it",
		Long: `Say what a finding means, and what can be done about it: what the policy's own
METADATA comment says. Codes stand beside each finding of a decision.

Exit codes: 0 done · 2 no policy has the code, or a policy is not valid Rego`,
		Example: `  muster policy explain slice-worse`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			team, err := a.teamPolicies(cmd.Context())
			if err != nil {
				return err
			}
			set, err := policies.LoadTeam(team)
			if err != nil {
				return err
			}
			title, description, ok := set.Explain(args[0])
			if !ok {
				return &usageError{err: fmt.Errorf("no policy has the code %q", args[0]), hint: "codes stand beside each finding of a decision"}
			}
			if a.json() {
				return a.printJSON(map[string]string{"code": args[0], "title": title, "description": description})
			}
			_, err = fmt.Fprintf(a.Out, "%s: %s\n\n%s\n", args[0], title, description)
			return err
		},
	}
}
