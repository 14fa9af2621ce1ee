package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/metrics/calibration"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) calibrateCommand() *cobra.Command {
	var flags calibrateFlags
	cmd := &cobra.Command{
		Use:   "calibrate [CHAMPION]",
		Short: "Can this data carry the gate: what is denied of models that are as good, and which drops are seen",
		Long: `Find out what a gate can see with the predictions that there are. The champion is
compared with itself, which must be equivalent; with candidates that are made to be
as good, of which few should be denied; and with candidates that are made worse by
more and more, which should be denied.

It says which margin the data can support (95 % of candidates as good as the champion
are shown not to be worse by more), the smallest drop that it shows, and how many rows
a finer margin would need. A metric without a margin gets one proposed.

CHAMPION is a file of predictions, a version, an alias or a run, as for muster
compare. Without it, it is the model that the gate compares with, or else the last
run's. Columns, metrics and margins are those of the muster.yaml here, unless flags
say otherwise.

How differently two models of one quality answer decides all of it. Name a second
model with --with, an earlier one for example, to take real differences; else they
are assumed: --correlation, 0.8, is that of a model with other settings; docs/calibrate.md
has measured ones.

Exit codes: 0 done, whatever came out · 1 muster or its surroundings failed ·
2 wrong usage, or an invalid file · 4 with --strict, a margin is finer than the data
can support · 5 the gate could not decide even on the champion itself · 130 interrupted`,
		Example: `  muster calibrate predictions.csv                        # which margins are there to be had?
  muster calibrate predictions.csv --metric roc_auc=0.01  # is this one?
  muster calibrate                                        # can the champion's data carry the gate of muster.yaml?
  muster calibrate old.csv --with new.csv                 # with how differently these two answer
  muster calibrate --strict --format json | jq -r .reason`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{err: fmt.Errorf("calibrate takes one set of predictions, and got %d", len(args)), hint: "name a second model with --with"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			champion := ""
			if len(args) > 0 {
				champion = args[0]
			}
			return a.calibrate(cmd, flags, champion)
		},
	}
	flags.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("with", func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return a.completeSides(cmd, nil, typed)
	})
	return cmd
}

// calibrateFlags are those of compare, which say what is gated, and a few more.
type calibrateFlags struct {
	compareFlags
	with        string
	trials      int
	correlation float64
	strict      bool
}

func (f *calibrateFlags) register(cmd *cobra.Command) {
	f.compareFlags.register(cmd)
	flags := cmd.Flags()
	flags.Lookup("require").Usage = "what a gate would require of metrics with a margin: non-inferior, not-worse or better"
	flags.Lookup("seed").Usage = "seed of the candidates and of the resamples"
	flags.Lookup("plots").Usage = "a folder for a plot of each metric as SVG: how often which drops are denied"
	flags.StringVar(&f.with, "with", "", "a second model on the same rows, whose differences from the champion are taken")
	flags.IntVar(&f.trials, "trials", 0, "how many equal candidates are made, and a quarter as many for each drop; default: by the size of the data")
	flags.Lookup("trials").DefValue = "by size"
	flags.Float64Var(&f.correlation, "correlation", calibration.DefaultCorrelation, "how alike an equal model answers among rows of one label, from 0 up to below 1; without --with")
	flags.BoolVar(&f.strict, "strict", false, "exit with 4 if a margin is finer than the data can support")
	cmd.MarkFlagsMutuallyExclusive("with", "correlation")
}

func (a *app) calibrate(cmd *cobra.Command, flags calibrateFlags, champion string) error {
	compare, err := flags.use(cmd)
	if err != nil {
		return err
	}
	if compare.Project, err = a.projectIfThere(cmd); err != nil {
		return err
	}
	if cmd.Flags().Changed("trials") && flags.trials < 1 {
		return &usageError{err: fmt.Errorf("--trials %d is too few", flags.trials), hint: "leave it out for as many as the size of the data allows"}
	}
	compare.Stdin, compare.Version = cmd.InOrStdin(), ownVersion()
	progress, done := a.calibrationProgress()
	doc, err := flow.Calibrate{Compare: compare, With: flags.with, Trials: flags.trials, Correlation: flags.correlation, Progress: progress}.Do(cmd.Context(), champion)
	done()
	if err != nil {
		return asFlags(err, compare.Project == nil)
	}
	err = printAs(a, doc, func(w io.Writer, doc result.Calibration, opts report.TerminalOptions) error {
		return report.CalibrationTerminal(w, doc, report.CompareOptions{TerminalOptions: opts, All: flags.all, Folder: flags.plots})
	})
	if err != nil {
		return err
	}
	return asOutcome(calibrationCode(doc, flags.strict))
}

// calibrationCode is the exit code for a calibration.
func calibrationCode(doc result.Calibration, strict bool) int {
	switch {
	case !doc.Same:
		return codeUndecided
	case strict && !doc.Supported:
		return codeDenied
	default:
		return codeDone
	}
}

// calibrationProgress shows on a terminal how far the work is, when it takes long.
func (a *app) calibrationProgress() (tell func(done, all int), end func()) {
	if !isTerminal(a.Err) {
		return nil, func() {}
	}
	const erase = "\r\x1b[K"
	shown := -1
	tell = func(done, all int) {
		if percent := 100 * done / max(all, 1); percent != shown {
			shown = percent
			fmt.Fprintf(a.Err, "%s%d %% of %d candidates compared", erase, percent, all)
		}
	}
	return tell, func() {
		if shown >= 0 {
			fmt.Fprint(a.Err, erase)
		}
	}
}
