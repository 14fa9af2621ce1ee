package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/internal/tracking"
	"github.com/muster-ci/muster/stages"
)

func (a *app) runsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "runs",
		Short: "The runs so far: list, show, compare, find the best",
		Long: `Every run leaves a record in .muster/runs/ID. These commands read them.

A run is named by its id, by what its id begins with, by the eight characters
that lists show (or the first of them), or as last, last~1 (the one before), …`,
		Example: `  muster runs list
  muster runs diff last~1 last     # why is it worse?
  muster runs best roc_auc
  muster runs list --as html > runs.html`,
	}, a.runsListCommand(), a.runsShowCommand(), a.runsDiffCommand(), a.runsBestCommand(), a.runsPushCommand())
}

type listFlags struct {
	limit  int
	status string
	metric string
	as     string
}

func (a *app) runsListCommand() *cobra.Command {
	var flags listFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the runs, newest first, with parameters that vary and metrics",
		Long: `List the runs of this pipeline, the newest first: how each ended, when, how long
it took, its commit (with a + if tracked files were changed), its metrics, and
the parameters that are not the same in all of them.

Exit codes: 0 done (also if there are none) · 1 a record cannot be read · 2 wrong usage`,
		Example: `  muster runs list --limit 50
  muster runs list --status failed
  muster runs list --metric roc_auc --format json
  muster runs list --as html > runs.html`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.listRuns(flags) },
	}
	cmd.Flags().IntVarP(&flags.limit, "limit", "n", 20, "how many are shown, 0 for all; a page shows all unless it is given")
	cmd.Flags().StringVar(&flags.status, "status", "", "only runs that ended so: passed, failed or interrupted")
	cmd.Flags().StringVar(&flags.metric, "metric", "", "only runs that have this metric, and no other metric")
	cmd.Flags().StringVar(&flags.as, "as", "terminal", "what is printed: terminal or html, a page with plots")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		if flags.as == "html" && !cmd.Flags().Changed("limit") {
			flags.limit = 0
		}
	}
	_ = cmd.RegisterFlagCompletionFunc("status", words("passed", "failed", "interrupted"))
	_ = cmd.RegisterFlagCompletionFunc("as", words("terminal", "html"))
	return cmd
}

func (f listFlags) check() error {
	statuses := []string{"", string(result.RunPassed), string(result.RunFailed), string(result.RunInterrupted)}
	switch {
	case !slices.Contains(statuses, f.status):
		return &usageError{err: fmt.Errorf("--status %s is not known", f.status), hint: "use passed, failed or interrupted"}
	case f.as != "terminal" && f.as != "html":
		return &usageError{err: fmt.Errorf("--as %s is not known", f.as), hint: "use terminal or html"}
	case f.limit < 0:
		return &usageError{err: fmt.Errorf("--limit %d is less than none", f.limit), hint: "use 0 for all"}
	}
	return nil
}

func (a *app) listRuns(flags listFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	project, history, err := a.history()
	if err != nil {
		return err
	}
	directions := tracking.NewDirections(project.Config.Gate)
	runs := tracking.List(project.Config.Name, history.Runs, directions, tracking.Options{
		Status: result.RunStatus(flags.status), Metric: flags.metric, Limit: flags.limit,
	})
	for _, err := range history.Unread {
		runs.Unread = append(runs.Unread, err.Error())
	}
	switch {
	case a.json():
		return printDocument(a, runs, result.Report{})
	case flags.as == "html":
		return report.RunsHTML(a.Out, runs)
	case len(history.Runs) == 0 && len(history.Unread) == 0:
		_, err := fmt.Fprintln(a.Out, "no runs yet; make a first one: muster run")
		return err
	default:
		return report.RunsTerminal(a.Out, runs, a.terminal())
	}
}

// history reads the records of the project's pipeline.
func (a *app) history() (*flow.Project, stages.History, error) {
	project, err := a.project()
	if err != nil {
		return nil, stages.History{}, err
	}
	history, err := project.Folder.History(project.Config.Name)
	return project, history, err
}

func (a *app) terminal() report.TerminalOptions {
	return report.TerminalOptions{Color: a.colored(a.Out), Width: a.width(a.Out)}
}

func (a *app) runsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [run]",
		Short: "Show a run, or the last one: all that its record says",
		Long: `Show what is recorded of a run: how its stages ended and why they ran, metrics,
parameters, tests, commands, images, files by digest, and where it ran.

Exit codes: 0 done · 2 there is no such run`,
		Example: `  muster runs show
  muster runs show last~1
  muster runs show 9f86d081 --format json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: once(a.completeRunIDs),
		RunE: func(_ *cobra.Command, args []string) error {
			project, err := a.project()
			if err != nil {
				return err
			}
			run, err := project.Folder.LoadRun(append(args, "last")[0], project.Config.Name)
			if err != nil {
				return err
			}
			if a.json() {
				return printDocument(a, run, result.Report{})
			}
			return report.RunTerminal(a.Out, run, tracking.Summarise(run), a.terminal())
		},
	}
}

func (a *app) runsDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff [run] [run]",
		Short: "Say what differs between two runs, and why the metrics moved",
		Long: `Compare two runs: metrics, parameters, code and data by digest, commands, images,
environment, tests, commits. What is the same is left out. The first line says
what became worse or better, and what changed on the way to it. Without names
the last two runs are compared; with one, that run and the last.

The numbers are compared as they are. Whether a difference is more than noise
is what muster gate answers.

Exit codes: 0 done, also if they differ · 2 there is no such run`,
		Example: `  muster runs diff                 # the last two
  muster runs diff last~1 last     # the same
  muster runs diff 9f86d081 3c7a20be --format json`,
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: a.completeRunIDs,
		RunE:              func(_ *cobra.Command, args []string) error { return a.diffRuns(args) },
	}
}

func (a *app) diffRuns(args []string) error {
	project, err := a.project()
	if err != nil {
		return err
	}
	refs := [2]string{"last~1", "last"}
	copy(refs[:], args)
	var runs [2]result.Run
	for i, ref := range refs {
		if runs[i], err = project.Folder.LoadRun(ref, project.Config.Name); err != nil {
			return err
		}
	}
	diff := tracking.Diff(runs[0], runs[1], tracking.NewDirections(project.Config.Gate), project.Folder.Files)
	if a.json() {
		return printDocument(a, diff, result.Report{})
	}
	return report.DiffTerminal(a.Out, diff, a.terminal())
}

func (a *app) runsBestCommand() *cobra.Command {
	var higher, lower bool
	var limit int
	cmd := &cobra.Command{
		Use:   "best METRIC",
		Short: "Find the run with the best value of a metric",
		Long: `Rank the runs that passed by a metric. Which way is better is known of the gate's
metrics, of those that muster computes, and of what is commonly called so
(val_loss, macro_f1, …); say --higher or --lower for others.

Exit codes: 0 done · 2 no run has the metric, or nobody knows which way is better`,
		Example: `  muster runs best roc_auc
  muster runs best model_mb --lower
  muster runs best f1@model=rf     # of one cell of a matrix`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var better result.Direction
			switch {
			case higher && lower:
				return &usageError{err: errors.New("--higher and --lower cannot both be"), hint: "leave one out"}
			case higher:
				better = result.Higher
			case lower:
				better = result.Lower
			}
			return a.bestRun(args[0], better, limit)
		},
	}
	cmd.Flags().BoolVar(&higher, "higher", false, "a higher value is better")
	cmd.Flags().BoolVar(&lower, "lower", false, "a lower value is better")
	cmd.Flags().IntVarP(&limit, "limit", "n", 10, "how many are shown, 0 for all")
	return cmd
}

func (a *app) bestRun(metric string, better result.Direction, limit int) error {
	project, history, err := a.history()
	if err != nil {
		return err
	}
	if len(history.Runs) == 0 {
		return stages.ErrNoRun
	}
	best, err := tracking.Rank(project.Config.Name, history.Runs, metric, better, tracking.NewDirections(project.Config.Gate), limit)
	if err != nil {
		return err
	}
	if a.json() {
		return printDocument(a, best, result.Report{})
	}
	return report.BestTerminal(a.Out, best, a.terminal())
}
