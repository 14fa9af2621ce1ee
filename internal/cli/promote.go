package cli

import (
	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) promoteCommand() *cobra.Command {
	var decision, reason string
	cmd := &cobra.Command{
		Use:   "promote",
		Short: "Make the model that passed the gate the current one",
		Long: `Add the candidate to the registry as a new version and move the alias to it. That
takes a passing decision for exactly the model that the latest run made, against
the champion that is still current: of two promotions at once, one wins.

Exit codes: 0 promoted, or unchanged · 1 the registry failed · 2 the decision is
about something else · 4, 5 the gate denied or could not decide · 7 the champion
moved meanwhile: gate again`,
		Example: `  muster gate && muster promote
  muster promote --reason "retrained on the data of March"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.promote(cmd, decision, reason) },
	}
	cmd.Flags().StringVar(&decision, "decision", "", "the decision file (default .muster/decision.json)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the alias's history")
	return cmd
}

func (a *app) promote(cmd *cobra.Command, file, reason string) error {
	project, err := a.project()
	if err != nil {
		return err
	}
	decision, err := project.LoadDecision(file)
	if err != nil {
		return err
	}
	promotion, err := flow.Promote(cmd.Context(), project, decision, reason)
	if err != nil {
		return err
	}
	return printDocument(a, promotion, result.Report{Pipeline: promotion.Pipeline, Promotion: &promotion})
}
