package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/attest"
	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
)

// promoteFlags say what is promoted, and why.
type promoteFlags struct {
	decision, reason string
	override, anchor bool
}

func (a *app) promoteCommand() *cobra.Command {
	var flags promoteFlags
	cmd := &cobra.Command{
		Use:   "promote",
		Short: "Make the model that passed the gate the current one",
		Long: `Add the candidate to the registry as a new version and move the alias to it. That
takes a passing decision for exactly the model that the latest run made, against
the champion that is still current: of two promotions at once, one wins. A decision
whose waivers have expired, or that the alias has been moved since, promotes nothing.
Doing it again after it was cut short finishes it.

With --override a person promotes what the gate did not let pass. It takes a decision
about exactly this model and a reason; both are kept, and every later decision warns of
it while that version is the champion. With --anchor the anchor is moved to the
champion. Neither is possible in a change request, nor in a job that a push or a
schedule has started: it takes a job that somebody started by hand, or a laptop.

Where muster.yaml names registry.keys, MUSTER_SIGNING_KEY has the private key (PEM)
that the promotion is signed with.

Exit codes: 0 promoted, or unchanged · 1 the registry failed · 2 the decision is
about something else, there is no key, or no reason · 4, 5 the gate denied or could
not decide, or a waiver expired · 7 the champion moved meanwhile: gate again`,
		Example: `  muster gate && muster promote
  muster promote --reason "retrained on the data of March"
  muster promote --override --reason "the old model reads a sensor that is gone"
  muster promote --anchor --reason "recall was traded for precision: agreed with the clinic"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.promote(cmd.Context(), flags) },
	}
	cmd.Flags().StringVar(&flags.decision, "decision", "", "the decision file (default .muster/decision.json)")
	cmd.Flags().StringVar(&flags.reason, "reason", "", "why, for the alias's history")
	cmd.Flags().BoolVar(&flags.override, "override", false, "promote although the gate did not let it pass; takes a reason")
	cmd.Flags().BoolVar(&flags.anchor, "anchor", false, "move the anchor to the champion, and promote nothing; takes a reason")
	cmd.MarkFlagsMutuallyExclusive("override", "anchor")
	cmd.MarkFlagsMutuallyExclusive("decision", "anchor")
	return cmd
}

func (a *app) promote(ctx context.Context, flags promoteFlags) error {
	promoter, err := a.promoter(ctx)
	if err != nil {
		return err
	}
	if flags.anchor {
		return a.printPromotion(promoter.Anchor(ctx, flags.reason))
	}
	decision, err := promoter.Project.LoadDecision(flags.decision)
	if err != nil {
		return err
	}
	return a.printPromotion(promoter.Promote(ctx, decision, flow.Asked{Reason: flags.reason, Override: flags.override}))
}

func (a *app) printPromotion(promotion result.Promotion, err error) error {
	if err != nil {
		return err
	}
	return printDocument(a, promotion, result.Report{Pipeline: promotion.Pipeline, Promotion: &promotion})
}

// promoter wires what moves aliases: the project, the event, and the key.
func (a *app) promoter(ctx context.Context) (flow.Promoter, error) {
	project, err := a.project()
	if err != nil {
		return flow.Promoter{}, err
	}
	event, err := a.event(ctx, "auto", project.Dir, "", git.ReadHeads(ctx, project.Dir))
	if err != nil {
		return flow.Promoter{}, err
	}
	signer, err := a.signer()
	return flow.Promoter{Project: project, Event: event, Signer: signer, By: event.Actor}, err
}

// signer is the key that promotions are signed with, or nil if the environment has none.
func (a *app) signer() (*attest.Signer, error) {
	text, set := a.env(flow.SigningKey)
	if !set || text == "" {
		return nil, nil
	}
	signer, err := attest.ParseSigner(flow.SigningKey, []byte(text))
	if wrong, ok := errors.AsType[*attest.KeyError](err); ok {
		return nil, &usageError{err: wrong, hint: wrong.Remedy}
	}
	return signer, err
}
