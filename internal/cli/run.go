package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
	"github.com/muster-ci/muster/stages"
)

// runOptions are the flags of muster run alone.
type runOptions struct {
	runFlags
	force, dryRun, keepGoing, check bool
	export                          string
}

func (a *app) runCommand() *cobra.Command {
	var opt runOptions
	cmd := &cobra.Command{
		Use:   "run [stage...]",
		Short: "Run the pipeline, or the stages named and what they need",
		Long: `Run the pipeline. A stage runs when something that it declares has changed: its
command, image, parameters, environment, or an input; otherwise its outputs are
restored from the cache. A stage sees what it declares and nothing else.

A stage with a matrix is several stages: its name means all of them.
Logs and the run's record are kept in .muster/runs/ID.

In a change request the target branch's muster.yaml says which stages get secrets,
the network, a user and services; --base tries that on a laptop.

Exit codes: 0 done · 1 muster or the engine failed · 2 invalid file · 3 a stage
failed, or does not give the same again (--check) · 130 interrupted (nothing is
left running)`,
		Example: `  muster run                      # everything that changed
  muster run train                # train, and what it needs
  muster run --dry-run            # what would run, and why
  muster run --force evaluate     # although nothing changed
  muster run --keep-going         # what does not need what failed, too
  muster run --check train        # does it give the same bytes again?
  muster run train --export DIR   # and carry the model to another machine
  muster run --executor process   # on this machine, without containers`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd, args, opt)
		},
	}
	opt.register(cmd, runtime.NumCPU())
	flags := cmd.Flags()
	flags.BoolVar(&opt.force, "force", false, "run stages although nothing changed")
	flags.BoolVarP(&opt.dryRun, "dry-run", "n", false, "say what would run and why, and run nothing")
	flags.BoolVarP(&opt.keepGoing, "keep-going", "k", false, "after a failure, go on with what does not need it")
	flags.BoolVar(&opt.check, "check", false, "run each stage again from nothing, and compare the outputs bit by bit")
	flags.StringVar(&opt.export, "export", "", "write a bundle for another machine into this new folder, for muster gate --candidate")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "check", "export")
	return cmd
}

func (a *app) run(cmd *cobra.Command, targets []string, opt runOptions) error {
	ctx := cmd.Context()
	project, event, err := a.open(ctx, "auto", opt.base)
	if err != nil {
		return err
	}
	runner, done, err := a.runner(ctx, project, opt.runFlags, event, a.base(ctx, project, event))
	if err != nil {
		return err
	}
	defer done()
	runner.Force, runner.KeepGoing = opt.force, opt.keepGoing
	if opt.dryRun {
		return a.preview(ctx, runner, targets)
	}
	if opt.export != "" {
		if err := runner.CanExport(targets, opt.export); err != nil {
			return err
		}
	}
	run, err := runner.Run(ctx, targets)
	if opt.check && err == nil && run.Status == result.RunPassed {
		_ = a.track(ctx, project, run) // it has said what went wrong, which fails no run
		return a.checkRun(ctx, runner, run)
	}
	if run.ID != "" {
		if err := printDocument(a, run, result.Report{Run: &run}); err != nil {
			return err
		}
	}
	_ = a.track(ctx, project, run) // it has said what went wrong, which fails no run
	if err != nil {
		return err
	}
	if opt.export != "" && run.Status == result.RunPassed {
		if err := runner.Export(ctx, run, opt.export); err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "exported to %s; on the other machine: muster gate --candidate %[1]s\n", opt.export)
	}
	return asOutcome(runCode(run))
}

func (a *app) preview(ctx context.Context, runner *stages.Runner, targets []string) error {
	preview, err := runner.Preview(ctx, targets)
	if err != nil {
		return err
	}
	return printAs(a, preview, report.TerminalPreview)
}

// checkRun runs each stage again, and says whether it gives the same.
func (a *app) checkRun(ctx context.Context, runner *stages.Runner, run result.Run) error {
	reproduction, err := runner.Check(ctx, run)
	if err != nil {
		return err
	}
	if err := printAs(a, reproduction, report.TerminalReproduction); err != nil {
		return err
	}
	if !reproduction.Same {
		return asOutcome(codeStage)
	}
	return nil
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
