package cli

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) runCommand() *cobra.Command {
	var flags runFlags
	var force bool
	cmd := &cobra.Command{
		Use:   "run [stage...]",
		Short: "Run the pipeline, or the stages named and what they need",
		Long: `Run the pipeline. A stage runs when something that it declares has changed: its
command, image, parameters, environment, or an input; otherwise its outputs are
restored from the cache. A stage sees what it declares and nothing else.

Logs and the run's record are kept in .muster/runs/ID.

Exit codes: 0 done · 1 muster or the engine failed · 2 invalid file · 3 a stage
failed · 130 interrupted (nothing is left running)`,
		Example: `  muster run                      # everything that changed
  muster run train                # train, and what it needs
  muster run --force evaluate     # although nothing changed
  muster run --executor process   # on this machine, without containers`,
		ValidArgsFunction: a.completeStages,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd, args, flags, force)
		},
	}
	flags.register(cmd, runtime.NumCPU())
	cmd.Flags().BoolVar(&force, "force", false, "run stages although nothing changed")
	return cmd
}

func (a *app) run(cmd *cobra.Command, targets []string, flags runFlags, force bool) error {
	ctx := cmd.Context()
	project, err := a.project()
	if err != nil {
		return err
	}
	event, err := a.event(ctx, "auto", project.Dir)
	if err != nil {
		return err
	}
	runner, done, err := a.runner(ctx, project, flags, event.Scope)
	if err != nil {
		return err
	}
	defer done()
	runner.Force = force
	run, err := runner.Run(ctx, targets)
	if run.ID != "" {
		if err := printDocument(a, run, result.Report{Run: &run}); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return asOutcome(runCode(run))
}

// runCode is the exit code for a run.
func runCode(run result.Run) int {
	switch run.Status {
	case result.RunPassed:
		return codeDone
	case result.RunInterrupted:
		return codeInterrupted
	default:
		return codeStage
	}
}

func (a *app) completeStages(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	cfg, err := config.Load(a.file)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, stage := range cfg.Stages {
		names = append(names, stage.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
