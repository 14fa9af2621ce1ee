package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/registry"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) modelsVerifyCommand() *cobra.Command {
	var mend bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole registry: every document, link, byte and signature",
		Long: `Read all of the registry: every version, every link of every alias's history and of
the ledger, every byte of every model, and, where muster.yaml names registry.keys, the
signature of every move. Each damage is listed with where it lies and what to do. A
move from before the first signature needs none: the first signed one vouches for it.

With --mend, files of models that are damaged or missing are first put right from the
cache of this folder, if it has them.

Exit codes: 0 all is whole · 1 something is damaged, or the registry cannot be read ·
2 invalid file, or no registry`,
		Example: `  muster models verify
  muster models verify --format json | jq -r '.damages[].path'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.verifyModels(cmd.Context(), mend) },
	}
	cmd.Flags().BoolVar(&mend, "mend", false, "put damaged files of models right from the cache")
	return cmd
}

func (a *app) verifyModels(ctx context.Context, mend bool) error {
	models, err := a.models(ctx)
	if err != nil {
		return err
	}
	if mend {
		if err := models.Mend(ctx); err != nil {
			return err
		}
	}
	found, err := models.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if err := printAs(a, found, report.VerificationTerminal); err != nil {
		return err
	}
	if len(found.Damages) > 0 {
		return &outcomeError{codeFailed}
	}
	return nil
}

func (a *app) modelsExportCommand() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write a version into a folder: the model's files, its card, and how it was made",
		Long: `Write the current version, or the one that is named, into a folder that is not there
or empty:

  model/            the model's files
  README.md         its model card, with the front matter of Hugging Face
  provenance.json   an in-toto statement of how it was made; signed, in a DSSE envelope
  version.json      all that the registry knows of it

Every byte is checked on the way. The folder is there whole or not at all.

Exit codes: 0 done · 1 the registry or the disk failed, or a file is damaged ·
2 the folder is not empty, or there is no such version`,
		Example: `  muster models export out/
  muster models export --version v3 /srv/serve/tumour`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.exportModel(cmd.Context(), version, args[0]) },
	}
	cmd.Flags().StringVar(&version, "version", "", "the version, or an alias (default: the gate's champion)")
	return cmd
}

func (a *app) exportModel(ctx context.Context, name, dir string) error {
	models, err := a.models(ctx)
	if err != nil {
		return err
	}
	var named []string
	if name != "" {
		named = []string{name}
	}
	version, err := a.model(ctx, models, named)
	if err != nil {
		return err
	}
	if err := models.Export(ctx, version, dir); err != nil {
		return err
	}
	if a.json() {
		return printDocument(a, version, result.Report{})
	}
	_, err = fmt.Fprintf(a.Out, "%s is in %s\n", version.Version, report.Plain(relative(dir)))
	return err
}

func (a *app) modelsSignCommand() *cobra.Command {
	var alias, reason string
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Sign what an alias names, once, when a registry gets its first keys",
		Long: `Sign what the champion's alias and the anchor's name now, with the key in
MUSTER_SIGNING_KEY: one more move of each, to the same version. A registry whose
history is older than its keys (registry.keys in muster.yaml) needs it once; so does
one whose key was replaced. The link in the signed move vouches for the moves before.

Exit codes: 0 done · 1 the registry failed · 2 there is no key, no reason, or nothing
to sign; or this is a change request · 7 the alias moved meanwhile`,
		Example: `  MUSTER_SIGNING_KEY="$(cat muster.key)" muster models sign --reason "keys since March"`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.signModels(cmd.Context(), alias, reason) },
	}
	cmd.Flags().StringVar(&alias, "alias", "", "sign this alias alone (default: the gate's champion and anchor)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the alias's history")
	return cmd
}

func (a *app) signModels(ctx context.Context, alias, reason string) error {
	promoter, err := a.promoter(ctx)
	if err != nil {
		return err
	}
	aliases := []string{alias}
	if gate := promoter.Project.Config.Gate; alias == "" && gate != nil {
		aliases = []string{gate.Champion, gate.Anchor}
	} else if alias == "" {
		return &usageError{err: errors.New("there is no gate, so nobody knows which alias is meant"), hint: "name one with --alias"}
	}
	for _, alias := range aliases {
		promotion, err := promoter.Sign(ctx, alias, reason)
		if errors.Is(err, registry.ErrNoAlias) && len(aliases) > 1 && alias == aliases[1] {
			continue // no anchor yet
		}
		if err := a.printPromotion(promotion, err); err != nil {
			return err
		}
	}
	return nil
}
