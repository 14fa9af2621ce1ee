package cli

import (
	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
)

func (a *app) rollbackCommand() *cobra.Command {
	var alias, to, reason string
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Move the alias back to the version before, or to the one named",
		Long: `Move the alias back. Nothing is deleted: versions are immutable, and the move is
one more entry in the alias's history, with who did it and why.

The anchor stays where it is, since a rollback says which version was bad, and not
which one is good enough to be held against. If the anchor names what was rolled
back from, that is said: muster promote --anchor moves it.

Exit codes: 0 done · 1 the registry failed · 2 there is no such version, or none
before, or no key to sign with · 7 the alias moved meanwhile`,
		Example: `  muster rollback --reason "complaints since Monday"
  muster rollback --to v3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			promoter, err := a.promoter(cmd.Context())
			if err != nil {
				return err
			}
			if alias == "" {
				alias = championAlias(promoter.Project)
			}
			return a.printPromotion(promoter.Rollback(cmd.Context(), alias, to, reason))
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
