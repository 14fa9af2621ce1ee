package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/actions"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

func (a *app) lockCommand() *cobra.Command {
	var flags runFlags
	var update bool
	cmd := &cobra.Command{
		Use:   "lock",
		Short: "Pin the images that the pipeline uses to what they are now",
		Long: `Write into muster.lock what the images are that muster.yaml and its Dockerfiles
name: their manifest digests. A run does the same for an image that it pulls. From
then on each machine runs the same image, whatever its tag moves to; commit the file.

An image that was made on this machine has no such digest and is not pinned.

Exit codes: 0 done · 1 an image cannot be had · 2 invalid file`,
		Example: `  muster lock              # pin what is not pinned yet
  muster lock --update     # pull all of them again, and pin what they are now`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.lock(cmd, flags, update) },
	}
	flags.register(cmd, 1)
	cmd.Flags().BoolVar(&update, "update", false, "pin anew what is pinned already")
	return cmd
}

func (a *app) lock(cmd *cobra.Command, flags runFlags, update bool) error {
	project, err := a.project()
	if err != nil {
		return err
	}
	runner, done, err := a.runner(cmd.Context(), project, flags, actions.Event{Scope: result.ScopeLocal}, nil)
	if err != nil {
		return err
	}
	defer done()
	pinned, err := runner.Pin(cmd.Context(), update)
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(pinned)
	}
	for _, pin := range pinned {
		fmt.Fprintln(a.Out, pinLine(pin))
	}
	if len(pinned) == 0 {
		fmt.Fprintln(a.Out, "the pipeline uses no image")
	}
	return nil
}

func pinLine(pin stages.Pinned) string {
	switch {
	case pin.Digest == "":
		return pin.Image + ": made on this machine, not pinned"
	case pin.Before != "":
		return fmt.Sprintf("%s: %s (was %s)", pin.Image, pin.Digest, pin.Before)
	default:
		return pin.Image + ": " + pin.Digest
	}
}
