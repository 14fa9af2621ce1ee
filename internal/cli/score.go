package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/muster-ci/muster/internal/flow"
	"github.com/muster-ci/muster/internal/result"
)

func (a *app) scoreCommand() *cobra.Command {
	var minLevel int
	cmd := &cobra.Command{
		Use:   "score [dir]",
		Short: "Score the repository against the MLOps maturity levels 0-4",
		Long: `Read the repository and answer the core criteria of the MLOps maturity levels,
each with evidence by file and line. A level counts what is wired: what an active
CI job, an image or a pipeline really reaches. What a document says raises nothing.

Exit codes: 0 done · 1 the repository cannot be read · 2 wrong usage · 6 the level
is below --min-level`,
		Example: `  muster score
  muster score ../other-repository
  muster score --min-level 2      # in CI
  muster score --format json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.score(cmd, dir, minLevel)
		},
	}
	cmd.Flags().IntVar(&minLevel, "min-level", 0, "fail if the level is below this one")
	return cmd
}

func (a *app) score(cmd *cobra.Command, dir string, minLevel int) error {
	if err := checkLevel(minLevel); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &usageError{err: fmt.Errorf("there is no folder %s", dir), hint: "name the folder of a repository"}
	}
	assessment, err := flow.Score(cmd.Context(), dir)
	if err != nil {
		return err
	}
	if err := printDocument(a, assessment, result.Report{Assessment: &assessment}); err != nil {
		return err
	}
	return asOutcome(levelCode(assessment, minLevel))
}

func checkLevel(minLevel int) error {
	if minLevel < 0 || minLevel > 4 {
		return &usageError{err: fmt.Errorf("--min-level %d is no level", minLevel), hint: "the levels are 0 to 4"}
	}
	return nil
}

// levelCode compares the level with the one that is asked for. A repository
// that has no level, having no machine learning, is below none.
func levelCode(assessment result.Assessment, minLevel int) int {
	if assessment.Level != nil && *assessment.Level < minLevel {
		return codeLevel
	}
	return codeDone
}
