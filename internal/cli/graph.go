package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/config"
	"github.com/muster-ci/muster/internal/report"
	"github.com/muster-ci/muster/stages"
)

func (a *app) graphCommand() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "graph [stage...]",
		Short: "Print the plan: the stages in their order, and what passes between them",
		Long: `Print the plan of the pipeline, or of the stages named and what they need: for each
stage what it reads and from whom, what it writes, and what else it waits for. What
stands under one number can run at once. Nothing is run, and no file is looked at but
muster.yaml.

--as mermaid prints a flowchart that GitHub and GitLab draw in Markdown; --as dot
prints one for Graphviz.

Exit codes: 0 done · 2 invalid file, or no such stage`,
		Example: `  muster graph
  muster graph train                          # train, and what it needs
  muster graph --as dot | dot -Tsvg > pipeline.svg
  muster graph --format json | jq -r '.stages[].name'`,
		RunE: func(_ *cobra.Command, args []string) error { return a.graph(args, as) },
	}
	cmd.Flags().StringVar(&as, "as", "text", "what is printed: text, mermaid or dot")
	_ = cmd.RegisterFlagCompletionFunc("as", words("text", "mermaid", "dot")) // the flag is there
	return cmd
}

func (a *app) graph(targets []string, as string) error {
	if as != "text" && as != "mermaid" && as != "dot" {
		return &usageError{err: fmt.Errorf("--as %s is not known", as), hint: "use text, mermaid or dot"}
	}
	cfg, err := config.Load(a.file)
	if err != nil {
		return err
	}
	plan, err := stages.NewPlan(cfg, targets)
	if err != nil {
		return err
	}
	graph := plan.Graph(cfg.Name)
	switch {
	case a.json() || as == "text":
		return printAs(a, graph, report.GraphText)
	case as == "mermaid":
		return report.GraphMermaid(a.Out, graph)
	default:
		return report.GraphDOT(a.Out, graph)
	}
}
