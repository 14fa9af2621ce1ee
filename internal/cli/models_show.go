package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) modelsShowCommand() *cobra.Command {
	var card bool
	cmd := &cobra.Command{
		Use:   "show [version]",
		Short: "Show a version, or the current one: files, metrics, where it came from, its history",
		Long: `Show what is known of a version of the model, or of the one that an alias names: its
files by digest, its metrics, the run and the commit that it came from, the decision
that let it in, waivers, who vouches for how it was made, and the moves that concern
it. With --card its model card is printed, as Markdown.

Exit codes: 0 done · 1 the registry cannot be read · 2 invalid file, or no such version`,
		Example: `  muster models show
  muster models show v3 --format json
  muster models show production --card > MODEL_CARD.md`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showModel(cmd.Context(), args, card) },
	}
	cmd.Flags().BoolVar(&card, "card", false, "print the model card")
	return cmd
}

// models opens the registry for the commands that read it.
func (a *app) models(ctx context.Context) (*flow.Models, error) {
	project, err := a.project()
	if err != nil {
		return nil, err
	}
	return flow.OpenModels(ctx, project)
}

// model finds a version by its name, or by an alias; the champion's if none is named.
func (a *app) model(ctx context.Context, models *flow.Models, args []string) (result.Version, error) {
	return models.Find(ctx, append(args, championAlias(models.Project))[0])
}

func (a *app) showModel(ctx context.Context, args []string, card bool) error {
	models, err := a.models(ctx)
	if err != nil {
		return err
	}
	version, err := a.model(ctx, models, args)
	switch {
	case err != nil:
		return err
	case card:
		text, err := models.Card(ctx, version)
		if err == nil {
			_, err = a.Out.Write(text)
		}
		return err
	case a.json():
		return printDocument(a, version, result.Report{})
	}
	details, err := models.Show(ctx, version)
	if err != nil {
		return err
	}
	return report.ModelTerminal(a.Out, details, a.terminal())
}

func (a *app) modelsHistoryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history [alias]",
		Short: "List the moves of an alias: who, when, why, what the gate had said, and how the metrics went",
		Long: `List the moves of an alias, the newest first: from which version to which, who did
it, why, what the gate had said of the version, whether a person set that aside, who
signed it, and the version's metrics. Below, each metric's way over the moves. The
alias is the gate's champion unless one is named; the anchor's is production-anchor.

Exit codes: 0 done · 1 the registry cannot be read · 2 invalid file, or no registry`,
		Example: `  muster models history
  muster models history production-anchor
  muster models history --format json | jq -r '.moves[] | [.at, .to, .by, .reason] | @tsv'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			models, err := a.models(cmd.Context())
			if err != nil {
				return err
			}
			moves, err := models.History(cmd.Context(), append(args, championAlias(models.Project))[0])
			if err != nil {
				return err
			}
			return printAs(a, moves, report.MovesTerminal)
		},
	}
}

func (a *app) modelsDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff VERSION VERSION",
		Short: "Say what differs between two versions: metrics, files, and what made them",
		Long: `Compare two versions, or what two aliases name: their metrics as they were when each
passed the gate, the files of the model, and what differs between the runs that made
them: parameters, code and data by digest, commands, images, environment. What is
the same is left out.

The numbers are compared as they are. Whether a difference is more than noise is
what muster compare answers.

Exit codes: 0 done, also if they differ · 1 the registry cannot be read · 2 there is no such version`,
		Example: `  muster models diff v3 v4
  muster models diff production-anchor production --format json`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			models, err := a.models(cmd.Context())
			if err != nil {
				return err
			}
			var sides [2]result.Version
			for i, name := range args {
				if sides[i], err = models.Find(cmd.Context(), name); err != nil {
					return err
				}
			}
			return printAs(a, models.Diff(sides[0], sides[1]), report.VersionsTerminal)
		},
	}
}
