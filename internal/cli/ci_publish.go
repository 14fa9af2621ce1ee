package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
)

func (a *app) ciPublishCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "publish --from DIR",
		Short: "Publish what a fork's job came to, as an unverified comment",
		Long: `Write the comment of a pull request whose own job could not: that of a fork has no
token. It is called in a workflow with on: workflow_run, which runs in the default
branch's name when the other one has ended; docs/github.md has it in full.

DIR is a folder of its own into which the artifact of that run was downloaded. Of
what is in it, report.json is read, and nothing else; it may be anything that
anybody wrote, so it is bounded, held against its schema, and nothing of it runs.
Which pull request it is about is the word of the event and of the API: where that
has moved on, nothing is written. The report must be of the pipeline that the
default branch's configuration has (--file).

What comes of it is a comment of its own, which begins with "Unverified, from a
fork". It is never a check, a status, a promotion or an issue, and never replaces
what a verified run said.

Exit codes: 0 written, or left alone, and why is said · 1 the host failed ·
2 wrong usage, or a report that is not taken`,
		Example: `  muster ci publish --from artifact`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.ciPublish(cmd, from) },
	}
	cmd.Flags().StringVar(&from, "from", "", "the folder with the artifact")
	return cmd
}

// unpublishedError says what the host was not told.
type unpublishedError struct {
	missing []string
	hint    string
}

func (e *unpublishedError) Error() string { return "publish: " + strings.Join(e.missing, "; ") }

// Hint is what the host's adapter says to do about it.
func (e *unpublishedError) Hint() string { return e.hint }

func (a *app) ciPublish(cmd *cobra.Command, from string) error {
	ctx := cmd.Context()
	if from == "" {
		return &usageError{err: errors.New("--from is missing"), hint: "name the folder into which the artifact was downloaded"}
	}
	project, event, err := a.open(ctx, "auto", "")
	if err != nil {
		return err
	}
	host, err := a.hostOf(event, "auto", "") // an artifact may lie over the checkout
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	told, err := flow.Fork{Project: project, Event: event, Host: host}.Publish(ctx, from)
	if isA[*flow.LeftAloneError](err) {
		fmt.Fprintln(a.Err, "nothing was written:", harmless(err.Error()))
		return nil
	}
	if err != nil {
		return err
	}
	for _, did := range told.Did {
		fmt.Fprintln(a.Err, harmless(did))
	}
	if len(told.Missing) > 0 {
		return &unpublishedError{missing: told.Missing, hint: told.Hint}
	}
	_, err = fmt.Fprintln(a.Out, report.Plain(told.Comment))
	return err
}
