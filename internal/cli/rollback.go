package cli

import (
	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) rollbackCommand() *cobra.Command {
	var alias, to, reason string
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Move the alias back to the version before, or to the one named",
		Long: `Move the alias back. Nothing is deleted: versions are immutable, and the move is
one more entry in the alias's history.

Exit codes: 0 done · 1 the registry failed · 2 there is no such version, or none
before · 7 the alias moved meanwhile`,
		Example: `  muster rollback --reason "complaints since Monday"
  muster rollback --to v3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			project, err := a.project()
			if err != nil {
				return err
			}
			if alias == "" {
				alias = championAlias(project)
			}
			promotion, err := flow.Rollback(cmd.Context(), project, alias, to, reason)
			if err != nil {
				return err
			}
			return printDocument(a, promotion, result.Report{Pipeline: promotion.Pipeline, Promotion: &promotion})
		},
	}
	cmd.Flags().StringVar(&alias, "alias", "", "the alias to move (default: the gate's champion)")
	cmd.Flags().StringVar(&to, "to", "", "the version to go back to")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the alias's history")
	return cmd
}

func championAlias(project *flow.Project) string {
	if project.Config.Gate == nil {
		return "production"
	}
	return project.Config.Gate.Champion
}
