package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/report"
)

func (a *app) reportCommand() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show the last run, decision, promotion and score as one report",
		Long: `Put together what is known: the last run, what was decided about its model, its
promotion, and the repository's score as it is now. Print it, and write .muster/report.md, report.html and report.json.

Exit codes: 0 done · 1 a file cannot be written · 2 there is nothing to report`,
		Example: `  muster report
  muster report --as markdown > report.md
  muster report --as html > report.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.report(cmd, as) },
	}
	cmd.Flags().StringVar(&as, "as", "terminal", "what is printed: terminal, markdown or html")
	_ = cmd.RegisterFlagCompletionFunc("as", words("terminal", "markdown", "html")) // the flag is there
	return cmd
}

func (a *app) report(cmd *cobra.Command, as string) error {
	if as != "terminal" && as != "markdown" && as != "html" {
		return &usageError{err: fmt.Errorf("--as %s is not known", as), hint: "use terminal, markdown or html"}
	}
	project, err := a.project()
	if err != nil {
		return err
	}
	doc, err := flow.Collect(cmd.Context(), project, time.Now())
	if err != nil {
		return err
	}
	if err := flow.WriteReport(project, doc); err != nil {
		return err
	}
	switch {
	case a.json() || as == "terminal":
		return printDocument(a, doc, doc)
	case as == "markdown":
		return report.Markdown(a.Out, doc)
	default:
		return report.HTML(a.Out, doc)
	}
}
