package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/metrics"
	"github.com/muster-ci/muster/internal/metrics/input"
	"github.com/muster-ci/muster/internal/metrics/predictions"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) compareCommand() *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare CHAMPION CANDIDATE",
		Short: "Compare two sets of predictions: what differs, how sure that is, what could have been seen",
		Long: `Compare what two models answered to the same questions. Rows are joined on id; each
metric is computed from both sides; the difference gets an interval and a verdict.
Nothing is run, decided or kept: that is what muster gate does, by the same rules.

A side is a file of predictions (CSV, Parquet or JSON lines, also gzipped), - for
standard input, a version of the registry or an alias, or a run (last, an id), in
this order. What could be two of these is refused: ./v17 is the file, version:v17
the version, run:v17 the run. Of versions and runs the predictions count that were
stored when they were evaluated.

With --question recipe each side is several files, one for each seed: a folder of
them, or a pattern in quotes. Then the way of training is compared, not one model.

It works without a muster.yaml: the columns are id, label and score unless flags say
otherwise, and all metrics that the data can give are shown. Where there is a
muster.yaml, its columns, metrics, margins and slices count; flags go before it.

A metric with a margin (--metric roc_auc=0.01, or 2% of the champion's value) is held
to it: not worse by more than that. A metric without one is only shown: better, worse,
or cannot tell. roc_auc=0 allows no drop, which hardly any data can show to be kept.

Exit codes: 0 compared, whatever came out · 1 muster or its surroundings failed ·
2 wrong usage, or an invalid file · 4 --require is not met · 5 the two cannot be
compared, or a metric cannot be computed · 130 interrupted`,
		Example: `  muster compare champion.csv candidate.csv
  muster compare old.parquet new.parquet --label target --score p --slices region,age_band
  muster compare old.csv new.csv --metric roc_auc=0.01 --metric log_loss=2% --require non-inferior
  muster compare old.csv new.csv --plots plots
  muster compare production last              # the model in use, and the latest run's
  zcat new.csv.gz | muster compare old.csv -
  muster compare 'old/seed-*.csv' 'new/seed-*.csv' --question recipe -m roc_auc=0.01
  muster compare old.csv new.csv --format json | jq -r .reason`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &usageError{err: fmt.Errorf("compare takes two sides, and got %d", len(args)), hint: "name the champion first: muster compare champion.csv candidate.csv"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.compare(cmd, flags, args[0], args[1]) },
	}
	flags.register(cmd)
	return cmd
}

type compareFlags struct {
	columns      predictions.Columns
	threshold    float64
	metrics      []string
	require      string
	question     string
	confidence   float64
	resamples    int
	seed         uint64
	lower        []string
	sliceMetrics []string
	sliceMargin  string
	minSize      int
	plots        string
	all          bool
}

func (f *compareFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.columns.ID, "id", "", "the column that says which rows belong together (default id)")
	flags.StringVar(&f.columns.Label, "label", "", "the column with the truth (default label)")
	flags.StringVar(&f.columns.Score, "score", "", "the column with the model's score (default score)")
	flags.StringVar(&f.columns.Prediction, "prediction", "", "the column with the model's decision; without one it is score ≥ threshold")
	flags.Float64Var(&f.threshold, "threshold", 0.5, "the score from which the decision is 1")
	flags.StringSliceVar(&f.columns.Slices, "slices", nil, "columns whose values divide the rows into slices")
	flags.StringVar(&f.columns.Group, "group", "", "the column with what rows depend on: user, patient, document")
	flags.StringVar(&f.columns.Time, "time", "", "the column that orders rows which depend on their neighbours in time")
	flags.StringVar(&f.columns.Weight, "weight", "", "the column that says how much a row counts")
	flags.StringVar(&f.columns.Repeat, "repeat", "", "the column that tells several answers to one id apart")
	flags.StringArrayVarP(&f.metrics, "metric", "m", nil, "a metric, with the margin that it may lose after =; may be given several times")
	flags.StringSliceVar(&f.columns.Values, "value", nil, "columns of numbers that are metrics of their own: a grade, a latency")
	flags.StringSliceVar(&f.lower, "lower", nil, "columns of --value of which less is better, where their names do not say so (latency, val_loss)")
	flags.StringVar(&f.require, "require", "", "exit with 4 unless every metric with a margin is: non-inferior, not-worse or better")
	flags.StringVar(&f.question, "question", "artefact", "artefact: which model is better; recipe: which way of training, from at least five seeds a side")
	flags.Float64Var(&f.confidence, "confidence", 0.95, "confidence of the two-sided intervals")
	flags.IntVar(&f.resamples, "resamples", 2000, "the least number of bootstrap resamples")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the resamples")
	flags.StringSliceVar(&f.sliceMetrics, "slice-metrics", nil, "metrics that are compared on slices (default the first)")
	flags.StringVar(&f.sliceMargin, "slice-margin", "", "the margin on slices (default that of the metric)")
	flags.IntVar(&f.minSize, "min-size", 50, "slices with fewer rows are only listed")
	flags.StringVar(&f.plots, "plots", "", "a folder for plots as SVG: intervals, slices, ROC, precision and recall, calibration, residuals")
	flags.BoolVar(&f.all, "all", false, "show every slice, and all that is known of each row")
	_ = cmd.RegisterFlagCompletionFunc("require", words(requirements()...))
	_ = cmd.MarkFlagDirname("plots")
	_ = cmd.RegisterFlagCompletionFunc("question", words("artefact", "recipe"))
	_ = cmd.RegisterFlagCompletionFunc("metric", cobra.FixedCompletions(metrics.Known(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	_ = cmd.RegisterFlagCompletionFunc("slice-metrics", words(metrics.Known()...))
}

func requirements() []string {
	return []string{string(result.NonInferior), string(result.NotWorse), string(result.RequireBetter)}
}

func (a *app) compare(cmd *cobra.Command, flags compareFlags, champion, candidate string) error {
	use, err := flags.use(cmd)
	if err != nil {
		return err
	}
	if use.Project, err = a.projectIfThere(cmd); err != nil {
		return err
	}
	use.Stdin, use.Version = cmd.InOrStdin(), ownVersion()
	doc, err := use.Do(cmd.Context(), champion, candidate)
	if err != nil {
		return asFlags(err, use.Project == nil)
	}
	err = printAs(a, doc, func(w io.Writer, doc result.Comparison, opts report.TerminalOptions) error {
		return report.CompareTerminal(w, doc, report.CompareOptions{TerminalOptions: opts, All: flags.all, Folder: flags.plots})
	})
	if err != nil {
		return err
	}
	code := comparisonCode(doc, flags.require != "")
	if code == codeDenied {
		fmt.Fprintf(a.Err, "not met: --require %s, by %s\n", flags.require, unmet(doc))
	}
	return asOutcome(code)
}

// unmet names the rows that do not show what is required.
func unmet(doc result.Comparison) string {
	var names []string
	for _, row := range flow.Unmet(doc) {
		if row.Slice != "" {
			row.Metric += " for " + row.Slice
		}
		names = append(names, report.Plain(row.Metric)+" ("+string(row.Verdict)+")")
	}
	return strings.Join(names, ", ")
}

// comparisonCode is the exit code for a comparison.
func comparisonCode(doc result.Comparison, required bool) int {
	switch {
	case flow.Impossible(doc) != nil:
		return codeUndecided
	case required && len(flow.Unmet(doc)) > 0:
		return codeDenied
	default:
		return codeDone
	}
}

// projectIfThere is the project of the muster.yaml here, or nil if there is
// none and nobody asked for one.
func (a *app) projectIfThere(cmd *cobra.Command) (*flow.Project, error) {
	if _, err := os.Lstat(a.file); errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("file") {
		return nil, nil
	}
	return a.peek()
}

// use makes of the flags what flow.Compare takes.
func (f compareFlags) use(cmd *cobra.Command) (flow.Compare, error) {
	given := cmd.Flags().Changed
	use := flow.Compare{Columns: f.columns, Require: result.Require(f.require), Recipe: f.question == "recipe"}
	use.Options = metrics.Options{Seed: f.seed, SliceMetrics: f.sliceMetrics}
	if given("threshold") {
		use.Columns.Threshold = &f.threshold
	}
	if given("confidence") {
		use.Options.Confidence = f.confidence
	}
	if given("resamples") {
		use.Options.Resamples = f.resamples
	}
	if given("min-size") {
		use.Options.SliceMinSize = f.minSize
	}
	if f.sliceMargin != "" {
		margin, err := metrics.ParseMargin(f.sliceMargin)
		if err != nil {
			return use, &usageError{err: fmt.Errorf("--slice-margin: %w", err), hint: "for example --slice-margin 0.05"}
		}
		use.Options.SliceMargin = &margin
	}
	for _, text := range f.metrics {
		spec, err := f.metric(text)
		if err != nil {
			return use, err
		}
		use.Metrics = append(use.Metrics, spec)
	}
	use.Lower, use.Plots = f.lower, f.plots
	return use, f.check(given)
}

// check refuses values that would be taken for "not given" further on.
func (f compareFlags) check(given func(string) bool) error {
	switch {
	case f.require != "" && !slices.Contains(requirements(), f.require):
		return &usageError{err: fmt.Errorf("--require %s is not known", f.require), hint: "use " + strings.Join(requirements(), ", ")}
	case f.question != "artefact" && f.question != "recipe":
		return &usageError{err: fmt.Errorf("--question %s is not known", f.question), hint: "use artefact or recipe"}
	case slices.ContainsFunc(f.lower, func(name string) bool { return !slices.Contains(f.columns.Values, name) }):
		return &usageError{err: errors.New("--lower names a column that --value does not"), hint: "muster knows of its own metrics which way is better"}
	case given("confidence") && f.confidence == 0:
		return &usageError{err: errors.New("--confidence 0 is not between 0.5 and 0.9999"), hint: "0.95 is usual"}
	case given("resamples") && f.resamples < 1, given("min-size") && f.minSize < 1:
		return &usageError{err: errors.New("--resamples and --min-size are at least 1"), hint: "leave them out for 2000 and 50"}
	}
	return nil
}

// metric reads NAME or NAME=MARGIN.
func (f compareFlags) metric(text string) (metrics.Spec, error) {
	name, margin, gated := strings.Cut(text, "=")
	spec := metrics.Spec{Metric: name, Gated: gated}
	definition, known := metrics.Lookup(name)
	switch {
	case !known && !slices.Contains(f.columns.Values, name):
		return spec, unknownMetric(name, f.columns.Values)
	case gated && definition.Reported:
		return spec, &usageError{err: fmt.Errorf("--metric %s: this metric is only shown, and takes no margin", text), hint: "leave the margin out"}
	case !gated:
		return spec, nil
	}
	var err error
	if spec.Margin, err = metrics.ParseMargin(margin); err != nil {
		return spec, &usageError{err: fmt.Errorf("--metric %s: %w", name, err), hint: "for example --metric " + name + "=0.01"}
	}
	return spec, nil
}

func unknownMetric(name string, values []string) error {
	known := append(slices.Clone(values[:min(len(values), 20)]), metrics.Known()...)
	hint := "it knows " + strings.Join(known, ", ") + "; a column of numbers is one with --value"
	if meant := input.Nearest(name, known); meant != "" {
		hint = "did you mean " + meant + "? " + hint
	}
	return &usageError{err: fmt.Errorf("--metric: muster does not compute %s", input.Quote(name)), hint: hint}
}

// inFile is how errors name a key of muster.yaml: "say `label: "target"` under predictions".
var inFile = regexp.MustCompile("`([a-z]+):(?: \"?([^`\"]*)\"?)?`(?: under predictions)?")

// asFlags names the flags in the place of the keys of a muster.yaml, where there is none.
func asFlags(err error, noFile bool) error {
	wrong, ok := errors.AsType[*input.FileError](err)
	if !ok || !noFile {
		return err
	}
	said := *wrong
	said.Hint = inFile.ReplaceAllStringFunc(said.Hint, func(key string) string {
		parts := inFile.FindStringSubmatch(key)
		return strings.TrimSpace("--" + parts[1] + " " + parts[2])
	})
	return &said
}
