package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) reportCommand() *cobra.Command {
	var as, run string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show the last run, decision, promotion and score as one report",
		Long: `Put together what is known: the last run, what was decided about its model, its
promotion, and the repository's score as it is now. Print it, and write .muster/report.md, report.html and report.json.

With --run one run is shown again, with its decision if that was about the same
model. Then nothing is scored and nothing written: the files stay the last run's.

Exit codes: 0 done · 1 a file cannot be written · 2 there is nothing to report, or
no such run`,
		Example: `  muster report
  muster report --run last~1
  muster report --as markdown > report.md
  muster report --as html > report.html
  muster report --as junit > gate.xml       # for a CI host's list of tests
  muster report --as sarif > gate.sarif     # for GitHub code scanning`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.report(cmd, as, run) },
	}
	cmd.Flags().StringVar(&run, "run", "", "show this run again: last, last~1, or its id or what that begins with")
	cmd.Flags().StringVar(&as, "as", "terminal", "what is printed: "+strings.Join(reportForms(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("as", words(reportForms()...)) // the flag is there
	return cmd
}

func (a *app) report(cmd *cobra.Command, as, run string) error {
	if !slices.Contains(reportForms(), as) {
		return &usageError{err: fmt.Errorf("--as %s is not known", as), hint: "use one of " + strings.Join(reportForms(), ", ")}
	}
	project, err := a.project()
	if err != nil {
		return err
	}
	doc, err := collect(cmd.Context(), project, run)
	if err != nil {
		return err
	}
	switch {
	case a.json() || as == "terminal":
		return printDocument(a, doc, doc)
	case as == "markdown":
		return report.Markdown(a.Out, doc)
	case as == "junit":
		return report.JUnit(a.Out, doc)
	case as == "sarif":
		return report.SARIF(a.Out, doc, flow.Explain(project))
	case as == "metrics":
		return report.Metrics(a.Out, doc)
	case as == "codequality":
		return report.CodeQuality(a.Out, doc)
	default:
		return report.HTML(a.Out, doc)
	}
}

// reportForms are the values of --as.
func reportForms() []string {
	return []string{"terminal", "markdown", "html", "junit", "sarif", "metrics", "codequality"}
}

// collect puts the report together; one of the present state is also written down.
func collect(ctx context.Context, project *flow.Project, run string) (result.Report, error) {
	if run != "" {
		return flow.CollectRun(project, run, time.Now())
	}
	doc, err := flow.Collect(ctx, project, time.Now())
	if err != nil {
		return doc, err
	}
	return doc, flow.WriteReport(project, doc)
}
