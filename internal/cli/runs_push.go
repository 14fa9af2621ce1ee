package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/git"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking/mlflow"
)

func (a *app) runsPushCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "push [run...]",
		Short: "Log runs to the MLflow server that muster.yaml names",
		Long: `Log runs to the MLflow server of muster.yaml's tracking: section; without names,
those that have not been logged yet. muster run and muster ci do so themselves,
so this is for runs that were made while the server was down, or before there
was one. A run that is there already is found by its tag and not doubled.

How to get in is taken from MLflow's own variables: MLFLOW_TRACKING_TOKEN, or
MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD;
MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_INSECURE_TLS.

Exit codes: 0 done · 1 the server refuses or does not answer · 2 there is no
such run, or muster.yaml names no server`,
		Example: `  muster runs push              # what has not been sent
  muster runs push last 9f86d081`,
		ValidArgsFunction: a.completeRunIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.pushRuns(cmd.Context(), args) },
	}
}

func (a *app) pushRuns(ctx context.Context, refs []string) error {
	project, history, err := a.history()
	if err != nil {
		return err
	}
	track := flow.Track{Project: project, Env: a.env}
	if !track.Wanted() {
		return flow.ErrNoTracker
	}
	event, err := a.event(ctx, "auto", project.Dir, "", git.ReadHeads(ctx, project.Dir))
	if err != nil {
		return err
	}
	if a.base(ctx, project, event); !track.Wanted() {
		return errors.New("nothing was sent: a change request may not choose the server")
	}
	runs := track.Unsent(history.Runs)
	if len(refs) > 0 {
		runs = nil
		for _, ref := range slices.Backward(refs) { // Push begins at the end
			run, err := project.Folder.LoadRun(ref, project.Config.Name)
			if err != nil {
				return err
			}
			runs = append(runs, run)
		}
	}
	logged, err := track.Push(ctx, runs)
	if printErr := a.printLogged(logged); err == nil {
		err = printErr
	}
	return err
}

func (a *app) printLogged(logged []mlflow.Logged) error {
	if a.json() {
		return a.printJSON(append([]mlflow.Logged{}, logged...))
	}
	for _, run := range logged {
		if _, err := fmt.Fprintln(a.Out, "logged:", run.URL); err != nil {
			return err
		}
	}
	if len(logged) == 0 {
		fmt.Fprintln(a.Err, "nothing was sent")
	}
	return nil
}

// track logs a run that has just ended where muster.yaml says. What goes wrong
// is a warning: the run is what it is, and its record can be sent later.
func (a *app) track(ctx context.Context, project *flow.Project, run result.Run) error {
	page, err := flow.Track{Project: project, Env: a.env}.Run(ctx, run)
	switch {
	case err != nil:
		fmt.Fprintln(a.Err, "warning:", err)
		if hint := hintFor(err); hint != "" {
			fmt.Fprintln(a.Err, "hint:", hint)
		}
	case page != "":
		fmt.Fprintln(a.Err, "logged:", page)
	}
	return err
}
